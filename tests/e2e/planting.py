"""Puts a needle into each kind of store, each in a form that the raw bytes do not show."""

import asyncio
import gzip

from aiokafka import AIOKafkaProducer

from events.catalog import Topic
from infra import kafka
from infra.clickhouse import OWNER, connect
from infra.rocksdb import RocksStore
from infra.settings import Settings

KINDS = ("file", "gzip", "kafka", "table", "rocksdb")


def plant(services: Settings) -> dict[str, str]:
    """A needle of its own in each kind of place; kind → needle."""
    needles = {kind: f"needle-in-a-{kind}" for kind in KINDS}
    settings = services.model_copy(update={"namespace": "planted"})
    logs = settings.folder("logs")
    (logs / "planted.log").write_text(f"x {needles['file']} y")
    (logs / "planted.log.1.gz").write_bytes(gzip.compress(many(needles["gzip"])))
    _in_a_topic(settings, many(needles["kafka"]))
    _in_a_table(settings, needles["table"])
    store = RocksStore(settings.stage_folder("intake"))
    store.write({b"planted": needles["rocksdb"].encode()})
    store.close()
    return needles


def many(needle: str) -> bytes:
    """The needle among so many of its like that compressing it changes its bytes."""
    return " ".join(f"{number} {needle}" for number in range(1_000)).encode()


def _in_a_topic(settings: Settings, value: bytes) -> None:
    kafka.ensure_topics(settings, [])

    async def sent() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=settings.bootstrap, compression_type="gzip")
        await producer.start()
        try:
            await producer.send_and_wait(settings.topic(Topic.FINDINGS), value, partition=0)
        finally:
            await producer.stop()

    asyncio.run(sent())


def _in_a_table(settings: Settings, needle: str) -> None:
    client = connect(settings, OWNER, database="")
    try:
        client.command(f"CREATE DATABASE IF NOT EXISTS {settings.database}")
        table = f"{settings.database}.planted"
        client.command(f"CREATE TABLE {table} (text String) ENGINE = MergeTree ORDER BY tuple()")
        client.command(
            f"INSERT INTO {table} SELECT concat(toString(number), ' {needle}') FROM numbers(1000)"
        )
    finally:
        client.close()
