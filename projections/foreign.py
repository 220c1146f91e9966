"""Which messages of aid-keys and of the receipts are not ours. Pure.

A message is *foreign* if no key of the stage that writes there signed it, and a *repeat* if one
did, and it was said before: by a worker that woke up, or by somebody who copied it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from events.attributed import receipt_of
from events.catalog import Topic
from events.model import SigningStage
from events.trust import Trust
from projections.tables.columns import Fact

FOREIGN: Final = "foreign"
REPEAT: Final = "repeat"
OWN: Final = ""


@dataclass(frozen=True, slots=True)
class Named:
    """The messages of aid-keys that blocks name: offset → id, and id → offset."""

    at: Mapping[int, str] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)


def kind_of_keys(
    offset: int, key: bytes | None, value: bytes | None, trust: Trust, named: Named
) -> str:
    """What a message of aid-keys is. Intake's own that no block names (it died) is its own, too.

    Of an old journal, whose keys are not signed, it is intake's if a block names it.
    """
    name = (key or b"").decode(errors="replace")
    if key is not None and named.at.get(offset) == name:
        return OWN
    if not trust.ever_signed(SigningStage.INTAKE, Topic.KEYS, value or b"", name):
        return FOREIGN
    return REPEAT if name in named.places else OWN


def kind_of_receipt(
    org: str, value: bytes | None, trust: Trust, next_seq: int, blocks: int
) -> tuple[str, int]:
    """What a message of an organisation's receipts is, and the block that comes next in it.

    `blocks` is how many the journal has: nothing is said of another.
    """
    receipt = receipt_of(value, org, trust)
    if receipt is None or receipt["seq"] >= blocks:
        return FOREIGN, next_seq
    if receipt["seq"] < next_seq:
        return REPEAT, next_seq
    return OWN, receipt["seq"] + 1


def skipped_fact(topic: str, offset: int, kind: str, day: date | None, org: str = "") -> Fact:
    """The source of a row of `foreign_messages`."""
    return {}, {"topic": topic, "org": org, "message_offset": offset, "kind": kind, "day": day}
