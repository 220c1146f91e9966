"""One assistance as the plain loop knows it: what was said of it, in dictionaries."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.oracle.pairs import Meeting
from tests.oracle.world import Aid as Payment
from tests.oracle.world import Person

Content = dict[str, Any]
PAID = ("delivered", "returned")
Name = tuple[str, str]
"""Organisation, assistance id."""


@dataclass
class Aid:
    """One assistance and all that was said about it."""

    org: str
    id: str
    number: int
    reservation: timedelta
    payment: Payment | None = None
    stages: dict[int, str] = field(default_factory=dict)
    top: int = 0
    content: Content = field(default_factory=dict)
    answers: dict[int, dict[str, Any]] = field(default_factory=dict)
    amounts: dict[int, tuple[str, str]] = field(default_factory=dict)
    announced: list[tuple[int, date]] = field(default_factory=list)

    @property
    def name(self) -> Name:
        """Who it is."""
        return self.org, self.id

    def _since_cancelled(self, *stages: str) -> bool:
        cancelled = [v for v, stage in self.stages.items() if stage == "cancelled"]
        since = max(cancelled, default=0)
        return any(v > since and stage in stages for v, stage in self.stages.items())

    @property
    def paid(self) -> bool:
        """Delivered or returned since it was last cancelled."""
        return self._since_cancelled(*PAID)

    @property
    def delivered(self) -> bool:
        """Paid, and not all of it came back."""
        back = self.content.get("returned_amount")
        return self.paid and not (back is not None and float(back) == float(self.content["amount"]))

    @property
    def planned(self) -> bool:
        """Announced since it was last cancelled, and not paid."""
        return not self.paid and self._since_cancelled("planned")

    @property
    def held_until(self) -> date:
        """So many days from its first plan since a cancellation, and as many if renewed."""
        cancelled = max((v for v, stage in self.stages.items() if stage == "cancelled"), default=0)
        days = [day for version, day in self.announced if version > cancelled]
        until = days[0] + self.reservation
        return until + self.reservation if any(day < until for day in days[1:]) else until

    def holds(self, today: date) -> bool:
        """A plan that was last told `clear` and has not lapsed."""
        if not self.planned or not self.answers:
            return False
        return today < self.held_until and self.answers[max(self.answers)]["verdict"] == "clear"


def people(content: Content) -> tuple[Person, ...]:
    """Those whom a record lists."""
    return tuple(
        Person(person["role"], frozenset((kind, value) for kind, value in person["tokens"]))
        for person in content["subjects"]
    )


def tokens(aid: Aid) -> frozenset[tuple[str, str]]:
    """The strong tokens of all its people."""
    people = aid.payment.people if aid.payment else ()
    return frozenset().union(*(person.strong for person in people))


def days(met: Meeting) -> int:
    """How long both payments cover."""
    return (met.overlap_to - met.overlap_from).days


def outcome(aid: Aid, version: int, today: date) -> str:
    """What became of an answer: of a delivery at once, of a plan when it was last spoken of."""
    if aid.stages[version] in PAID:
        return "delivered"
    lives: list[set[str]] = [set()]
    for _, stage in sorted(aid.stages.items()):
        if stage == "cancelled":
            lives.append(set())
        elif stage != "amended":
            lives[-1].add(stage)
    last = [life for life in lives if life][-1]
    if last & set(PAID):
        warned = aid.answers[version]["verdict"] in ("covered", "review")
        return "delivered-anyway" if warned else "delivered"
    if not lives[-1]:
        return "cancelled-after-verdict"
    return "lapsed" if today >= aid.held_until else "pending"
