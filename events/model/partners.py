"""Who takes part: organisations, their keys and accounts, and their programmes."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from events.model.types import (
    Budget,
    Code,
    Currency,
    Day,
    KeyRole,
    KeyServerNumber,
    Mailbox,
    OrgCode,
    ProgrammeId,
    PublicKey,
    Purpose,
    Record,
    ShortText,
)

ADMINISTRATION: Final = "ADMIN"
"""The organisation code under which the central administration signs."""
SUPERVISOR: Final = "SUPERVISOR"
"""The organisation code of the supervisor: another body, which co-signs and hears appeals."""


class Partner(Record):
    """An organisation that may publish. `mailbox` is functional, never a person's.

    `key_server` is the number of the key server that this body runs: it alone says how often
    that one was asked.
    """

    kind: Literal["partner"]
    org: OrgCode
    name: ShortText
    mailbox: Mailbox
    key_server: KeyServerNumber | None = None


class PartnerKey(Record):
    """A public key of an organisation, or of one account in it (`user`, `role`), which decides.

    Version 1 registers it, a later one may revoke it.
    """

    kind: Literal["key"]
    org: OrgCode
    public_key: PublicKey
    status: Literal["active", "revoked"] = "active"
    user: Code | None = None
    role: KeyRole | None = None

    @model_validator(mode="after")
    def _account(self) -> Self:
        if (self.user is None) != (self.role is None):
            raise ValueError("role")
        return self


class Programme(Record):
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
