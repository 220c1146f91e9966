"""Findings over delivered records: double coverage, repeated payment, over-cap."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import combinations

from tests.oracle.judgement import Row
from tests.oracle.links import link
from tests.oracle.policy import Rules
from tests.oracle.world import Aid, World


@dataclass(frozen=True)
class Meeting:
    """What two records, both delivered, would be: a kind of finding, and how strong."""

    kind: str
    strength: str
    overlap_from: date
    overlap_to: date
    rules: Rules


def window_of(aid: Aid, rules: Rules) -> tuple[date, date]:
    """The effective window of a record under these rules."""
    return rules.window(aid.purpose, aid.frequency, aid.covers_from, aid.covers_to)


def meeting(world: World, one: Aid, other: Aid) -> Meeting | None:
    """The finding that two records of different assistances make if both are delivered."""
    rules = world.rules(one.covers_from, other.covers_from)
    excluding = _exclude_each_other(rules, one, other)
    if not excluding and not _comparable(rules, one, other):
        return None
    if one.key[0] == other.key[0] and one.programme == other.programme:
        kind = "repeated-payment"
    elif not excluding and world.complementary(one.programme, other.programme):
        return None
    else:
        kind = "double-coverage"
    windows = window_of(one, rules), window_of(other, rules)
    overlap_from = max(window[0] for window in windows)
    overlap_to = min(window[1] for window in windows)
    shorter = min((end - start).days for start, end in windows)
    if (overlap_to - overlap_from).days < min(rules.least_overlap_days, shorter):
        return None
    strength = link(world, rules, one.people, other.people, per_beneficiary(rules, one, other))
    if strength is None:
        return None
    if strength == "certain" and not excluding and one.purpose != other.purpose:
        strength = "probable"  # a part is at most that
    return Meeting(kind, strength, overlap_from, overlap_to, rules)


def _exclude_each_other(rules: Rules, one: Aid, other: Aid) -> bool:
    never = [
        aid for aid in (one, other) if aid.purpose == "protection" or aid.modality == "service"
    ]
    return not never and rules.exclude(one.programme, other.programme)


def _comparable(rules: Rules, one: Aid, other: Aid) -> bool:
    """Whether purposes and modalities of two records meet."""
    if one.purpose == other.purpose:
        if not rules.exclusive(one.purpose):
            return False
    elif not rules.meet_as_part(one.purpose, other.purpose):
        return False
    return rules.classes_meet(one.modality, other.modality)


def per_beneficiary(rules: Rules, one: Aid, other: Aid) -> bool:
    """Whether the people of two records are matched by beneficiary: both purposes are one's."""
    return rules.per_beneficiary(one.purpose) and rules.per_beneficiary(other.purpose)


def pair_rows(world: World) -> list[Row]:
    """All rows of two delivered records that meet."""
    found = []
    for a, b in combinations(world.delivered(), 2):
        meet = meeting(world, a, b)
        if meet is None:
            continue
        found.append(
            Row(
                kind=meet.kind,
                strength=meet.strength,
                status="open",
                a=a.key,
                b=b.key,
                purpose=a.purpose,
                overlap_from=meet.overlap_from,
                overlap_to=meet.overlap_to,
                amount=smaller_amount(a, b, meet),
                currency=meet.rules.base_currency,
                district=a.district,
            )
        )
    return found


def smaller_amount(a: Aid, b: Aid, meet: Meeting) -> str | None:
    """Each amount pro-rated to the overlap, the smaller result; None without a rate."""
    days = (meet.overlap_to - meet.overlap_from).days
    values = []
    for aid in (a, b):
        daily = daily_rate(aid, meet.rules)
        if daily is None:
            return None
        values.append(daily * days)
    return meet.rules.base_amount(min(values))


def daily_rate(aid: Aid, rules: Rules) -> Fraction | None:
    """Base currency a day over the effective window; None without an exchange rate."""
    rate = rules.rate(aid.currency)
    start, end = window_of(aid, rules)
    return None if rate is None else aid.net * rate / (end - start).days


# -- over-cap -----------------------------------------------------------------------------------


def over_cap_rows(world: World) -> list[Row]:
    """For each calendar month, sets of records around one whose sum is above the basket."""
    return [row for month in _months(world) for row in _over_cap(world, month)]


def next_month(month: date) -> date:
    """The first day of the month after the one that begins on `month`."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _months(world: World) -> list[date]:
    """The first days of all months that a delivered record may cover."""
    months: set[date] = set()
    for aid in world.delivered():
        for rules in {id(version.rules): version.rules for version in world.signed}.values():
            start, end = window_of(aid, rules)
            month = start.replace(day=1)
            while month < end:
                months.add(month)
                month = next_month(month)
    return sorted(months)


def _over_cap(world: World, month: date) -> list[Row]:
    rules, end = world.rules(month), next_month(month)
    if rules.cap(1) is None:
        return []
    counted = [
        aid
        for aid in world.delivered()
        if aid.purpose in rules.basket_purposes
        and aid.modality in rules.basket_modalities
        and _days_in(aid, rules, month, end)
    ]
    sets = [
        frozenset([aid.key])
        | {
            other.key
            for other in counted
            if other.key != aid.key and _certain(world, rules, aid, other)
        }
        for aid in counted
    ]
    largest = {keys for keys in sets if not any(keys < other for other in sets)}
    by_key = {aid.key: aid for aid in counted}
    rows = []
    for keys in sorted(largest, key=sorted):
        aids = [by_key[key] for key in sorted(keys)]
        over = _above_cap(aids, rules, month, end)
        if over:
            rows.append(
                Row(
                    kind="over-cap",
                    strength="certain",
                    status="open",
                    a=aids[0].key,
                    b=None,
                    purpose=aids[0].purpose,
                    overlap_from=month,
                    overlap_to=end,
                    amount=over,
                    currency=rules.base_currency,
                    records=keys,
                    district=aids[0].district,
                )
            )
    return rows


def _certain(world: World, rules: Rules, one: Aid, other: Aid) -> bool:
    # the basket is the household's, whatever a policy makes of the purposes in it
    return link(world, rules, one.people, other.people, False) == "certain"


def _days_in(aid: Aid, rules: Rules, start: date, end: date) -> int:
    window = window_of(aid, rules)
    return max(0, (min(end, window[1]) - max(start, window[0])).days)


def _above_cap(aids: list[Aid], rules: Rules, month: date, end: date) -> str | None:
    """What the sum is above the cap, None if it is not or cannot be said."""
    total = Fraction(0)
    for aid in aids:
        daily = daily_rate(aid, rules)
        if daily is None:
            return None
        total += daily * _days_in(aid, rules, month, end)
    newest = max(aid.size_as_of for aid in aids)
    cap = rules.cap(max(aid.size for aid in aids if aid.size_as_of == newest))
    assert cap is not None
    over = Fraction(rules.base_minor(total) - rules.base_minor(cap))
    return rules.base_amount(over / rules.base_minor(Fraction(1))) if over > 0 else None
