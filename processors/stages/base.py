"""What the stages on Faust share: reading logs by cursor, and the keys of sealed records."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from functools import partial
from typing import Any, Final, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from events.attributed import output_of
from events.catalog import Topic
from events.erasure import Subjects
from events.journal import Block, block_digest, decode_block
from events.outputs import RegistryOutput
from events.stage_signing import content_of
from events.trust import Trust
from infra.journal import Standing, standing
from infra.kafka import async_consumer
from infra.key_messages import KeysAgain, Message, is_of, keys_again
from infra.settings import Settings
from infra.stage import rewritten
from processors.sealed import people_of as people_of
from processors.sealed import subjects_of as subjects_of

QUIET_POLLS: Final = 40
"""Half-second polls without a message before a log counts as unreadable."""
ABOUT_STAGES: Final = (b'"t":"genesis"', b'"kind":"stage-key"')
FAR: Final = 10_000
"""So many messages of aid-keys further on it is not read up to, but gone to."""
LOOK_BACK: Final = 100
"""So many of the newest messages are looked at first."""
T = TypeVar("T")
Reads = Callable[[bytes | None], Mapping[str, Any] | None]


async def read_range(
    settings: Settings, topic: str, start: int
) -> AsyncGenerator[ConsumerRecord[Any, Any], None]:
    """All messages from `start` to the end that the topic has now.

    Raises ChainBroken if the topic no longer reaches back to `start`.
    """
    consumer = async_consumer(settings)
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        begin = (await consumer.beginning_offsets([partition]))[partition]
        if begin > start:
            raise rewritten(f"{topic} begins at {begin}, {start} is needed")
        position = start
        consumer.seek(partition, position)
        quiet = 0
        while position < end and quiet < QUIET_POLLS:
            quiet += 1
            for records in (await consumer.getmany(timeout_ms=500)).values():
                quiet = 0
                for record in records:
                    yield record
            position = await consumer.position(partition)
        if position < end:
            raise TimeoutError(f"{topic} could not be read from {position} to its end {end}")
    finally:
        await consumer.stop()


async def bounds_of(settings: Settings, topic: str) -> tuple[int, int]:
    """Offset of the topic's first message, and of the next that will come."""
    consumer = async_consumer(settings)
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        begin = (await consumer.beginning_offsets([partition]))[partition]
        return int(begin), int((await consumer.end_offsets([partition]))[partition])
    finally:
        await consumer.stop()


async def end_of(settings: Settings, topic: str) -> int:
    """The offset that the next message of the topic will get."""
    return (await bounds_of(settings, topic))[1]


async def is_hole(settings: Settings, topic: str, start: int, end: int) -> bool:
    """True if the log holds no message in [start, end).

    A transaction's commit marker takes an offset and is never delivered.
    """
    async with aclosing(read_range(settings, topic, start)) as records:
        async for record in records:
            return bool(record.offset >= end)
    return True


async def check_cursor(
    settings: Settings, topic: str, position: int, head_offset: int, head_digest: str
) -> None:
    """Raise ChainBroken if the log ends before the cursor or holds another block at its head."""
    await check_end(settings, topic, position)
    if head_offset < 0:
        return
    async with aclosing(read_range(settings, topic, head_offset)) as records:
        head = await anext(records, None)
    if head and head.offset == head_offset and block_digest(head.value) == head_digest:
        keys = settings.topic(Topic.KEYS)
        await check_reaches(settings, keys, decode_block(head.value).keys_offset + 1)
        return
    raise rewritten(f"{topic} holds another block at offset {head_offset}")


async def check_end(settings: Settings, topic: str, position: int) -> None:
    """Raise ChainBroken if the topic ends before what a stage has read, or begins behind it."""
    begin, end = await bounds_of(settings, topic)
    if not begin <= position <= end:
        raise rewritten(f"{topic} holds {begin} to {end}, this stage goes on at {position}")


async def check_reaches(settings: Settings, topic: str, offset: int) -> None:
    """Raise ChainBroken if the topic ends before an offset, wherever it begins: an erasure that was
    carried out wrote the keys again behind it.
    """
    end = await end_of(settings, topic) if offset else 0
    if end < offset:
        raise rewritten(f"{topic} ends at {end}, {offset} is needed")


async def check_said(settings: Settings, findings: str, seq: int, read: Reads) -> None:
    """Raise ChainBroken if aid-findings does not hold what was said about block `seq`.

    `read` gives the output in a message; None for one that does not count.
    """
    if seq < 0:
        return
    end = await end_of(settings, findings)
    if end > seq:
        # seq n never lies before offset n; a worker that woke up may have repeated older ones
        async with aclosing(read_range(settings, findings, seq)) as records:
            async for record in records:
                output = read(record.value)
                if output is not None and output["seq"] >= seq:
                    return
    raise rewritten(f"{findings} ends at {end} without block {seq}, which was answered")


async def last_said(settings: Settings, findings: str, trust: Trust) -> int:
    """The last block of which aid-findings holds everything; -1 if there is none.

    Blocks are said in order, so it holds all before that one too.
    """
    last = await last_of(settings, findings, partial(output_of, trust=trust), place_of_output)
    if last is None:
        return -1
    return last["seq"] if last["part"] == last["parts"] - 1 else last["seq"] - 1


def place_of_output(output: RegistryOutput) -> tuple[int, int]:
    """Where a part of an output stands among all: block, part."""
    return output["seq"], output["part"]


async def last_of(
    settings: Settings,
    topic: str,
    read: Callable[[bytes | None], T | None],
    place: Callable[[T], tuple[int, int]],
) -> T | None:
    """The furthest message of a topic that counts, as `read` gives it; None if there is none.

    Whatever foreign messages lie behind it: they are looked at, the newest part first. Of those
    that count in one look, the one with the highest `place`: an older one that somebody wrote there
    again counts as well, as it is signed, and is not what was said last.
    """
    begin, end = await bounds_of(settings, topic)
    size = LOOK_BACK
    while begin < end:
        found = None
        start = max(begin, end - size)
        async with aclosing(read_range(settings, topic, start)) as records:
            async for record in records:
                if record.offset >= end:
                    break
                one = read(record.value)
                if one is not None and (found is None or place(one) > place(found)):
                    found = one
        if found is not None:
            return found
        end, size = start, 2 * size
    return None


class KeyReader:
    """Reads aid-keys in step with the journal and hands out each block's keys.

    A block names the offset and the SHA-256 of its keys' message, which was written before the
    block: whatever else anybody wrote there is passed over, and decides nothing. Where the topic
    begins behind that offset, an erasure was carried out (`office.erasing`): it wrote all keys
    again, those of erased records aside.
    """

    def __init__(self, settings: Settings, reader: str) -> None:
        self._settings, self._reader = settings, reader
        self._consumer: AIOKafkaConsumer | None = None
        self._partition = TopicPartition(settings.topic(Topic.KEYS), 0)
        self._position = self._begin = self._end = 0
        self._ahead: dict[int, Message] = {}
        self._again: KeysAgain | None = None

    async def stand_ins(self) -> dict[str, str]:
        """Token → what stands for it in the people that were erased."""
        return dict((await self._written_again()).remains.stand_ins) if self._begin else {}

    async def _written_again(self) -> KeysAgain:
        """What erasures wrote: read when a block asks for it, as that takes the whole topic."""
        if self._again is None:
            self._again = await asyncio.to_thread(keys_again, self._settings, self._reader)
        return self._again

    async def start(self) -> None:
        """Begin at the start of the topic."""
        await self.stop()
        self._consumer = async_consumer(self._settings)
        await self._consumer.start()
        self._consumer.assign([self._partition])
        self._begin = (await self._consumer.beginning_offsets([self._partition]))[self._partition]
        self._end = (await self._consumer.end_offsets([self._partition]))[self._partition]
        self._position = self._begin
        self._consumer.seek(self._partition, self._begin)
        self._ahead.clear()
        self._again = None

    async def skip_to(self, offset: int) -> None:
        """Go on at `offset`: what lies before belongs to blocks that were folded already.

        Raises ChainBroken if the topic ends before it.
        """
        assert self._consumer is not None
        self._check(offset)
        if offset > self._position:
            self._position = offset
            self._consumer.seek(self._partition, offset)

    async def keys(self, block: Block) -> bytes | None:
        """The keys of a block, of which erased ones are zeros; None if it has no sealed record.

        Raises ChainBroken if they are not there: a lost message is never taken for erasure.
        """
        if block.keys_offset < 0:
            return None
        offset = block.keys_offset
        if offset < self._begin:
            again = await self._written_again()
            left = again.left_of(block)
            if left is not None:
                return left.keys
            offset = again.offset_of(block)
        await self._read_past(offset)
        found = self._ahead.get(offset) or await self._passed(offset)
        if found is None or not is_of(found, block):
            found = await self._named_alone(block)
        if found is None or found.value is None:
            raise rewritten(f"aid-keys lacks the keys of block {block.seq}")
        for one in [one for one in self._ahead if one <= offset]:
            del self._ahead[one]
        return content_of(found.value)

    def left(self, block: Block) -> Mapping[int, Subjects]:
        """What stands for a block's erased people, by the place of their keys (see `keys`)."""
        left = self._again.left_of(block) if self._again is not None else None
        return left.people if left is not None else {}

    async def _passed(self, offset: int) -> Message | None:
        """The message at an offset that was passed: what intake wrote while an erasure was carried
        out lies before the keys of older blocks, which were written again behind it.
        """
        if offset < self._begin:
            return None
        async with aclosing(read_range(self._settings, self._partition.topic, offset)) as records:
            record = await anext(records, None)
        if record is None or record.offset != offset:
            return None
        return Message(record.key, record.value)

    async def _named_alone(self, block: Block) -> Message | None:
        """The last message under the block's id that is its: of an old journal, whose keys were
        compacted, or where an erasure that was broken off wrote it.
        """
        if block.keys_digest and block.keys_offset >= self._begin:
            return None
        last = None
        async with aclosing(
            read_range(self._settings, self._partition.topic, self._begin)
        ) as records:
            async for record in records:
                found = Message(record.key, record.value)
                if record.key == block.keys_id.encode() and is_of(found, block):
                    last = found
        return last

    async def _read_past(self, offset: int) -> None:
        assert self._consumer is not None
        quiet = 0
        if self._position <= offset >= self._end:
            # keys are written before their block, so they are there, or they were lost
            self._end = (await self._consumer.end_offsets([self._partition]))[self._partition]
            self._check(offset + 1)
        if offset > self._position + FAR:
            self._position = offset
            self._consumer.seek(self._partition, offset)
        while self._position <= offset:
            quiet += 1
            for records in (await self._consumer.getmany(self._partition, timeout_ms=500)).values():
                quiet = 0
                for record in records:
                    self._ahead[record.offset] = Message(record.key, record.value)
            self._position = await self._consumer.position(self._partition)
            if quiet >= QUIET_POLLS:
                raise rewritten(f"aid-keys ends before {offset}")

    def _check(self, offset: int) -> None:
        if self._end < offset:
            raise rewritten(f"aid-keys ends at {self._end}, {offset} is needed")

    async def stop(self) -> None:
        """Close the connection."""
        if self._consumer is not None:
            await self._consumer.stop()
            self._consumer = None


class JournalReader:
    """Follows the journal beside a topic that speaks of its blocks: which keys count there."""

    def __init__(self, settings: Settings, reader: str) -> None:
        self._settings, self._reader = settings, reader
        self._partition = TopicPartition(settings.topic(Topic.JOURNAL), 0)
        self._consumer: AIOKafkaConsumer | None = None
        self._unread: deque[ConsumerRecord[Any, Any]] = deque()
        self.standing = Standing()

    async def start(self) -> None:
        """Go on where this reader's last one was."""
        await self.stop()
        self.standing = await asyncio.to_thread(standing, self._settings, self._reader)
        self._consumer = async_consumer(self._settings)
        await self._consumer.start()
        self._consumer.assign([self._partition])
        self._consumer.seek(self._partition, self.standing.offset)

    async def reads(self, seq: int) -> list[Block]:
        """Read on until block `seq` is behind; the blocks on the way that are about stages' keys.

        The journal may end before it: then nobody can have said anything about that block.
        """
        found: list[Block] = []
        assert self._consumer is not None
        end = -1
        while self.standing.head.seq <= seq:
            if not self._unread:
                if end < 0:
                    end = (await self._consumer.end_offsets([self._partition]))[self._partition]
                if await self._consumer.position(self._partition) >= end:
                    break
                for records in (await self._consumer.getmany(timeout_ms=500)).values():
                    self._unread.extend(records)
                continue
            block = self.standing.take(self._unread.popleft(), ABOUT_STAGES)
            if block is not None:
                found.append(block)
        return found

    async def stop(self) -> None:
        """Close the connection."""
        self._unread.clear()
        if self._consumer is not None:
            await self._consumer.stop()
            self._consumer = None
