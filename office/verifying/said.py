"""What should stand in a topic of answers, and what does: aid-findings, or one partner's receipts.

What follows from a block is *owed* until its message is read. The same message may come again (a
stage that lost its state says all again); one that no stage said is foreign. What a stage said
although nothing asked for it, or out of its turn, is a difference.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntFlag
from typing import Any, NamedTuple

import orjson

from events.stage_signing import content_of
from office.verifying.differences import Difference, Said, first, named, record_at
from office.verifying.logs import Stream
from office.verifying.place import Place
from office.verifying.store import Buffer


class Owed(IntFlag):
    """How what is owed is to be taken."""

    MAY_LACK = 1  # it is true, and may be left out
    OLD = 2  # about a block of an earlier version: the fields of that day are compared
    WITHOUT_PROOFS = 4  # nobody can say any more how the new keys were proved


class Message(NamedTuple):
    """A message that a stage said: what names it in its topic, and about which block it is."""

    name: str
    seq: int


@dataclass(frozen=True, slots=True)
class Voice:
    """Whose topic it is.

    `read` gives what a message claims, if the stage said it; None for a foreign one.
    `must_sign`: whether nothing about a block counts unsigned. `is_idle`: whether a content says
    nothing, and may come unasked.
    """

    topic: str
    read: Callable[[bytes | None], Message | None]
    must_sign: Callable[[int], bool]
    is_idle: Callable[[Message, bytes], bool] = lambda said, content: False


class Topic:
    """One topic of answers: what is owed there, and what was found."""

    def __init__(self, buffer: Buffer, place: Place, voice: Voice, last: int) -> None:
        """`last` is the last block of the journal."""
        self.name = topic = voice.topic
        self.newest = -1
        """The last block that anything was said of, before `early_end`."""
        self.early_end = 0
        self.lost = False
        """The topic no longer keeps its first messages: what they said is not missed."""
        self._buffer, self._place = buffer, place
        self._voice, self._last = voice, last
        self._prefix = topic.encode() + b"\0"
        self._first, self._next = place.owed.get(topic, (0, 0))

    @property
    def waiting(self) -> int:
        """How many messages were not said yet."""
        return self._next - self._first

    @property
    def head(self) -> str:
        """The name of the message that should come next; '' if all was found."""
        if self._first == self._next:
            return ""
        return (self._buffer.get(self._queue_key(self._first)) or b"").decode()

    def owe(self, name: str, content: bytes, flags: Owed) -> None:
        """A message of this content has to come; or may, by `flags`."""
        self._buffer.put(self._key(b"x", name), bytes([flags]) + content)
        if not flags & Owed.MAY_LACK:
            self._buffer.put(self._queue_key(self._next), name.encode())
            self._next += 1
            self._keep()

    def follow(self, stream: Stream, *, to_end: bool) -> int:
        """Read on until nothing is owed, or to the end; how many owed messages were found.

        Raises Difference.
        """
        found = 0
        while (self.waiting or to_end) and (message := stream.peek()) is not None:
            said = self._voice.read(message.value)
            if said is None:
                self._place.counts.skip(self.name)
            else:
                found += self._take(message, said)
            stream.take()
        self._place.offsets[self.name] = stream.position
        return found

    def missing(self, at: int) -> Difference:
        """What should have come next has not. `at` is the offset of what came instead."""
        name = self.head
        expected, seq = self._owed(name)[1], seq_of(name)
        return Difference(
            self.name, at, seq, Said(f"message {name} ({len(expected)} bytes)"), Said("none")
        )

    def expire(self) -> None:
        """All that is owed was said once, and the topic no longer keeps it."""
        while self.waiting:
            self._place.counts.expired += 1
            self._pop()

    def _take(self, message: Any, said: Message) -> bool:
        if message.offset < self.early_end:
            self.newest = max(self.newest, said.seq)
        flags, expected = self._owed(said.name)
        if expected:
            self._check_turn(message, said, flags)
            self._compare(message, said, flags, expected)
            self._found(message, said, flags)
            return True
        if (known := self._buffer.get(self._key(b"y", said.name))) is not None:
            self._check_again(message, said, known)
        else:
            self._check_unasked(message, said)
        return False

    def _check_turn(self, message: Any, said: Message, flags: Owed) -> None:
        """What was said before its turn: then something before it is missing."""
        while self.waiting and (head := self.head) != said.name:
            if flags & Owed.MAY_LACK and seq_of(head) >= said.seq:
                return
            if not self.lost:
                raise self.missing(message.offset)
            self._place.counts.expired += 1
            self._pop()
        self.lost = False

    def _compare(self, message: Any, said: Message, flags: Owed, expected: bytes) -> None:
        content = content_of(message.value)
        if content == expected:
            return
        wanted, found = orjson.loads(expected), orjson.loads(content)
        for side in (wanted, found):
            if flags & Owed.WITHOUT_PROOFS:
                side.pop("stage_keys", None)
            if flags & Owed.OLD:
                side.pop("excess", None)  # 0023 counts it in another way
        if flags & Owed.OLD:
            wanted = _as_then(found, wanted)
        self._raise_if(first(wanted, found), message, said, wanted, found)

    def _raise_if(self, found: Any, message: Any, said: Message, *values: Any) -> None:
        if found is not None:
            path, expected, stands = found
            record, field = record_at(path, *values), named(path)
            raise Difference(
                self.name, message.offset, said.seq, expected, stands, record=record, field=field
            )

    def _found(self, message: Any, said: Message, flags: Owed) -> None:
        self._buffer.drop(self._key(b"x", said.name))
        self._buffer.write({self._key(b"y", said.name): seal(message)})
        if not flags & Owed.MAY_LACK:
            self._pop()

    def _check_again(self, message: Any, said: Message, known: bytes) -> None:
        """The same message once more; of before stages signed, whoever wrote another one."""
        if known[8:] == digest_of(message):
            return
        if not self._voice.must_sign(said.seq):
            self._place.counts.skip(self.name)
            return
        before, _ = unsealed(known)
        raise Difference(
            self.name,
            message.offset,
            said.seq,
            Said(f"message {said.name} as at offset {before}"),
            Said("another content"),
        )

    def _check_unasked(self, message: Any, said: Message) -> None:
        if self._voice.is_idle(said, content_of(message.value)):
            return
        is_ahead = self.waiting and seq_of(self.head) < said.seq <= self._last
        if is_ahead and not self.lost:
            raise self.missing(message.offset)
        if not self._voice.must_sign(said.seq):
            self._place.counts.skip(self.name)  # whoever wrote it, no reader takes it
            return
        ends = "" if said.seq <= self._last else f": the journal ends at block {self._last}"
        raise Difference(
            self.name,
            message.offset,
            said.seq,
            Said(f"nothing{ends}"),
            Said(f"message {said.name}"),
        )

    # -- the store ------------------------------------------------------------------------------

    def _owed(self, name: str) -> tuple[Owed, bytes]:
        value = self._buffer.get(self._key(b"x", name)) or b""
        return (Owed(value[0]), value[1:]) if value else (Owed(0), b"")

    def _pop(self) -> None:
        self._buffer.drop(self._queue_key(self._first))
        self._first += 1
        self._keep()

    def _keep(self) -> None:
        self._place.owed[self.name] = self._first, self._next

    def _key(self, space: bytes, name: str) -> bytes:
        return space + self._prefix + name.encode()

    def _queue_key(self, number: int) -> bytes:
        return b"q" + self._prefix + number.to_bytes(8, "big")


def seq_of(name: str) -> int:
    """The block that a message of this name is about."""
    return int(name.partition(".")[0])


def digest_of(message: Any) -> bytes:
    """SHA-256 of a message's content, without its signature: another key may sign the same."""
    return hashlib.sha256(content_of(message.value)).digest()


def seal(message: Any) -> bytes:
    """Where a message stands and what it says, in 40 bytes."""
    return int(message.offset).to_bytes(8, "big") + digest_of(message)


def unsealed(value: bytes) -> tuple[int, bytes]:
    """The offset and the digest of `seal`."""
    return int.from_bytes(value[:8], "big"), value[8:]


def said_at(buffer: Buffer, topic: str, name: str) -> tuple[int, bytes] | None:
    """Offset and digest of the message that was found under a name."""
    value = buffer.get(b"y" + topic.encode() + b"\0" + name.encode())
    return None if value is None else unsealed(value)


def _as_then(found: Any, wanted: Any) -> Any:
    """What is wanted, without the fields that nobody knew when it was said."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        return {name: _as_then(found.get(name), wanted[name]) for name in wanted if name in found}
    if isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        return [_as_then(one, other) for one, other in zip(found, wanted, strict=True)]
    return wanted
