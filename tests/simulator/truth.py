"""What the stages really wrote, by the broker's own knowledge: nothing of `events.trust` here.

What the guards of the product let through is judged by this, so it must not rest on them.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson

from events.catalog import Topic
from events.codec import TICK_TYPE, TICK_VALUE, header
from events.journal import GENESIS_PREVIOUS
from events.stage_signing import content_of
from tests.simulator.broker import Broker, Entry


@dataclass(frozen=True)
class TrueBlock:
    """A block of the one chain: what an intake wrote, and what follows the block before."""

    entry: Entry
    header: dict[str, Any]
    digest: str

    @property
    def seq(self) -> int:
        """Its place in the chain."""
        return int(self.header["seq"])

    @property
    def source(self) -> tuple[int, int]:
        """The offsets of aid-submissions that it took, half open."""
        low, high = self.header["source"]
        return low, high

    @property
    def value(self) -> bytes:
        """The message."""
        return self.entry.value or b""


def chain(broker: Broker) -> list[TrueBlock]:
    """The blocks that count, in order. A second intake's, which came too late, do not."""
    found: list[TrueBlock] = []
    digest = GENESIS_PREVIOUS
    for entry in broker.logs[Topic.JOURNAL].of("intake"):
        value = entry.value or b""
        head = orjson.loads(value.split(b"\n", 1)[0])
        if (head["seq"], head["prev"]) == (len(found), digest):
            digest = hashlib.sha256(value).hexdigest()
            found.append(TrueBlock(entry, head, digest))
    return found


def said(broker: Broker) -> dict[tuple[int, int], list[Entry]]:
    """What the registry wrote: (seq, part) → each time that it said it."""
    found: dict[tuple[int, int], list[Entry]] = {}
    for entry in broker.logs[Topic.FINDINGS].of("registry"):
        output = orjson.loads(content_of(entry.value or b""))
        found.setdefault((output["seq"], output["part"]), []).append(entry)
    return found


def is_tick(entry: Entry) -> bool:
    """True for a marker of the time, which needs no answer."""
    return entry.value == TICK_VALUE and header(entry.headers, "ce_type") == TICK_TYPE
