"""The journal: blocks in one total order, chained by hash.

A block is one message, signed by intake (`events.stage_signing`); which one counts is for
`events.trust` to say. Line 1 is the header; each further line is one item, and
(seq, index of the item) names a fact for ever:

    {"t":"genesis","genesis":{…}}                         seq 0 only
    {"t":"tick","day":"2026-05-01"}                       the day begins (Europe/Istanbul)
    {"t":"sub","offset":7,"manifest":"…","sig":"…"}       a submission; its records follow
    {"t":"rec","row":1,"rec":{…public…},"k":0,"sealed":"…"}   accepted (k: its key's place)
    {"t":"dup","row":2,"kind":…,"id":…,"version":…}       duplicate of an accepted version
    {"t":"rej","row":3,"reason":…,"field":…, "kind","id","version"}   refused record
    {"t":"bad","offset":8,"org":…,"id":…,"records":n,"reason":…,"field":…}   refused message

A "rec" or "genesis" item of a schema version above 1 also says "sv" (events.upcast).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from events.codec import dumps
from events.stage_signing import content_of
from events.upcast import upcast_item

JOURNAL_VERSION: Final = 2
"""1: unsigned, and its keys' message is not named by digest."""
GENESIS_PREVIOUS: Final = "0" * 64


class ChainBroken(Exception):
    """The log was rewritten: what stands there is not what was folded before."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a reader stands in the chain: `seq` is the next block's, `digest` the last one's."""

    seq: int = 0
    digest: str = GENESIS_PREVIOUS


@dataclass(frozen=True, slots=True)
class Block:
    """A parsed block. `source` is the half-open range of aid-submissions offsets it took."""

    seq: int
    prev: str
    source: tuple[int, int]
    clock_ms: int
    keys_id: str
    keys_offset: int
    items: tuple[dict[str, Any], ...]
    digest: str
    keys_digest: str = ""

    @property
    def head(self) -> Head:
        """Where a reader stands after this block."""
        return Head(self.seq + 1, self.digest)


def encode_block(
    *,
    head: Head,
    source: tuple[int, int],
    clock_ms: int,
    keys_id: str,
    keys_offset: int,
    items: Sequence[dict[str, Any]],
    keys_digest: str = "",
) -> bytes:
    """The content of the block that follows `head`, before it is signed.

    `clock_ms` is the largest trusted LogAppendTime so far (epoch ms), `keys_offset` the offset in
    aid-keys of the message that holds this block's keys (-1: none), `keys_digest` its SHA-256 hex.
    """
    header = {
        "v": JOURNAL_VERSION,
        "seq": head.seq,
        "prev": head.digest,
        "source": list(source),
        "clock_ms": clock_ms,
        "keys": keys_id,
        "keys_offset": keys_offset,
        "keys_digest": keys_digest,
        "items": len(items),
    }
    return b"\n".join([dumps(header), *(dumps(item) for item in items)])


def follows(value: bytes | None, head: Head) -> bool:
    """True if this message is the block that comes next after `head`.

    Everything else in the topic (a block of a writer that fell behind, or no block
    at all) is skipped by every reader alike, and counted.
    """
    try:
        header = orjson.loads((value or b"").split(b"\n", 1)[0])
        return bool(header["seq"] == head.seq and header["prev"] == head.digest)
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return False


def decode_block(value: bytes) -> Block:
    """Parse an accepted block; its records come in their current schema version.

    Raises ValueError if it is damaged, upcast.NotImplementedVersion if a record is of a
    version that this program does not know.
    """
    first, *lines = content_of(value).split(b"\n")
    header = orjson.loads(first)
    if not 1 <= header["v"] <= JOURNAL_VERSION:
        raise ValueError(f"block of unknown version {header['v']}")
    if header["items"] != len(lines):
        raise ValueError(
            f"block {header['seq']} has {len(lines)} items, {header['items']} declared"
        )
    low, high = header["source"]
    return Block(
        seq=header["seq"],
        prev=header["prev"],
        source=(low, high),
        clock_ms=header["clock_ms"],
        keys_id=header["keys"],
        keys_offset=header["keys_offset"],
        keys_digest=header.get("keys_digest", ""),
        items=tuple(upcast_item(orjson.loads(line)) for line in lines),
        digest=block_digest(value),
    )


def block_digest(value: bytes) -> str:
    """SHA-256 hex of a block's message: the next block's `prev`."""
    return hashlib.sha256(value).hexdigest()
