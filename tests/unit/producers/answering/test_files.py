"""The answer file is the officer's own sheet with three columns more, and nothing in it acts."""

import csv
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import python_calamine
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.styles import Font

from infra.errors import UsageProblem
from producers.answering.inert import commands, inert
from producers.answering.words import titles, words
from producers.answering.writing import place_beside, write_answers
from producers.answers import AnsweredRow
from producers.listed import ReadList
from producers.lists.files.reader import USUAL
from producers.lists.reading import read_rows
from producers.lists.readings import Reading
from producers.publishing import validate_list
from tests.unit.producers.lists.files.books import COLUMNS, PAYMENT

TITLE = "Mayıs ödemeleri – Küçükçekmece"
COMMANDS = (
    "=cmd|'/c calc'!A0", "@SUM(A1)", "\t=1+A1", "＝1+x", "＠x", "|x", "%x", " =x", "\u200b=x",
    "k;=1+A1", "k; ＝x", ";@x", "+x", "-x", "=HYPERLINK(\"http://x.example\")",
)  # fmt: skip
HARMLESS = ("k-1", "a=b", "x+y", "a@b.example", "k;1", "", "Ş-İ", "+90 532 111 22 33", "-", "-5,00",
    '="0012"', "../../x", "file:///etc/x")  # fmt: skip
GOOD = dict(zip(COLUMNS, PAYMENT, strict=True))
BAD = GOOD | {"reference": "k2", "amount": "çok", "district": "Mars"}


def as_rows() -> list[list[str]]:
    return [list(COLUMNS), [GOOD[name] for name in COLUMNS], [BAD[name] for name in COLUMNS]]


def answered(source: Path, target: Path, lang: str = "tr") -> tuple[Reading, list[AnsweredRow]]:
    """Validate a list and write what it says of each row."""
    heard: list[ReadList] = []
    rows = validate_list("KIZ", source, "assistance", hear=heard.append)
    reading = heard[0].reading
    write_answers(target, source, reading, rows, lang, USUAL)
    return reading, rows


def expected(rows: list[list[Any]], found: list[AnsweredRow], read: Reading) -> list[list[Any]]:
    """The sheet as it was, with what each row is told."""
    told = {row.row: list(words(row, "tr", read.titles)) for row in found}
    told[read.header_row] = list(titles("tr"))
    return [
        [*cells, *[""] * (read.width - len(cells)), *told[number]] if number in told else cells
        for number, cells in enumerate(rows, 1)
    ]


def padded(rows: list[list[Any]]) -> list[list[Any]]:
    """Without what is empty at the end of each row."""
    found = []
    for row in rows:
        cells = ["" if cell is None else cell for cell in row]
        while cells and cells[-1] == "":
            cells.pop()
        found.append(cells)
    return found


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1254"])
def test_a_text_comes_back_with_its_own_mark_and_encoding(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    source, target = tmp_path / "list.csv", tmp_path / "a.csv"
    rows = [[TITLE], *as_rows()]
    with source.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    read, found = answered(source, target)
    assert [row.disposition for row in found] == ["valid", "rejected"]
    back = encoding.removesuffix("-sig") + ("-sig" if encoding.startswith("utf-8") else "")
    with target.open(encoding=back, newline="") as file:
        assert list(csv.reader(file, delimiter=delimiter)) == expected(rows, found, read)


def test_an_answer_in_letters_that_the_file_lacks_is_in_utf8(tmp_path: Path) -> None:
    source, target = tmp_path / "list.csv", tmp_path / "a.csv"
    source.write_text("\n".join(";".join(row) for row in [[TITLE], *as_rows()]), encoding="cp1254")
    answered(source, target, "ar")
    found = target.read_text(encoding="utf-8-sig")
    assert titles("ar").answer in found
    assert TITLE in found


def book(path: Path, change: Callable[[Any], None] = lambda sheet: None) -> None:
    found = openpyxl.Workbook()
    sheet = found.active
    assert sheet is not None
    sheet.append([TITLE])
    for row in as_rows():
        sheet.append(row)
    sheet["A1"].font = Font(bold=True)
    sheet.merge_cells("A1:C1")
    sheet.column_dimensions["B"].width = 33
    change(sheet)
    found.save(path)


def test_a_workbook_comes_back_as_it_was_with_its_looks(tmp_path: Path) -> None:
    source, target = tmp_path / "list.xlsx", tmp_path / "a.xlsx"
    book(source)
    read, found = answered(source, target)
    wanted = padded(expected([[TITLE], *as_rows()], found, read))
    with target.open("rb") as file:
        sheet = python_calamine.load_workbook(file).get_sheet_by_index(0)
    assert padded(sheet.to_python(skip_empty_area=False)) == wanted
    for read_only in (False, True):
        back = openpyxl.load_workbook(target, read_only=read_only).worksheets[0]
        assert padded([list(row) for row in back.iter_rows(values_only=True)]) == wanted
    whole = openpyxl.load_workbook(target).worksheets[0]
    assert whole["A1"].font.bold
    assert [str(one) for one in whole.merged_cells.ranges] == ["A1:C1"]
    assert whole.column_dimensions["B"].width == 33


def test_a_formula_comes_back_as_what_it_showed(tmp_path: Path) -> None:
    source, target = tmp_path / "list.xlsx", tmp_path / "a.xlsx"
    book(source)
    _with_part(source, "xl/worksheets/sheet1.xml", _with_formulas)
    answered(source, target)
    with zipfile.ZipFile(target) as found:
        content = found.read("xl/worksheets/sheet1.xml")
    assert b"<f" not in content
    assert b"WEBSERVICE" not in content
    back = openpyxl.load_workbook(target).worksheets[0]
    assert back["A3"].value == "k1"


def _with_formulas(content: bytes) -> bytes:
    place = content.index(b'<c r="A3"')
    end = content.index(b"</c>", place)
    cell = b'<c r="A3" t="str"><f>WEBSERVICE("http://x.example")</f><v>k1</v>'
    return content[:place] + cell + content[end:]


def _with_part(path: Path, name: str, change: Callable[[bytes], bytes], new: str = "") -> None:
    with zipfile.ZipFile(path) as old:
        parts = {one.filename: old.read(one) for one in old.infolist()}
    parts[name] = change(parts.get(name, b""))
    if new:
        parts[new] = b"x"
    with zipfile.ZipFile(path, "w") as file:
        for part, content in parts.items():
            file.writestr(part, content)


def test_of_a_workbook_that_may_act_the_values_come_back(tmp_path: Path) -> None:
    source, target = tmp_path / "list.xlsx", tmp_path / "a.xlsx"
    book(source)
    _with_part(source, "xl/workbook.xml", lambda content: content, new="xl/vbaProject.bin")
    read, found = answered(source, target)
    with zipfile.ZipFile(target) as copied:
        assert "xl/vbaProject.bin" not in copied.namelist()
    with target.open("rb") as file:
        sheet = python_calamine.load_workbook(file).get_sheet_by_index(0)
    assert padded(sheet.to_python(skip_empty_area=False)) == padded(
        expected([[TITLE], *as_rows()], found, read)
    )


def test_another_form_than_came_holds_the_values(tmp_path: Path) -> None:
    source, target = tmp_path / "list.xlsx", tmp_path / "a.csv"
    book(source)
    read, found = answered(source, target)
    with target.open(encoding="utf-8-sig", newline="") as file:
        back = padded(list(csv.reader(file)))
    assert back == padded(expected([[TITLE], *as_rows()], found, read))
    with pytest.raises(UsageProblem, match=r"\.csv or \.xlsx"):
        answered(source, tmp_path / "a.txt")


def test_all_problems_of_a_row_stand_beside_it(tmp_path: Path) -> None:
    source = tmp_path / "list.csv"
    source.write_text("\n".join(",".join(row) for row in as_rows()))
    read, (_, bad) = answered(source, tmp_path / "a.csv", "en")
    told = words(bad, "en", read.titles)
    assert "amount" in told.answer
    assert "district" in told.answer
    assert told.todo


# -- nothing acts ---------------------------------------------------------------------------------


@pytest.mark.parametrize("reference", COMMANDS)
def test_a_cell_that_is_a_command_is_none_in_an_answer_file(tmp_path: Path, reference: str) -> None:
    assert commands(reference)
    source, target = tmp_path / "list.csv", tmp_path / "a.csv"
    with source.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=",")
        writer.writerow(COLUMNS)
        writer.writerow((GOOD | {"reference": "k9", "programme": reference}).values())
    answered(source, target)
    # as programs with comma and with semicolon read it: no cell begins a formula
    for delimiter in ",;":
        with target.open(encoding="utf-8-sig", newline="") as file:
            _, *lines = csv.reader(file, delimiter=delimiter)
        cells = [cell.strip("\u200b\ufeff\u00a0 ") for line in lines for cell in line]
        assert not [cell for cell in cells if cell[:1] in tuple("=+-@＝＋－＠|%\t\r")]


@pytest.mark.parametrize("mark", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_no_cell_turns_the_line_that_it_stands_in(tmp_path: Path, mark: str) -> None:
    shown = f"k1<U+{ord(mark):04X}>reiplc"
    text, workbook = tmp_path / "list.csv", tmp_path / "list.xlsx"
    text.write_text("\n".join([",".join(COLUMNS), ",".join([f"k1{mark}reiplc", *PAYMENT[1:]])]))
    book(workbook, lambda sheet: sheet.cell(3, 1, f"k1{mark}reiplc"))
    shared = tmp_path / "shared.xlsx"
    with xlsxwriter.Workbook(shared) as other:
        sheet = other.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        sheet.write_row(1, 0, [f"k1{mark}reiplc", *PAYMENT[1:]])
    for source in (text, workbook, shared):
        target = tmp_path / f"a{source.suffix}"
        answered(source, target)
        found = str([cells for _, cells in read_rows(target)])
        assert shown in found
        assert mark not in found
    _with_part(workbook, "xl/worksheets/sheet1.xml", lambda found: _referred(found, mark))
    answered(workbook, tmp_path / "b.xlsx")
    assert shown in str([cells for _, cells in read_rows(tmp_path / "b.xlsx")])


def _referred(content: bytes, mark: str) -> bytes:
    """The same text, the mark written as a character reference."""
    assert mark.encode() in content
    return content.replace(mark.encode(), f"&#x{ord(mark):X};".encode())


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stands_as_it_is(text: str) -> None:
    assert inert(text) == text


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_no_text_is_a_command_once_it_is_inert(text: str) -> None:
    assert not commands(inert(text))


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_an_answer_file_is_its_owners_alone(tmp_path: Path, name: str) -> None:
    source, target = tmp_path / "list.xlsx", tmp_path / name
    book(source)
    target.write_text("what was there")
    target.chmod(0o666)
    before = os.umask(0)
    try:
        answered(source, target)
    finally:
        os.umask(before)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert {file.name for file in tmp_path.iterdir()} == {name, "list.xlsx"}


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_an_answer_file_is_there_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    source, target = tmp_path / "list.xlsx", tmp_path / name
    book(source)
    answered(source, target)
    before = target.read_bytes()

    def full(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageProblem, match="cannot be written"):
        answered(source, target)
    assert target.read_bytes() == before
    assert {file.name for file in tmp_path.iterdir()} == {name, "list.xlsx"}


def test_answers_stand_beside_the_list_in_its_form() -> None:
    assert place_beside(Path("x/l.csv"), "answers") == Path("x/l.answers.csv")
    assert place_beside(Path("x/l.XLSX"), "check") == Path("x/l.check.xlsx")
    assert place_beside(Path("x/l.ods"), "answers") == Path("x/l.answers.xlsx")
