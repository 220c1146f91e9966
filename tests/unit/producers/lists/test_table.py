"""Which lines of a sheet are rows of the list, and which are named and left."""

from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from events.rejection import Reason
from infra.errors import UsageProblem
from producers.listed import ReadList, read_list
from producers.lists.columns import NOTHING_SAID, Said
from producers.lists.files import numbers
from producers.lists.readings import Skip, spans
from producers.lists.table import letters
from tests.unit.producers.lists.files.books import COLUMNS, PAYMENT

HEADER = ",".join(COLUMNS)


def payment(reference: str, **more: str) -> str:
    cells = dict(zip(COLUMNS, PAYMENT, strict=True)) | {"reference": reference} | more
    return ",".join(cells.values())


def read(folder: Path, *lines: str, said: Said = NOTHING_SAID) -> ReadList:
    path = folder / "list.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_list("KIZ", path, "assistance", said=said)


def skipped(found: ReadList) -> list[tuple[Skip, str]]:
    return [(one.why, one.what) for one in found.reading.skipped]


def refused(folder: Path, *lines: str) -> tuple[Reason | None, str]:
    with pytest.raises(UsageProblem) as caught:
        read(folder, *lines)
    return caught.value.reason, caught.value.field


def book(folder: Path, *sheets: tuple[str, list[list[str]]]) -> Path:
    path = folder / "list.xlsx"
    with xlsxwriter.Workbook(str(path)) as whole:
        for name, rows in sheets:
            page = whole.add_worksheet(name)
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)
    return path


TWO = (payment("k1"), payment("k2", id_number="99011524438"))
BLANK = "," * (len(COLUMNS) - 1)


def under(**cells: str) -> str:
    return ",".join(cells.get(name, "") for name in COLUMNS)


@pytest.mark.parametrize(
    "line",
    [
        under(reference="TOPLAM", amount="200"),
        under(programme="Genel toplam:", amount="200.00", currency="TRY"),
        under(reference="TOTAL (2)", amount="200"),
        under(reference="المجموع", amount="200"),
        under(reference="Toplam 2 kişi", amount="200", currency="TL"),
        under(amount="200"),
    ],
)
def test_a_total_is_named_and_no_row(tmp_path: Path, line: str) -> None:
    found = read(tmp_path, HEADER, *TWO, line)
    assert len(found.drafts) == 2
    assert found.bad == ()
    assert skipped(found) == [(Skip.TOTAL, "4")]


def test_a_total_that_is_not_the_sum_asks_what_is_missing(tmp_path: Path) -> None:
    found = read(tmp_path, HEADER, *TWO, under(reference="TOPLAM", amount="300"))
    assert skipped(found) == [(Skip.TOTAL_DIFFERS, "4")]


@pytest.mark.parametrize(
    "line",
    [
        under(reference="TOPLAM", amount="200", id_number="99011524438"),
        under(reference="TOPLAM", amount="200", covers_from="2026-05-01"),
        under(reference="Toplamı alan", amount="200"),
        under(amount="150"),
        under(currency="EUR"),
        under(currency="TRY", amount="100"),
        under(id_number="99291417710"),
    ],
)
def test_what_may_be_a_payment_is_not_skipped(tmp_path: Path, line: str) -> None:
    found = read(tmp_path, HEADER, *TWO, line)
    assert skipped(found) == []
    assert [bad.rows for bad in found.bad] == [(4,)]


def test_a_payment_whose_reference_is_a_total_is_a_payment(tmp_path: Path) -> None:
    found = read(tmp_path, HEADER, payment("TOPLAM"))
    assert [draft.reference for draft in found.drafts] == ["TOPLAM"]


def test_constants_filled_down_are_skipped_below_the_list_alone(tmp_path: Path) -> None:
    filled = under(currency="TRY", purpose="rent")
    found = read(tmp_path, HEADER, TWO[0], filled, filled, BLANK, filled)
    assert skipped(found) == [(Skip.FILLED_DOWN, "3–4, 6")]
    found = read(tmp_path, HEADER, TWO[0], filled, TWO[1], filled)
    assert [bad.rows for bad in found.bad] == [(3,)], "a row between payments lacks its reference"
    assert skipped(found) == [(Skip.FILLED_DOWN, "5")]


def test_titles_blank_lines_and_a_header_that_stands_again(tmp_path: Path) -> None:
    found = read(tmp_path, "KIZ listesi", "Ay,Mayıs", "", HEADER, TWO[0], HEADER, TWO[1])
    assert found.reading.header_row == 4
    assert [draft.first_row for draft in found.drafts] == [5, 7]
    assert skipped(found) == [(Skip.ABOVE_HEADER, "1–2"), (Skip.HEADER_AGAIN, "6")]


@pytest.mark.parametrize("above", [payment("k0"), under(reference="k0", id_number="99291417710")])
def test_rows_above_the_header_are_never_lost(tmp_path: Path, above: str) -> None:
    assert refused(tmp_path, above, HEADER, *TWO) == (Reason.ROWS_ABOVE_HEADER, "1")


def test_an_error_is_no_hashtag(tmp_path: Path) -> None:
    found = read(tmp_path, HEADER, TWO[0], under(reference="#YOK"))
    assert skipped(found) == []
    (bad,) = found.bad
    assert (Reason.ERROR_CELL, "reference") in {(p.reason, p.field) for p in bad.problems}
    found = read(tmp_path, HEADER, under(reference="#meta +id", amount="#value+total"), TWO[0])
    assert skipped(found) == [(Skip.HASHTAGS, "2")]


def test_the_list_is_the_sheet_that_was_asked_for(tmp_path: Path) -> None:
    rows = [list(COLUMNS), list(PAYMENT)]
    path = book(tmp_path, ("Notlar", [["Açıklama"]]), ("Liste", rows), ("boş", []))
    with pytest.raises(UsageProblem) as caught:
        read_list("KIZ", path, "assistance")
    assert (caught.value.reason, caught.value.field) == (Reason.SEVERAL_SHEETS, "Notlar, Liste")
    found = read_list("KIZ", path, "assistance", said=Said(sheet="Liste"))
    assert found.reading.sheet == "Liste"
    assert skipped(found) == [(Skip.OTHER_SHEETS, "Notlar")]
    with pytest.raises(UsageProblem) as caught:
        read_list("KIZ", path, "assistance", said=Said(sheet="boş"))
    assert caught.value.reason is Reason.UNKNOWN_SHEET


def test_an_empty_sheet_before_the_list_is_no_sheet(tmp_path: Path) -> None:
    path = book(tmp_path, ("Sayfa1", []), ("Liste", [list(COLUMNS), list(PAYMENT)]))
    assert read_list("KIZ", path, "assistance").reading.sheet == "Liste"


def test_a_column_that_is_left_out_holds_up_no_payment(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.json"
    mapping.write_text('{"Not": null}', encoding="utf-8")
    path = tmp_path / "list.csv"
    path.write_text(f"{HEADER},Not\n{payment('k1')},#N/A\n", encoding="utf-8")
    assert len(read_list("KIZ", path, "assistance", mapping).drafts) == 1


@pytest.mark.parametrize(
    ("number", "code", "shown"),
    [
        (10_000 / 3, "0.00", 3333.33),
        (12_500 * 0.37 / 7, "#,##0.00", 660.71),
        (2.675, "0.00", 2.68),
        (3099.9999999999995, "General", 3100.0),
        (3333.3, "#,##0", 3333.0),
        (12, "00000000000", "00000000012"),
        (5321234567, "0000 000 00 00", "0532 123 45 67"),
        (5321234567, "(000) 000-0000", "(532) 123-4567"),
        (0.155, "0.0%", "15.5%"),
        (100, '#,##0.00\\ "TL"', 100.0),
        (100, "[$₺-41F]#,##0.00", 100.0),
        (100.5, '_-* #,##0.00\\ "₺"_-;\\-* #,##0.00\\ "₺"_-;_-* "-"??\\ "₺"_-;_-@_-', 100.5),
        (0, '_-* #,##0.00_-;\\-* #,##0.00_-;_-* "-"??_-;_-@_-', 0.0),
        (-5, "#,##0.00;(#,##0.00)", -5.0),
        (99291417710, "General", 99291417710.0),
        (123456789012, "0", 123456789012.0),
        (100, "0.00E+00", 100.0),
    ],
)
def test_numbers_that_are_read_as_shown(number: float, code: str, shown: float | str) -> None:
    assert numbers.as_shown(float(number), code) == shown


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (1.5, "# ?/?"), (1_234_567, "#,##0,"), (5, ";;;"), (5, '0" kişi"'), (-5, "0;0"),
        (5, "[>3]0"), (0, "#"), (0.001, "#.##"), (12, '"KIZ-"0000'), (5, "-0"), (36.0, "[h]:mm"),
    ],
)  # fmt: skip
def test_formats_that_show_something_else_are_refused(number: float, code: str) -> None:
    with pytest.raises(numbers.NotShown):
        numbers.as_shown(float(number), code)


@pytest.mark.parametrize(
    ("number", "code"),
    [(2.02605e12, "General"), (2.02605e12, "@"), (1e15, "0"), (1_234_567, "0.00E+00")],
)
def test_digits_that_are_not_shown_are_lost(number: float, code: str) -> None:
    with pytest.raises(numbers.Lost):
        numbers.as_shown(float(number), code)


@pytest.mark.parametrize(("code", "shows"), [("@", True), ("General", True), (";;;", False),
                                             ('"KIZ-"@', False), ("0;0;0;@", True)])  # fmt: skip
def test_texts_in_formats(code: str, shows: bool) -> None:
    assert numbers.shows_text(code) is shows


def test_names_of_rows_and_columns() -> None:
    assert spans([1, 2, 3, 7, 9, 10]) == "1–3, 7, 9–10"
    assert spans(range(1, 100, 2)).endswith(", …")
    found: Any = [letters(number) for number in (0, 25, 26, 701, 702, 16_383)]
    assert found == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
