"""A scene: one planted story of one or a few households, told in records. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from events.model import EndReason, Modality, Purpose, Role, Stage
from lab.demo.aid import (
    NOBODY,
    Aid,
    Entry,
    HouseholdEnrolment,
    HouseholdNeed,
    Kind,
    Planted,
    Seat,
)
from lab.demo.offers import Offer, offers
from lab.demo.year import Window, Year
from lab.population.households import Household, Person

KURUS: Final = 100
LAST_WORD_DAYS: Final = 100
"""A one-off scene begins at least so long before the end of the year, to be told to its end."""
LEAST_STORIES: Final = 2


@dataclass(frozen=True, slots=True)
class Story:
    """What a scene came to: its records and what they are expected to cause.

    `purposes` are those for which its households may get nothing else.
    """

    family: str
    is_finding: bool
    households: tuple[Household, ...]
    purposes: frozenset[Purpose]
    entries: tuple[Entry, ...]
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
        self._entries: list[Entry] = []
        self._planted: list[Planted] = []
        self._purposes: set[Purpose] = set()

    def story(self) -> Story:
        """What was told."""
        return Story(
            self.family,
            self.is_finding,
            tuple(self.households),
            frozenset(self._purposes),
            tuple(self._entries),
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

    def monthly(self, count: int = 2) -> list[Offer]:
        """`count` programmes of as many organisations that pay one purpose every month."""
        purpose = self.rng.choice((Purpose.BASIC_NEEDS, Purpose.RENT, Purpose.FOOD))
        return self.of_each_org(
            purpose, Modality.CASH, Modality.VOUCHER, count=count, one_off=False
        )

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

    # -- sums -------------------------------------------------------------------------------

    def amount(self, offer: Offer) -> int:
        """A usual amount of a programme."""
        return self.rng.randrange(offer.least, offer.most, 25) * KURUS

    def smaller_first(self, offer: Offer) -> tuple[int, int]:
        """Two amounts: for equal windows, the first is what is at risk."""
        smaller = self.amount(offer)
        return smaller, smaller + self.rng.randrange(25, 1_500, 25) * KURUS

    def amounts(self, offer: Offer) -> tuple[int, int, int]:
        """Two amounts in any order, and the smaller of them."""
        smaller, larger = self.smaller_first(offer)
        one, two = self.rng.sample((smaller, larger), 2)
        return one, two, smaller

    def rates(self, offer: Offer, days: int) -> tuple[int, int, int]:
        """Two amounts a day, as if a programme's were for `days` days, and the smaller of them."""
        smaller = self.amount(offer) // days
        one, two = self.rng.sample((smaller, smaller + self.rng.randrange(100, 3_000)), 2)
        return one, two, smaller

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
            "amount": self.amount(offer),
            "district": home.district,
            "seats": self.seats() if home is self.home else whole_household(home),
            "household_size": len(home.people),
        }
        if more.get("stage") is Stage.PLANNED:
            fields["version"] = 1
        reference = more.pop("reference", "") or self._references.next(offer.org)
        return self.tell(Aid(offer, reference, sent, covers, **(fields | more)))

    def tell(self, aid: Aid) -> Aid:
        """Put a record of aid into the story."""
        self._entries.append(aid)
        self._purposes.add(aid.offer.purpose)
        return aid

    def again(self, aid: Aid, sent: date, stage: Stage, **changes: Any) -> Aid:
        """The next version of an assistance. Only plans and deliveries are answered."""
        answered = stage in (Stage.PLANNED, Stage.DELIVERED)
        fields: dict[str, Any] = {"verdict": "clear" if answered else ""}
        fields |= changes
        return self.tell(replace(aid, sent=sent, version=aid.version + 1, stage=stage, **fields))

    def need(
        self, org: str, purpose: Purpose, assessed_on: date, sent: date, **more: Any
    ) -> HouseholdNeed:
        """An assessed need of the household."""
        fields: dict[str, Any] = {"seats": self.seats(), "household_size": len(self.home.people)}
        need = HouseholdNeed(
            org=org,
            reference=self._references.next(org),
            sent=sent,
            purpose=purpose,
            assessed_on=assessed_on,
            district=self.home.district,
            **(fields | more),
        )
        self._entries.append(need)
        # basic needs meet food and hygiene too: everyday aid must not
        self._purposes |= {purpose, Purpose.BASIC_NEEDS}
        return need

    def close(self, need: HouseholdNeed, day: date) -> None:
        """Its organisation closes a need."""
        self._entries.append(replace(need, version=need.version + 1, closed_on=day, sent=day))

    def enrol(self, offer: Offer, started_on: date, sent: date) -> HouseholdEnrolment:
        """The household comes into a programme."""
        enrolment = HouseholdEnrolment(
            offer=offer,
            reference=self._references.next(offer.org),
            sent=sent,
            started_on=started_on,
            district=self.home.district,
            seats=self.seats(),
        )
        self._entries.append(enrolment)
        self._purposes |= {offer.purpose, Purpose.BASIC_NEEDS}
        return enrolment

    def end(
        self, enrolment: HouseholdEnrolment, day: date, reason: EndReason, sent: date
    ) -> HouseholdEnrolment:
        """The household's time in a programme ends."""
        ended = replace(enrolment, version=2, ended_on=day, end_reason=reason, sent=sent)
        self._entries.append(ended)
        return ended

    # -- expecting --------------------------------------------------------------------------

    def found(
        self, one: Aid, two: Aid, overlap: Window, amount: int | None, **more: Any
    ) -> Planted:
        """Expect the two to be a finding, from the day on which the later one was sent.

        `overlap` and `amount` are those that the story was laid out with.
        """
        kind: Kind = "repeated-payment" if one.offer is two.offer else "double-coverage"
        fields: dict[str, Any] = {"opened": max(one.sent, two.sent)}
        start, end = overlap
        planted = Planted(
            self.family, kind, one.where, two.where, start, end, amount, **(fields | more)
        )
        self._planted.append(planted)
        return planted

    def missing(
        self, entry: HouseholdNeed | HouseholdEnrolment, since: date, opened: date, **more: Any
    ) -> Planted:
        """Expect a gap since a day, and its finding on the day `opened`."""
        kind: Kind = "unmet-need" if isinstance(entry, HouseholdNeed) else "lapsed-coverage"
        planted = Planted(self.family, kind, entry.where, NOBODY, since, None, None, opened, **more)
        self._planted.append(planted)
        return planted


def whole_household(home: Household) -> tuple[Seat, ...]:
    """The first adult collects for all who live there."""
    first, *others = home.people
    return (Seat(Role.RECIPIENT, first), *(Seat(Role.MEMBER, person) for person in others))


Tell = Callable[[Scene], None]


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of story. `weight` is how many there are among 20,000 households, at least `least`.

    `needs_full_family`: two adults and two children of school age; `households`: how many.
    """

    name: str
    tell: Tell
    weight: int
    is_finding: bool
    needs_full_family: bool = False
    households: int = 1
    least: int = LEAST_STORIES
