"""Which messages of aid-keys and of the receipts are not ours. Pure.

A message is *foreign* if no key of the stage that writes there signed it, and a *repeat* if one
did, and it was said before: by a worker that woke up, or by somebody who copied it. In aid-keys
nothing is a repeat: an erasure writes all keys again (0034).
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from events.attributed import receipt_of
from events.catalog import Topic
from events.erasure import LEDGER, Ledger, Left
from events.model import SigningStage
from events.trust import Trust
from projections.tables.columns import Fact

FOREIGN: Final = "foreign"
REPEAT: Final = "repeat"
OWN: Final = ""


def kind_of_keys(
    offset: int, key: bytes | None, value: bytes | None, trust: Trust, named: Mapping[int, str]
) -> str:
    """What a message of aid-keys is. Intake's own that no block names (it died) is its own, too,
    and so is what an erasure wrote there.

    `named` is offset → the id of the keys that a block names there. Of an old journal, whose keys
    are not signed, it is intake's if a block names it.
    """
    name = (key or b"").decode(errors="replace")
    if key is not None and named.get(offset) == name:
        return OWN
    if trust.ever_signed(SigningStage.INTAKE, Topic.KEYS, value or b"", name):
        return OWN
    is_ledger = name == LEDGER and Ledger.read(value, trust) is not None
    return OWN if is_ledger or Left.read(value, name, trust) else FOREIGN


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
