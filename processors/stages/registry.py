"""The registry stage: aid-journal in, one output on aid-findings for each block.

If the process dies here: before the output is acknowledged, the block is folded
again; after it but before the write, the block is folded again and not said again;
state and cursor are one atomic write.
"""

import asyncio
import logging
from functools import partial

from aiokafka import AIOKafkaProducer

from events.attributed import end_of_output, place_of
from events.catalog import Topic
from events.codec import dumps
from events.model import SigningStage
from events.outputs import RegistryOutput, split
from infra.journal import standing
from infra.kafka import async_producer
from infra.ports import Store
from infra.settings import Settings
from infra.stage import Cursor, Delivery, Exit, StageName, leave
from infra.stage_keys import StageSigner
from processors.overlay import Overlay
from processors.registry.fold import fold_block
from processors.registry.memory import RegistryState
from processors.stages.base import (
    KeyReader,
    check_cursor,
    check_said,
    end_of,
    is_hole,
    last_said,
    people_of,
)
from processors.stages.layouts import CatchUp

log = logging.getLogger("tekil.registry")


class RegistryStage:
    """Folds the journal in order; its cursor lies in its own store."""

    name = StageName.REGISTRY

    def __init__(self, settings: Settings, store: Store) -> None:
        self._journal = settings.topic(Topic.JOURNAL)
        self.topics = (self._journal,)
        self._settings = settings
        self._store = store
        self._findings = settings.topic(Topic.FINDINGS)
        self._state = RegistryState(Overlay(store))
        self._said = -1
        self._catch_up = CatchUp(settings.stage_folder(self.name), -1)
        self._keys = KeyReader(settings, self.name)
        self._signer = StageSigner(settings, SigningStage.REGISTRY)
        self._producer: AIOKafkaProducer | None = None
        # a rebalance may come while a block is half folded: the cursor is whole only after it
        self._busy = asyncio.Lock()

    async def prepare(self) -> Cursor:
        """Check that the logs still hold what was folded and said; go on behind it."""
        async with self._busy:
            return await self._prepare()

    async def _prepare(self) -> Cursor:
        common = self._state.common
        await check_cursor(
            self._settings,
            self._journal,
            common.journal_offset,
            common.head_offset,
            common.head_digest,
        )
        said = partial(end_of_output, trust=common.trust)
        await check_said(self._settings, self._findings, common.head_seq - 1, said)
        end = await end_of(self._settings, self._journal)
        self._catch_up = CatchUp(self._settings.stage_folder(self.name), end)
        # who lost its store says all again, byte for byte; of another layout it would differ
        is_anew = self._catch_up.is_anew
        self._said = -1
        if is_anew:
            known = await asyncio.to_thread(standing, self._settings, self.name)
            self._said = await last_said(self._settings, self._findings, known.trust)
        self._catch_up.at(common.journal_offset)
        if self._producer is None:
            self._producer = await async_producer(self._settings)
        await self._keys.start()
        await self._keys.skip_to(common.keys_offset)
        if not common.head_seq:  # who folded on sees the tokens themselves: names, no more
            common.stand_ins = await self._keys.stand_ins()
        log.info("goes on at seq %d (journal offset %d)", common.head_seq, common.journal_offset)
        return {self._journal: common.journal_offset}

    async def take(self, delivery: Delivery) -> None:
        """Fold one message of the journal: skip what does not follow, answer what does."""
        async with self._busy:
            await self._take(delivery)

    async def _take(self, delivery: Delivery) -> None:
        assert self._producer is not None
        common = self._state.common
        if delivery.offset < common.journal_offset:
            return
        if delivery.offset > common.journal_offset and not await is_hole(
            self._settings, self._journal, common.journal_offset, delivery.offset
        ):
            at = common.journal_offset
            leave(Exit.GAP, f"{delivery.topic}: offset {delivery.offset}, expected {at}")
        block = common.trust.read(delivery.value, common.head)
        common.journal_offset = delivery.offset + 1
        if block is None:
            common.skipped += 1
            self._store.write(self._state.save())
            self._catch_up.at(common.journal_offset)
            return
        keys = await self._keys.keys(block)
        opener = partial(people_of, keys, self._keys.left(block), common.stand_ins)
        output = fold_block(self._state, block, opener)
        for message in split(output) if block.seq > self._said else ():
            await self._producer.send_and_wait(self._findings, self._signed(message), partition=0)
        common.head_offset = delivery.offset
        common.keys_offset = max(common.keys_offset, block.keys_offset + 1)
        self._store.write(self._state.save())
        self._catch_up.at(common.journal_offset)

    def _signed(self, message: RegistryOutput) -> bytes:
        trust, seq = self._state.common.trust, message["seq"]
        return self._signer.sign(trust, Topic.FINDINGS, seq, dumps(message), place_of(message))
