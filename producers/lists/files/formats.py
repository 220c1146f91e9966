"""Number formats of spreadsheets: which show a stored number as a day (pure).

Sources: ECMA-376 part 1, 18.8.30 (numFmt, with the numbers of the formats that are built in) and
18.17.4 (dates); the first day of 1900 is one too few there, as Excel believes in 29 February 1900.
"""

import datetime
import re
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from producers.lists.files.cells import GENERAL, Cell, Kind

Value = str | float | int | bool | datetime.date | datetime.time | datetime.timedelta

BUILT_IN: Final = MappingProxyType(
    {
        0: GENERAL, 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%",
        11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "mm-dd-yy", 15: "d-mmm-yy", 16: "d-mmm",
        17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss",
        22: "m/d/yy h:mm", 37: "#,##0 ;(#,##0)", 38: "#,##0 ;[Red](#,##0)",
        39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;[Red](#,##0.00)", 45: "mm:ss", 46: "[h]:mm:ss",
        47: "mmss.0", 48: "##0.0E+0", 49: "@",
        # days in the calendars of East Asian editions: their exact form depends on the program
        **dict.fromkeys((*range(27, 37), *range(50, 59)), "yyyy-mm-dd"),
    }
)  # fmt: skip

_LITERAL: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|am/pm|a/p', re.IGNORECASE)
_ELAPSED: Final = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_PARTS: Final = re.compile(r"[dmyhs]", re.IGNORECASE)
_WHOLE_DAY: Final = tuple(
    re.compile(part, re.IGNORECASE) for part in (r"(?<!d)d{1,2}(?!d)", "m", "y")
)
_DAYS: Final = range(2_958_466)  # to 31.12.9999
_FALSE_LEAP_DAY: Final = 60
_MS_A_DAY: Final = 86_400_000


def shown(cell: Cell, starts_1904: bool) -> Value:
    """The value of a cell as a spreadsheet program shows it: a day where the format says so.

    '' for a formula without a result. Raises ValueError or TypeError for what no reader writes.
    """
    kind, value = cell.kind, cell.value
    if kind is Kind.NOTHING:
        return ""
    if isinstance(value, bool):
        if kind is Kind.BOOLEAN:
            return value
    elif isinstance(value, int | float):
        if kind is Kind.NUMBER:
            return _moment(float(value), cell.number_format, starts_1904)
    elif isinstance(value, str):
        if kind in (Kind.TEXT, Kind.ERROR):
            return value
        if kind is Kind.DAY:
            return _plain_day(datetime.datetime.fromisoformat(value))
    raise TypeError("a kind with another kind's value")


@lru_cache(4_096)
def shows_day(number_format: str) -> bool:
    """True if a number in this format is shown as a day or a time of day."""
    positive = _LITERAL.sub("", number_format).partition(";")[0]
    return "General" not in number_format and bool(_PARTS.search(positive))


@lru_cache(4_096)
def shows_whole_day(number_format: str) -> bool:
    """True if a number in this format is shown with its day, its month and its year."""
    positive = _LITERAL.sub("", number_format).partition(";")[0]
    return all(part.search(positive) for part in _WHOLE_DAY)


@lru_cache(4_096)
def shows_elapsed(number_format: str) -> bool:
    """True if a number in this format is shown as hours, minutes or seconds without a day."""
    return bool(_ELAPSED.search(number_format))


def day_of(count: float, starts_1904: bool) -> datetime.date | None:
    """The day of a whole day count; None if there is no such day."""
    if not count.is_integer() or not 0 < count < _DAYS.stop - 1_462:
        return None
    return (_start(count, starts_1904) + datetime.timedelta(days=int(count))).date()


def is_a_days(number: float) -> bool:
    """True for a number that can be shown as a day; others are shown as #####."""
    return 0 <= number < _DAYS.stop


def _moment(number: float, number_format: str, starts_1904: bool) -> Value:
    """A number, or the day, time or duration that it is shown as."""
    if number_format == GENERAL:
        return number
    if shows_elapsed(number_format):
        return datetime.timedelta(milliseconds=round(number * _MS_A_DAY))
    if not shows_day(number_format) or not 0 <= number < _DAYS.stop:
        return number  # a day before 1900 is shown as #####
    moment = _start(number, starts_1904) + datetime.timedelta(
        milliseconds=round(number * _MS_A_DAY)
    )
    return moment.time() if number < 1 else _plain_day(moment)


def _start(number: float, starts_1904: bool) -> datetime.datetime:
    if starts_1904:
        return datetime.datetime(1904, 1, 1)
    return datetime.datetime(1899, 12, 31 if number < _FALSE_LEAP_DAY else 30)


def _plain_day(moment: datetime.datetime) -> datetime.date:
    """A day without its midnight."""
    midnight = datetime.time()
    return moment.date() if moment.timetz() == midnight else moment
