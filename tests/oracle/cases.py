"""Cases: findings of one family and purpose, joined as they appeared; and their excess."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import TypeAlias

from tests.oracle.judgement import CaseKey, FindingKey, Key, Months, Name, Row
from tests.oracle.links import targets
from tests.oracle.pairs import daily_rate, next_month, window_of
from tests.oracle.world import Aid, Person, World

Who: TypeAlias = frozenset[object]
"""One recipient: its strong tokens, or the record's key if it has none."""


@dataclass(eq=False)
class Case:
    """The findings that joined, and the recipients (beneficiaries) they brought."""

    purpose: str
    findings: list[FindingKey] = field(default_factory=list)
    people: list[Who] = field(default_factory=list)
    programmes: set[str] = field(default_factory=set)
    district: str = ""


@dataclass(frozen=True)
class Excess:
    """What a case had too much of: months over open and confirmed pairs, over confirmed alone."""

    key: CaseKey
    district: str
    months: Months
    confirmed: Months


class Cases:
    """Cases in the order in which they were opened."""

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self._of: dict[FindingKey, Case] = {}
        self._named: dict[Name, Case] = {}

    def see(self, world: World, rows: Sequence[Row]) -> None:
        """Take the rows that stand after one fact or tick: new ones join or open a case."""
        for row in sorted(rows, key=_in_text_order):
            people = people_of(world, row)
            case = self.of(row)
            if case is None:
                case = self._of[row.key] = self._oldest(row.purpose, people)
                case.findings.append(row.key)
            if row.key == case.findings[0]:
                case.district = row.district
            self._named[row.name] = case
            case.people += [one for one in people if one not in case.people]
            case.programmes |= programmes_of(world, row)

    def of(self, row: Row) -> Case | None:
        """The case that a finding is in; a sum over the cap is in none."""
        return None if row.records else self._of.get(row.key)

    def named(self, name: Name) -> Case | None:
        """The case of a finding that stands or stood."""
        return self._named.get(name)

    def _oldest(self, purpose: str, people: Sequence[Who]) -> Case:
        for case in self.cases:
            if case.purpose == purpose and any(a & b for a in case.people for b in people):
                return case
        self.cases.append(Case(purpose))
        return self.cases[-1]

    def partition(self, rows: Sequence[Row]) -> frozenset[frozenset[FindingKey]]:
        """The rows that stand, by case."""
        standing = {row.key for row in rows}
        parts = (frozenset(case.findings) & standing for case in self.cases)
        return frozenset(part for part in parts if part)

    def excess(self, world: World, rows: Sequence[Row]) -> list[Excess]:
        """Of each case with certain pairs that are open or confirmed."""
        found = []
        for case in self.cases:
            counted = self._counted(case, rows)
            if counted:
                sure = [row for row in counted if row.status == "confirmed"]
                key = case.purpose, frozenset(key for row in counted for key in _keys(row))
                found.append(
                    Excess(key, case.district, _by_month(world, counted), _by_month(world, sure))
                )
        return found

    def _counted(self, case: Case, rows: Sequence[Row]) -> list[Row]:
        """The certain pairs of a case that are open or confirmed."""
        return [
            row
            for row in rows
            if self.of(row) is case
            and row.b is not None
            and row.strength == "certain"
            and row.status in ("open", "confirmed")
        ]

    def is_large(self, world: World, case: Case, rows: Sequence[Row]) -> bool:
        """Whether a case's excess, all months, is above the sum that one person may confirm.

        What cannot be told may be above it.
        """
        today = world.rules(world.day)
        if today.two_people_above is None:
            return False
        rate = today.rate(today.two_people_above["currency"])
        total = Fraction(0)
        for month, amount in _by_month(world, self._counted(case, rows)).items():
            first = date.fromisoformat(f"{month}-01")
            then = world.rules(next_month(first) - timedelta(days=1))
            worth = today.rate(then.base_currency)
            if amount is None or worth is None:
                return True
            total += Fraction(amount) * worth
        return rate is None or total > Fraction(today.two_people_above["amount"]) * rate


def _in_text_order(row: Row) -> tuple[str, Key, Key, str]:
    return row.kind, row.a, row.b or ("", ""), row.purpose


def people_of(world: World, row: Row) -> list[Who]:
    """The recipients (beneficiaries) of a finding's records."""
    found: list[Who] = []
    for key in _keys(row):
        for person in recipients(world, row, key):
            found.append(frozenset(person.strong) or frozenset([key]))
    return found


def recipients(world: World, row: Row, key: Key) -> list[Person]:
    """The recipients (beneficiaries) of one of a finding's records."""
    days = [world.aids[one].covers_from for one in _keys(row) if row.b] or [row.overlap_from]
    per_beneficiary = world.rules(*days).per_beneficiary(row.purpose)
    return targets(_subjects(world, row.kind, key), per_beneficiary)


def _keys(row: Row) -> list[Key]:
    return sorted({row.a} | ({row.b} if row.b else set()))


def programmes_of(world: World, row: Row) -> frozenset[str]:
    """The programmes of a pair; none of a gap."""
    return frozenset(world.aids[key].programme for key in (row.a, row.b) if key in world.aids)


def _subjects(world: World, kind: str, key: Key) -> tuple[Person, ...]:
    if kind in ("unmet-need", "lapsed-coverage"):
        said_of = world.things["need" if kind == "unmet-need" else "enrolment"][key]
        return max(said_of, key=lambda said: said.version).people
    return world.aids[key].people


# -- excess -------------------------------------------------------------------------------------


def _by_month(world: World, rows: Sequence[Row]) -> dict[str, str | None]:
    """Month → daily rates less the most that could stand without a finding, rounded once.

    None where a record without an exchange rate stands on a day with a finding.
    """
    if not rows:
        return {}
    pairs = [(row.a, row.b) for row in rows if row.b is not None]
    aids = {key: world.aids[key] for pair in pairs for key in pair}
    windows = {key: window_of(aid, world.rules(aid.covers_from)) for key, aid in aids.items()}
    totals: dict[date, Fraction | None] = {}
    on_days: dict[frozenset[Key], Fraction | None] = {}
    day = min(start for start, _ in windows.values())
    last = max(end for _, end in windows.values())
    while day < last:
        standing = frozenset(k for k, (start, end) in windows.items() if start <= day < end)
        if standing not in on_days:
            on_days[standing] = _on_a_day(world, [aids[key] for key in sorted(standing)], pairs)
        month, over = day.replace(day=1), on_days[standing]
        before = totals.get(month, Fraction(0))
        totals[month] = None if over is None or before is None else before + over
        day += timedelta(days=1)
    amounts: dict[str, str | None] = {}
    for month, total in totals.items():
        rules = world.rules(next_month(month) - timedelta(days=1))
        if total is None:
            amounts[f"{month:%Y-%m}"] = None
        elif rules.base_minor(total):
            amounts[f"{month:%Y-%m}"] = rules.base_amount(total)
    return amounts


def _on_a_day(
    world: World, aids: Sequence[Aid], pairs: Sequence[tuple[Key, Key]]
) -> Fraction | None:
    keys = {aid.key for aid in aids}
    if not any(a in keys and b in keys for a, b in pairs):
        return Fraction(0)
    daily = {}
    for aid in aids:
        rate = daily_rate(aid, world.rules(aid.covers_from))
        if rate is None:
            return None
        daily[aid.key] = rate
    apart = {frozenset(pair) for pair in pairs}
    return sum(daily.values(), Fraction(0)) - _most(sorted(daily), daily, apart)


def _most(keys: Sequence[Key], daily: dict[Key, Fraction], apart: set[frozenset[Key]]) -> Fraction:
    """The largest sum of records no two of which have a finding."""
    if not keys:
        return Fraction(0)
    first, rest = keys[0], keys[1:]
    without = _most(rest, daily, apart)
    beside = [key for key in rest if frozenset((first, key)) not in apart]
    return max(without, daily[first] + _most(beside, daily, apart))
