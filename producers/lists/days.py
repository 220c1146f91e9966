"""A cell's day, for every column that holds one (pure).

Written with the year last, 05/06/2026 is two days: `Written` has both, and the column decides
(see `columns`). A day with a time of day is Türkiye's day if the time has a zone. Without a zone
only midnight is taken: 23:59:04 of the day before is what a web export makes of a day.
"""

import datetime
import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from events import dates
from producers.lists.written import Cell, text

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2099
MAX_DAY_CHARS: Final = 48

_EXCEL_EPOCH: Final = datetime.date(1899, 12, 30)
_SERIALS: Final = range(18_264, 73_051)  # 1950-01-01 to 2100-01-01; no other day is an aid's
_MS_A_DAY: Final = 86_400_000
_CLOCK: Final = (
    r"(?:(?:[T ]| {2,})(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r" ?(?P<half>[AaPp][Mm])? ?(?P<zone>Z|z|[+-]\d{2}(?::?\d{2})?)?)?"
)
_YEAR_FIRST: Final = re.compile(r"(\d{4})([./-])(\d{1,2})\2(\d{1,2})" + _CLOCK)
_YEAR_LAST: Final = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})" + _CLOCK)
_EIGHT: Final = re.compile(r"(\d{2})(\d{2})(\d{4})")
_SERIAL: Final = re.compile(r"(\d{5})(?:\.0+)?")
_TURKIYE: Final = datetime.timezone(datetime.timedelta(hours=3))
_ONE_OFFSET_SINCE: Final = 2017
"""Türkiye's clocks stand at UTC+3 all year since 2016-09: a later moment was reckoned with that."""


class TimeOfDay(ValueError):
    """A day with a time that no zone tells the day of, or that is no midnight where one is due."""


@dataclass(frozen=True, slots=True)
class Written:
    """A day written as three numbers, the year last: as an ISO day if the day stands first, and
    if the month does. '' where it cannot be read so. `mark` stands between them."""

    day_first: str
    month_first: str
    mark: str


@dataclass(frozen=True, slots=True)
class _Clock:
    hour: int
    minute: int
    second: int
    zone: datetime.timezone | None
    exact: bool
    """False if a fraction of a second is said beside it."""

    @property
    def is_midnight(self) -> bool:
        return self.exact and not (self.hour or self.minute or self.second)


def day(cell: Cell, *, is_moment: bool = False) -> str | Written:
    """The ISO day of a cell, or both readings of one.

    `is_moment`: the column says when something happened, so any moment has its day. In other
    columns a moment has to be somebody's midnight. Raises TimeOfDay, or ValueError for no day.
    """
    if isinstance(cell, datetime.datetime):
        if cell.timetz() != datetime.time():
            raise TimeOfDay
        return _iso(cell.year, cell.month, cell.day)
    if isinstance(cell, datetime.date):
        return _iso(cell.year, cell.month, cell.day)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        if cell != int(cell) or len(str(int(cell))) != 8:
            return _number(cell)
        cell = int(cell)
    written = text(cell)
    if len(written) > MAX_DAY_CHARS:
        raise ValueError("no day is as long")
    return _text(dates.plain(written), is_moment)


def following(iso: str) -> str:
    """The day after an ISO day."""
    return (datetime.date.fromisoformat(iso) + datetime.timedelta(days=1)).isoformat()


def _text(written: str, is_moment: bool) -> str | Written:
    if match := _YEAR_FIRST.fullmatch(written):
        year, month, day_ = int(match[1]), int(match[3]), int(match[4])
        return _local(year, month, day_, _clock(match), is_moment)
    if match := _YEAR_LAST.fullmatch(written):
        clock = _clock(match)
        return _both(int(match[1]), match[2], int(match[3]), int(match[4]), clock, is_moment)
    if written.isdigit() and len(written) == 8:
        return _eight(written)
    if match := _SERIAL.fullmatch(written):
        return _serial(int(match[1]))
    if named := dates.named(written):
        return _iso(*named)
    raise ValueError("not a day")


def _eight(written: str) -> str | Written:
    """yyyymmdd, or one with the year last. Never both: 19 and 20 as a middle are no month."""
    match = _EIGHT.fullmatch(written)
    if match and FIRST_YEAR <= int(match[3]) <= LAST_YEAR and int(match[3][:2]) > 12:
        return _both(int(match[1]), "", int(match[2]), int(match[3]), None, False)
    return _iso(int(written[:4]), int(written[4:6]), int(written[6:]))


def _both(
    first: int, mark: str, second: int, year: int, clock: _Clock | None, is_moment: bool
) -> Written:
    readings = []
    for day_, month in ((first, second), (second, first)):
        try:
            readings.append(_local(year, month, day_, clock, is_moment))
        except TimeOfDay:
            raise
        except ValueError:
            readings.append("")
    if not any(readings):
        raise ValueError("no day in either order")
    return Written(readings[0], readings[1], mark)


def _clock(match: re.Match[str]) -> _Clock | None:
    if match["hour"] is None:
        return None
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("no hour of half a day")
        hour = hour % 12 + (12 if match["half"].lower() == "pm" else 0)
    datetime.time(hour, minute, second)  # raises ValueError
    exact = not re.search(r"\d[.,]0*[1-9]", match.string[match.end("minute") :])
    return _Clock(hour, minute, second, _zone(match["zone"]), exact)


def _zone(written: str | None) -> datetime.timezone | None:
    if not written:
        return None
    if written in "Zz":
        return datetime.UTC
    digits = written[1:].replace(":", "").ljust(4, "0")
    apart = datetime.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return datetime.timezone(-apart if written[0] == "-" else apart)


def _local(year: int, month: int, day_: int, clock: _Clock | None, is_moment: bool) -> str:
    """The day in Türkiye of a day and a time; the day itself at midnight, wherever that is."""
    day_as_written = _iso(year, month, day_)
    if clock is None or clock.is_midnight:
        return day_as_written
    if clock.zone is None:
        raise TimeOfDay
    there = datetime.datetime(
        year, month, day_, clock.hour, clock.minute, clock.second, tzinfo=clock.zone
    )
    if there.year >= _ONE_OFFSET_SINCE:
        here = there.astimezone(_TURKIYE)
    elif (istanbul := _istanbul()) is not None:
        here = there.astimezone(istanbul)
    else:
        raise TimeOfDay
    is_midnight = clock.exact and here.time() == datetime.time()
    if not is_midnight and not (is_moment and there.year >= _ONE_OFFSET_SINCE):
        raise TimeOfDay
    return _iso(here.year, here.month, here.day)


@cache
def _istanbul() -> datetime.tzinfo | None:
    """Türkiye's clocks in earlier years; None on a machine without a table of zones."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # few lists need it

    try:
        return ZoneInfo("Europe/Istanbul")
    except ZoneInfoNotFoundError:
        return None


def _iso(year: int, month: int, day_: int) -> str:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError("a year of another calendar")
    return datetime.date(year, month, day_).isoformat()


def _number(cell: float) -> str:
    """The day that a spreadsheet counts: its days have no other form in a number cell."""
    whole = round(cell)
    if abs(cell - whole) * _MS_A_DAY >= 1:
        if int(cell) in _SERIALS:
            raise TimeOfDay
        raise ValueError("no count of days")
    return _serial(whole)


def _serial(days: int) -> str:
    if days not in _SERIALS:
        raise ValueError("not a day count")
    return (_EXCEL_EPOCH + datetime.timedelta(days=days)).isoformat()
