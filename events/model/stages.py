"""The keys with which the stages sign what they write."""

from enum import StrEnum
from typing import Literal

from events.model.types import Model, PublicKey, Record


class SigningStage(StrEnum):
    """The stages that write to a topic which others read."""

    INTAKE = "intake"
    REGISTRY = "registry"
    RECEIPTS = "receipts"


class StageKey(Record):
    """The public key of a stage: version 1 introduces it, a later one may end it for ever."""

    kind: Literal["stage-key"]
    stage: SigningStage
    public_key: PublicKey
    status: Literal["active", "revoked"] = "active"


class FirstStageKey(Model):
    """A key with which a stage signs from the first block on."""

    stage: SigningStage
    public_key: PublicKey
