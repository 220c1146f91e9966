"""The small job as a stage of ours, under the product's own shell (processors/worker.py).

As intake does: what is waiting is taken together. Read what the frames need in one call, fold
them in order, send one message for each, wait until all are acknowledged, then state and cursor
in one write. If the process dies here, the frames are folded again and give the same messages
under the same seqs, whatever was taken together, and readers keep one of each.
"""

import asyncio
import logging
import sys
from collections import deque
from pathlib import Path
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaProducer

from infra.garbage import collect_rarely
from infra.kafka import async_producer
from infra.ports import Store
from infra.rocksdb import RocksStore
from infra.settings import Settings
from infra.stage import Cursor, Delivery, Exit, ends_hard, leave
from lab.bench.simple import job
from processors import worker
from processors.overlay import Overlay
from processors.stages.base import check_end, check_said

CURSOR: Final = b"cursor"
BATCH_FRAMES: Final = 8
MAX_WAITING_FRAMES: Final = 32


def _said(value: bytes | None) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(value or b"")
    return found


class SimpleStage:
    """One token a record; its cursor lies in its own store."""

    def __init__(
        self, settings: Settings, store: Store, name: str, source: str, findings: str
    ) -> None:
        self.name, self.topics = name, (source,)
        self._source = source
        self._settings, self._store, self._findings = settings, store, findings
        self._overlay = Overlay(store)
        self._next = self._expected = int.from_bytes(self._overlay.get(CURSOR) or b"")
        self._producer: AIOKafkaProducer | None = None
        self._waiting: deque[bytes] = deque()
        self._changed = asyncio.Condition()
        self._busy = asyncio.Lock()
        self._writer: asyncio.Task[None] | None = None

    async def prepare(self) -> Cursor:
        """Check that both logs hold what was read and said; go on behind it."""
        async with self._busy:
            await check_end(self._settings, self._source, self._next)
            await check_said(self._settings, self._findings, self._next - 1, _said)
            if self._producer is None:
                self._producer = await async_producer(self._settings)
            self._waiting.clear()
            self._expected = self._next
        if self._writer is None:
            self._writer = asyncio.create_task(self._write(self._producer))
        return {self._source: self._next}

    async def take(self, delivery: Delivery) -> None:
        """Queue a frame; waits while many are waiting."""
        if delivery.offset < self._expected:
            return
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._waiting) < MAX_WAITING_FRAMES)
            if delivery.offset < self._expected:
                return  # a rebalance came while it waited
            if delivery.offset > self._expected:
                leave(Exit.GAP, f"{delivery.topic}: {delivery.offset}, expected {self._expected}")
            self._expected += 1
            self._waiting.append(delivery.value or b"")
            self._changed.notify_all()

    async def _write(self, producer: AIOKafkaProducer) -> None:
        with ends_hard(self.name):
            while True:
                async with self._changed:
                    await self._changed.wait_for(lambda: bool(self._waiting))
                async with self._busy:
                    await self._write_batch(producer)
                async with self._changed:
                    self._changed.notify_all()

    async def _write_batch(self, producer: AIOKafkaProducer) -> None:
        count = min(len(self._waiting), BATCH_FRAMES)
        batch = [job.decode(self._waiting.popleft()) for _ in range(count)]
        if not batch:
            return  # a rebalance came
        sent = []
        for said in self._fold(batch):
            sent.append(await producer.send(self._findings, said, partition=0))
        await asyncio.gather(*sent)
        self._next += len(batch)
        self._overlay.put(CURSOR, self._next.to_bytes(8))
        self._store.write(self._overlay.take())

    def _fold(self, batch: list[list[job.Record]]) -> list[bytes]:
        tokens = dict.fromkeys(record["token"] for records in batch for record in records)
        self._overlay.load(token.encode() for token in tokens)
        state: dict[str, job.Entries] = {
            token: orjson.loads(self._overlay.get(token.encode()) or b"[]") for token in tokens
        }
        outputs = []
        for records in batch:
            found: list[job.Pair] = []
            for record in records:
                found += job.meet(state[record["token"]], record)
            outputs.append(job.output(records, found))
        for token, entries in state.items():
            self._overlay.put(token.encode(), orjson.dumps(entries))
        return outputs


def main() -> None:
    """`python -m lab.bench.simple.ours NAME SOURCE FINDINGS FOLDER` (contest.py starts it)."""
    name, source, findings, folder = sys.argv[1:]
    settings = Settings(home=Path(folder))
    logging.basicConfig(stream=sys.stderr, level="WARNING")
    collect_rarely()  # as the workers do
    store = RocksStore(settings.stage_folder(name))
    worker.run(settings, [SimpleStage(settings, store, name, source, findings)])


if __name__ == "__main__":
    main()
