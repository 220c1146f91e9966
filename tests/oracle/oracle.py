"""`judge`: a whole history, computed again from scratch at each of its steps."""

from typing import Literal, TypeAlias

from tests.oracle.answers import answer, outcome, prevented
from tests.oracle.cases import Cases
from tests.oracle.facts import Fact, History, Tick
from tests.oracle.gaps import gap_rows
from tests.oracle.judgement import Answer, Judgement, Key, Row
from tests.oracle.pairs import over_cap_rows, pair_rows
from tests.oracle.statuses import Statuses
from tests.oracle.world import ID_FIELDS, World

Earlier: TypeAlias = Literal["journal", "holding"]
"""How "an earlier record blocks a later one" is read.

journal  all that is live in the journal before the answered version
holding  of two that are live, the one that has been so for longer blocks the other, not both
"""


def judge(history: History, with_cases: bool = True, earlier: Earlier = "journal") -> Judgement:
    """All that follows from a history at its last day.

    Without `with_cases` the rows are computed once, at the end and all open; no cases, no excess.
    """
    given: list[Answer] = []
    last: dict[Key, str] = {}
    cases = Cases()
    statuses = Statuses(cases)
    pairs: list[Row] = []
    since: dict[Key, int] = {}
    world = World(())
    for end in range(1, len(history) + 1):
        newest = history[end - 1]
        world = world.on(newest.day) if isinstance(newest, Tick) else World(history[:end])
        if isinstance(newest, Fact):
            said = _answer(world, newest, last, since if earlier == "holding" else {})
            if said is not None:
                given.append(said)
                if said.stage:
                    last[said.key] = said.verdict
        since = {key: since.get(key, end) for key in _live(world, last)}
        if with_cases:
            if isinstance(newest, Fact):
                # no day enters into a pair, so that a tick changes none
                pairs = pair_rows(world)
            rows = pairs + gap_rows(world, last)
            cases.see(world, rows)
            statuses.see(world, rows)
            if isinstance(newest, Fact) and newest.record["kind"] == "decision":
                statuses.decide(world, newest)
    world = World(history)
    rows = pair_rows(world) + over_cap_rows(world) + gap_rows(world, last)
    rows = [row if row.kind == "over-cap" else statuses.of(row) for row in rows]
    return Judgement(
        findings=frozenset(rows),
        answers={(*one.key, one.version): one for one in given},
        outcomes={(*one.key, one.version): outcome(world, one) for one in given},
        cases=cases.partition(rows),
        excess=cases.excess(world, rows),
        prevented=prevented(world, given),
    )


def _live(world: World, last: dict[Key, str]) -> list[Key]:
    """The assistances that block others now."""
    return [
        key
        for key, aid in world.aids.items()
        if aid.state == "delivered" or world.holds(key, last.get(key))
    ]


def _answer(world: World, fact: Fact, last: dict[Key, str], since: dict[Key, int]) -> Answer | None:
    """The answer to a fact, if it has one; `since` tells how long the others are live."""
    kind = str(fact.record["kind"])
    if kind not in ("assistance", "inquiry"):
        return None
    key = fact.org, str(fact.record[ID_FIELDS[kind]])
    later = [other for other in since if key in since and since[other] > since[key]]
    return answer(world, kind, key, int(fact.record["version"]), last, later)
