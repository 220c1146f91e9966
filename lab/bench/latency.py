"""The answer's latency: submissions of one record at a steady rate, each with its receipt.

Runs in a process of its own. The clock of a submission starts when it was due, not when the
sender got round to it, so that a stall counts for all that waited behind it.
"""

import asyncio
import sys
import time
from pathlib import Path
from typing import Any, Final

import orjson
from aiokafka import TopicPartition

from events.catalog import Topic, receipts_topic
from events.stage_signing import content_of
from infra.kafka import async_consumer, async_producer
from infra.settings import Settings
from lab.bench import load
from lab.bench.children import run_child, tell, write_result
from lab.bench.figures import Figure, percentile
from producers import keys

PER_SECOND: Final = 100
PATIENCE_SECONDS: Final = 30.0
WARM_SECONDS: Final = 1
"""Not counted: clients fetch metadata on their first message."""
FIRST_HOUSEHOLD: Final = 1 << 32
"""Above all that the whole chain's runs pay."""


def measure(settings: Settings, folder: Path, seconds: int, runs: int) -> dict[str, Any]:
    """p50 and p99 of the time from a submission to its receipt. The system runs."""
    found = []
    for turn in range(runs):
        tell(f"latency, run {turn + 1} of {runs}: {seconds} s")
        words = [turn, seconds]
        limit = seconds + 2 * PATIENCE_SECONDS
        found.append(run_child("lab.bench.latency", words, folder, limit, settings))
    return {
        "submissions_per_second": PER_SECOND,
        "submissions_per_run": found[0]["submissions"],
        "p50": Figure.of([run["p50_ms"] for run in found], "ms").plain(),
        "p99": Figure.of([run["p99_ms"] for run in found], "ms").plain(),
        "longest": Figure.of([run["max_ms"] for run in found], "ms").plain(),
    }


async def run(settings: Settings, turn: int, seconds: int) -> dict[str, Any]:
    """One run. Raises TimeoutError if a receipt does not come."""
    count = PER_SECOND * (seconds + WARM_SECONDS)
    sign = load.signer(keys.load_signing_key(settings, load.ORG))
    people = [(FIRST_HOUSEHOLD + turn * count + number, 0) for number in range(count)]
    made = list(load.submissions(people, sign, each=1))
    due: dict[str, float] = {}
    waits: dict[str, float] = {}
    producer, consumer = await async_producer(settings), async_consumer(settings)
    await consumer.start()
    partition = TopicPartition(settings.topic(receipts_topic(load.ORG)), 0)
    consumer.assign([partition])
    consumer.seek(partition, (await consumer.end_offsets([partition]))[partition])

    async def listen() -> None:
        async for message in consumer:
            now = time.monotonic()
            for outcome in orjson.loads(content_of(message.value))["submissions"]:
                if (sent := due.get(outcome["submission_id"])) is not None:
                    waits[outcome["submission_id"]] = now - sent
            if len(waits) == count:
                return

    listening = asyncio.create_task(listen())
    began = time.monotonic()
    try:
        for number, one in enumerate(made):
            moment = began + number / PER_SECOND
            await asyncio.sleep(max(0.0, moment - time.monotonic()))
            due[one.submission_id] = moment
            await producer.send(
                settings.topic(Topic.SUBMISSIONS),
                one.value,
                headers=list(one.headers),
                partition=0,
            )
        await asyncio.wait_for(listening, PATIENCE_SECONDS)
    finally:
        listening.cancel()
        await producer.stop()
        await consumer.stop()
    counted = [waits[one.submission_id] * 1000 for one in made[PER_SECOND * WARM_SECONDS :]]
    return {
        "submissions": len(counted),
        "p50_ms": percentile(counted, 0.50),
        "p99_ms": percentile(counted, 0.99),
        "max_ms": max(counted),
    }


def main() -> None:
    """`python -m lab.bench.latency TURN SECONDS RESULT` (measure starts it)."""
    turn, seconds, result = sys.argv[1:]
    write_result(Path(result), asyncio.run(run(Settings(), int(turn), int(seconds))))


if __name__ == "__main__":
    main()
