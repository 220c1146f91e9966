"""The days of the demo. Pure. Windows are half open."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Final

Window = tuple[date, date]

CASE_DAYS: Final = 2
"""How often somebody looks at cases: what was asked two days ago has a day left."""


@dataclass(frozen=True)
class Year:
    """The days that the demo steps through, `first` to `last`, both of them included."""

    first: date
    last: date

    @cached_property
    def months(self) -> tuple[Window, ...]:
        """The whole calendar months."""
        return tuple(self._months())

    def _months(self) -> Iterator[Window]:
        start = _first_of_next_month(self.first - timedelta(days=1))
        while (end := _first_of_next_month(start)) <= self.last + timedelta(days=1):
            yield start, end
            start = end

    @property
    def days(self) -> int:
        """How many days there are."""
        return (self.last - self.first).days + 1

    def day(self, number: int) -> date:
        """Day `number`, counted from 0; never past the last."""
        return min(self.first + timedelta(days=number), self.last)

    def is_case_day(self, day: date) -> bool:
        """True if somebody looks at cases on this day."""
        return (day - self.first).days % CASE_DAYS == 0

    def case_day(self, day: date, days: int) -> date | None:
        """The first day on which somebody looks at cases, `days` days after `day` or later.

        None if that is after the year.
        """
        found = day + timedelta(days=days)
        while not self.is_case_day(found):
            found += timedelta(days=1)
        return found if found <= self.last else None


def _first_of_next_month(day: date) -> date:
    """The first day of the month after the one that holds `day`."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
