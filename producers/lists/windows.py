"""The period that a record covers: its last day, and whether its length is odd (pure)."""

import calendar
import datetime
from collections.abc import Mapping
from typing import Any, Final

_MONTHS: Final = {"monthly": 1, "bimonthly": 2, "quarterly": 3}
_LAST_SAFE_DAY: Final = 28
"""A month from the 31st on ends on different days for different people."""


def is_odd(fields: Mapping[str, Any]) -> bool:
    """True if a record's period is one day shorter or longer than its frequency says.

    So it is where a last day stands as `covers_to`, the first day that is not covered.
    """
    frequency = str(fields.get("frequency", ""))
    try:
        start = datetime.date.fromisoformat(str(fields.get("covers_from", "")))
        end = datetime.date.fromisoformat(str(fields.get("covers_to", "")))
    except ValueError:
        return False
    if frequency == "weekly":
        return (end - start).days in (6, 8)
    if frequency not in _MONTHS or start.day > _LAST_SAFE_DAY:
        return False
    return abs((end - _later(start, _MONTHS[frequency])).days) == 1


def _later(day: datetime.date, months: int) -> datetime.date:
    months += day.month - 1
    year, month = day.year + months // 12, months % 12 + 1
    return day.replace(
        year=year, month=month, day=min(day.day, calendar.monthrange(year, month)[1])
    )
