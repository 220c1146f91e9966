"""A scene: one planted story of one or a few households, told in records. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any, Literal

from events.model import Modality, Purpose, Role, Stage
from lab.demo.aid import Aid, Planted, Seat, Strength, Window, Year, at_risk, overlap
from lab.demo.offers import Offer, offers
from lab.population.households import Household, Person

KURUS = 100
LAST_WORD_DAYS = 100
"""A one-off scene begins at least so long before the end of the year, to be told to its end."""


@dataclass(frozen=True, slots=True)
class Story:
    """What a scene came to: its records and what they are expected to cause."""

    family: str
    is_finding: bool
    households: tuple[Household, ...]
    purposes: frozenset[Purpose]
    aids: tuple[Aid, ...]
    planted: tuple[Planted, ...]


@dataclass
class References:
    """Gives each organisation's references, one after the other."""

    last: dict[str, int] = field(default_factory=dict)

    def next(self, org: str) -> str:
        """A new reference of `org`."""
        self.last[org] = self.last.get(org, 0) + 1
        return f"{org}-{self.last[org]:06d}"


class Scene:
    """Builds one story. Every method that makes a record also puts it into the story."""

    def __init__(
        self,
        rng: Random,
        year: Year,
        references: References,
        households: Sequence[Household],
        family: str,
        is_finding: bool,
    ) -> None:
        self.rng, self.year, self.households, self.family = rng, year, households, family
        self.is_finding = is_finding
        self.home = households[0]
        self._references = references
        self._aids: list[Aid] = []
        self._planted: list[Planted] = []

    def story(self) -> Story:
        """What was told."""
        return Story(
            self.family,
            self.is_finding,
            tuple(self.households),
            frozenset(aid.offer.purpose for aid in self._aids),
            tuple(self._aids),
            tuple(self._planted),
        )

    # -- choosing ---------------------------------------------------------------------------

    def of_each_org(
        self, purpose: Purpose, *modalities: Modality, count: int = 2, one_off: bool | None = None
    ) -> list[Offer]:
        """`count` programmes for a purpose from as many organisations."""
        found: dict[str, Offer] = {}
        wanted = offers(purpose, *modalities, one_off=one_off)
        for offer in self.rng.sample(wanted, len(wanted)):
            found.setdefault(offer.org, offer)
        if len(found) < count:
            raise ValueError(f"{purpose} is given by {len(found)} organisations, not {count}")
        return list(found.values())[:count]

    def monthly_purpose(self) -> Purpose:
        """A purpose that several organisations pay every month."""
        return self.rng.choice((Purpose.BASIC_NEEDS, Purpose.RENT, Purpose.FOOD))

    def month(self, before_end: int = 1) -> Window:
        """A whole month, at least `before_end` months before the last one."""
        return self.rng.choice(self.year.months[: -before_end or None])

    def start(self) -> date:
        """A day with time after it in the year."""
        return self.year.day(self.rng.randrange(5, self.year.days - LAST_WORD_DAYS))

    def soon(self, day: date, least: int = 1, most: int = 6) -> date:
        """A day from `least` to `most` days later."""
        return self.later(day, self.rng.randint(least, most))

    def later(self, day: date, days: int) -> date:
        """So many days later. Raises ValueError past the end of the year."""
        found = day + timedelta(days=days)
        if not self.year.first <= found <= self.year.last:
            raise ValueError(f"{found} is outside the year of the demo")
        return found

    # -- people -----------------------------------------------------------------------------

    def seats(
        self, recipient: Person | None = None, members: Iterable[Person] | None = None, **how: Any
    ) -> tuple[Seat, ...]:
        """The recipient (the first adult) and members (all others); `how` is for the recipient."""
        recipient = recipient or self.home.adults[0]
        others = self.home.people if members is None else members
        return (
            Seat(Role.RECIPIENT, recipient, **how),
            *(Seat(Role.MEMBER, person) for person in others if person is not recipient),
        )

    def for_child(self, child: Person, recipient: Person) -> tuple[Seat, ...]:
        """`recipient` collects for one child."""
        return Seat(Role.RECIPIENT, recipient), Seat(Role.BENEFICIARY, child)

    # -- telling ----------------------------------------------------------------------------

    def pay(self, offer: Offer, covers: Window, sent: date, **more: Any) -> Aid:
        """A first version: delivered unless `more` says otherwise."""
        home: Household = more.pop("home", self.home)
        fields: dict[str, Any] = {
            "amount": self.rng.randrange(offer.least, offer.most, 25) * KURUS,
            "district": home.district,
            "seats": self.seats() if home is self.home else whole_household(home),
            "household_size": len(home.people),
        }
        if more.get("stage") is Stage.PLANNED:
            fields["version"] = 1
        reference = more.pop("reference", "") or self._references.next(offer.org)
        return self.tell(Aid(offer, reference, sent, covers, **(fields | more)))

    def tell(self, aid: Aid) -> Aid:
        """Put a record into the story."""
        self._aids.append(aid)
        return aid

    def again(self, aid: Aid, sent: date, stage: Stage, **changes: Any) -> Aid:
        """The next version of an assistance. Only plans and deliveries are answered."""
        answered = stage in (Stage.PLANNED, Stage.DELIVERED)
        fields: dict[str, Any] = {"verdict": "clear" if answered else ""}
        fields |= changes
        return self.tell(replace(aid, sent=sent, version=aid.version + 1, stage=stage, **fields))

    def found(
        self,
        one: Aid,
        two: Aid,
        status: Literal["open", "withdrawn"] = "open",
        strength: Strength = "certain",
    ) -> Planted:
        """Expect the two, as they stand at the end, to be a finding."""
        same = one.offer is two.offer
        planted = Planted(
            self.family,
            "repeated-payment" if same else "double-coverage",
            one.where,
            two.where,
            overlap(one.effective, two.effective),
            at_risk(one, two),
            status,
            strength,
        )
        self._planted.append(planted)
        return planted


def whole_household(home: Household) -> tuple[Seat, ...]:
    """The first adult collects for all who live there."""
    first, *others = home.people
    return (Seat(Role.RECIPIENT, first), *(Seat(Role.MEMBER, person) for person in others))


Tell = Callable[[Scene], None]


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of story. `weight` is how many there are among 20,000 households.

    `needs_full_family`: two adults and two children of school age; `households`: how many.
    """

    name: str
    tell: Tell
    weight: int
    is_finding: bool
    needs_full_family: bool = False
    households: int = 1
