"""What the stages on Faust share: reading logs by cursor, and the keys of sealed records."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from events.catalog import Topic
from events.journal import Block, block_digest, decode_block
from infra.kafka import async_consumer
from infra.settings import Settings
from infra.stage import rewritten
from processors.sealed import subjects_of as subjects_of

QUIET_POLLS: Final = 20
"""Half-second polls without a message before a log counts as unreadable."""


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


async def end_of(settings: Settings, topic: str) -> int:
    """The offset that the next message of the topic will get."""
    consumer = async_consumer(settings)
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        return int((await consumer.end_offsets([partition]))[partition])
    finally:
        await consumer.stop()


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
        keys_offset = decode_block(head.value).keys_offset
        if keys_offset >= 0:
            await check_end(settings, settings.topic(Topic.KEYS), keys_offset + 1)
        return
    raise rewritten(f"{topic} holds another block at offset {head_offset}")


async def check_end(settings: Settings, topic: str, position: int) -> None:
    """Raise ChainBroken if the topic ends before what a stage has read, or begins behind it."""
    consumer = async_consumer(settings)
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        begin = (await consumer.beginning_offsets([partition]))[partition]
        end = (await consumer.end_offsets([partition]))[partition]
    finally:
        await consumer.stop()
    if not begin <= position <= end:
        raise rewritten(f"{topic} holds {begin} to {end}, this stage goes on at {position}")


async def check_said(settings: Settings, findings: str, seq: int) -> None:
    """Raise ChainBroken if aid-findings does not hold what was said about block `seq`."""
    if seq < 0:
        return
    end = await end_of(settings, findings)
    if end > seq:
        # seq n never lies before offset n; a worker that woke up may have repeated older ones
        async with aclosing(read_range(settings, findings, seq)) as records:
            async for record in records:
                if orjson.loads(record.value)["seq"] >= seq:
                    return
    raise rewritten(f"{findings} ends at {end} without block {seq}, which was answered")


async def last_said(settings: Settings, findings: str) -> int:
    """The last block of which aid-findings holds everything; -1 if there is none.

    Blocks are said in order, so it holds all before that one too.
    """
    seq, end = -1, await end_of(settings, findings)
    async with aclosing(read_range(settings, findings, max(0, end - 1))) as records:
        async for record in records:
            last = orjson.loads(record.value)
            seq = last["seq"] if last["part"] == last["parts"] - 1 else last["seq"] - 1
    return seq


class KeyReader:
    """Reads aid-keys in step with the journal and hands out each block's keys.

    A block names the offset of its keys' message, which was written before the
    block; so reading past that offset decides: found, or lost. Messages below
    the offset asked for belong to attempts that never became a block: dropped.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._consumer: AIOKafkaConsumer | None = None
        self._partition = TopicPartition(settings.topic(Topic.KEYS), 0)
        self._position = 0
        self._end_at_start = self._end = 0
        self._known: dict[str, tuple[int, bytes | None]] = {}

    async def start(self) -> None:
        """Begin at the start of the topic."""
        await self.stop()
        self._consumer = async_consumer(self._settings)
        await self._consumer.start()
        self._consumer.assign([self._partition])
        begin = (await self._consumer.beginning_offsets([self._partition]))[self._partition]
        end = (await self._consumer.end_offsets([self._partition]))[self._partition]
        self._position, self._end_at_start, self._end = begin, end, end
        self._consumer.seek(self._partition, begin)
        self._known.clear()

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

        Raises ChainBroken if they are not there: erasure leaves zeros, so that a lost
        message is never taken for one.
        """
        if block.keys_offset < 0:
            return None
        await self._read_past(block.keys_offset)
        if block.keys_id not in self._known:
            # erasure re-publishes the keys at a later offset: look at all there was at the start
            await self._read_past(self._end_at_start - 1)
        if self._known.get(block.keys_id, (0, None))[1] is None:
            raise rewritten(f"aid-keys lacks the keys of block {block.seq}")
        found = self._known.pop(block.keys_id)[1]
        for keys_id in [k for k, (offset, _) in self._known.items() if offset <= block.keys_offset]:
            del self._known[keys_id]
        return found

    async def _read_past(self, offset: int) -> None:
        assert self._consumer is not None
        quiet = 0
        if self._position <= offset >= self._end:
            # keys are written before their block, so they are there, or they were lost
            self._end = (await self._consumer.end_offsets([self._partition]))[self._partition]
            self._check(offset + 1)
        while self._position <= offset:
            quiet += 1
            for records in (await self._consumer.getmany(self._partition, timeout_ms=500)).values():
                quiet = 0
                for record in records:
                    self._known[record.key.decode()] = (record.offset, record.value)
            self._position = await self._consumer.position(self._partition)
            if quiet >= QUIET_POLLS:
                raise rewritten(f"aid-keys ends before {offset}")

    def _check(self, position: int) -> None:
        if self._end < position:
            topic = self._partition.topic
            raise rewritten(f"{topic} ends at {self._end}, keys at {position - 1} were written")

    async def stop(self) -> None:
        """Close the consumer."""
        if self._consumer is not None:
            await self._consumer.stop()
            self._consumer = None
