"""Excess: what a family got a month beyond what could stand without a finding. Pure, exact.

For each day: the daily rates of the records of a case's open certain findings, less the
most that could stand together without one of those findings; summed by calendar month
and rounded once. Where all meet all, what may stand is the largest (docs/domain.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from events import money
from processors.registry.days import month_start, next_month
from processors.registry.rules import Window

Conflicts = Sequence[frozenset[int]]
"""For each record the places of those that may not stand beside it."""


@dataclass(frozen=True, slots=True)
class Share:
    """One record: its effective window, and its money a day (base currency, minor units)."""

    window: Window
    daily: Fraction


def by_month(shares: Sequence[Share], conflicts: Conflicts) -> dict[int, int]:
    """First day of each month with an excess → minor units."""
    edges = {day for share in shares for day in (share.window.start, share.window.end)}
    if not edges:
        return {}
    at = month_start(min(edges))
    while at < max(edges):
        edges.add(at)
        at = next_month(at)
    days = sorted(edges)
    sums: dict[int, Fraction] = {}
    for start, end in pairwise(days):
        active = frozenset(
            place
            for place, share in enumerate(shares)
            if share.window.start <= start and end <= share.window.end
        )
        rates = [share.daily for share in shares]
        beyond = sum((rates[place] for place in active), Fraction(0))
        beyond -= _most(rates, conflicts, active)
        if beyond:
            month = month_start(start)
            sums[month] = sums.get(month, Fraction(0)) + beyond * (end - start)
    rounded = {month: money.half_up(total) for month, total in sorted(sums.items())}
    return {month: total for month, total in rounded.items() if total}


def _most(rates: Sequence[Fraction], conflicts: Conflicts, left: frozenset[int]) -> Fraction:
    """The largest sum of records of which no two are in conflict."""
    if not left:
        return Fraction(0)
    # the one with most conflicts decides most: with it none of those stands, or it does not
    place = max(sorted(left), key=lambda one: len(conflicts[one] & left))
    against = conflicts[place] & left
    if not against:
        return sum((rates[one] for one in left), Fraction(0))
    all_against_all = len(against) == len(left) - 1
    if all_against_all and all(len(conflicts[one] & left) == len(against) for one in left):
        return max(rates[one] for one in left)
    with_it = rates[place] + _most(rates, conflicts, left - against - {place})
    return max(with_it, _most(rates, conflicts, left - {place}))
