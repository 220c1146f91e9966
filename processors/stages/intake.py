"""The intake stage: aid-submissions in, blocks of aid-journal out.

If the process dies here: before the block is acknowledged, nothing has happened
(its keys in aid-keys belong to no block); after it, the next worker folds the
journal and goes on behind the range that the block took.
"""

import asyncio
import logging
import secrets
from collections import deque
from contextlib import aclosing
from functools import partial
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from events import sealing
from events.catalog import Topic
from events.codec import MAX_RECORDS, TICK_TYPE, TICK_VALUE
from events.journal import Head, block_digest, encode_block
from events.model import Genesis, SigningStage
from infra import disk, heart
from infra.kafka import async_producer
from infra.ports import Store
from infra.settings import Settings
from infra.stage import Cursor, Delivery, Exit, StageName, Stops, ends_hard, leave
from infra.stage_keys import StageSigner
from processors import intake
from processors.overlay import Overlay
from processors.stages.base import (
    KeyReader,
    check_cursor,
    check_end,
    check_reaches,
    end_of,
    is_hole,
    read_range,
    subjects_of,
)
from processors.stages.layouts import CatchUp

log = logging.getLogger("tekil.intake")

TICK_SECONDS: Final = 60.0
ROOM_SECONDS: Final = 2.0
MAX_BLOCK_RECORDS: Final = 1_000
MAX_BLOCK_BYTES: Final = 2_000_000
MAX_WAITING_BYTES: Final = 32_000_000


class IntakeStage:
    """Orders submissions into blocks; one block is in flight at a time.

    Alone a submission becomes a block at once; under load the block grows with
    what is waiting.
    """

    name = StageName.INTAKE

    def __init__(
        self, settings: Settings, store: Store, genesis: Genesis | None, stops: Stops
    ) -> None:
        self._submissions = settings.topic(Topic.SUBMISSIONS)
        self.topics = (self._submissions,)
        self._settings = settings
        self._store = store
        self._genesis = genesis
        self._stops = stops
        self._journal = settings.topic(Topic.JOURNAL)
        self._keys = settings.topic(Topic.KEYS)
        self._signer = StageSigner(settings, SigningStage.INTAKE)
        self._producer: AIOKafkaProducer | None = None
        self._state = intake.IntakeState(Overlay(store))
        self._waiting: deque[intake.Message] = deque()
        self._waiting_bytes = 0
        self._expected = 0
        self._busy = asyncio.Lock()
        self._changed = asyncio.Condition()
        self._writer: asyncio.Task[None] | None = None
        self._ticker: asyncio.Task[None] | None = None

    async def prepare(self) -> Cursor:
        """Fold the journal to its end; the source starts behind the last accepted block."""
        async with self._busy:
            if self._producer is None:
                self._producer = await async_producer(self._settings)
            await self._fold_to_end()
            if self._state.world.head_seq == 0:
                await self._write_genesis()
            await check_end(self._settings, self._submissions, self._state.world.source_next)
            # only now: one may have been taken while the journal was read, and is read again
            self._waiting.clear()
            self._waiting_bytes = 0
            self._expected = self._state.world.source_next
        async with self._changed:
            self._changed.notify_all()  # there is room again
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_blocks(), name="intake-writer")
            self._ticker = asyncio.create_task(self._send_ticks(), name="intake-ticker")
        return {self._submissions: self._expected}

    async def take(self, delivery: Delivery) -> None:
        """Queue a message; waits while too much is waiting."""
        if delivery.offset < self._expected:
            return
        if delivery.offset > (expected := self._expected):
            hole = await is_hole(self._settings, self._submissions, expected, delivery.offset)
            if self._expected != expected:
                return  # a rebalance came meanwhile: it will be read again
            if not hole:
                leave(Exit.GAP, f"{delivery.topic}: offset {delivery.offset}, expected {expected}")
            self._expected = delivery.offset
        async with self._changed:
            await self._changed.wait_for(lambda: self._waiting_bytes < MAX_WAITING_BYTES)
            if delivery.offset != self._expected:
                return  # a rebalance came while it waited: it will be read again
            self._expected += 1
            message = intake.Message(
                delivery.offset, delivery.append_ms, delivery.headers, delivery.value
            )
            self._waiting.append(message)
            self._waiting_bytes += len(delivery.value or b"")
            heart.of(self.name).pending = len(self._waiting)
            self._changed.notify_all()

    # -- folding --------------------------------------------------------------------------------

    async def _fold_to_end(self) -> None:
        world = self._state.world
        await check_cursor(
            self._settings,
            self._journal,
            world.journal_offset,
            world.head_offset,
            world.head_digest,
        )
        await check_reaches(self._settings, self._keys, world.keys_offset)
        end = await end_of(self._settings, self._journal)
        catch_up = CatchUp(self._settings.stage_folder(self.name), end)
        catch_up.at(world.journal_offset)
        keys = KeyReader(self._settings, self.name)
        await keys.start()
        try:
            async for record in read_range(self._settings, self._journal, world.journal_offset):
                block = world.trust.read(record.value, world.head)
                world.journal_offset = record.offset + 1
                if block is None:
                    world.skipped += 1
                    continue
                opened = await keys.keys(block)
                intake.evolve(self._state, block, partial(subjects_of, opened))
                world.head_offset = record.offset
                world.keys_offset = max(world.keys_offset, block.keys_offset + 1)
                self._store.write(self._state.save())
                catch_up.at(world.journal_offset)
        finally:
            await keys.stop()
        log.info("folded the journal to seq %d", world.head_seq)

    async def _write_genesis(self) -> None:
        if self._genesis is None:
            leave(Exit.GAP, "the journal is empty and there is no genesis to begin it with")
        draft = intake.genesis_draft(self._genesis)
        intake.apply_draft(self._state, draft)
        await self._append(draft)
        log.info("began the journal: first day %s", self._state.world.day)

    # -- writing --------------------------------------------------------------------------------

    async def _write_blocks(self) -> None:
        with ends_hard(self.name, self._stops, self._place):
            while True:
                async with self._changed:
                    await self._changed.wait_for(lambda: bool(self._waiting))
                await self._room()
                async with self._busy:
                    messages = self._next_batch()
                    if messages:
                        draft = intake.decide(self._state, messages)
                        # a tick marker that begins no new day is no fact: no block for it
                        if draft.items:
                            await self._append(draft)
                async with self._changed:
                    heart.of(self.name).pending = len(self._waiting)
                    self._changed.notify_all()

    async def _room(self) -> None:
        """Pause while the disk is full: a block that is half written is worse than a late one."""
        while (room := disk.look(self._settings)).level is disk.Level.FULL:
            log.warning("takes nothing: the disk is full, %s", room)
            heart.of(self.name).held_up(f"the disk is full: {room}")
            await asyncio.sleep(ROOM_SECONDS)
        heart.of(self.name).held_up("")

    def _place(self) -> str:
        return f"{self._submissions}:{self._state.world.source_next}"

    async def _send_ticks(self) -> None:
        """A marker each minute: its append time, which the broker sets, is the only clock."""
        assert self._producer is not None
        marker = [("ce_specversion", b"1.0"), ("ce_type", TICK_TYPE.encode())]
        while True:
            try:
                await self._producer.send_and_wait(
                    self._submissions, TICK_VALUE, partition=0, headers=marker
                )
            except KafkaError as error:
                # a missed marker only delays a day's beginning by a minute
                log.warning("no tick marker: %s", error)
            await asyncio.sleep(TICK_SECONDS)

    def _next_batch(self) -> list[intake.Message]:
        """What is waiting, up to a block's size; at least one message."""
        batch: list[intake.Message] = []
        records = size = 0
        while self._waiting and (
            not batch or (records < MAX_BLOCK_RECORDS and size < MAX_BLOCK_BYTES)
        ):
            message = self._waiting.popleft()
            value = message.value or b""
            # a message that is refused as a whole, or is empty, makes an item too
            records += max(1, min(value.count(b"\n"), MAX_RECORDS))
            size += len(value)
            batch.append(message)
        self._waiting_bytes -= size
        return batch

    async def _append(self, draft: intake.Draft) -> None:
        """Keys first, then the block, then the state: each acknowledged before the next."""
        assert self._producer is not None
        world = self._state.world
        keys_id, keys_offset, keys_digest, keys = "", -1, "", b""
        if draft.to_seal:
            keys_id = secrets.token_hex(16)
            keys = secrets.token_bytes(sealing.KEY_BYTES * len(draft.to_seal))
            message = self._signer.sign(world.trust, Topic.KEYS, world.head_seq, keys, keys_id)
            sent = await self._producer.send_and_wait(
                self._keys, message, key=keys_id.encode(), partition=0
            )
            keys_offset, keys_digest = sent.offset, block_digest(message)
            if keys_offset < 0:
                leave(Exit.UNEXPECTED, "the broker does not say where the keys stand")
        content = encode_block(
            head=world.head,
            source=draft.source,
            clock_ms=world.clock_ms,
            keys_id=keys_id,
            keys_offset=keys_offset,
            keys_digest=keys_digest,
            items=draft.sealed(keys_id, keys),
        )
        value = self._signer.sign(world.trust, Topic.JOURNAL, world.head_seq, content)
        acked = await self._producer.send_and_wait(self._journal, value, partition=0)
        await self._pass_over(acked.offset)
        intake.advance(self._state, Head(world.head_seq + 1, block_digest(value)), draft)
        world.journal_offset, world.head_offset = acked.offset + 1, acked.offset
        world.keys_offset = max(world.keys_offset, keys_offset + 1)
        self._store.write(self._state.save())

    async def _pass_over(self, acked: int) -> None:
        """Skip what others wrote before the block that was just acknowledged.

        Where a block of ours stands among it, another intake is at work: this one stops.
        """
        world = self._state.world
        if acked < world.journal_offset:
            leave(Exit.FOREIGN, f"journal offset {acked}, expected {world.journal_offset}")
        if acked == world.journal_offset:
            return
        async with aclosing(
            read_range(self._settings, self._journal, world.journal_offset)
        ) as records:
            async for record in records:
                if record.offset >= acked:
                    return
                if world.trust.counts(record.value, world.head):
                    leave(Exit.FOREIGN, f"journal offset {record.offset}: a block of ours")
                world.skipped += 1
                log.warning("%s: offset %d is not intake's", self._journal, record.offset)
