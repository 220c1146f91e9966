"""How the journal begins, and the signed steps of its clock."""

from typing import Annotated, Literal

from pydantic import Field

from events.model.epochs import MAX_EPOCHS
from events.model.policy import PolicyRules
from events.model.stages import FirstStageKey
from events.model.types import Day, EpochName, Model, PublicKey, Record


class ClockStep(Record):
    """A signed step of the clock to `day`: a jump of more than 26 h, or the test clock."""

    kind: Literal["clock-step"]
    day: Day


class RootKey(Model):
    """A key that genesis trusts."""

    role: Literal["administrator", "supervisor"]
    public_key: PublicKey


class FirstEpoch(Model):
    """An epoch of tokens that is open from the first day on: its name and its joint key."""

    epoch: EpochName
    public_key: PublicKey


class Genesis(Model):
    """Block 0: the first day, the root keys, the first policy, and if the clock is for tests.

    `epochs` are those that the key servers hold then, oldest first; the placeholders' tokens in
    them are the policy's. None under the shared key (`hmac`), whose tokens have no epochs.
    `stage_keys` sign from this block on; a stage without one need not sign until it has one.
    """

    kind: Literal["genesis"]
    first_day: Day
    test_mode: bool
    root_keys: Annotated[tuple[RootKey, ...], Field(min_length=1, max_length=10)]
    policy: PolicyRules
    epochs: Annotated[tuple[FirstEpoch, ...], Field(max_length=MAX_EPOCHS)] = ()
    stage_keys: Annotated[tuple[FirstStageKey, ...], Field(max_length=10)] = ()
