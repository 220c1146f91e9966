"""What is published in the demo, and what the registry is expected to say to it. Pure.

The arithmetic here is the planter's own, on purpose: it must not share a mistake with
the registry. Days are dates, windows half open, amounts whole kuruş.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Final, Literal

from events.model import Purpose, Role, Stage
from lab.demo.offers import Offer
from lab.population.households import Person

Window = tuple[date, date]
Reference = tuple[str, str]
"""(organisation, its own reference)."""

ONE_OFF_DAYS: Final = 28
ONE_OFF_DAYS_OF: Final = {Purpose.EDUCATION: 120, Purpose.LIVELIHOOD: 365}
NO_AMOUNT: Final = None


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's place in a record.

    `written` is the number as this partner typed it ('' = as on the document), `weak` are
    (token type, value) pairs, beside those of the name, that may not make anybody the same
    person; `placeholder` and `unnumbered` stand for a made-up number and none.
    """

    role: Role
    person: Person
    written: str = ""
    scheme: str = ""
    weak: tuple[tuple[str, str], ...] = ()
    placeholder: bool = False
    unnumbered: bool = False


@dataclass(frozen=True, slots=True)
class Aid:
    """One version of one assistance as its organisation sends it on the day `sent`.

    `disposition`, `reason` and `verdict` are what the planter expects to be answered;
    the verdict is '' for stages that get none.
    """

    offer: Offer
    reference: str
    sent: date
    covers: Window
    amount: int
    district: str
    seats: tuple[Seat, ...]
    household_size: int
    version: int = 2
    stage: Stage = Stage.DELIVERED
    currency: str = "TRY"
    returned: int | None = None
    protected: bool = False
    override: Literal["top-up"] | None = None
    instalment: tuple[int, int] | None = None
    programme: str = ""
    disposition: Literal["accepted", "duplicate", "rejected"] = "accepted"
    reason: str = ""
    verdict: str = "clear"

    @property
    def org(self) -> str:
        """Who sends it."""
        return self.offer.org

    @property
    def where(self) -> Reference:
        """What names the assistance."""
        return self.org, self.reference

    @property
    def effective(self) -> Window:
        """The days that it is taken to cover (docs/domain.md)."""
        start, end = self.covers
        if not self.offer.is_one_off:
            return self.covers
        if self.offer.purpose is Purpose.WINTERISATION:
            return winter(start)
        days = ONE_OFF_DAYS_OF.get(self.offer.purpose, ONE_OFF_DAYS)
        return start, max(end, start + timedelta(days=days))

    @property
    def kept(self) -> int:
        """The amount that stayed with the family."""
        return self.amount - (self.returned or 0)


Strength = Literal["certain", "probable", "possible"]
Status = Literal["open", "confirmed", "dismissed", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What somebody decided of a finding, and the coded reason."""

    status: Literal["confirmed", "dismissed"]
    reason: str


@dataclass(frozen=True, slots=True)
class Planted:
    """A finding that was planted. `amount` is None where no rate of exchange is known.

    `reason` is that of its decision, if its status is one.
    """

    family: str
    kind: Literal["double-coverage", "repeated-payment"]
    one: Reference
    two: Reference
    overlap: Window
    amount: int | None
    status: Status = "open"
    strength: Strength = "certain"
    reason: str = ""


@dataclass(frozen=True)
class Year:
    """The days that the demo steps through, `first` to `last`, both of them included."""

    first: date
    last: date

    @cached_property
    def months(self) -> tuple[Window, ...]:
        """The whole calendar months, half open."""
        return tuple(self._months())

    def _months(self) -> Iterator[Window]:
        start = first_of_next_month(self.first - timedelta(days=1))
        while (end := first_of_next_month(start)) <= self.last + timedelta(days=1):
            yield start, end
            start = end

    @property
    def days(self) -> int:
        """How many days there are."""
        return (self.last - self.first).days + 1

    def day(self, number: int) -> date:
        """Day `number`, counted from 0; never past the last."""
        return min(self.first + timedelta(days=number), self.last)


def first_of_next_month(day: date) -> date:
    """The first day of the month after the one that holds `day`."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def winter(day: date) -> Window:
    """The winter of the August-to-July year that holds `day`: 1 November to 1 April."""
    year = day.year if day.month >= 8 else day.year - 1
    return date(year, 11, 1), date(year + 1, 4, 1)


def days_of(window: Window) -> int:
    """How many days a half-open window has."""
    return (window[1] - window[0]).days


def overlap(one: Window, two: Window) -> Window:
    """The days that both hold; its end is not after its start if there are none."""
    return max(one[0], two[0]), min(one[1], two[1])


def at_risk(one: Aid, two: Aid) -> int | None:
    """The smaller of the two amounts, each by day over its own window, half up to the kuruş.

    None if one of them is in another currency: the demo's policy has no rate.
    """
    if {one.currency, two.currency} != {"TRY"}:
        return NO_AMOUNT
    shared = days_of(overlap(one.effective, two.effective))
    parts = ((aid.kept * shared, days_of(aid.effective)) for aid in (one, two))
    (top_a, below_a), (top_b, below_b) = parts
    top, below = (top_a, below_a) if top_a * below_b <= top_b * below_a else (top_b, below_b)
    whole, rest = divmod(top, below)
    return whole + (1 if 2 * rest >= below else 0)
