"""The records that partners and the administration publish, as strict models.

Strict at the door: an unknown field, a float for an amount or a date in another
form is refused here. The log is read tolerantly (see `upcast`).
Source of the vocabulary: `docs/domain.md`; modalities follow CALP/IATI.
"""

import re
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    model_validator,
)
from pydantic_core import PydanticCustomError

from events import money

MAX_SUBJECTS: Final = 40
MAX_TOKENS: Final = 40
MAX_COVERAGE_DAYS: Final = 1_100

OrgCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{2,11}$")]


def _no_number(text: str) -> str:
    """Refuse text that holds what may be a person's number."""
    if LONG_NUMBER.search(text):
        raise PydanticCustomError("long_number", "a long number has no place here")
    return text


LONG_NUMBER: Final = re.compile(r"[0-9][0-9 ._-]{5,}[0-9]")
"""Seven digits or more, also written in groups."""

ProgrammeId = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z][A-Z0-9]{2,11}-[A-Z0-9][A-Z0-9_.]{0,23}$"),
    AfterValidator(_no_number),
]
Uuid = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"),
]
KeyId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
PublicKey = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Nonce = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
TokenType = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,12}\.[a-z0-9-]{1,24}$")]
TokenHex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Token = tuple[TokenType, TokenHex]
Amount = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,9})(\.[0-9]{1,3})?$")]
Budget = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,12})(\.[0-9]{1,3})?$")]
Rate = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,4})(\.[0-9]{1,8})?$")]
"""An amount at a rate stays below 10^15: the read side keeps 15 digits before the point."""
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
District = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}[0-9]{3,9}$")]
Code = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40),
    AfterValidator(_no_number),
]
Mailbox = Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[A-Za-z0-9.-]{1,190}$")]
ShortText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=120, strip_whitespace=True),
    AfterValidator(_no_number),
]
Version = Annotated[int, Field(ge=1, le=1_000_000)]
Epoch = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,16}$")]
FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2100, 1, 1)
Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
"""A day that every fold and table can hold: 9999-12-31 plus a window is no date any more."""


class Stage(StrEnum):
    """Where an assistance stands. `delivered` is not yet collected by the family."""

    PLANNED = "planned"
    DELIVERED = "delivered"
    AMENDED = "amended"
    CANCELLED = "cancelled"
    RETURNED = "returned"


class Purpose(StrEnum):
    """What the assistance is for."""

    BASIC_NEEDS = "basic-needs"
    RENT = "rent"
    FOOD = "food"
    HYGIENE = "hygiene"
    WINTERISATION = "winterisation"
    EDUCATION = "education"
    LIVELIHOOD = "livelihood"
    HEALTH = "health"
    PROTECTION = "protection"
    OTHER = "other"


class Modality(StrEnum):
    """The form of the transfer (CALP glossary)."""

    CASH = "cash"
    VOUCHER = "voucher"
    IN_KIND = "in-kind"
    SERVICE = "service"


class Mechanism(StrEnum):
    """How the transfer reaches the recipient."""

    BANK = "bank"
    CARD = "card"
    PREPAID = "prepaid"
    MOBILE = "mobile"
    E_WALLET = "e-wallet"
    PAPER_VOUCHER = "paper-voucher"
    OVER_COUNTER = "over-counter"
    IN_HAND = "in-hand"
    DISTRIBUTION = "distribution"
    OTHER = "other"


class Frequency(StrEnum):
    """How often the assistance is paid; everything but one-off is recurrent."""

    ONE_OFF = "one-off"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    BIMONTHLY = "bimonthly"
    QUARTERLY = "quarterly"
    TERMLY = "termly"


class Role(StrEnum):
    """recipient collects; beneficiary is who it is for; member lives in the household."""

    RECIPIENT = "recipient"
    BENEFICIARY = "beneficiary"
    MEMBER = "member"


class Level(StrEnum):
    """Whom one record serves."""

    HOUSEHOLD = "household"
    INDIVIDUAL = "individual"


class Assurance(StrEnum):
    """How identifiers became tokens, strongest first."""

    THRESHOLD = "threshold"
    SINGLE = "single"
    HMAC = "hmac"


OverrideReason = Literal["top-up", "urgent", "protection", "different-household", "policy"]
ReturnedReason = Literal["uncollected", "bounced", "recipient-refused", "deceased", "recalled"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, str_max_length=2_000)


class Subject(_Model):
    """One person of a record: a role and 16-byte tokens, never an identifier."""

    role: Role
    tokens: Annotated[tuple[Token, ...], Field(max_length=MAX_TOKENS)] = ()


class Manifest(_Model):
    """Line 1 of a submission: what is signed. `digests` are SHA-256 hex of the record lines."""

    v: Literal[1]
    org: OrgCode
    submission_id: Uuid
    key_id: KeyId
    assurance: Assurance
    tokens_epoch: Epoch
    digests: tuple[Digest, ...]


class _Record(_Model):
    nonce: Nonce
    version: Version


class Assistance(_Record):
    """One assistance of one programme to one household or person, at one stage.

    Every stage is a full record; the highest version's content is the truth.
    `covers_from`–`covers_to` is half open; `amount` is a decimal string.
    """

    kind: Literal["assistance"]
    assistance_id: Uuid
    programme: ProgrammeId
    stage: Stage
    purpose: Purpose
    level: Level = Level.HOUSEHOLD
    modality: Modality
    delivery_mechanism: Mechanism = Mechanism.OTHER
    frequency: Frequency
    instalment_no: Annotated[int, Field(ge=1, le=1000)] | None = None
    instalment_of: Annotated[int, Field(ge=1, le=1000)] | None = None
    covers_from: Day
    covers_to: Day
    event_date: Day | None = None
    amount: Amount
    currency: Currency
    value_estimated: bool = False
    quantity: Amount | None = None
    unit: Code | None = None
    household_size: Annotated[int, Field(ge=1, le=100)] | None = None
    household_as_of: Day | None = None
    district: District
    subjects: Annotated[tuple[Subject, ...], Field(min_length=1, max_length=MAX_SUBJECTS)]
    protected: bool = False
    override_reason: OverrideReason | None = None
    returned_amount: Amount | None = None
    returned_reason: ReturnedReason | None = None
    replaces: Uuid | None = None
    lawful_basis_code: Code | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (
            not self.covers_from
            < self.covers_to
            <= self.covers_from + timedelta(days=MAX_COVERAGE_DAYS)
        ):
            raise ValueError("covers_to")
        if sum(subject.role is Role.RECIPIENT for subject in self.subjects) != 1:
            raise ValueError("subjects")
        if self.returned_amount is None and self.stage is Stage.RETURNED:
            raise ValueError("returned_amount")
        if self.returned_amount is not None and self.stage in (Stage.PLANNED, Stage.DELIVERED):
            raise ValueError("returned_amount")
        try:
            paid = money.to_minor(self.amount, self.currency)
            returned = money.to_minor(self.returned_amount or "0", self.currency)
        except ValueError:
            raise ValueError("amount") from None
        if returned > paid:
            raise ValueError("returned_amount")
        return self


class Partner(_Record):
    """An organisation that may publish. `mailbox` is functional, never a person's."""

    kind: Literal["partner"]
    org: OrgCode
    name: ShortText
    mailbox: Mailbox


class PartnerKey(_Record):
    """A public key of an organisation. Version 1 registers it, a later one may revoke it."""

    kind: Literal["key"]
    org: OrgCode
    public_key: PublicKey
    status: Literal["active", "revoked"] = "active"


class Programme(_Record):
    """A programme: who owns and funds it, when, and what it declares to complement."""

    kind: Literal["programme"]
    programme: ProgrammeId
    owner: OrgCode
    donor: ShortText | None = None
    purpose: Purpose | None = None
    budget: Budget | None = None
    currency: Currency | None = None
    starts: Day | None = None
    ends: Day | None = None
    complements: Annotated[tuple[ProgrammeId, ...], Field(max_length=50)] = ()

    @model_validator(mode="after")
    def _owned(self) -> Self:
        if self.programme.partition("-")[0] != self.owner:
            raise ValueError("owner")
        if self.starts and self.ends and self.starts > self.ends:
            raise ValueError("ends")
        return self


class PolicyRules(_Model):
    """The numbers of the matching rules (days), which a deployment can change by an event."""

    exclusive_household: tuple[Purpose, ...] = (
        Purpose.BASIC_NEEDS,
        Purpose.RENT,
        Purpose.FOOD,
        Purpose.HYGIENE,
        Purpose.WINTERISATION,
    )
    exclusive_beneficiary: tuple[Purpose, ...] = (Purpose.EDUCATION, Purpose.LIVELIHOOD)
    modality_classes: tuple[tuple[Modality, ...], ...] = (
        (Modality.CASH, Modality.VOUCHER),
        (Modality.IN_KIND,),
    )
    one_off_days: Annotated[int, Field(ge=1, le=1000)] = 28
    one_off_days_by_purpose: dict[Purpose, Annotated[int, Field(ge=1, le=1000)]] = Field(
        default_factory=lambda: {Purpose.EDUCATION: 120, Purpose.LIVELIHOOD: 365}
    )
    season_from: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}-[0-9]{2}$")] = "11-01"
    season_to: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}-[0-9]{2}$")] = "04-01"
    season_year_starts_month: Annotated[int, Field(ge=1, le=12)] = 8
    least_overlap_days: Annotated[int, Field(ge=1, le=366)] = 7
    reservation_days: Annotated[int, Field(ge=1, le=366)] = 30
    base_currency: Currency = "TRY"
    rates: dict[Currency, Rate] = Field(default_factory=dict)
    placeholder_tokens: tuple[Token, ...] = ()
    refused_assurance: tuple[Assurance, ...] = ()

    @model_validator(mode="after")
    def _dates(self) -> Self:
        for name in ("season_from", "season_to"):
            try:
                date.fromisoformat(f"2001-{getattr(self, name)}")
            except ValueError:
                raise ValueError(name) from None
        if self._in_season_year("season_from") >= self._in_season_year("season_to"):
            raise ValueError("season_to")
        return self

    def _in_season_year(self, name: str) -> tuple[bool, str]:
        """Sorts as the days lie in a season's year: both in its first calendar year, or later."""
        day: str = getattr(self, name)
        return int(day[:2]) < self.season_year_starts_month, day


class Policy(_Record):
    """A version of the policy, in force for coverage that begins on or after `in_force_from`."""

    kind: Literal["policy"]
    in_force_from: Day
    rules: PolicyRules


class ClockStep(_Record):
    """A signed step of the clock to `day`: a jump of more than 26 h, or the test clock."""

    kind: Literal["clock-step"]
    day: Day


class RootKey(_Model):
    """A key that genesis trusts."""

    role: Literal["administrator", "supervisor"]
    public_key: PublicKey


class Genesis(_Model):
    """Block 0: the first day, the root keys, the first policy, and if the clock is for tests."""

    kind: Literal["genesis"]
    first_day: Day
    test_mode: bool
    root_keys: Annotated[tuple[RootKey, ...], Field(min_length=1, max_length=10)]
    policy: PolicyRules


Record = Assistance | Partner | PartnerKey | Programme | Policy | ClockStep
RECORD: Final[TypeAdapter[Record]] = TypeAdapter(Annotated[Record, Field(discriminator="kind")])

ADMINISTRATION: Final = "ADMIN"
"""The organisation code under which the central administration signs."""


def identity(record: Record) -> tuple[str, str]:
    """(kind, id) of the thing that `record` is a version of, unique within its organisation."""
    match record:
        case Assistance():
            return record.kind, record.assistance_id
        case Partner():
            return record.kind, record.org
        case PartnerKey():
            return record.kind, record.public_key
        case Programme():
            return record.kind, record.programme
        case Policy():
            return record.kind, "policy"
        case ClockStep():
            return record.kind, record.day.isoformat()
