"""Decisions of the administration, appeals, and the supervisor's answers to them."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import product
from typing import Any, Final

from tests.oracle.cases import Case
from tests.oracle.facts import Fact
from tests.oracle.judgement import Key, Name, Row
from tests.oracle.links import targets
from tests.oracle.pairs import per_beneficiary
from tests.oracle.parties import ADMIN, Parties
from tests.oracle.statuses import Standing, Statuses, sides
from tests.oracle.world import Succession, World

SUPERVISOR: Final = "SUPERVISOR"
ADVERSE: Final = ("stop-next", "re-programme")
"""Reasons for which aid stops: two people, after the household's notice."""


class Decisions:
    """What people decided, followed step by step.

    `appeals` has the last day for the answer of each appeal that is unanswered; `words` the
    successions that a decision confirmed, by the pair that it was about.
    """

    def __init__(self, statuses: Statuses, parties: Parties) -> None:
        self.statuses = statuses
        self.parties = parties
        self.said: dict[tuple[Name, int, str, str], set[str]] = {}
        self.appeals: dict[Name, date] = {}
        self.words: dict[Name, frozenset[Succession]] = {}
        self.effects: dict[tuple[int, int], bool] = {}

    def take(self, world: World, fact: Fact) -> Name | None:
        """Take a decision, an appeal or a step of a case. Returns what it decided, if it did."""
        kind = fact.record["kind"]
        if kind == "case-step":
            name = name_of(fact.record["case"])
            self.parties.step(world, fact, self.statuses.cases.named(name))
            return None
        name = name_of(fact.record["finding"])
        standing = self.statuses.standing.get(name)
        had = False
        if standing and fact.record["revision"] == self.statuses.revisions[name]:
            take = self._decide if kind == "decision" else self._appeal
            had = take(world, fact, standing)
        self.effects[fact.seq, fact.index] = had
        return name if had and kind == "decision" else None

    def confirmed(self) -> frozenset[Succession]:
        """The successions behind which a decision stands."""
        return frozenset().union(*self.words.values())

    def settle(self, changed: Sequence[Name]) -> None:
        """At the end of a fact or tick: an appeal on what changed ends unanswered."""
        for name in changed:
            self.appeals.pop(name, None)

    def past(self, day: date) -> list[Case]:
        """The cases in which the answer to an appeal is past its day."""
        cases = [self.statuses.cases.named(n) for n, due in self.appeals.items() if day > due]
        return [case for case in cases if case is not None]

    # -- decisions ------------------------------------------------------------------------------

    def _decide(self, world: World, fact: Fact, standing: Standing) -> bool:
        """Whether the decision on the current revision had an effect."""
        row, dismisses = standing.row, fact.record["decision"] == "dismiss"
        if fact.org == SUPERVISOR:
            heard = row.name in self.appeals
            adverse = row.status == "dismissed"  # what was confirmed stays so by one
        else:
            decidable = ("open", "confirmed") if dismisses else ("open",)
            heard = fact.org == ADMIN and row.status in decidable
            adverse = True
        if not heard:
            return False
        if dismisses:
            self._dismiss(world, row)
        elif adverse and not self._enough(world, fact, row):
            return False
        else:
            self._confirm(world, standing)
        self.appeals.pop(row.name, None)
        return True

    def _enough(self, world: World, fact: Fact, row: Row) -> bool:
        """Whether aid may stop: two accounts said so, and the household had its notice.

        Two, and no notice, where the case's excess is large; else one is enough.
        """
        record, case = fact.record, self.statuses.cases.of(row)
        stops = record["reason"] in ADVERSE
        large = case is not None and self.statuses.cases.is_large(world, case, self.statuses.rows())
        if not stops and not large:
            return True
        about = row.name, int(record["revision"]), str(record["reason"]), fact.org
        accounts = self.said.setdefault(about, set())
        accounts.add(fact.user)
        return len(accounts) > 1 and (not stops or self.parties.noticed(case, world.day))

    def _dismiss(self, world: World, row: Row) -> None:
        case = self.statuses.cases.of(row)
        dismissal = self.statuses.remember(world, case) if case and row.b else None
        self.statuses.dismiss(world, row.name, dismissal)
        self.words.pop(row.name, None)

    def _confirm(self, world: World, standing: Standing) -> None:
        row = standing.row
        if standing.dismissal is not None:
            self.statuses.forget(standing.dismissal)
        self.statuses.confirm(world, row.name)
        if row.strength == "probable" and row.b is not None:
            before = self.words.get(row.name, frozenset())
            self.words[row.name] = before | _between(world, row, row.b)

    # -- appeals --------------------------------------------------------------------------------

    def _appeal(self, world: World, fact: Fact, standing: Standing) -> bool:
        """Whether the appeal against the current revision counts."""
        row = standing.row
        days = timedelta(world.rules(standing.since).appeal_days)
        if (
            row.status == "open"
            or world.day > standing.since + days
            or row.name in self.appeals
            or fact.org not in (ADMIN, *sides(row))
        ):
            return False
        answered_by = world.day + timedelta(world.rules(world.day).appeal_answer_days)
        self.appeals[row.name] = answered_by
        return True


def name_of(finding: Any) -> Name:
    """What a fact names, as the oracle does; a name that nothing has if it names nothing."""
    if finding is None:
        return "", ("", ""), None, "", frozenset()
    kind, first, second = finding
    if kind == "over-cap":
        records = frozenset(_key(one) for one in second)
        return kind, min(records), None, first, records
    return kind, _key(first), _key(second) if second else None, "", frozenset()


def _key(pair: Sequence[str]) -> Key:
    org, thing = pair
    return org, thing


def _between(world: World, row: Row, b: Key) -> frozenset[Succession]:
    """The successions that join a recipient (beneficiary) of one record to one of the other."""
    one, other = world.aids[row.a], world.aids[b]
    matched = per_beneficiary(world.rules(one.covers_from, other.covers_from), one, other)
    ones, others = targets(one.people, matched), targets(other.people, matched)
    return frozenset(
        (x, y)
        for (x, y) in world.successions
        for one, other in product(ones, others)
        if (x in one.strong and y in other.strong) or (x in other.strong and y in one.strong)
    )
