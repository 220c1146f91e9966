"""Which numbers are days, and which day."""

import datetime

import pytest

from producers.lists.files.cells import Cell, Kind
from producers.lists.files.formats import Value, shown, shows_day, shows_elapsed


@pytest.mark.parametrize(
    "code",
    [
        "dd.mm.yyyy",
        "mm-dd-yy",
        "[$-41F]d mmmm yyyy;@",
        "h:mm AM/PM",
        'yyyy"-"mm',
        "[Red]d/m",
        "YYYY",
    ],
)
def test_formats_of_days(code: str) -> None:
    assert shows_day(code)
    assert not shows_elapsed(code)


@pytest.mark.parametrize(
    "code",
    [
        "General",
        "0.00",
        "#,##0.00;[Red]-#,##0.00",
        '0" days"',
        r"0\d",
        "0.00E+00",
        "@",
        "0_d",
        "*y0",
        "#7",
    ],
)
def test_formats_of_numbers(code: str) -> None:
    assert not shows_day(code)
    assert not shows_elapsed(code)


@pytest.mark.parametrize(
    ("number", "code", "expected"),
    [
        (46143.0, "dd.mm.yyyy", datetime.date(2026, 5, 1)),
        (46143.5, "dd.mm.yyyy", datetime.datetime(2026, 5, 1, 12)),
        (1.0, "d/m/y", datetime.date(1900, 1, 1)),
        (61.0, "d/m/y", datetime.date(1900, 3, 1)),
        (0.25, "h:mm", datetime.time(6)),
        (1.5, "[h]:mm", datetime.timedelta(hours=36)),
        (-1.0, "d/m/y", -1.0),
        (1e12, "d/m/y", 1e12),
        (46143.0, "General", 46143.0),
    ],
)
def test_days(number: float, code: str, expected: Value) -> None:
    found = shown(Cell(0, number, Kind.NUMBER, code), starts_1904=False)
    assert (found, type(found)) == (expected, type(expected))


def test_the_same_day_counted_from_1904() -> None:
    cell = Cell(0, 44681.0, Kind.NUMBER, "dd.mm.yyyy")
    assert shown(cell, starts_1904=True) == datetime.date(2026, 5, 1)


@pytest.mark.parametrize(
    "cell",
    [
        Cell(0, 1.0, Kind.TEXT),
        Cell(0, "1", Kind.NUMBER),
        Cell(0, "1", Kind.BOOLEAN),
        Cell(0, None, Kind.DAY),
        Cell(0, "yesterday", Kind.DAY),
        Cell(0, 1e300, Kind.NUMBER, "[h]"),
    ],
)
def test_what_no_reader_writes(cell: Cell) -> None:
    with pytest.raises((ValueError, TypeError, OverflowError)):
        shown(cell, starts_1904=False)
