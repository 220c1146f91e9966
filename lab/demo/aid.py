"""What is published in the demo, and what the registry is expected to say to it. Pure.

Days are dates, windows half open, amounts whole kuruş. What must be found is written down
by who lays a story out, and never computed from its records: so it cannot share a mistake
with the registry.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from events.model import EndReason, Purpose, Role, Stage
from lab.demo.offers import Offer
from lab.demo.year import Window
from lab.population.households import Person

Reference = tuple[str, str]
"""(organisation, its own reference)."""
NOBODY: Final[Reference] = ("", "")
"""The other side of a gap."""


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

    `disposition`, `reason` and `verdict` are what is expected to be answered; the verdict
    is '' for stages that get none.
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


@dataclass(frozen=True, slots=True)
class HouseholdNeed:
    """One version of a need as the organisation that assessed it sends it on the day `sent`."""

    org: str
    reference: str
    sent: date
    purpose: Purpose
    assessed_on: date
    district: str
    seats: tuple[Seat, ...]
    household_size: int
    version: int = 1
    closed_on: date | None = None
    protected: bool = False

    @property
    def where(self) -> Reference:
        """What names the need."""
        return self.org, self.reference


@dataclass(frozen=True, slots=True)
class HouseholdEnrolment:
    """One version of a household's time in a programme, sent on the day `sent`."""

    offer: Offer
    reference: str
    sent: date
    started_on: date
    district: str
    seats: tuple[Seat, ...]
    version: int = 1
    ended_on: date | None = None
    end_reason: EndReason | None = None

    @property
    def org(self) -> str:
        """Who sends it."""
        return self.offer.org

    @property
    def where(self) -> Reference:
        """What names the enrolment."""
        return self.org, self.reference


Entry = Aid | HouseholdNeed | HouseholdEnrolment
"""One record of a list."""

Expected = tuple[str, str, str]
"""(disposition, reason, verdict); a text is '' where there is none."""


def expected_answer(entry: Entry) -> Expected:
    """What a record must be answered."""
    if isinstance(entry, Aid):
        return entry.disposition, entry.reason, entry.verdict
    return "accepted", "", ""


Kind = Literal["double-coverage", "repeated-payment", "unmet-need", "lapsed-coverage"]
Strength = Literal["certain", "probable", "possible"]
Status = Literal["open", "confirmed", "dismissed", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Planted:
    """A finding that was planted: what it says, and since when (`opened`) it stands.

    `two` is NOBODY for a gap, which has neither an end nor an amount. `amount` is None where no
    rate of exchange is known. `revision` is its number before anybody decides.
    """

    family: str
    kind: Kind
    one: Reference
    two: Reference
    overlap_from: date
    overlap_to: date | None
    amount: int | None
    opened: date
    revision: int = 1
    status: Status = "open"
    strength: Strength = "certain"

    @property
    def is_pair(self) -> bool:
        """True for two payments, False for a gap."""
        return self.two != NOBODY

    @property
    def orgs(self) -> list[str]:
        """Whose records it is about."""
        return sorted({org for org, _ in (self.one, self.two) if org})
