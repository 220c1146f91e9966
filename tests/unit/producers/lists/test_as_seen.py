"""Lists with the troubles of real ones: each is read as it was meant, or refused."""

import datetime
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Final

import pytest
import xlsxwriter
from hypothesis import example, given
from hypothesis import strategies as st

from events.rejection import Reason
from infra.errors import UsageProblem
from producers.listed import ReadList
from producers.lists import reading
from producers.lists.people import WEAK_COLUMNS
from producers.lists.readings import Skip
from tests.unit.producers.lists.here import HEADER, QUICK, read, read_cells

START: Final = datetime.date(2026, 5, 1)
STOP: Final = datetime.date(2026, 6, 1)


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "read_cells", read_cells)


# -- workbooks -----------------------------------------------------------------------------------


@dataclass
class Trouble:
    """What is wrong with a workbook: rows by their place among the payments, columns by name."""

    amounts: list[int] = field(default_factory=list)
    titles: int = 0
    hashtags: bool = False
    blank_below: set[int] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)
    hidden_columns: set[str] = field(default_factory=set)
    cells: dict[tuple[int, str], str] = field(default_factory=dict)
    total: str = ""
    filled: int = 0
    starts_1904: bool = False
    keeps_dates: bool = True


BAD: Final = {
    "error": Reason.ERROR_CELL,
    "error text": Reason.ERROR_CELL,
    "no result": Reason.FORMULA_WITHOUT_RESULT,
    "merged": Reason.MERGED_CELL,
    "format": Reason.NUMBER_FORMAT,
    "nothing shown": Reason.NUMBER_FORMAT,
    "long": Reason.DIGITS_LOST,
}
PLACES: Final = st.integers(0, 5)
TROUBLES: Final = st.builds(
    Trouble,
    amounts=st.lists(st.integers(1, 10**7), min_size=1, max_size=6),
    titles=st.integers(0, 2),
    hashtags=st.booleans(),
    blank_below=st.sets(PLACES, max_size=2),
    hidden=st.sets(PLACES, max_size=1),
    hidden_columns=st.sets(st.sampled_from(["amount", "protected", "phone"]), max_size=1),
    cells=st.dictionaries(
        st.tuples(PLACES, st.sampled_from(HEADER)), st.sampled_from(sorted(BAD)), max_size=3
    ),
    total=st.sampled_from(["", "TOPLAM", "Genel Toplam:", "Total", "المجموع", "Toplam 3 kişi"]),
    filled=st.integers(0, 3),
    starts_1904=st.booleans(),
    keeps_dates=st.booleans(),
)


def write(path: Path, trouble: Trouble) -> list[int]:
    """Writes the list; its payments' row numbers."""
    options = {"date_1904": trouble.starts_1904, "strings_to_formulas": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        page = book.add_worksheet("liste")
        formats = {code: book.add_format({"num_format": code}) for code in CODES}
        row = 0
        for number in range(trouble.titles):
            if number:
                page.write(row, 0, "Mayıs 2026 ödemeleri")
            else:
                page.merge_range(row, 0, row, len(HEADER) - 1, "KIZ yardım listesi")
            row += 2
        page.write_row(row, 0, HEADER)
        if trouble.hashtags:
            row += 1
            page.write_row(row, 0, ["#meta+id", "", "", "", "", "", "#value", "#currency"])
        rows = []
        for place, minor in enumerate(trouble.amounts):
            row += 1
            rows.append(row + 1)
            for column, name in enumerate(HEADER):
                bad = trouble.cells.get((place, name))
                if bad:
                    spoilt(page, formats, row, column, bad)
                else:
                    cell(page, formats, row, column, name, place, minor, trouble)
            if place in trouble.hidden:
                page.set_row(row, None, None, {"hidden": True})
            row += place in trouble.blank_below
        if trouble.total:
            row += 1
            page.write(row, 0, trouble.total)
            page.write(row, 6, sum(trouble.amounts) / 100)
        for _ in range(trouble.filled):
            row += 1
            page.write(row, 7, "TRY")
        for name in trouble.hidden_columns:
            page.set_column(HEADER.index(name), HEADER.index(name), None, None, {"hidden": True})
    return rows


CODES: Final = ("dd.mm.yyyy", "#,##0.00", "# ?/?", ";;;", "0")


def cell(
    page: Any, formats: Any, row: int, column: int, name: str, place: int, minor: int, how: Trouble
) -> None:
    values = {
        "reference": f"k{place}", "programme": "TEMEL", "stage": "delivered", "purpose": "rent",
        "modality": "cash", "frequency": "monthly", "currency": "TRY", "district": "TUR034026",
        "phone": f"0532100{place:04}",
    }  # fmt: skip
    if name == "amount":
        # a third of a kuruş more or less than is shown
        page.write_number(row, column, minor / 100 + 0.0033, formats["#,##0.00"])
    elif name in ("covers_from", "covers_to"):
        day = START if name == "covers_from" else STOP
        first = datetime.date(1904, 1, 1) if how.starts_1904 else datetime.date(1899, 12, 30)
        code = "dd.mm.yyyy" if how.keeps_dates else "0"
        page.write_number(row, column, (day - first).days, formats[code])
    elif name == "protected":
        page.write_boolean(row, column, place % 2 == 0)
    else:
        page.write_string(row, column, values[name])


def spoilt(page: Any, formats: Any, row: int, column: int, bad: str) -> None:
    if bad == "error":
        page.write_formula(row, column, "=NA()", None, "#N/A")
    elif bad == "error text":
        page.write_string(row, column, "#YOK")
    elif bad == "no result":
        page.write_formula(row, column, '=IF(1=1,"","x")', None, "")
    elif bad == "merged":
        page.merge_range(row, column, row, column + 1, "x") if column + 1 < len(HEADER) else (
            page.write_formula(row, column, "=NA()", None, "#N/A")
        )
    elif bad == "format":
        page.write_number(row, column, 1.5, formats["# ?/?"])
    elif bad == "nothing shown":
        page.write_number(row, column, 5, formats[";;;"])
    else:
        page.write_number(row, column, 20260500000012)


def separate(trouble: Trouble) -> None:
    """One trouble a cell: no merged range over another trouble, and a row for each place."""
    count = len(trouble.amounts)
    trouble.cells = {
        (place, name): bad for (place, name), bad in trouble.cells.items() if place < count
    }
    for (place, name), bad in list(trouble.cells.items()):
        right = HEADER.index(name) + 1
        if bad == "merged" and (right == len(HEADER) or (place, HEADER[right]) in trouble.cells):
            trouble.cells[place, name] = "error"
    trouble.hidden = {place for place in trouble.hidden if place < count}


def expected(trouble: Trouble, place: int) -> set[tuple[Reason, str]]:
    found = set()
    for (at, name), bad in trouble.cells.items():
        if at == place:
            found.add((BAD[bad], name))
            if bad == "merged":
                found.add((BAD[bad], HEADER[HEADER.index(name) + 1]))
    return found


@given(TROUBLES)
@QUICK
@example(Trouble(amounts=[100], total="TOPLAM", filled=2, hashtags=True, titles=2))
def test_a_workbook_is_read_as_it_is_seen_or_refused(tmp_path: Path, trouble: Trouble) -> None:
    separate(trouble)
    rows = write(tmp_path / "list.xlsx", trouble)
    found = read(tmp_path / "list.xlsx")
    if trouble.hidden:
        assert isinstance(found, UsageProblem)
        (place,) = trouble.hidden
        assert (found.reason, found.field) == (Reason.HIDDEN_ROWS, str(rows[place]))
        return
    if trouble.hidden_columns:
        assert isinstance(found, UsageProblem)
        assert found.reason is Reason.HIDDEN_COLUMNS
        return
    assert isinstance(found, ReadList)
    refused = {row: bad for bad in found.bad for row in bad.rows}
    read_rows = {draft.first_row: draft for draft in found.drafts}
    assert {*refused, *read_rows} == set(rows), "nothing is lost, and nothing else is read"
    for place, (row, minor) in enumerate(zip(rows, trouble.amounts, strict=True)):
        reasons = expected(trouble, place)
        weak = {one for one in reasons if one[1] in WEAK_COLUMNS}
        found_row = refused.get(row) or read_rows[row]
        remarked = {(one.reason, one.field) for one in found_row.remarks}
        assert remarked == weak, "what holds up nothing is left out with a warning"
        if reasons - weak:
            said = {(problem.reason, problem.field) for problem in refused[row].problems}
            assert said == reasons - weak
        else:
            fields = read_rows[row].fields
            assert fields["amount"] == f"{minor / 100:.2f}"
            assert fields["covers_from"] == START.isoformat()
            assert fields["covers_to"] == STOP.isoformat()
            assert fields["protected"] is (place % 2 == 0)
    skipped = {one.why for one in found.reading.skipped}
    assert (Skip.HASHTAGS in skipped) is trouble.hashtags
    assert bool(skipped & {Skip.TOTAL, Skip.TOTAL_DIFFERS}) is bool(trouble.total)
    assert (Skip.ABOVE_HEADER in skipped) is bool(trouble.titles)


def rounded(minor: int, decimals: int) -> Decimal:
    unit = Decimal(1).scaleb(-decimals)
    return Decimal(minor).scaleb(-4).quantize(unit, ROUND_HALF_UP)


@given(st.integers(1, 10**10), st.integers(0, 2), st.sampled_from(["{}", '{}" TL"', "[$₺-41F]{}"]))
@QUICK
def test_an_amount_is_rounded_as_its_format_shows_it(
    tmp_path: Path, minor: int, decimals: int, around: str
) -> None:
    path = tmp_path / "list.xlsx"
    code = around.format("#,##0" + ("." + "0" * decimals if decimals else ""))
    trouble = Trouble(amounts=[100])
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADER)
        formats = {one: book.add_format({"num_format": one}) for one in (*CODES, code)}
        for column, name in enumerate(HEADER):
            cell(page, formats, 1, column, name, 0, 100, trouble)
        page.write_number(1, 6, minor / 10_000, formats[code])
    found = read(path)
    assert isinstance(found, ReadList)
    shown = rounded(minor, decimals)
    amounts = [Decimal(str(draft.fields["amount"])) for draft in found.drafts]
    assert amounts == [shown]
