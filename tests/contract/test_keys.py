"""The keys of sealed records, on a real broker: found, whatever others write, or lost."""

import asyncio
import base64
import hashlib
import itertools

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from events import sealing
from events.catalog import Topic
from events.journal import Block, ChainBroken
from infra import kafka
from infra.scan import scan
from infra.settings import Settings
from processors.stages import base
from processors.stages.base import KeyReader, subjects_of
from tests.contract.test_topics import config_of
from tests.patience import until

_names = itertools.count()


@pytest.fixture
def settings(services: Settings) -> Settings:
    own = services.model_copy(update={"namespace": f"keys{next(_names)}"})
    kafka.ensure_topics(own)
    return own


def write(
    settings: Settings, keys_id: str | bytes, value: bytes | None, topic: str = Topic.KEYS
) -> int:
    producer = kafka.producer(settings)
    try:
        topic = settings.topic(topic)
        name = keys_id.encode() if isinstance(keys_id, str) else keys_id
        sent = producer.send(topic, key=name, value=value, partition=0)
        return int(sent.get(timeout=30).offset)
    finally:
        producer.close()


def block(keys_id: str, offset: int, value: bytes | None = None) -> Block:
    """A block that names its keys' message by digest; of before 0029, if `value` is None."""
    digest = "" if value is None else hashlib.sha256(value).hexdigest()
    return Block(1, "", (0, 1), 0, keys_id, offset, (), "", digest)


def read(settings: Settings, *blocks: Block) -> list[bytes | None]:
    async def all_of_them() -> list[bytes | None]:
        reader = KeyReader(settings, "test")
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


@pytest.mark.parametrize("foreign", [None, b"", bytes(32), b"9" * 32, b"1" * 31])
@pytest.mark.parametrize("name", [b"a", b"\xff\xfe", b""])
def test_what_others_write_later_decides_nothing(
    settings: Settings, foreign: bytes | None, name: bytes
) -> None:
    """Zeros, tombstones and overwrites under a block's own id, and keys that are no text."""
    first = write(settings, "a", b"1" * 32)
    for _ in range(2):
        write(settings, name, foreign)
    second = write(settings, "b", b"2" * 32)
    asked = block("a", first, b"1" * 32), block("b", second, b"2" * 32)
    assert read(settings, *asked) == [b"1" * 32, b"2" * 32]


def test_an_older_topic_is_compacted_no_more(settings: Settings) -> None:
    """What lies under the same id, and was written by anybody, must not replace what it names."""
    name = settings.topic(Topic.KEYS)
    admin = kafka.admin_client(settings)
    try:
        older = ConfigResource(ConfigResourceType.TOPIC, name, {"cleanup.policy": "compact"})
        admin.alter_configs([older])
        kafka.ensure_topics(settings)
        assert config_of(admin, name)["cleanup.policy"] == "delete"
    finally:
        admin.close()


def test_a_forced_compaction_takes_nothing(settings: Settings) -> None:
    """The cleaner runs as often as it can; another topic does lose what was overwritten."""
    other = Topic.KEYS + "-compacted"
    names = [settings.topic(Topic.KEYS), settings.topic(other)]
    eager = {"segment.ms": "1", "min.cleanable.dirty.ratio": "0.01", "max.compaction.lag.ms": "1"}
    resource = ConfigResourceType
    admin = kafka.admin_client(settings)
    try:
        admin.create_topics({names[1]: {"num_partitions": 1, "replication_factor": 1}})
        compacted = ConfigResource(resource.TOPIC, names[1], {"cleanup.policy": "compact"})
        both = [ConfigResource(resource.TOPIC, name, eager) for name in names]
        restless = ConfigResource(resource.BROKER, "1", {"log.cleaner.backoff.ms": "100"})
        admin.alter_configs([compacted])
        admin.alter_configs([*both, restless])
    finally:
        admin.close()
    first = write(settings, "a", b"1" * 32)
    for value in (bytes(32), None, b"9" * 32, bytes(32)):
        write(settings, "a", value)

    def is_compacted() -> bool:
        write(settings, "a", b"2", other)  # which closes the file before it
        return bool(next(iter(scan(settings, other))).offset > 0)

    assert until(is_compacted, 60)
    assert read(settings, block("a", first, b"1" * 32)) == [b"1" * 32]


@pytest.mark.parametrize("lost", ["another message", "topic ends early"])
def test_lost_keys_are_no_erasure(
    settings: Settings, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "QUIET_POLLS", 2)
    offset = write(settings, "a", bytes(32))
    if lost == "topic ends early":
        offset += 5
    with pytest.raises(ChainBroken, match="the log was rewritten"):
        read(settings, block("a", offset, b"2" * 32))


# -- a journal of before 0029, whose blocks name their keys by id alone ---------------------------


def test_what_was_compacted_is_looked_for_by_its_id(settings: Settings) -> None:
    write(settings, "a", b"1" * 64)
    offset = write(settings, "b", b"2" * 32)
    later = write(settings, "a", b"1" * 32 + bytes(32))
    [keys] = read(settings, block("a", offset))  # where its own message stood before compaction
    assert keys is not None
    assert later > offset
    sealed = sealing.seal(b"1" * 32, "a", 1, b"[]")
    item = {"k": 1, "sealed": base64.b64encode(sealed).decode()}
    assert subjects_of(keys, block("a", offset), item) is None


@pytest.mark.parametrize("lost", ["never written", "tombstone", "topic ends early"])
def test_lost_keys_of_an_old_block_are_no_erasure(
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
