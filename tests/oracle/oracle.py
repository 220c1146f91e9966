"""`judge`: a whole history, computed again from scratch at each of its steps."""

from datetime import date
from typing import Literal, TypeAlias

from tests.oracle.answers import answer, outcome, prevented
from tests.oracle.cases import Cases
from tests.oracle.decisions import Decisions
from tests.oracle.facts import CASE_FACTS, Fact, History, Tick
from tests.oracle.gaps import gap_rows
from tests.oracle.judgement import Answer, FindingKey, Judgement, Key, Name, Row
from tests.oracle.pairs import over_cap_rows, pair_rows
from tests.oracle.parties import Parties
from tests.oracle.statuses import Statuses
from tests.oracle.world import ID_FIELDS, World

Earlier: TypeAlias = Literal["journal", "holding"]
"""How "an earlier record blocks a later one" is read.

journal  all that is live in the journal before the answered version
holding  of two that are live, the one that has been so for longer blocks the other, not both
"""


def judge(
    history: History,
    with_cases: bool = True,
    earlier: Earlier = "journal",
    deadlines: bool = True,
) -> Judgement:
    """All that follows from a history at its last day.

    Without `with_cases` the rows are computed once, at the end and all open; no cases, no excess,
    no decisions. Without `deadlines` no partner is ever late.
    """
    run = Run(with_cases, earlier, deadlines)
    for newest in history:
        run.take(newest)
    return run.judged()


class Run:
    """A history that is taken fact by fact and tick by tick, each with all that stood before."""

    def __init__(
        self, with_cases: bool = True, earlier: Earlier = "journal", deadlines: bool = True
    ) -> None:
        self.with_cases, self.earlier, self.deadlines = with_cases, earlier, deadlines
        self.history: list[Fact | Tick] = []
        self.world = World([])
        self.given: list[Answer] = []
        self.last: dict[Key, str] = {}
        self.highest: dict[Key, int] = {}
        self.since: dict[Key, int] = {}
        self.lasting: list[Row] = []
        self.cases = Cases()
        self.statuses = Statuses(self.cases)
        self.parties = Parties(self.statuses)
        self.decisions = Decisions(self.statuses, self.parties)

    def take(self, newest: Fact | Tick) -> None:
        """The next fact or tick of the history."""
        self.history.append(newest)
        anew = isinstance(newest, Fact) and newest.record["kind"] not in CASE_FACTS
        if isinstance(newest, Tick):
            self.world = self.world.on(date.fromisoformat(newest.day))
        elif anew:
            self._read()
            self._answer(newest)
        if self.earlier == "holding":
            self.since = {key: self.since.get(key, len(self.history)) for key in self._live()}
        if not self.with_cases:
            return
        self._see(anew)
        if isinstance(newest, Fact):
            self._said(newest)
        elif self.deadlines:
            self.parties.miss(self.world)
        self.decisions.settle(self.statuses.settle())
        self.parties.settle(self.world)

    def _read(self) -> None:
        self.world = World(self.history, self.decisions.confirmed())

    def _see(self, anew: bool, decided: Name | None = None) -> None:
        """What stands now. Pairs and sums are computed `anew`: no day enters into them."""
        if anew:
            self.lasting = pair_rows(self.world) + over_cap_rows(self.world)
        rows = self.lasting + gap_rows(self.world, self.last)
        # a sum is of several purposes, and so in no case
        self.cases.see(self.world, [row for row in rows if not row.records])
        self.statuses.see(self.world, rows, decided)

    def _said(self, fact: Fact) -> None:
        """What a person says about a case; a confirmed succession may join other records."""
        if fact.record["kind"] not in CASE_FACTS:
            return
        before = self.decisions.confirmed()
        decided = self.decisions.take(self.world, fact)
        if self.decisions.confirmed() != before:
            self._read()
            self._see(anew=True, decided=decided)

    def _live(self) -> list[Key]:
        """The assistances that block others now."""
        return [
            key
            for key, aid in self.world.aids.items()
            if aid.state == "delivered" or self.world.holds(key, self.last.get(key))
        ]

    def _answer(self, fact: Fact) -> None:
        """Answer a fact, if it has an answer."""
        kind = str(fact.record["kind"])
        if kind not in ("assistance", "inquiry"):
            return
        key = fact.org, str(fact.record[ID_FIELDS[kind]])
        since = self.since.get(key)
        later = [one for one in self.since if since is not None and self.since[one] > since]
        said = answer(self.world, kind, key, int(fact.record["version"]), self.last, later)
        if said is not None:
            self.given.append(said)
            if said.stage and said.version >= self.highest.get(said.key, 0):
                self.last[said.key], self.highest[said.key] = said.verdict, said.version

    # -- at the end -----------------------------------------------------------------------------

    def judged(self) -> Judgement:
        """All that follows from what was taken so far."""
        rows = self.statuses.rows()
        if not self.with_cases:
            rows = pair_rows(self.world) + over_cap_rows(self.world)
            rows += gap_rows(self.world, self.last)
        excess = self.cases.excess(self.world, rows)
        return Judgement(
            findings=frozenset(rows),
            answers={(*one.key, one.version): one for one in self.given},
            outcomes={(*one.key, one.version): outcome(self.world, one) for one in self.given},
            cases=self.cases.partition(rows),
            excess={one.key: one.months for one in excess},
            confirmed={one.key: one.confirmed for one in excess},
            districts={one.key: one.district for one in excess},
            prevented=prevented(self.world, self.given),
            revisions=dict(self.statuses.revisions),
            effects=dict(self.decisions.effects),
            late=tuple(self.parties.late),
            past=self._past(),
        )

    def _past(self) -> frozenset[frozenset[FindingKey]]:
        cases = self.parties.past(self.world.day) + self.decisions.past(self.world.day)
        return frozenset(frozenset(case.findings) for case in cases)
