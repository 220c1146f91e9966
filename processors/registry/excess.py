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
    """One record: its effective window, and its money a day (base currency, minor units).

    None: its currency has no rate.
    """

    window: Window
    daily: Fraction | None


def by_month(shares: Sequence[Share], conflicts: Conflicts) -> dict[int, int | None]:
    """First day of each month with an excess → minor units.

    None for a month in which a record without a rate stands on a day with a conflict.
    """
    edges = {day for share in shares for day in (share.window.start, share.window.end)}
    if not edges:
        return {}
    at = month_start(min(edges))
    while at < max(edges):
        edges.add(at)
        at = next_month(at)
    days = sorted(edges)
    rates = [share.daily or Fraction(0) for share in shares]
    sums: dict[int, Fraction] = {}
    unknown: set[int] = set()
    for start, end in pairwise(days):
        active = frozenset(
            place
            for place, share in enumerate(shares)
            if share.window.start <= start and end <= share.window.end
        )
        month = month_start(start)
        if any(conflicts[place] & active for place in active) and any(
            shares[place].daily is None for place in active
        ):
            unknown.add(month)
        beyond = sum((rates[place] for place in active), Fraction(0))
        beyond -= _most(rates, conflicts, active)
        if beyond:
            sums[month] = sums.get(month, Fraction(0)) + beyond * (end - start)
    rounded = {month: money.half_up(total) for month, total in sorted(sums.items())}
    found: dict[int, int | None] = {month: total for month, total in rounded.items() if total}
    return found | dict.fromkeys(sorted(unknown))


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
