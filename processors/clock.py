"""Days from the broker's append times. Pure: time is an argument everywhere."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

OFFSET: Final = timedelta(hours=3)
"""Europe/Istanbul has no daylight saving: a day begins at 21:00 UTC."""

MAX_JUMP_MS: Final = 26 * 3_600_000
"""A larger step of the append time is believed only with a signed clock-step."""


def day_of(epoch_ms: int) -> date:
    """The day in Türkiye at a moment in epoch milliseconds."""
    return (datetime.fromtimestamp(epoch_ms // 1000, UTC) + OFFSET).date()


def start_of(day: date) -> int:
    """Epoch milliseconds at which `day` begins in Türkiye."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - OFFSET
    return int(midnight.timestamp()) * 1000


def days_after(last: date, until: date) -> Iterator[date]:
    """Each day after `last` up to and with `until`."""
    while last < until:
        last += timedelta(days=1)
        yield last
