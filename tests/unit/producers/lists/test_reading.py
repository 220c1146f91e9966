"""Files in many forms give the same rows."""

import datetime
import json
import os
from pathlib import Path

import pytest
import xlsxwriter

from events.rejection import Refusal
from producers.lists.reading import known_districts, read_mapping, read_rows
from producers.lists.unreadable import Shown

HEADER = ["reference", "ilçe", "amount"]
ROWS = [["k1", "Küçükçekmece", "9300,50"], ["k2", 'a "b"; c, d', "1"]]


def read(path: Path) -> list[tuple[int, list[Shown]]]:
    return list(read_rows(path))


def text(delimiter: str) -> str:
    quoted = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in ROWS]
    return "\r\n".join(delimiter.join(row) for row in [HEADER, *quoted]) + "\r\n"


def unreadable(path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        read(path)
    assert caught.value.reason.value == "unreadable-file"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1254", "cp857", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("hint", [False, True])
def test_csv_forms(tmp_path: Path, delimiter: str, encoding: str, hint: bool) -> None:
    path = tmp_path / "list.csv"
    content = f"sep={delimiter}\r\n{text(delimiter)}" if hint else text(delimiter)
    path.write_bytes(content.encode(encoding))
    found = read(path)
    assert [cells for _, cells in found] == [HEADER, *ROWS]
    assert found[0][0] == (2 if hint else 1)


def test_row_numbers_are_the_spreadsheets(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text('\n\na,b\n"two\nlines",1\n\n,\nx,2\n', encoding="utf-8")
    assert [number for number, _ in read(path)] == [3, 4, 7]


def test_xlsx_gives_numbers_and_dates(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        hidden = book.add_worksheet("notes")
        sheet = book.add_worksheet("list")
        sheet.activate()
        sheet.set_first_sheet()
        hidden.hide()
        sheet.write_row(1, 0, ["reference", "id_number", "covers_from", "protected"])
        sheet.write_row(3, 0, ["k1", 99291417710])
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write_datetime(3, 2, datetime.datetime(2026, 5, 1), day)
        sheet.write_boolean(3, 3, True)
    assert read(path) == [
        (2, ["reference", "id_number", "covers_from", "protected"]),
        (4, ["k1", 99291417710.0, datetime.date(2026, 5, 1), True]),
    ]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    unreadable(tmp_path / "missing.csv")
    unreadable(tmp_path)
    for name, content in [
        ("zip.xlsx", b"PK\x03\x04 and no more"),
        ("nul.csv", b"reference\0,amount\n"),
        ("quote.csv", b'reference\n"open'),
    ]:
        path = tmp_path / name
        path.write_bytes(content)
        unreadable(path)


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    for content in (b"", b"\xef\xbb\xbf", b"\n\n", b",,\n"):
        path.write_bytes(content)
        assert read(path) == []


def test_mappings(tmp_path: Path) -> None:
    path = tmp_path / "mapping.json"
    path.write_text(json.dumps({"T.C. No": "id_number", "Not": None}), encoding="utf-8")
    assert read_mapping(path) == {"T.C. No": "id_number", "Not": None}
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Refusal):
        read_mapping(tmp_path / "pipe")  # which nobody writes to
    for content in ("[]", "{", '{"a": 1}', "[" * 100_000):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(Refusal):
            read_mapping(path)


def test_the_districts_are_those_of_the_data() -> None:
    assert len(known_districts()) == 973
    assert "TUR034026" in known_districts()
