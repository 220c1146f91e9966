"""Our reader of XLSX and another library agree on what one program writes."""

import datetime
import io
from typing import Any

import python_calamine
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.lists.files import xlsx
from producers.lists.files.cells import Row, Sheet
from producers.lists.files.formats import Value, shown
from producers.lists.files.package import Package

DAY_FORMATS = ("dd.mm.yyyy", "yyyy-mm-dd hh:mm:ss", "[$-41F]d mmmm yyyy;@", "m/d/yy h:mm AM/PM")
NUMBER_FORMATS = ("General", "0.00", "#,##0.00;[Red]-#,##0.00", '0" days"', "0.00E+00", "@")
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn")),
    min_size=1,
    max_size=30,
)
DAYS = st.datetimes(datetime.datetime(1900, 3, 1), datetime.datetime(2100, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0)
)
CELLS = st.one_of(
    st.tuples(TEXTS, st.just("General")),
    st.tuples(st.floats(-1e15, 1e15), st.sampled_from(NUMBER_FORMATS)),
    st.tuples(st.integers(-(10**15), 10**15), st.sampled_from(NUMBER_FORMATS)),
    st.tuples(DAYS, st.sampled_from(DAY_FORMATS)),
    st.tuples(st.booleans(), st.just("General")),
)
PLACES = st.tuples(st.integers(0, 12), st.integers(0, 30))


def written(cells: dict[tuple[int, int], Any], in_memory: bool, starts_1904: bool) -> io.BytesIO:
    """A workbook; its texts are in one table, or each in its cell."""
    file = io.BytesIO()
    options = {"constant_memory": not in_memory, "date_1904": starts_1904, "in_memory": in_memory}
    options |= {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet()
        for (row, column), (value, code) in sorted(cells.items()):
            sheet.write(row, column, value, book.add_format({"num_format": code}))
    return file


def ours(file: io.BytesIO) -> dict[tuple[int, int], Value]:
    found: dict[tuple[int, int], Value] = {}
    sheet = Sheet("", is_hidden=False)
    for item in xlsx.read(Package(file)):
        if isinstance(item, Sheet):
            sheet = item
        elif isinstance(item, Row):
            for cell in item.cells:
                found[item.number - 1, cell.column] = shown(cell, sheet.starts_1904)
    return found


def theirs(file: io.BytesIO) -> dict[tuple[int, int], Value]:
    file.seek(0)
    sheet = python_calamine.load_workbook(file).get_sheet_by_index(0)
    return {
        (row, column): value
        for row, values in enumerate(sheet.to_python(skip_empty_area=False))
        for column, value in enumerate(values)
        if value != ""
    }


@given(st.dictionaries(PLACES, CELLS, min_size=1, max_size=20), st.booleans(), st.booleans())
@settings(max_examples=100, deadline=None)
def test_two_readers_see_the_same(
    cells: dict[tuple[int, int], Any], in_memory: bool, starts_1904: bool
) -> None:
    if starts_1904:
        cells = {
            place: cell
            for place, cell in cells.items()
            if not isinstance(cell[0], datetime.datetime) or cell[0].year > 1904
        }
    file = written(cells, in_memory, starts_1904)
    found = ours(file)
    assert found.keys() == cells.keys()
    for place, value in theirs(file).items():
        assert found[place] == value, (place, cells[place])
        assert type(found[place]) is type(value)
