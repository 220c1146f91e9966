"""The scanner on the folder of a running broker: every codec, and beside a running ClickHouse."""

import asyncio
import secrets

import pytest
from aiokafka import AIOKafkaProducer

from events.catalog import Topic
from infra import kafka
from infra.clickhouse import OWNER, connect
from infra.settings import Settings
from tests.scanner import needles
from tests.scanner.look import look

CODECS = (None, "gzip", "snappy", "lz4", "zstd")


@pytest.fixture(scope="module")
def system(services: Settings) -> Settings:
    """A namespace with its topics."""
    settings = services.model_copy(update={"namespace": "scanner"})
    kafka.ensure_topics(settings, [])
    return settings


def number() -> str:
    """Eleven digits that stand nowhere else."""
    return str(10**10 + secrets.randbelow(9 * 10**10))


async def send(settings: Settings, topic: str, codec: str | None, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=settings.bootstrap, compression_type=codec)
    await producer.start()
    try:
        await producer.send_and_wait(topic, value, key=b"k", partition=0)
    finally:
        await producer.stop()


def test_a_message_is_found_whatever_its_producer_compressed_it_with(system: Settings) -> None:
    # none of ours, which the broker unpacks
    topic = system.topic("packed")
    admin = kafka.admin_client(system)
    try:
        admin.create_topics({topic: {"num_partitions": 1, "replication_factor": 1}})
    finally:
        admin.close()
    planted = {number(): codec for codec in CODECS}
    for needle, codec in planted.items():
        value = " ".join(f"{place} {needle}" for place in range(1_000)).encode()
        asyncio.run(send(system, topic, codec, value))
    found = look(system.root / "broker", needles.of([*planted, number()])).found
    in_batches = {one.needle for one in found if one.kind == "kafka"}
    assert in_batches == set(planted), "each of them, and not the one that nobody sent"
    assert {f"/{topic}-0/" in one.where for one in found} == {True}
    raw = {planted[one.needle] for one in found if one.kind == "file"}
    assert None in raw
    assert "zstd" not in raw, "the codec hides it from who looks at the bytes alone"


def test_submissions_are_unpacked_by_the_broker_itself(system: Settings) -> None:
    needle = number()
    topic = system.topic(Topic.SUBMISSIONS)
    asyncio.run(send(system, topic, "gzip", (needle + " ").encode() * 500))
    found = look(system.root / "broker", needles.of([needle])).found
    assert {"file", "kafka"} <= {one.kind for one in found}


def test_a_row_is_found_while_clickhouse_runs(system: Settings) -> None:
    needle = number()
    client = connect(system, OWNER, database="")
    try:
        client.command(f"CREATE DATABASE IF NOT EXISTS {system.database}")
        table = f"{system.database}.planted"
        client.command(f"CREATE TABLE {table} (text String) ENGINE = MergeTree ORDER BY tuple()")
        client.command(
            f"INSERT INTO {table} SELECT concat(toString(number), ' {needle}') FROM numbers(1000)"
        )
        found = look(system.root, needles.of([needle])).found
        assert {one.kind for one in found} >= {"part", "table"}
        assert any(one.where.endswith(f" {table} text") for one in found)
        assert client.command(f"SELECT count() FROM {table}") == 1000, "and it still answers"
    finally:
        client.close()
