"""The receipts stage: aid-findings in, each partner's own topic out.

If the process dies here: the cursor is the last seq in each partner's topic, so
the next worker goes on behind it; a receipt sent twice has the same id.
"""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import aclosing
from functools import partial
from typing import Any

from aiokafka import AIOKafkaProducer

from events.attributed import claimed_output, end_of_output, is_said, receipt_of
from events.catalog import Topic, receipts_topic
from events.codec import dumps
from events.journal import Block
from events.model import SigningStage
from events.outputs import Assembler, Receipt, RegistryOutput, StageKeyProof
from events.trust import NEVER
from infra.journal import blocks
from infra.kafka import async_producer, ensure_topics, receipts_topics
from infra.settings import Settings
from infra.stage import Cursor, Delivery, Exit, StageName, leave, rewritten
from infra.stage_keys import StageSigner
from processors.receipts import joined, receipts_of, senders_of_keys, welcomes
from processors.stages.base import (
    ABOUT_STAGES,
    JournalReader,
    bounds_of,
    check_said,
    last_of,
    read_range,
)

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
        self._journal = JournalReader(settings, self.name)
        self._signer = StageSigner(settings, SigningStage.RECEIPTS)
        self._proofs: dict[int, list[StageKeyProof]] = {}
        self._assembler = Assembler()
        self.skipped = 0
        # a rebalance may come while a block's receipts are sent: the cursor counts after them
        self._busy = asyncio.Lock()

    async def prepare(self) -> Cursor:
        """Read the last receipt of each partner; go on behind the earliest."""
        async with self._busy:
            return await self._prepare()

    async def _prepare(self) -> Cursor:
        if self._producer is None:
            self._producer = await async_producer(self._settings)
        await self._journal.start()
        trust = self._journal.standing.trust
        topics = await asyncio.to_thread(receipts_topics, self._settings)
        self._told = {org: await self._last_seq(org, topic) for org, topic in topics.items()}
        last = max(self._told.values(), default=-1)
        said = partial(end_of_output, trust=trust)
        await check_said(self._settings, self._findings, last, said)
        self._next_seq = min(self._told.values(), default=-1) + 1
        self._assembler = Assembler()
        self._proofs = await self._untold_proofs()
        log.info("goes on at seq %d for %d partners", self._next_seq, len(self._told))
        # every seq has at least one message, so seq n never lies before offset n
        return {self._findings: self._next_seq}

    async def take(self, delivery: Delivery) -> None:
        """Send the receipts of one block, once each."""
        async with self._busy:
            await self._take(delivery)

    async def _take(self, delivery: Delivery) -> None:
        assert self._producer is not None
        output = await self._said(delivery.value)
        if output is None:
            self.skipped += 1
            log.warning("%s: offset %d is not the registry's", delivery.topic, delivery.offset)
            return
        if output["seq"] < self._next_seq:
            return  # known already
        if output["seq"] > self._next_seq:
            leave(Exit.GAP, f"{delivery.topic}: seq {output['seq']}, expected {self._next_seq}")
        output = self._assembler.add(output)
        if output is None:
            return  # its notices may be cut, too
        newcomers = [org for org in joined(output) if org not in self._told]
        if newcomers:
            await asyncio.to_thread(ensure_topics, self._settings, newcomers)
            self._told |= dict.fromkeys(newcomers, output["seq"] - 1)
        proofs = self._proofs.pop(output["seq"], [])
        told = receipts_of(output, self._told, proofs)
        told += welcomes(output, set(newcomers) - {receipt["org"] for receipt in told})
        receipts = [receipt for receipt in told if self._told[receipt["org"]] < receipt["seq"]]
        pending = [await self._send(receipt) for receipt in receipts]
        for receipt, acknowledged in zip(receipts, pending, strict=True):
            await acknowledged
            self._told[receipt["org"]] = receipt["seq"]
        self._next_seq = output["seq"] + 1

    async def _said(self, value: bytes | None) -> RegistryOutput | None:
        """What the registry said; None for a message of somebody else.

        Raises ChainBroken if the registry signed it and its block is not in the journal.
        """
        output = claimed_output(value)
        if output is None:
            return None
        for block in await self._journal.reads(output["seq"]):
            self._proofs[block.seq] = await self._proofs_of(block)
        known, seq = self._journal.standing, output["seq"]
        if not is_said(output, value or b"", known.trust):
            return None
        if known.head.seq > seq:
            return output
        if known.trust.must_sign(SigningStage.REGISTRY, Topic.FINDINGS, seq):
            raise rewritten(f"{self._findings} answers block {seq}, which is not in the journal")
        return None  # nobody need have signed it: it was made up

    async def _untold_proofs(self) -> dict[int, list[StageKeyProof]]:
        """Of keys of receipts in blocks that were read before, and that partners were not told of.

        The journal is read once more for them, where there are any.
        """
        trust, seq = self._journal.standing.trust, self._next_seq
        keys = [key for key in trust.stages.values() if key["stage"] == SigningStage.RECEIPTS]
        if not any(seq <= key["begins"] or seq <= key["ends"] < NEVER for key in keys):
            return {}
        found = await asyncio.to_thread(lambda: [*blocks(self._settings, ABOUT_STAGES)])
        return {one.seq: await self._proofs_of(one) for one in found if one.seq >= seq}

    async def _proofs_of(self, block: Block) -> list[StageKeyProof]:
        subs = senders_of_keys(block)
        return [proof for sub in subs if (proof := await self._proof(sub))]

    async def _proof(self, sub: Mapping[str, Any]) -> StageKeyProof | None:
        """What the administration sent, as long as aid-submissions keeps it; None after that."""
        topic = self._settings.topic(Topic.SUBMISSIONS)
        begin, end = await bounds_of(self._settings, topic)
        if begin <= sub["offset"] < end:
            async with aclosing(read_range(self._settings, topic, sub["offset"])) as records:
                async for record in records:
                    text = (record.value or b"").decode(errors="replace")
                    if text.startswith(sub["manifest"]):
                        return StageKeyProof(submission=text, sig=sub["sig"])
                    break
        log.warning("%s no longer holds offset %d: partners need new files", topic, sub["offset"])
        return None

    async def _send(self, receipt: Receipt) -> "asyncio.Future[object]":
        assert self._producer is not None
        topic = self._settings.topic(receipts_topic(receipt["org"]))
        trust, name = self._journal.standing.trust, receipts_topic(receipt["org"])
        value = self._signer.sign(trust, name, receipt["seq"], dumps(receipt))
        future: asyncio.Future[object] = await self._producer.send(topic, value, partition=0)
        return future

    async def _last_seq(self, org: str, topic: str) -> int:
        """Seq of an organisation's last receipt, -1 if it has none."""
        read = partial(receipt_of, org=org, trust=self._journal.standing.trust)
        last = await last_of(self._settings, topic, read, lambda one: (one["seq"], 0))
        return -1 if last is None else last["seq"]
