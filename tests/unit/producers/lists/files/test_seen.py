"""A file's cells as a spreadsheet program shows them, whatever a list makes of them."""

from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from events.rejection import Reason, Refusal
from producers.lists.files.cells import GENERAL, Cell, Columns, Kind, Row, Sheet
from producers.lists.files.reader import USUAL, read_cells
from producers.lists.reading import read_rows
from producers.lists.unreadable import ERROR
from tests.unit.producers.lists.files.books import (
    book,
    inline,
    open_document,
    pack,
    parts,
    sheet,
    styles,
    texts,
)


def seen(path: Path) -> list[Sheet | Columns | Row]:
    return list(read_cells(path))


def cells(path: Path) -> list[Cell]:
    return [cell for item in seen(path) if isinstance(item, Row) for cell in item.cells]


def refused(path: Path) -> Reason:
    with pytest.raises(Refusal) as caught:
        seen(path)
    return caught.value.reason


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "list.xlsx"


def test_hidden_rows_sheets_and_merged_ranges_are_seen(path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as workbook:
        first, second, third = (workbook.add_worksheet(name) for name in ("a", "b", "c"))
        first.merge_range("A1:C2", "Liste")
        for number in (2, 3, 4):
            first.write(number, 0, f"k{number}")
        first.set_row(3, None, None, {"hidden": True})
        first.merge_range("B4:B5", "x")
        second.write(0, 0, "not for you")
        second.hide()
        third.write(1, 1, 5)
    found = seen(path)
    assert [item for item in found if isinstance(item, Sheet)] == [
        Sheet("a", is_hidden=False),
        Sheet("b", is_hidden=True),
        Sheet("c", is_hidden=False),
    ]
    rows = [item for item in found if isinstance(item, Row)]
    assert [(row.number, row.is_hidden, row.merged) for row in rows] == [
        (1, False, ((0, 2),)),
        (3, False, ()),
        (4, True, ((1, 1),)),
        (5, False, ((1, 1),)),
        (2, False, ()),
    ]
    assert rows[-1].cells == [Cell(1, 5.0, Kind.NUMBER)]
    with pytest.raises(Refusal) as caught:
        list(read_rows(path))
    assert (caught.value.reason, caught.value.field) == (Reason.SEVERAL_SHEETS, "a, c")


def test_kinds_formats_and_formulas_are_seen(path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as workbook:
        page = workbook.add_worksheet()
        page.write_number(0, 0, 3333.3333, workbook.add_format({"num_format": "0.00"}))
        page.write_formula(0, 1, "=1+1", None, 2)
        page.write_formula(0, 2, '="0012"', None, "0012")
        page.write_boolean(0, 3, True)
        page.write_formula(0, 4, "=NA()", None, "#N/A")
        page.write_string(0, 5, "  ")
        page.write_blank(0, 6, None, workbook.add_format({"bold": True}))
    assert cells(path) == [
        Cell(0, 3333.3333, Kind.NUMBER, "0.00"),
        Cell(1, 2.0, Kind.NUMBER, GENERAL, is_formula=True),
        Cell(2, "0012", Kind.TEXT, GENERAL, is_formula=True),
        Cell(3, True, Kind.BOOLEAN),
        Cell(4, "#N/A", Kind.ERROR, GENERAL, is_formula=True),
        Cell(5, "  ", Kind.TEXT),
    ]


def test_an_error_cell_is_not_read_as_empty(path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as workbook:
        workbook.add_worksheet().write_formula(0, 0, "=NA()", None, "#N/A")
    assert list(read_rows(path)) == [(1, [ERROR])]


def test_a_formula_without_a_result_is_seen_and_its_text_is_not(path: Path) -> None:
    inside = '<c r="A1"><f>HYPERLINK("file:///x","y")</f></c><c r="B1" t="str"><f>1</f><v></v></c>'
    book(path, sheet(f'<row r="1">{inside}</row>'))
    assert cells(path) == [
        Cell(0, None, Kind.NOTHING, GENERAL, is_formula=True),
        Cell(1, "", Kind.TEXT, GENERAL, is_formula=True),
    ]


def test_texts_are_put_together_and_their_readings_left_out(path: Path) -> None:
    shared = (
        '<r><t>Küçük</t></r><r><rPr><b/></rPr><t xml:space="preserve">çekmece </t></r>',
        '<t>東京</t><rPh sb="0" eb="2"><t>とうきょう</t></rPh>',
        "<t>a_x000D_b_xD800_c</t>",
        f"<t>{'x' * 5_000}</t>",
    )
    row = "".join(f'<c t="s"><v>{number}</v></c>' for number in range(4))
    rich = '<c t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r><rPh><t>no</t></rPh></is></c>'
    book(path, sheet(f"<row>{row}{rich}</row>"), more={"sharedStrings.xml": texts(*shared)})
    assert [cell.value for cell in cells(path)] == [
        "Küçükçekmece ",
        "東京",
        "a\rb\ufffdc",
        "x" * 2_001,
        "ab",
    ]


def test_a_workbook_says_where_its_days_begin(path: Path) -> None:
    inside = sheet('<row r="1"><c r="A1" s="1"><v>44681</v></c></row>')
    for properties, year in (("", 2022), ('<workbookPr date1904="1"/>', 2026)):
        pack(path, parts(inside, more={"styles.xml": styles("14")}, properties=properties))
        (_, [day]) = next(iter(read_rows(path)))
        assert str(day).startswith(str(year)), day


@pytest.mark.parametrize(
    "row",
    [
        '<row r="2"/><row r="1"/>',
        '<row r="0"/>',
        '<row r="1048577"/>',
        '<row r="1"><c r="B1"/><c r="A1"/></row>',
        '<row r="1"><c r="XFE1"/></row>',
        '<row r="1"><c r="1"/></row>',
        '<row r="1"><c r="A1" t="s"><v>0</v></c></row>',
        '<row r="1"><c r="A1" s="7"><v>0</v></c></row>',
        '<row r="1"><c r="A1" s="-1"><v>0</v></c></row>',
        '<row r="1"><c r="A1" t="?"><v>0</v></c></row>',
        '<row r="1"><c r="A1"><v>twelve</v></c></row>',
        f'<row r="1"><c r="A1" t="s"><v>{"9" * 5_000}</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></row>',
    ],
)
def test_what_no_program_writes_is_not_guessed_at(path: Path, row: str) -> None:
    assert refused(book(path, sheet(row))) is Reason.UNREADABLE_FILE


def test_parts_are_names_in_the_file_and_never_on_the_disk(path: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text(sheet('<row r="1"><c r="A1"><v>1</v></c></row>'))
    for target in (str(secret), f"../../../../../..{secret}", f"file://{secret}"):
        content = parts(sheet())
        del content["xl/sheet1.xml"]
        content["xl/_rels/workbook.xml.rels"] = content["xl/_rels/workbook.xml.rels"].replace(
            "sheet1.xml", target
        )
        assert refused(pack(path, content)) is Reason.UNREADABLE_FILE
    content = parts(sheet(f'<row r="1">{inline("A1", "x")}</row>'))
    external = content["xl/_rels/workbook.xml.rels"].replace(
        'Id="sheet1"', 'TargetMode="External" Id="sheet1"'
    )
    content["xl/_rels/workbook.xml.rels"] = external
    assert refused(pack(path, content)) is Reason.UNREADABLE_FILE


def test_progress_is_told_to_the_end(path: Path) -> None:
    book(path, sheet(*(f"<row><c><v>{number}</v></c></row>" for number in range(20_000))))
    steps: list[Any] = []
    rows = list(read_cells(path, USUAL, lambda done, total: steps.append((done, total))))
    assert len(rows) == 20_001
    assert len(steps) > 5
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1]


def test_hidden_columns_and_rows_without_height_are_seen(path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as workbook:
        page = workbook.add_worksheet()
        for number in range(3):
            page.write_row(number, 0, ["a", "b", "c", "d"])
        page.set_column(1, 2, None, None, {"hidden": True})
        page.set_row(1, 0)
        page.set_row(2, 8)
    spans, *rows = seen(path)[1:]
    assert spans == Columns(((1, 2),))
    assert [row.is_hidden for row in rows if isinstance(row, Row)] == [False, True, False]


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("list.xls", b"<html><body><table><tr><td>reference</td></tr></table>", "HTML"),
        ("list.xls", b"\xef\xbb\xbf\r\n<!DOCTYPE html>\n<table>", "HTML"),
        ("list.xls", "\ufeff<table><tr>".encode("utf-16-le"), "HTML"),
        ("list.xls", b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
         b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "Excel XML 2003"),
        ("list.csv", b"%PDF-1.7\n", "PDF"),
        ("list.csv", b"{\\rtf1", "RTF"),
        ("list.xlsx", b"\xd0\xcf\x11\xe0" + "WordDocument".encode("utf-16-le"), "Word (.doc)"),
        ("list.xlsx", b"\xd0\xcf\x11\xe0" + bytes(3 << 20) + "Workbook".encode("utf-16-le"),
         "Excel 97–2003 (.xls)"),
        ("list.csv", b"\x89PNG\r\n", "image"),
        ("list.csv", b'[{"reference": 1}]', "JSON"),
    ],
)  # fmt: skip
def test_a_file_of_another_form_is_named(
    tmp_path: Path, name: str, content: bytes, form: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Refusal) as caught:
        seen(path)
    assert (caught.value.reason, caught.value.field) == (Reason.OTHER_FORM, form)


def test_packages_of_other_forms_and_passwords_are_named(tmp_path: Path) -> None:
    row = "<table:table-row></table:table-row>"
    for found, form in (
        (open_document(tmp_path / "list.xlsx", row), "OpenDocument (.ods)"),
        (pack(tmp_path / "a.xlsx", {"word/document.xml": "<a/>"}), "Word (.docx)"),
        (pack(tmp_path / "b.xlsx", {"reference.csv": "a"}), "ZIP"),
    ):
        with pytest.raises(Refusal) as caught:
            seen(found)
        assert (caught.value.reason, caught.value.field) == (Reason.OTHER_FORM, form)
    locked = tmp_path / "locked.xlsx"
    locked.write_bytes(b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"))
    assert refused(locked) is Reason.FILE_PASSWORD
