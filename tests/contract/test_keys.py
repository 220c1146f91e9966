"""The keys of sealed records, on a real broker: found, erased by zeros, or lost."""

import asyncio
import base64
import itertools

import pytest

from events import sealing
from events.catalog import Topic
from events.journal import Block, ChainBroken
from infra import kafka
from infra.settings import Settings
from processors.stages import base
from processors.stages.base import KeyReader, subjects_of

_names = itertools.count()


@pytest.fixture
def settings(services: Settings) -> Settings:
    own = services.model_copy(update={"namespace": f"keys{next(_names)}"})
    kafka.ensure_topics(own)
    return own


def write(settings: Settings, keys_id: str, value: bytes | None) -> int:
    producer = kafka.producer(settings)
    try:
        topic = settings.topic(Topic.KEYS)
        sent = producer.send(topic, key=keys_id.encode(), value=value, partition=0)
        return int(sent.get(timeout=30).offset)
    finally:
        producer.close()


def block(keys_id: str, offset: int) -> Block:
    return Block(1, "", (0, 1), 0, keys_id, offset, (), "")


def read(settings: Settings, *blocks: Block) -> list[bytes | None]:
    async def all_of_them() -> list[bytes | None]:
        reader = KeyReader(settings)
        await reader.start()
        try:
            return [await reader.keys(each) for each in blocks]
        finally:
            await reader.stop()

    return asyncio.run(all_of_them())


def test_each_block_gets_its_own(settings: Settings) -> None:
    first = write(settings, "a", b"1" * 32)
    write(settings, "of an attempt that became no block", b"x" * 32)
    second = write(settings, "b", b"2" * 64)
    found = read(settings, block("a", first), block("", -1), block("b", second))
    assert found == [b"1" * 32, None, b"2" * 64]


def test_what_was_erased_later_is_erased_for_a_reader_from_the_start(settings: Settings) -> None:
    offset = write(settings, "a", b"1" * 64)
    write(settings, "a", b"1" * 32 + bytes(32))
    [keys] = read(settings, block("a", offset))
    assert keys is not None
    sealed = sealing.seal(b"1" * 32, "a", 1, b"[]")
    item = {"k": 1, "sealed": base64.b64encode(sealed).decode()}
    assert subjects_of(keys, block("a", offset), item) is None


@pytest.mark.parametrize("lost", ["never written", "tombstone", "topic ends early"])
def test_lost_keys_are_no_erasure(
    settings: Settings, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "QUIET_POLLS", 2)
    offset = write(settings, "b", b"2" * 32)
    if lost == "tombstone":
        offset = write(settings, "a", None)
    if lost == "topic ends early":
        offset += 5
    with pytest.raises(ChainBroken, match="the log was rewritten"):
        read(settings, block("a", offset))
