"""A block of the journal against what was sent: its chain, signatures, dispositions, and keys."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from events.catalog import Topic, identity_of
from events.codec import dumps
from events.erasure import renamed
from events.journal import JOURNAL_VERSION, Block, Head
from events.model import Genesis, SigningStage
from events.stage_signing import content_of
from events.trust import FalseBlock, Trust
from events.upcast import VERSIONS, NotImplementedVersion
from infra.errors import SystemUnavailable
from infra.key_messages import KeysAgain, KeysNow
from office.verifying.differences import Difference, Said, first, named
from office.verifying.logs import Stream
from office.verifying.place import Counts
from office.verifying.receipts import Sent
from processors import intake
from processors.sealed import subjects_of

Item = dict[str, Any]
Subjects = list[dict[str, Any]]
_SEALING: Final = frozenset({"sealed", "sv"})
"""Of an item, what deciding it again does not bring: its sealing, and its record's version."""


@dataclass(slots=True)
class Taken:
    """A block that counts, with its opened subjects.

    `is_old`: of a program of before 0029, when stages did not sign.
    """

    block: Block
    offset: int
    is_old: bool
    opened: dict[int, Subjects | None] = field(default_factory=dict)
    left: Mapping[int, Subjects] = field(default_factory=dict)
    """What stands for erased people, by the place of their keys."""
    sent: Sent | None = None
    """What aid-submissions holds of what it took; None if not all of it is there."""

    def opener(self, block: Block, item: Item) -> Subjects | None:
        """The door's way to the subjects of an item of this block."""
        return self.opened[item["k"]]

    def people(self, names: Mapping[str, str], block: Block, item: Item) -> Subjects | None:
        """The registry's, which knows erased people by what stands for them."""
        found = self.opened[item["k"]]
        return self.left.get(item["k"]) if found is None else renamed(found, names)


def block_of(message: Any, trust: Trust, head: Head) -> Taken | None:
    """The block that a message of aid-journal is; None for one that does not count.

    Raises Difference for one that intake signed and that is false or damaged.
    """
    try:
        block = trust.read(message.value, head)
    except NotImplementedVersion as error:
        raise SystemUnavailable(str(error)) from error
    except (FalseBlock, ValueError, LookupError, TypeError) as error:
        raise Difference(
            Topic.JOURNAL, message.offset, head.seq, Said("a block that is true"), Said(str(error))
        ) from error
    if block is None:
        return None
    header = orjson.loads(content_of(message.value).split(b"\n", 1)[0])
    # who signs writes today's format: nobody makes a block of his own pass for an old one
    must_sign = trust.must_sign(SigningStage.INTAKE, Topic.JOURNAL, block.seq)
    return Taken(block, message.offset, header["v"] < JOURNAL_VERSION and not must_sign)


# -- keys ----------------------------------------------------------------------------------------


class Keys:
    """aid-keys, read in step with the journal; what no block names is counted as foreign."""

    def __init__(
        self,
        stream: Stream,
        counts: Counts,
        last_under: "LastUnder",
        begin: int,
        now: Callable[[], KeysNow],
    ) -> None:
        """`begin` is the topic's first message, `now` the topic as an erasure wrote it again, which
        is asked where messages are gone.
        """
        self._stream, self._counts, self._last_under = stream, counts, last_under
        self._begin, self._now = begin, now

    def open(self, taken: Taken, trust: Trust) -> None:
        """Open all sealed records of a block. Raises Difference."""
        block = taken.block
        if block.keys_offset < 0:
            self._open(taken, None)
            return
        if block.keys_offset < self._begin and self._open_again(taken, trust):
            return
        for message in self._stream.until(block.keys_offset + 1):
            if message.offset == block.keys_offset and self._is_of(message, taken):
                self._check_signature(message, taken, trust)
                self._counts.keys += 1
                self._open(taken, content_of(message.value or b""))
                return
            self._skip(message.offset)
        if not taken.is_old:
            expected = Said(f"the keys of SHA-256 {block.keys_digest}")
            raise Difference(
                Topic.KEYS, block.keys_offset, block.seq, expected, Said("another message, or none")
            )
        self._open(taken, self._last_under(block.keys_id))

    def _open_again(self, taken: Taken, trust: Trust) -> bool:
        """Open the records with what an erasure wrote; False if it wrote nothing of the block."""
        now, block = self._now(), taken.block
        left, message = now.again.left_of(block), now.message(block)
        if left is not None:
            taken.left = left.people
            self._open(taken, left.keys)
        elif message is not None:
            if not taken.is_old:
                self._check_signature(message, taken, trust)
            self._open(taken, content_of(message.value or b""))
        else:
            return False
        self._counts.keys += 1
        return True

    def _skip(self, offset: int) -> None:
        again = self._now().again if self._begin else KeysAgain()
        if not again.first <= offset <= again.last:
            self._counts.skip(Topic.KEYS)

    def _is_of(self, message: Any, taken: Taken) -> bool:
        if taken.is_old:
            return bool(message.key == taken.block.keys_id.encode())
        return hashlib.sha256(message.value or b"").hexdigest() == taken.block.keys_digest

    def _check_signature(self, message: Any, taken: Taken, trust: Trust) -> None:
        block = taken.block
        if not trust.admits(
            SigningStage.INTAKE, Topic.KEYS, block.seq, message.value or b"", block.keys_id
        ):
            raise Difference(
                Topic.KEYS,
                block.keys_offset,
                block.seq,
                Said("intake's signature"),
                Said("none of it"),
            )

    def _open(self, taken: Taken, keys: bytes | None) -> None:
        for index, item in enumerate(taken.block.items):
            if "k" in item:
                taken.opened[item["k"]] = self._subjects(taken, index, keys)

    def _subjects(self, taken: Taken, index: int, keys: bytes | None) -> Subjects | None:
        item = taken.block.items[index]
        try:
            found = subjects_of(keys, taken.block, item)
        except ValueError as error:
            raise item_difference(
                taken, index, Said("subjects that open"), Said(str(error)), "sealed"
            ) from error
        if found is None:
            self._cannot_be_opened(taken, index)
        return found

    def _cannot_be_opened(self, taken: Taken, index: int) -> None:
        """The key of this record is gone: where that may be, it is counted, else a difference.

        Both bodies may have erased the record; and a block of before 0029 does not name its keys
        by digest, so that anybody could.
        """
        if not taken.is_old and taken.block.items[index]["k"] not in taken.left:
            raise item_difference(
                taken, index, Said("subjects that open"), Said("no key for them"), "sealed"
            )
        self._counts.unopened += 1


class LastUnder:
    """The last message of aid-keys under each key: read once, when an old block asks for it."""

    def __init__(self, whole: Stream) -> None:
        self._whole = whole
        self._found: dict[bytes, bytes | None] | None = None

    def __call__(self, keys_id: str) -> bytes | None:
        """The keys of an old block; None if there is no message, or a tombstone."""
        if self._found is None:
            messages = self._whole.until(self._whole.end)
            self._found = {message.key or b"": message.value for message in messages}
        value = self._found.get(keys_id.encode())
        return None if value is None else content_of(value)


# -- dispositions --------------------------------------------------------------------------------


class Door:
    """Decides again what a block took, by the pure door, and moves its state behind the block."""

    def __init__(
        self,
        state: intake.IntakeState,
        submissions: Stream,
        kept_from: int,
        counts: Counts,
        genesis: Genesis | None,
    ) -> None:
        """`kept_from` is the first message that aid-submissions still has."""
        self._state, self._stream, self._kept_from = state, submissions, kept_from
        self._counts, self._genesis = counts, genesis

    def check(self, taken: Taken) -> None:
        """Raises Difference at the first item that is not what was decided."""
        block, world = taken.block, self._state.world
        low, high = block.source
        if low != world.source_next or high < low or (high == low and block.seq):
            raise Difference(
                Topic.JOURNAL,
                taken.offset,
                block.seq,
                Said(f"{world.source_next} and more"),
                Said(f"{low} to {high}"),
                field="source",
            )
        messages = self._messages(taken, low, high)
        self._count(block)
        if messages is None or taken.is_old:
            self._counts.by_signature += sum(item["t"] == "sub" for item in block.items)
            self._check_genesis(taken)
            intake.evolve(self._state, block, taken.opener)
            return
        draft = intake.decide(self._state, messages)
        self._counts.decided += len(messages)
        self._compare(taken, draft)
        intake.advance(self._state, block.head, draft)

    def _count(self, block: Block) -> None:
        self._counts.blocks += 1
        for item in block.items:
            self._counts.submissions += item["t"] in ("sub", "bad")
            self._counts.records += item["t"] in ("rec", "dup", "rej")

    def _messages(self, taken: Taken, low: int, high: int) -> list[intake.Message] | None:
        if low == high or low < self._kept_from:
            return None
        found = [
            intake.Message(one.offset, one.timestamp, tuple(one.headers), one.value)
            for one in self._stream.until(high)
            if one.offset >= low
        ]
        if not found or found[-1].offset != high - 1:
            raise Difference(
                Topic.SUBMISSIONS, high - 1, taken.block.seq, Said("a message"), Said("none")
            )
        taken.sent = {message.offset: message.value for message in found}
        return found

    def _check_genesis(self, taken: Taken) -> None:
        if taken.block.seq or self._genesis is None or taken.is_old:
            return
        self._check_items(taken, intake.genesis_draft(self._genesis).items)

    def _compare(self, taken: Taken, draft: intake.Draft) -> None:
        self._check_items(taken, draft.items)
        for index, item in enumerate(taken.block.items):
            if "k" in item:
                expected = orjson.loads(dumps(draft.to_seal[item["k"]]))
                if (found := taken.opened[item["k"]]) is not None and found != expected:
                    raise item_difference(
                        taken, index, Said("those that were sent"), Said("others"), "subjects"
                    )
        clock_ms = self._state.world.clock_ms
        if clock_ms != taken.block.clock_ms:
            raise Difference(
                Topic.JOURNAL,
                taken.offset,
                taken.block.seq,
                clock_ms,
                taken.block.clock_ms,
                field="clock_ms",
            )

    def _check_items(self, taken: Taken, decided: list[Item]) -> None:
        items = taken.block.items
        for index in range(max(len(items), len(decided))):
            stands = _bare(items[index]) if index < len(items) else None
            wanted = _bare(decided[index]) if index < len(decided) else None
            if stands and wanted and _is_of_another_version(items[index]):
                stands, wanted = _named_alone(stands), _named_alone(wanted)
            if stands == wanted:
                continue
            difference = first(wanted, stands)
            if difference is None:  # equal in Python, and not in JSON
                continue
            path, expected, found = difference
            raise item_difference(
                taken,
                index,
                Said("no item") if wanted is None else expected,
                Said("no item") if stands is None else found,
                named(path).replace("rec.", "", 1) if path != ("t",) else "disposition",
                decided[index] if index < len(decided) else None,
            )


def _bare(item: Item) -> Item:
    return {name: value for name, value in item.items() if name not in _SEALING}


def _is_of_another_version(item: Item) -> bool:
    """A record that an older program wrote: today's door gives it another shape."""
    name = item["rec"]["kind"] if item["t"] == "rec" else item["t"]
    return item["t"] in ("rec", "genesis") and item.get("sv", 1) != VERSIONS[name]


def _named_alone(item: Item) -> Item:
    rec = item.get("rec", {})
    return {"t": item["t"], "row": item.get("row"), "kind": rec.get("kind"), "k": item.get("k")}


def item_difference(
    taken: Taken,
    index: int,
    expected: object,
    found: object,
    field: str,
    decided: Item | None = None,
) -> Difference:
    """A difference in an item of a block, whose record is named."""
    items = taken.block.items
    record = " ".join([*_sender(items[: index + 1]), *_pointer(items, index, decided)])
    return Difference(
        Topic.JOURNAL,
        taken.offset,
        taken.block.seq,
        expected,
        found,
        record=f"item {index} {record}".strip(),
        field=field,
    )


def _sender(items: tuple[Item, ...]) -> Iterator[str]:
    sub = next((item for item in reversed(items) if item["t"] == "sub"), None)
    if sub is not None:
        manifest = orjson.loads(sub["manifest"])
        yield f"org={manifest['org']} submission_id={manifest['submission_id']}"


def _pointer(items: tuple[Item, ...], index: int, decided: Item | None) -> Iterator[str]:
    item = items[index] if index < len(items) else decided or {}
    rec = item.get("rec", item)
    if "row" in item:
        yield f"row={item['row']}"
    if kind := rec.get("kind"):
        record_id = identity_of(kind, rec) if "rec" in item else rec.get("id", "")
        yield f"kind={kind} id={record_id} version={rec.get('version', 0)}"
