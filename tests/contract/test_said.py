"""Whether aid-findings still holds what was said, on a real broker."""

import asyncio
from typing import Any

import orjson
import pytest

from events.catalog import Topic
from events.codec import dumps
from events.journal import ChainBroken
from infra import kafka
from infra.settings import Settings
from processors.stages.base import check_said


@pytest.fixture(scope="module")
def settings(services: Settings) -> Settings:
    """Blocks 0 to 5 were answered, then a worker woke up and answered 3 again; junk is between."""
    settings = services.model_copy(update={"namespace": "said"})
    kafka.ensure_topics(settings)
    producer = kafka.producer(settings)
    for seq in (0, 1, 2, 3, 4, 5, 3):
        for value in (b"\xff", dumps({"seq": seq})):
            producer.send(settings.topic(Topic.FINDINGS), value=value, partition=0)
    producer.flush()
    producer.close()
    return settings


def read(value: bytes | None) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return None
    return found


def test_a_repeated_older_block_at_the_end_is_no_loss(settings: Settings) -> None:
    asyncio.run(check_said(settings, settings.topic(Topic.FINDINGS), 5, read))


@pytest.mark.parametrize("seq", [6, 7, 100])
def test_a_block_that_is_not_there_is_one(settings: Settings, seq: int) -> None:
    with pytest.raises(ChainBroken, match="rewritten"):
        asyncio.run(check_said(settings, settings.topic(Topic.FINDINGS), seq, read))


def test_before_the_first_block_nothing_is_needed(settings: Settings) -> None:
    asyncio.run(check_said(settings, "no-such-topic", -1, read))
