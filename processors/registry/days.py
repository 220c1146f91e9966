"""Days as ordinals (`date.toordinal`), as the folds count them."""

from datetime import date, timedelta
from functools import lru_cache

SATURDAY = 5


@lru_cache(maxsize=16_384)
def ordinal(day: str) -> int:
    """An ISO date as a day number."""
    return date.fromisoformat(day).toordinal()


@lru_cache(maxsize=16_384)
def iso(day: int) -> str:
    """A day number as an ISO date."""
    return date.fromordinal(day).isoformat()


def month_start(day: int) -> int:
    """The first day of the month that a day lies in."""
    return date.fromordinal(day).replace(day=1).toordinal()


def next_month(day: int) -> int:
    """The first day of the month after the one that a day lies in."""
    first = date.fromordinal(day).replace(day=1)
    return (first + timedelta(days=31)).replace(day=1).toordinal()


def months(start: int, end: int) -> list[tuple[int, int]]:
    """The calendar months, as half-open ranges, that meet [start, end)."""
    found, at = [], month_start(start)
    while at < end:
        found.append((at, next_month(at)))
        at = next_month(at)
    return found


def after_working_days(day: int, count: int) -> int:
    """The day that lies `count` working days (Monday to Friday) after a day."""
    while count:
        day += 1
        count -= date.fromordinal(day).weekday() < SATURDAY
    return day
