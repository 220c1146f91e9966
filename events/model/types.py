"""Words and shapes that all records share: codes, days, amounts, tokens.

Strict at the door: an unknown field, a float for an amount or a date in another
form is refused here. The log is read tolerantly (see `upcast`).
Source of the vocabulary: `docs/domain.md`; modalities follow CALP/IATI.
"""

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from events.iso import CURRENCIES

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
FindingId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
CaseId = FindingId
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Nonce = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
TokenType = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,12}\.[a-z0-9-]{1,24}$")]
TokenHex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Token = tuple[TokenType, TokenHex]
Amount = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,9})(\.[0-9]{1,3})?$")]
Budget = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,12})(\.[0-9]{1,3})?$")]
Rate = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,4})(\.[0-9]{1,8})?$")]
"""An amount at a rate stays below 10^15: the read side keeps 15 digits before the point."""


def _in_use(code: str) -> str:
    """Refuse what is no currency in use: TRL, a slip, XXX."""
    if code not in CURRENCIES:
        raise PydanticCustomError("currency", "no currency in use (ISO 4217)")
    return code


Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), AfterValidator(_in_use)]
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
"""What a submission says: an epoch's name, several joined by a dash, or `none`."""
KeyServerNumber = Annotated[int, Field(ge=1, le=255)]
"""Which key server: its place in the committee that holds the shares (docs/decisions/0017)."""
EpochName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,7}$")]
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


class InquiryReason(StrEnum):
    """Why somebody asks about a family of which nothing is planned."""

    APPLICATION = "application"
    RECERTIFICATION = "recertification"
    NEW_MEMBER = "new-member"
    REFERRAL = "referral"
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


class EndReason(StrEnum):
    """Why an enrolment ended. Which of them may make a lapse is the policy's to say."""

    PROGRAMME_CLOSED = "programme-closed"
    MOVED = "moved"
    DOCUMENT_EXPIRED = "document-expired"
    NON_COLLECTION = "non-collection"
    FORMAL_EMPLOYMENT = "formal-employment"
    NO_LONGER_ELIGIBLE = "no-longer-eligible"
    GRADUATED = "graduated"
    DECEASED = "deceased"
    LEFT_COUNTRY = "left-country"
    VOLUNTARY = "voluntary"


class KeyRole(StrEnum):
    """What the account behind a key may decide."""

    ADMINISTRATOR = "administrator"
    SUPERVISOR = "supervisor"
    PROTECTION_DESK = "protection-desk"
    FOCAL_PERSON = "focal-person"


OverrideReason = Literal["top-up", "urgent", "protection", "different-household", "policy"]
ReturnedReason = Literal["uncollected", "bounced", "recipient-refused", "deceased", "recalled"]


class Model(BaseModel):
    """What every shape is: frozen, strict, without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, str_max_length=2_000)


class Subject(Model):
    """One person of a record: a role and 16-byte tokens, never an identifier."""

    role: Role
    tokens: Annotated[tuple[Token, ...], Field(max_length=MAX_TOKENS)] = ()


class Record(Model):
    """What every record of the door has: a random nonce, so that equal facts differ, its version,
    and its kind, a name of `events.catalog`.
    """

    nonce: Nonce
    version: Version
    kind: str
