"""What whoever may write to the topics can write: blocks, keys, answers and receipts of his own."""

from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events import codec, signing
from events.catalog import Topic, receipts_topic
from events.journal import Head, block_digest, decode_block, encode_block
from events.model import ADMINISTRATION, Assurance
from events.stage_signing import content_of, signed
from infra import kafka
from infra.scan import scan
from infra.settings import Settings

THIEF = Ed25519PrivateKey.from_private_bytes(b"t" * 32)
MILLIONS = "99999999.00"


def write(settings: Settings, topic: str, value: bytes | None, key: bytes | None = None) -> None:
    """Put one message into a topic (its base name)."""
    producer = kafka.producer(settings)
    try:
        named = key if value is not None else key or b"a tombstone needs a name"
        sent = producer.send(settings.topic(topic), value=value, key=named, partition=0)
        sent.get(timeout=30)
    finally:
        producer.close()


def values(settings: Settings, topic: str) -> list[bytes]:
    """All messages of a topic."""
    return [message.value or b"" for message in scan(settings, topic)]


@dataclass(frozen=True)
class Place:
    """Where the journal stands: the last block that counts."""

    head: Head
    last: bytes

    @classmethod
    def of(cls, settings: Settings) -> "Place":
        """By the registry's word, whose newest output names the block."""
        said = [orjson.loads(content_of(value)) for value in _outputs(settings)]
        newest = max(said, key=lambda output: output["seq"])
        blocks = {block_digest(value): value for value in values(settings, Topic.JOURNAL)}
        return cls(Head(newest["seq"] + 1, newest["block"]), blocks[newest["block"]])


def _outputs(settings: Settings) -> list[bytes]:
    known = {block_digest(value) for value in values(settings, Topic.JOURNAL)}
    found = []
    for value in values(settings, Topic.FINDINGS):
        try:
            if orjson.loads(content_of(value))["block"] in known:
                found.append(value)
        except (orjson.JSONDecodeError, TypeError, KeyError):
            continue
    return found


def stolen_root(place: Place) -> bytes:
    """A block that registers the thief's key as one of the administration's."""
    public = signing.public_bytes(THIEF).hex()
    rec = {"kind": "key", "org": ADMINISTRATION, "public_key": public, "status": "active"}
    line = codec.dumps(rec | {"version": 1, "nonce": "0" * 32})
    _, value = codec.encode_submission(
        org=ADMINISTRATION,
        submission_id="00000000-0000-4000-8000-000000000001",
        assurance=Assurance.HMAC,
        tokens_epoch="none",
        lines=[line],
        private_key=THIEF,
    )
    manifest = value.split(b"\n")[0].decode()
    block = decode_block(place.last)
    items: list[dict[str, Any]] = [
        {"t": "sub", "offset": block.source[1], "manifest": manifest, "sig": "eA=="},
        {"t": "rec", "row": 1, "rec": rec | {"version": 1, "nonce": "0" * 32}},
    ]
    return encode_block(
        head=place.head,
        source=(block.source[1], block.source[1] + 1),
        clock_ms=block.clock_ms,
        keys_id="",
        keys_offset=-1,
        items=items,
    )


def invented_finding(place: Place) -> bytes:
    """An output for the next block that nobody has written, with a finding of millions."""
    finding = {"finding_id": "f" * 32, "revision": 1, "amount_at_risk": MILLIONS, "status": "open"}
    return output(place.head.seq, findings=[finding])


def output(seq: int, **more: Any) -> bytes:
    """A message of aid-findings."""
    lists = ("submissions", "findings", "verdicts", "cases", "decisions", "excess", "notices")
    empty: dict[str, Any] = {name: [] for name in lists}
    said = {"v": 1, "seq": seq, "part": 0, "parts": 1, "block": "0" * 64, "day": "2026-05-01"}
    return codec.dumps(said | empty | more)


def false_receipt(settings: Settings, org: str) -> bytes:
    """The newest receipt again, with *covered until 2027* in it, under the old signature."""
    return covered(values(settings, receipts_topic(org))[-1])


def covered(newest: bytes) -> bytes:
    """A receipt with other answers, and the signature that it had."""
    content = content_of(newest)
    trailer = newest[len(content) :]
    told = orjson.loads(content)
    for submission in told["submissions"]:
        for row in submission["rows"]:
            if row["answer"]:
                row["answer"] |= {"verdict": "covered", "window_to": "2027-01-01"}
    return codec.dumps(told) + trailer


def by_thief(topic: str, place: str, content: bytes) -> bytes:
    """Signed, but by nobody whom the journal knows."""
    return signed(THIEF, topic, place, content)
