"""The key servers' side: which epochs of tokens count, and how often a server was asked."""

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from events.model.types import (
    Day,
    EpochName,
    KeyServerNumber,
    OrgCode,
    PublicKey,
    Record,
    Token,
    Uuid,
)

NO_EPOCH: Final = "none"
"""What a submission says instead of an epoch's name if no record in it has a token."""
MAX_EPOCHS: Final = 2
"""How many epochs' tokens may stand beside each other in a submission."""
_SEPARATOR: Final = "-"


class TokenEpoch(Record):
    """An epoch of tokens: the first version opens it, a later one closes it, for ever.

    `public_key` is the joint key of its servers, which partners pin. `placeholder_tokens` are
    those of placeholder numbers in this epoch; intake refuses them like the policy's.
    """

    kind: Literal["token-epoch"]
    epoch: EpochName
    public_key: PublicKey
    status: Literal["open", "closed"] = "open"
    placeholder_tokens: Annotated[tuple[Token, ...], Field(max_length=10_000)] = ()

    @model_validator(mode="after")
    def _named(self) -> "TokenEpoch":
        if self.epoch == NO_EPOCH:
            raise ValueError("epoch")
        return self


class Evaluations(Record):
    """How many evaluations a body's key server made for an organisation on a day, in an epoch.

    Only the body that the administration registered for this server may say it. A later version
    has the newer count. Nothing in it is about a person.
    """

    kind: Literal["evaluations"]
    evaluations_id: Uuid
    server: KeyServerNumber
    day: Day
    org: OrgCode
    epoch: EpochName
    evaluations: Annotated[int, Field(ge=0, le=1_000_000_000_000)]


def epochs_of(tokens_epoch: str) -> list[str]:
    """The names of the epochs whose tokens a submission carries, oldest first; none for `none`."""
    return [] if tokens_epoch == NO_EPOCH else tokens_epoch.split(_SEPARATOR)
