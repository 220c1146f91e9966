"""Statuses of findings: open, confirmed, dismissed, with the memory of a dismissal.

Case deadlines and appeals are not here: a finding is decided by a decision alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tests.oracle.cases import Case, Cases, Who, people_of, programmes_of
from tests.oracle.facts import Fact
from tests.oracle.judgement import FindingKey, Row
from tests.oracle.world import World

ADVERSE = ("stop-next", "re-programme")


@dataclass(frozen=True)
class Dismissal:
    """What a dismissal covers: a case's programmes and recipients, for findings before `until`."""

    case: Case
    programmes: frozenset[str]
    people: tuple[Who, ...]
    until: date


@dataclass(frozen=True)
class Standing:
    """A finding as it last stood; `covered_by` is the dismissal that dismissed it."""

    row: Row
    covered_by: Dismissal | None = None


class Statuses:
    """The status of each finding that stands, followed step by step."""

    def __init__(self, cases: Cases) -> None:
        self.cases = cases
        self.memory: list[Dismissal] = []
        self.standing: dict[FindingKey, Standing] = {}
        self.adverse: dict[tuple[FindingKey, str], set[str]] = {}

    def see(self, world: World, rows: Sequence[Row]) -> None:
        """Take the rows that stand after one fact or tick; they come with status open."""
        before, self.standing = self.standing, {}
        for row in rows:
            self.standing[row.key] = self._now(world, row, before.get(row.key))

    def _now(self, world: World, row: Row, before: Standing | None) -> Standing:
        if before is None:
            return self._born(world, row)
        status = before.row.status
        same = replace(before.row, status="open") == row
        if not same:
            self._forget(row.key)
        if status == "confirmed" and not same:
            return self._born(world, row)
        if before.covered_by and row.b and not _covers(world, before.covered_by, row):
            return self._born(world, row)
        return Standing(replace(row, status=status), before.covered_by)

    def _born(self, world: World, row: Row) -> Standing:
        for dismissal in self.memory:
            if (
                row.b is not None
                and dismissal.case is self.cases.of(row.key)
                and world.day < dismissal.until
                and _covers(world, dismissal, row)
            ):
                return Standing(replace(row, status="dismissed"), dismissal)
        return Standing(row)

    def _forget(self, key: FindingKey) -> None:
        for name in [name for name in self.adverse if name[0] == key]:
            del self.adverse[name]

    def decide(self, world: World, fact: Fact) -> None:
        """Take a decision on a finding that stands; one on any other changes nothing."""
        kind, a, b = fact.record["finding"]
        about = kind, tuple(a), tuple(b) if b else None
        for key, before in list(self.standing.items()):
            case = self.cases.of(key)
            if key[:3] != about or case is None:
                continue
            reason = str(fact.record["reason"])
            if fact.record["decision"] == "dismiss":
                days = timedelta(days=world.rules(world.day).dismissal_days)
                programmes, people = frozenset(case.programmes), tuple(case.people)
                dismissal = Dismissal(case, programmes, people, world.day + days)
                self.memory.append(dismissal)
                self.standing[key] = Standing(replace(before.row, status="dismissed"), dismissal)
            elif self._enough(key, reason, fact.user):
                self.standing[key] = Standing(replace(before.row, status="confirmed"))

    def _enough(self, key: FindingKey, reason: str, user: str) -> bool:
        """Whether enough people confirmed: two where aid stops."""
        who = self.adverse.setdefault((key, reason), set())
        who.add(user)
        return len(who) >= (2 if reason in ADVERSE else 1)

    def of(self, row: Row) -> Row:
        """A row with its status; open if nothing was decided."""
        before = self.standing.get(row.key)
        return row if before is None else replace(row, status=before.row.status)


def _covers(world: World, dismissal: Dismissal, row: Row) -> bool:
    """Whether neither a programme nor a recipient of the finding is new to the dismissal."""
    return programmes_of(world, row) <= dismissal.programmes and all(
        any(one & other for other in dismissal.people) for one in people_of(world, row)
    )
