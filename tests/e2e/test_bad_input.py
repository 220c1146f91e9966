"""Bad lists: each kind gets a clear answer; nothing is lost and nothing stops."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
import xlsxwriter

from tests.e2e.kit import PERSONS, Tekil, record
from tests.e2e.wire import WORDS, sent_by, still_works
from tests.files import under
from tests.scanner.look import pieces

EXCEL_EPOCH = date(1899, 12, 30)


def test_files_that_are_no_list(partners: Tekil) -> None:
    before = sent_by(partners, "KIZ")
    cases = {
        "empty.csv": (b"", "no row"),
        "header.csv": (b"reference,programme\n", "missing"),
        "noise.csv": (bytes(range(256)) * 20, "cannot be read"),
        "noise.xlsx": (b"PK\x03\x04 not a workbook", "cannot be read"),
        "columns.csv": (b"reference,programme,colour\nk1,TEMEL,red\n", "colour"),
    }
    for name, (content, said) in cases.items():
        path = partners.folder / name
        path.write_bytes(content)
        for command in (
            ("publish", str(path), "--org", "KIZ"),
            ("validate", str(path), "--org", "KIZ"),
        ):
            result = partners.run(*command, ok=(2,))
            assert said in result.err, (name, result)
    missing = partners.run("publish", str(partners.folder / "none.csv"), "--org", "KIZ", ok=(2,))
    assert "none.csv" in missing.err
    rows = record("TEMEL", "k1", *WORDS)
    extra = [row | {"name": "somebody"} for row in rows]
    refused = partners.run("publish", str(partners.write(extra)), "--org", "KIZ", ok=(2,))
    assert "name" in refused.err
    assert "somebody" not in refused.err
    assert sent_by(partners, "KIZ") == before, "nothing was sent"
    still_works(partners, "files-after")


def test_an_empty_file_and_one_with_a_header_only_say_so_in_turkish(
    partners: Tekil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEKIL_LANG", "tr")
    path = partners.folder / "boş.csv"
    path.write_text(",".join(record("TEMEL", "k1", *WORDS)[0]) + "\n")
    result = partners.run("publish", str(path), "--org", "KIZ", ok=(2,))
    assert "satır yok" in result.err


def test_excel_serial_dates_and_turkish_decimal_commas(partners: Tekil) -> None:
    rows = record("TEMEL", "excel", *WORDS)
    serial = (date(2026, 5, 1) - EXCEL_EPOCH).days
    rows[0] |= {"covers_from": serial, "covers_to": "01.06.2026", "amount": "9.300,50"}
    path = partners.folder / "liste.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        columns = list(rows[0])
        sheet.write_row(0, 0, columns)
        for line, row in enumerate(rows, start=1):
            sheet.write_row(line, 0, [row.get(column, "") for column in columns])
    answers = partners.run("publish", str(path), "--org", "KIZ", "--json").json
    assert {answer["disposition"] for answer in answers} == {"accepted"}
    [row] = partners.query(
        "SELECT covers_from, covers_to, amount FROM v1_assistance"
        f" WHERE assistance_id = '{answers[0]['assistance_id']}'"
    )
    assert row == {"covers_from": "2026-05-01", "covers_to": "2026-06-01", "amount": "9300.50"}


def test_a_placeholder_number_is_answered_and_not_sent(partners: Tekil) -> None:
    before = sent_by(partners, "KIZ")
    good, bad = record("TEMEL", "ph1", *WORDS), record("TEMEL", "ph2", *WORDS)
    bad[0]["id_number"] = "11111111110"
    answers = partners.publish("KIZ", good + bad, ok=(1,))
    by_reference = {answer["reference"]: answer for answer in answers}
    assert by_reference["ph1"]["disposition"] == "accepted"
    assert by_reference["ph2"]["reason"] == "placeholder-identifier"
    assert by_reference["ph2"]["sent"] is False
    assert "11111111110" not in json.dumps(answers)
    assert sent_by(partners, "KIZ") == before + 1, "the good record alone"
    still_works(partners, "placeholder-after")


def test_a_list_of_200_000_rows(partners: Tekil) -> None:
    per_record, records, numbered = 40, 5_000, 2
    before = sent_by(partners, "KIZ")
    header = list(record("TEMEL", "k1", *WORDS)[0])
    first = record("TEMEL", "k1", *WORDS)[0]
    path = partners.folder / "large.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(header) + "\n")
        for number in range(records):
            for person in range(per_record):
                fields = dict.fromkeys(header, "") if person else dict(first)
                fields |= {
                    "reference": f"large{number}",
                    "role": "member" if person else "recipient",
                    "id_scheme": "tr.tckimlik" if person < numbered else "",
                    # children without papers: each number costs an evaluation of the key servers
                    "id_number": valid_number(number * numbered + person)
                    if person < numbered
                    else "",
                }
                file.write(",".join(str(fields[column]) for column in header) + "\n")
    result = partners.run("publish", str(path), "--org", "KIZ", "--json")
    answers = result.json
    assert len(answers) == per_record * records
    assert {answer["disposition"] for answer in answers} == {"accepted"}
    assert {answer["verdict"] for answer in answers} == {"clear"}
    assert sent_by(partners, "KIZ") == before + records
    still_works(partners, "large-after")


def test_one_number_typed_into_300_rows(partners: Tekil) -> None:
    """Held; once released, a hundred are taken and the rest is told why: 4,950 findings."""
    rows = [
        row
        for number in range(300)
        for row in record("TEMEL", f"flood{number}", "hygiene/cash/m 10", "2026-05", "R=P20")
    ]
    held = partners.publish("KIZ", rows, ok=(1,))
    assert {(answer["disposition"], answer["reason"]) for answer in held} == {
        ("rejected", "submission-held")
    }
    # nothing of it was taken; the administration lets the good rows through
    submission = partners.run("receipts", "--org", "KIZ", "--json").json[-1]["submission_id"]
    partners.run("release", "KIZ", submission)
    answers = partners.publish("KIZ", rows, ok=(1,))
    said = Counter((answer["disposition"], answer["reason"]) for answer in answers)
    assert said == {("accepted", None): 100, ("rejected", "quota-exceeded"): 200}
    [row] = partners.query(
        "SELECT count() AS n, uniqExact(person_ref) AS people FROM v1_findings"
        " WHERE purpose = 'hygiene' AND status = 'open'"
    )
    assert (int(row["n"]), int(row["people"])) == (100 * 99 // 2, 1)
    still_works(partners, "flood-after")


def valid_number(serial: int) -> str:
    """A number with valid check digits (nobody's: made from a serial number)."""
    digits = [int(char) for char in f"{200_000_000 + serial * 7:09d}"]
    tenth = (7 * sum(digits[0::2]) - sum(digits[1::2])) % 10
    return "".join(map(str, digits)) + f"{tenth}{(sum(digits) + tenth) % 10}"


def test_nothing_of_a_person_is_kept_anywhere(partners: Tekil) -> None:
    """Scenario property 4, on the raw files of every store (topics are stored uncompressed)."""
    rows = record("TEMEL", "secret", *WORDS)
    for row in rows:
        row |= {"first_name": "Zübeyde", "last_name": "Örnekoğlu", "phone": "+905321112233"}
        row |= {"iban": "TR330006100519786457841326", "birth_date": "1990-02-03"}
    [answer, *_] = partners.publish("KIZ", rows)
    needles = [PERSONS["P01"], PERSONS["P02"], "5321112233", "TR3300061005", "rnekoğlu", "rnekoglu"]
    assert scan(Path(partners.settings.home), needles) == []
    seen = scan(Path(partners.settings.home), [answer["assistance_id"]])
    assert seen, "the scan sees what is there"


def scan(folder: Path, needles: Sequence[str]) -> list[tuple[str, str]]:
    """(file, needle) for every file under the folder that holds a needle in its bytes."""
    return [
        (path.name, needle)
        for path in under(folder)
        for content in pieces(path)
        for needle in needles
        if needle.encode() in content
    ]


def test_an_unregistered_organisation_is_told_the_command(partners: Tekil) -> None:
    partners.run("keygen", "NEW")
    path = partners.write(record("AID", "n1", *WORDS))
    result = partners.run("publish", str(path), "--org", "NEW", ok=(2,))
    assert "tekil partner add" in result.err
    partners.run("partner", "add", "NEW", "--mailbox", "cash@new.example")
    answers = partners.publish("NEW", record("AID", "n1", *WORDS), ok=(1,))
    assert {answer["reason"] for answer in answers} == {"unknown-programme"}
    partners.programmes(("NEW", "AID", ""))
    answers = partners.publish("NEW", record("AID", "n1", *WORDS))
    assert {answer["disposition"] for answer in answers} == {"accepted"}


def test_the_test_clock_steps_day_by_day(partners: Tekil) -> None:
    later = date(2026, 11, 22) + timedelta(days=3)
    partners.run("tick", "--as-of", later.isoformat())
    [answer, *_] = partners.publish("KIZ", record("TEMEL", "clock", *WORDS))
    [row] = partners.query(
        f"SELECT answered_day FROM v1_verdicts WHERE assistance_id = '{answer['assistance_id']}'"
    )
    assert row["answered_day"] == later.isoformat()
    partners.run("tick", "--as-of", "2026-01-01", ok=(1,))


def test_a_bad_programme_is_named_by_its_row_and_the_others_are_registered(
    partners: Tekil,
) -> None:
    table = [
        {"programme": "GOOD", "owner": "KIZ", "starts": "2026-01-01", "ends": "2026-12-31"},
        {"programme": "BAD", "owner": "KIZ", "starts": "2026-12-31", "ends": "2026-01-01"},
        {"programme": "FOREIGN", "owner": "NOBODY"},
    ]
    path = str(partners.write(table))
    answers = partners.run("programme", "add", path, "--json", ok=(1,)).json
    said = {answer.get("id") or answer.get("row"): answer for answer in answers}
    assert said["KIZ-GOOD"]["disposition"] == "accepted"
    assert (said[3]["disposition"], said[3]["field"]) == ("rejected", "ends")
    assert said["NOBODY-FOREIGN"]["reason"] == "unknown-partner"
