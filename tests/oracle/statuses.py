"""Statuses of findings: open, confirmed, dismissed, the memory of dismissals, and revisions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tests.oracle.cases import Case, Cases, Who, people_of, programmes_of
from tests.oracle.judgement import Name, Row
from tests.oracle.world import World


@dataclass(frozen=True, eq=False)
class Dismissal:
    """What a dismissal covers: a case's programmes and recipients, for pairs before `until`.

    With `party` only pairs of which that organisation is a side: it missed its deadline.
    """

    case: Case
    programmes: frozenset[str]
    people: tuple[Who, ...]
    until: date
    party: str = ""

    def covers(self, world: World, row: Row) -> bool:
        """Whether neither a programme nor a recipient of the pair is new to the dismissal."""
        return (
            self.party in ("", *sides(row))
            and programmes_of(world, row) <= self.programmes
            and all(one & self._known() for one in people_of(world, row))
        )

    def _known(self) -> Who:
        """Its recipients' tokens, and those of one type beside one of them: another epoch's."""
        known: Who = frozenset().union(*self.people)
        for who in self.case.people:
            kinds = {token[0] for token in who & known if isinstance(token, tuple)}
            known |= {t for t in who if isinstance(t, tuple) and t[0] in kinds}
        return known


@dataclass(frozen=True)
class Standing:
    """A finding as it stands; `since` has it its status, and `dismissal` is what gave it."""

    row: Row
    since: date
    dismissal: Dismissal | None = None


class Statuses:
    """The status of each finding that stands, followed step by step; how often each changed."""

    def __init__(self, cases: Cases) -> None:
        self.cases = cases
        self.memory: list[Dismissal] = []
        self.standing: dict[Name, Standing] = {}
        self.revisions: dict[Name, int] = {}
        self._settled: dict[Name, Row] = {}

    # -- what the facts change ------------------------------------------------------------------

    def see(self, world: World, rows: Sequence[Row], decided: Name | None = None) -> None:
        """Take the rows that stand after one fact or tick; they come with status open.

        What its own decision changed in the finding `decided` is no revision that reopens it.
        """
        before, self.standing = self.standing, {}
        for row in rows:
            was = before.get(row.name)
            if was is not None and row.name == decided:
                self.standing[row.name] = replace(was, row=replace(row, status=was.row.status))
            else:
                self.standing[row.name] = self._now(world, row, was)

    def _now(self, world: World, row: Row, was: Standing | None) -> Standing:
        if was is None:
            return self._born(world, row)
        status = was.row.status
        if status == "confirmed" and replace(was.row, status="open") != row:
            return self._born(world, row)
        if was.dismissal and row.b and not was.dismissal.covers(world, row):
            return self._born(world, row)
        return replace(was, row=replace(row, status=status))

    def _born(self, world: World, row: Row) -> Standing:
        case = self.cases.of(row)
        for dismissal in self.memory:
            if (
                row.b is not None
                and dismissal.case is case
                and world.day < dismissal.until
                and dismissal.covers(world, row)
            ):
                return Standing(replace(row, status="dismissed"), world.day, dismissal)
        return Standing(row, world.day)

    # -- what people and deadlines change -------------------------------------------------------

    def confirm(self, world: World, name: Name) -> None:
        """A person confirms what stands."""
        self._become(world, name, "confirmed", None)

    def dismiss(self, world: World, name: Name, dismissal: Dismissal | None) -> None:
        """A person or a deadline dismisses what stands."""
        self._become(world, name, "dismissed", dismissal)

    def _become(self, world: World, name: Name, status: str, dismissal: Dismissal | None) -> None:
        was = self.standing[name]
        since = was.since if was.row.status == status else world.day
        self.standing[name] = Standing(replace(was.row, status=status), since, dismissal)

    def remember(self, world: World, case: Case, party: str = "") -> Dismissal:
        """A case remembers that something in it was dismissed."""
        until = world.day + timedelta(days=world.rules(world.day).dismissal_days)
        programmes, people = frozenset(case.programmes), tuple(case.people)
        dismissal = Dismissal(case, programmes, people, until, party)
        self.memory.append(dismissal)
        return dismissal

    def forget(self, dismissal: Dismissal) -> None:
        """A case forgets a dismissal, for what appears from now on."""
        self.memory = [one for one in self.memory if one is not dismissal]

    # -- revisions ------------------------------------------------------------------------------

    def settle(self) -> list[Name]:
        """At the end of a fact or tick: count a revision of all that changed, and name them."""
        now = {name: one.row for name, one in self.standing.items()}
        changed = [name for name in self._settled | now if self._settled.get(name) != now.get(name)]
        for name in changed:
            self.revisions[name] = self.revisions.get(name, 0) + 1
        self._settled = now
        return changed

    # -- looking at them ------------------------------------------------------------------------

    def rows(self) -> list[Row]:
        """The rows that stand, with their statuses."""
        return [one.row for one in self.standing.values()]

    def open_pairs(self, case: Case) -> list[Row]:
        """The open pairs of a case, of any strength."""
        return [
            row
            for row in self.rows()
            if row.b is not None and row.status == "open" and self.cases.of(row) is case
        ]


def sides(row: Row) -> frozenset[str]:
    """The organisations whose records a finding is about."""
    return frozenset(sides_of(row.name))


def sides_of(name: Name) -> tuple[str, ...]:
    """The organisations of a finding's records, a's and b's first; at least two places."""
    _, a, b, _, records = name
    return a[0], (b or a)[0], *(org for org, _ in sorted(records))
