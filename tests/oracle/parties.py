"""What a case waits for: its parties' answers, the household's notice, the decision's day."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from tests.oracle.cases import Case
from tests.oracle.facts import Fact
from tests.oracle.statuses import Statuses, sides
from tests.oracle.world import World

ADMIN: Final = "ADMIN"
SATURDAY: Final = 5


@dataclass
class Party:
    """An organisation that is asked, and the last days on which it may answer."""

    acknowledge_by: date
    reply_by: date
    acknowledged: bool = False
    replied: str = ""

    def late(self, day: date) -> bool:
        """Whether it should have said something before this day."""
        if not self.acknowledged and day > self.acknowledge_by:
            return True
        return not self.replied and day > self.reply_by


@dataclass
class Waiting:
    """What one case waits for; `due` is the decision's last day while a pair is open."""

    parties: dict[str, Party] = field(default_factory=dict)
    due: date | None = None
    noticed_from: date | None = None


class Parties:
    """What each case waits for, followed step by step."""

    def __init__(self, statuses: Statuses) -> None:
        self.statuses = statuses
        self.waiting: dict[Case, Waiting] = {}
        self.late: list[tuple[str, date]] = []

    def of(self, case: Case) -> Waiting:
        """What a case waits for."""
        return self.waiting.setdefault(case, Waiting())

    def settle(self, world: World) -> None:
        """At the end of a fact or tick: who is asked from now on, and who no longer."""
        for case in self.statuses.cases.cases:
            waiting, open_pairs = self.of(case), self.statuses.open_pairs(case)
            asked = {org for row in open_pairs if row.asked for org in sides(row)}
            waiting.parties = {
                org: waiting.parties.get(org) or _asked_from(world) for org in sorted(asked)
            }
            if not open_pairs:
                if waiting.due is not None:
                    waiting.due = waiting.noticed_from = None
            elif waiting.due is None:
                waiting.due = world.day + timedelta(world.rules(world.day).decision_days)

    def step(self, world: World, fact: Fact, case: Case | None) -> None:
        """A party acknowledges or replies, or the administration says that notice was given."""
        if case is None:
            return
        waiting, step = self.of(case), fact.record["step"]
        if step == "notified":
            if fact.org == ADMIN and waiting.noticed_from is None:
                days = timedelta(world.rules(world.day).notice_days)
                waiting.noticed_from = world.day + days
            return
        party = waiting.parties.get(fact.org)
        if party is not None:
            party.acknowledged = True
            if step == "replied":
                party.replied = fact.record["fact"]

    def miss(self, world: World) -> None:
        """When a day begins: the pairs of which a late party is a side are dismissed."""
        for case, waiting in self.waiting.items():
            for org in sorted(waiting.parties):
                if waiting.parties[org].late(world.day):
                    self._dismiss(world, case, org)

    def _dismiss(self, world: World, case: Case, org: str) -> None:
        rows = [row for row in self.statuses.open_pairs(case) if row.asked and org in sides(row)]
        if rows:
            dismissal = self.statuses.remember(world, case, org)
            self.late.append((org, world.day))
        for row in rows:
            self.statuses.dismiss(world, row.name, dismissal)

    def noticed(self, case: Case | None, day: date) -> bool:
        """Whether the household has had its notice for long enough."""
        if case is None:
            return False
        first = self.of(case).noticed_from
        return first is not None and day >= first

    def past(self, day: date) -> list[Case]:
        """The cases in which the administration's decision is past its day."""
        return [case for case, one in self.waiting.items() if one.due and day > one.due]


def working_days_after(day: date, number: int) -> date:
    """The so-manieth day from Monday to Friday after `day`."""
    while number:
        day += timedelta(days=1)
        number -= day.weekday() < SATURDAY
    return day


def _asked_from(world: World) -> Party:
    """A party that becomes one today, with the numbers of the days they are counted from."""
    first = working_days_after(world.day, world.rules(world.day).acknowledge_working_days)
    return Party(first, first + timedelta(world.rules(first).reply_days))
