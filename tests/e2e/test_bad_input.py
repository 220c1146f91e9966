"""Bad input: each kind gets a clear answer; nothing is lost and nothing stops."""

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from events import codec
from events.catalog import Topic
from events.model import Assurance
from infra import kafka
from infra.settings import Settings
from producers import keys
from producers.receipts import read_receipts
from tests.e2e.kit import PERSONS, Tekil, record

WORDS = ("basic-needs/cash/m 6000", "2026-05", "R=P01 M=P02")
EXCEL_EPOCH = date(1899, 12, 30)
CODECS = (None, "gzip", "snappy", "lz4", "zstd")
BOMB_BYTES = 40_000_000


@pytest.fixture(scope="module")
def partners(shared: Tekil) -> Tekil:
    """A system with two organisations and a programme each; each test has its own references."""
    shared.join("KIZ", "STK")
    shared.programmes(("KIZ", "ESSN", ""), ("STK", "MPCA", ""))
    return shared


def sent_by(tekil: Tekil, org: str) -> int:
    """How many records of an organisation have come in."""
    [row] = tekil.query(f"SELECT sum(records) AS n FROM v1_submissions WHERE org = '{org}'")
    return int(row["n"])


def still_works(tekil: Tekil, reference: str) -> None:
    """The whole way is open, and every count agrees."""
    answers = tekil.publish("KIZ", record("ESSN", reference, *WORDS))
    assert {answer["disposition"] for answer in answers} == {"accepted"}
    tekil.conserved()
    status = tekil.run("status", "--json").json
    assert {child["state"] for child in status} == {"running"}
    assert sum(child["restarts"] for child in status) == 0, status


# -- files ---------------------------------------------------------------------------------------


def test_files_that_are_no_list(partners: Tekil) -> None:
    before = sent_by(partners, "KIZ")
    cases = {
        "empty.csv": (b"", "no row"),
        "header.csv": (b"reference,programme\n", "missing"),
        "noise.csv": (bytes(range(256)) * 20, "cannot be read"),
        "noise.xlsx": (b"PK\x03\x04 not a workbook", "cannot be read"),
        "columns.csv": (b"reference,programme,colour\nk1,ESSN,red\n", "colour"),
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
    rows = record("ESSN", "k1", *WORDS)
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
    path.write_text(",".join(record("ESSN", "k1", *WORDS)[0]) + "\n")
    result = partners.run("publish", str(path), "--org", "KIZ", ok=(2,))
    assert "satır yok" in result.err


def test_excel_serial_dates_and_turkish_decimal_commas(partners: Tekil) -> None:
    rows = record("ESSN", "excel", *WORDS)
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
    good, bad = record("ESSN", "ph1", *WORDS), record("ESSN", "ph2", *WORDS)
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
    per_record, records = 20, 10_000
    before = sent_by(partners, "KIZ")
    header = list(record("ESSN", "k1", *WORDS)[0])
    first = record("ESSN", "k1", *WORDS)[0]
    path = partners.folder / "large.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(header) + "\n")
        for number in range(records):
            for person in range(per_record):
                fields = dict.fromkeys(header, "") if person else dict(first)
                fields |= {
                    "reference": f"large{number}",
                    "role": "member" if person else "recipient",
                    "id_scheme": "tr.tckimlik",
                    "id_number": valid_number(number * per_record + person),
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
    """A hundred are taken, the rest is told why; 4,950 findings, and no end of anything."""
    rows = [
        row
        for number in range(300)
        for row in record("ESSN", f"flood{number}", "hygiene/cash/m 10", "2026-05", "R=P20")
    ]
    answers = partners.publish("KIZ", rows, ok=(1,))
    said = Counter((answer["disposition"], answer["reason"]) for answer in answers)
    assert said == {("accepted", None): 100, ("rejected", "quota-exceeded"): 200}
    [row] = partners.query(
        "SELECT count() AS n, uniqExact(person_ref) AS people FROM v1_findings"
        " WHERE purpose = 'hygiene' AND status = 'open'"
    )
    assert (int(row["n"]), int(row["people"])) == (100 * 99 // 2, 1)
    still_works(partners, "flood-after")


def test_a_header_key_that_is_no_text(partners: Tekil) -> None:
    """Brokers take any bytes there, and client libraries fail on reading them."""
    before = end_of(partners.settings)
    headers, value = submission(partners, "KIZ", "KIZ", [line(20_000)])
    client = kafka.producer(partners.settings)
    topic = partners.settings.topic(Topic.SUBMISSIONS)
    bad = [*headers, (Bytes("tekil-x"), b"v")]
    client.send(topic, value=value, headers=bad, partition=0).get(timeout=30)
    client.close()
    [row] = partners.query(f"SELECT * FROM v1_submissions WHERE source_offset = {before}")
    assert (row["records"], row["accepted"]) == (1, 1), "an unknown header changes nothing"
    still_works(partners, "header-after")


class Bytes(str):
    """A header key that the client encodes as bytes that are no UTF-8."""

    def encode(self, *_: Any) -> bytes:
        return b"\xff\xfe"


def end_of(settings: Settings) -> int:
    client = kafka.consumer(settings)
    try:
        return kafka.end_offset(client, settings.topic(Topic.SUBMISSIONS))
    finally:
        client.close()


def test_a_transaction_leaves_a_hole_in_the_offsets(partners: Tekil) -> None:
    """Its commit marker takes an offset and is never delivered."""

    async def transact() -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=partners.settings.bootstrap, transactional_id=uuid.uuid4().hex
        )
        await producer.start()
        topic = partners.settings.topic(Topic.SUBMISSIONS)
        for number in (21_000, 21_001):
            headers, value = submission(partners, "KIZ", "KIZ", [line(number)])
            async with producer.transaction():
                await producer.send_and_wait(topic, value, headers=headers, partition=0)
        await producer.stop()

    before = sent_by(partners, "KIZ")
    asyncio.run(transact())
    still_works(partners, "transaction-after")
    assert sent_by(partners, "KIZ") == before + 3


def valid_number(serial: int) -> str:
    """A number with valid check digits (nobody's: made from a serial number)."""
    digits = [int(char) for char in f"{200_000_000 + serial * 7:09d}"]
    tenth = (7 * sum(digits[0::2]) - sum(digits[1::2])) % 10
    return "".join(map(str, digits)) + f"{tenth}{(sum(digits) + tenth) % 10}"


# -- messages ------------------------------------------------------------------------------------


def send(
    settings: Settings, headers: Sequence[Any], value: bytes, codec_: str | None = None
) -> int:
    """Put one message into aid-submissions as any client of the broker could; its offset."""

    async def sent() -> int:
        # aiokafka, as it brings every codec
        producer = AIOKafkaProducer(
            bootstrap_servers=settings.bootstrap,
            compression_type=codec_,
            max_request_size=64 << 20,
        )
        await producer.start()
        try:
            topic = settings.topic(Topic.SUBMISSIONS)
            found = await producer.send_and_wait(topic, value, headers=list(headers), partition=0)
            return int(found.offset)
        finally:
            await producer.stop()

    return asyncio.run(sent())


def rejection(tekil: Tekil, offset: int) -> dict[str, Any]:
    """What the views say about the message at an offset."""
    [row] = tekil.query(f"SELECT * FROM v1_rejections WHERE source_offset = {offset}")
    return row


def submission(tekil: Tekil, org: str, signer: str, lines: Sequence[bytes]) -> tuple[Any, bytes]:
    return codec.encode_submission(
        org=org,
        submission_id=str(uuid.uuid4()),
        assurance=Assurance.HMAC,
        tokens_epoch="e1",
        lines=lines,
        private_key=keys.load_signing_key(tekil.settings, signer),
    )


def line(number: int = 1, **more: Any) -> bytes:
    fields: dict[str, Any] = {
        "kind": "assistance",
        "nonce": f"{number:032x}",
        "version": 2,
        "assistance_id": str(uuid.UUID(int=number, version=4)),
        "programme": "KIZ-ESSN",
        "stage": "delivered",
        "purpose": "rent",
        "modality": "cash",
        "frequency": "monthly",
        "covers_from": "2026-05-01",
        "covers_to": "2026-06-01",
        "amount": "100.00",
        "currency": "TRY",
        "district": "TUR034026",
        "subjects": [{"role": "recipient", "tokens": [["tr.tckimlik", f"{number:032x}"]]}],
    }
    return codec.dumps(fields | more)


def test_a_submission_signed_with_anothers_key(partners: Tekil) -> None:
    headers, value = submission(partners, "KIZ", "STK", [line(1), line(2)])
    foreign = rejection(partners, send(partners.settings, headers, value))
    assert (foreign["reason"], foreign["records"], foreign["org"]) == ("unknown-key", 2, "KIZ")
    # KIZ's own key id, but STK's signature
    own, own_value = submission(partners, "KIZ", "KIZ", [line(1)])
    forged, _ = submission(partners, "KIZ", "STK", [line(1)])
    signature = dict(forged)["tekil-sig"]
    swapped = [(k, signature if k == "tekil-sig" else v) for k, v in own]
    row = rejection(partners, send(partners.settings, swapped, own_value))
    assert row["reason"] == "bad-signature"
    [*_, last] = read_receipts(partners.settings, "KIZ", 1)
    assert last["reason"] == "bad-signature", "the organisation it claims to be is told"
    still_works(partners, uuid.uuid4().hex)


def test_submissions_over_the_limits(partners: Tekil) -> None:
    many = submission(partners, "KIZ", "KIZ", [line(n) for n in range(1, 502)])
    assert rejection(partners, send(partners.settings, *many))["reason"] == "too-many-records"
    headers, value = submission(partners, "KIZ", "KIZ", [line(1)])
    padded = value + b" " * (codec.MAX_SUBMISSION_BYTES + 1 - len(value))
    row = rejection(partners, send(partners.settings, headers, padded))
    assert row["reason"] == "submission-too-large"
    with pytest.raises(MessageSizeTooLargeError):
        send(partners.settings, headers, b"x" * (2 << 20))
    still_works(partners, uuid.uuid4().hex)


def test_messages_that_are_no_submission(partners: Tekil) -> None:
    headers, value = submission(partners, "KIZ", "KIZ", [line(1)])
    cases = [
        ([], b"not json at all"),
        (headers, b"not json at all"),
        (headers, b'{"v":1,"v":1}\n{}'),
        (headers, b"\xff\xfe\x00"),
        (headers, b""),
        (headers, b"[" * 100_000),
        ([("ce_type", b"\xff")], value),
    ]
    for headers_, value_ in cases:
        row = rejection(partners, send(partners.settings, headers_, value_))
        assert row["reason"] in ("malformed-submission", "header-mismatch")
        assert row["row_no"] == 0
    bad_records = [
        (b"no json", "malformed-record"),
        (b'{"kind":"assistance","kind":"assistance"}', "malformed-record"),
        (b'{"kind":"spell"}', "unknown-kind"),
        (line(3, name="Somebody"), "unknown-field"),
        (line(4, amount=12.5), "invalid-value"),
        (line(5, covers_from="9999-12-30", covers_to="9999-12-31"), "invalid-value"),
        (line(6, programme="STK-MPCA"), "not-your-programme"),
        (line(7, programme="KIZ-NONE"), "unknown-programme"),
    ]
    headers, value = submission(partners, "KIZ", "KIZ", [bytes_ for bytes_, _ in bad_records])
    offset = send(partners.settings, headers, value)
    rows = partners.query(
        f"SELECT row_no, reason FROM v1_rejections WHERE source_offset = {offset} ORDER BY row_no"
    )
    assert [row["reason"] for row in rows] == [reason for _, reason in bad_records]
    still_works(partners, uuid.uuid4().hex)


@pytest.mark.parametrize("codec_", CODECS)
def test_a_message_compressed_with_every_codec(partners: Tekil, codec_: str | None) -> None:
    number = 10_000 + 10 * CODECS.index(codec_)
    headers, value = submission(partners, "KIZ", "KIZ", [line(number), line(number + 1)])
    offset = send(partners.settings, headers, value, codec_)
    [row] = partners.query(f"SELECT * FROM v1_submissions WHERE source_offset = {offset}")
    assert (row["records"], row["accepted"]) == (2, 2)
    if codec_:
        # 40 MB that pack into a few kB: refused by the broker, never unpacked by a stage
        with pytest.raises(MessageSizeTooLargeError):
            send(partners.settings, headers, b"\0" * BOMB_BYTES, codec_)
    still_works(partners, uuid.uuid4().hex)


def test_nothing_of_a_person_is_kept_anywhere(partners: Tekil) -> None:
    """Scenario property 4, on the raw files of every store (topics are stored uncompressed)."""
    rows = record("ESSN", "secret", *WORDS)
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
        for path in folder.rglob("*")
        if path.is_file()
        for content in [path.read_bytes()]
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
    [answer, *_] = partners.publish("KIZ", record("ESSN", "clock", *WORDS))
    [row] = partners.query(
        f"SELECT answered_day FROM v1_verdicts WHERE assistance_id = '{answer['assistance_id']}'"
    )
    assert row["answered_day"] == later.isoformat()
    partners.run("tick", "--as-of", "2026-01-01", ok=(1,))
