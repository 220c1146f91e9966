"""Excess: what a family got a month beyond what could stand without a finding. Pure, exact.

For each day: the daily rates of the records of a case's open certain findings, less the
most that could stand together without one of those findings; summed by calendar month
and rounded once. Where all meet all, what may stand is the largest (docs/domain.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import lcm

from events import money
from processors.registry.days import month_start, next_month
from processors.registry.heaviest import Heaviest, TooManyTries, bits
from processors.registry.rules import Window

Conflicts = Sequence[frozenset[int]]
"""For each record the places of those that may not stand beside it."""


@dataclass(frozen=True, slots=True)
class Share:
    """One record: its effective window, and its money a day (base currency, minor units).

    None: its currency has no rate.
    """

    window: Window
    daily: Fraction | None


def by_month(shares: Sequence[Share], conflicts: Conflicts) -> dict[int, int | None]:
    """First day of each month with an excess → minor units.

    None for a month in which a record without a rate stands on a day with a conflict, or in
    which the records conflict in a way that nobody can look through (`heaviest.TooManyTries`).
    """
    judge = _Judge(shares, conflicts)
    sums: dict[int, Fraction] = {}
    unknown: set[int] = set()
    for start, end in pairwise(_days(shares)):
        month = month_start(start)
        beyond = judge.beyond(start, end)
        if beyond is None:
            unknown.add(month)
        elif beyond:
            sums[month] = sums.get(month, Fraction(0)) + beyond * (end - start)
    rounded = {month: money.half_up(total) for month, total in sorted(sums.items())}
    found: dict[int, int | None] = {month: total for month, total in rounded.items() if total}
    return found | dict.fromkeys(sorted(unknown))


def _days(shares: Sequence[Share]) -> list[int]:
    """The days on which something begins or ends, or a month begins."""
    edges = {day for share in shares for day in (share.window.start, share.window.end)}
    if not edges:
        return []
    at, last = month_start(min(edges)), max(edges)
    while at < last:
        edges.add(at)
        at = next_month(at)
    return sorted(edges)


class _Judge:
    """What is too much on a day. The daily rates are brought to whole numbers first."""

    def __init__(self, shares: Sequence[Share], conflicts: Conflicts) -> None:
        self._windows = [share.window for share in shares]
        rates = [share.daily or Fraction(0) for share in shares]
        self._unit = lcm(*(rate.denominator for rate in rates))
        self._weights = [int(rate * self._unit) for rate in rates]
        self._against = [sum(1 << other for other in one) for one in conflicts]
        self._without_a_rate = sum(1 << n for n, share in enumerate(shares) if share.daily is None)
        self._heaviest = Heaviest(self._weights, self._against)
        self._known: dict[int, Fraction | None] = {}

    def beyond(self, start: int, end: int) -> Fraction | None:
        """Money a day beyond what may stand, on days without an edge; None: nobody knows."""
        active = 0
        for place, window in enumerate(self._windows):
            if window.start <= start and end <= window.end:
                active |= 1 << place
        if active not in self._known:
            self._known[active] = self._among(active)
        return self._known[active]

    def _among(self, active: int) -> Fraction | None:
        in_conflict = any(self._against[place] & active for place in bits(active))
        if not in_conflict:
            return Fraction(0)
        if active & self._without_a_rate:
            return None
        try:
            most = self._heaviest.among(active)
        except TooManyTries:
            return None
        return Fraction(sum(self._weights[place] for place in bits(active)) - most, self._unit)
