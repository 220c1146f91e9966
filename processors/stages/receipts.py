"""The receipts stage: aid-findings in, each partner's own topic out.

If the process dies here: the cursor is the last seq in each partner's topic, so
the next worker goes on behind it; a receipt sent twice has the same id.
"""

import asyncio
import logging

import orjson
from aiokafka import AIOKafkaProducer, TopicPartition

from events.catalog import Topic, receipts_topic
from events.codec import dumps
from events.ids import receipt_id
from events.outputs import OUTPUT_VERSION, Receipt, RegistryOutput
from infra.kafka import async_consumer, async_producer, ensure_topics, receipts_topics
from infra.settings import Settings
from infra.stage import Cursor, Delivery, Exit, StageName, leave
from processors.receipts import joined, receipts_of
from processors.stages.base import check_said

log = logging.getLogger("tekil.receipts")


class ReceiptsStage:
    """Tells each partner what became of its own submissions, and nothing else."""

    name = StageName.RECEIPTS

    def __init__(self, settings: Settings) -> None:
        self._findings = settings.topic(Topic.FINDINGS)
        self.topics = (self._findings,)
        self._settings = settings
        self._told: dict[str, int] = {}
        self._next_seq = 0
        self._producer: AIOKafkaProducer | None = None
        # a rebalance may come while a block's receipts are sent: the cursor counts after them
        self._busy = asyncio.Lock()

    async def prepare(self) -> Cursor:
        """Read the last receipt of each partner; go on behind the earliest."""
        async with self._busy:
            return await self._prepare()

    async def _prepare(self) -> Cursor:
        if self._producer is None:
            self._producer = await async_producer(self._settings)
        topics = await asyncio.to_thread(receipts_topics, self._settings)
        self._told = await self._last_seqs(topics)
        await check_said(self._settings, self._findings, max(self._told.values(), default=-1))
        self._next_seq = min(self._told.values(), default=-1) + 1
        log.info("goes on at seq %d for %d partners", self._next_seq, len(self._told))
        # every seq has at least one message, so seq n never lies before offset n
        return {self._findings: self._next_seq}

    async def take(self, delivery: Delivery) -> None:
        """Send the receipts of one block, once each."""
        async with self._busy:
            await self._take(delivery)

    async def _take(self, delivery: Delivery) -> None:
        assert self._producer is not None
        output: RegistryOutput = orjson.loads(delivery.value or b"")
        if output["seq"] < self._next_seq or output["part"]:
            return  # known already, or the rest of a flood of findings
        if output["seq"] > self._next_seq:
            leave(Exit.GAP, f"{delivery.topic}: seq {output['seq']}, expected {self._next_seq}")
        newcomers = [org for org in joined(output) if org not in self._told]
        if newcomers:
            await asyncio.to_thread(ensure_topics, self._settings, newcomers)
            for org in newcomers:
                await self._welcome(org, output["seq"])
        receipts = [r for r in receipts_of(output, self._told) if self._told[r["org"]] < r["seq"]]
        pending = [await self._send(receipt) for receipt in receipts]
        for receipt, acknowledged in zip(receipts, pending, strict=True):
            await acknowledged
            self._told[receipt["org"]] = receipt["seq"]
        self._next_seq = output["seq"] + 1

    async def _send(self, receipt: Receipt) -> "asyncio.Future[object]":
        assert self._producer is not None
        topic = self._settings.topic(receipts_topic(receipt["org"]))
        future: asyncio.Future[object] = await self._producer.send(
            topic, dumps(receipt), partition=0
        )
        return future

    async def _welcome(self, org: str, seq: int) -> None:
        """A first message, so that a new partner's topic says from where its cursor counts."""
        receipt = Receipt(
            v=OUTPUT_VERSION,
            receipt_id=receipt_id(org, seq),
            org=org,
            seq=seq,
            submissions=[],
            notices=[],
        )
        await (await self._send(receipt))
        self._told[org] = seq

    async def _last_seqs(self, topics: dict[str, str]) -> dict[str, int]:
        """Organisation → seq of its last receipt, -1 if it has none."""
        consumer = async_consumer(self._settings)
        await consumer.start()
        try:
            partitions = {org: TopicPartition(name, 0) for org, name in topics.items()}
            consumer.assign(list(partitions.values()))
            ends = await consumer.end_offsets(list(partitions.values()))
            begins = await consumer.beginning_offsets(list(partitions.values()))
            told = {}
            for org, partition in partitions.items():
                told[org] = -1
                if ends[partition] > begins[partition]:
                    consumer.seek(partition, ends[partition] - 1)
                    record = await consumer.getone(partition)
                    told[org] = int(orjson.loads(record.value)["seq"])
            return told
        finally:
            await consumer.stop()
