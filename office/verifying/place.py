"""How far `tekil verify` is, and what it has counted: one value, written with what it is about."""

from dataclasses import asdict, dataclass, field
from typing import Any, Final

import orjson

LAYOUT: Final = 1
"""Counted up with any change that an older store does not fit."""
KEY: Final = b"@"


@dataclass(slots=True)
class Counts:
    """What was looked at since the first message. Foreign: messages that do not count."""

    blocks: int = 0
    submissions: int = 0
    records: int = 0
    decided: int = 0
    """Messages of aid-submissions that were decided a second time."""
    by_signature: int = 0
    """Submissions that are no longer there, or of an earlier version: the signature alone."""
    keys: int = 0
    """Messages of aid-keys that a block names."""
    unopened: int = 0
    """Sealed records that cannot be opened any more, as they may."""
    outputs: int = 0
    receipts: int = 0
    expired: int = 0
    """Receipts that their topic no longer keeps."""
    foreign: dict[str, int] = field(default_factory=dict)
    """By topic."""

    def skip(self, topic: str) -> None:
        """One more foreign message."""
        self.foreign[topic] = self.foreign.get(topic, 0) + 1


@dataclass(slots=True)
class Rows:
    """How far the tables of one topic were compared in a run that was interrupted."""

    offset: int = 0
    seq: int = 0
    day: str = ""
    count: int = 0


@dataclass(slots=True)
class Place:
    """The next message of each topic, by the offset; `head` names the last block."""

    layout: int = LAYOUT
    offsets: dict[str, int] = field(default_factory=dict)
    head_offset: int = -1
    head_digest: str = ""
    newest_told: int = -1
    """The last block that any receipt told anything about, as the ends stood at first."""
    joined: dict[str, int] = field(default_factory=dict)
    """Organisation → the block that registered it."""
    owed: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Topic → first and next number of what has still to be found there."""
    rows: dict[str, Rows] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)

    def encode(self) -> bytes:
        """For the store."""
        return orjson.dumps(asdict(self), option=orjson.OPT_NON_STR_KEYS)

    @classmethod
    def decode(cls, value: bytes) -> "Place | None":
        """From the store; None if an older program wrote it."""
        known: dict[str, Any] = orjson.loads(value)
        if known.get("layout") != LAYOUT:
            return None
        rows = {source: Rows(**row) for source, row in known["rows"].items()}
        owed = {topic: tuple(pair) for topic, pair in known["owed"].items()}
        made = {"rows": rows, "owed": owed, "counts": Counts(**known["counts"])}
        return cls(**known | made)
