"""The topics on a real broker are what the catalogue says."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from events.catalog import TOPICS, Topic, TopicSpec, receipts_topic
from infra import kafka
from infra.scan import scan
from infra.settings import Settings

ORG = "KIZ"


def named(settings: Settings, spec: TopicSpec) -> str:
    return settings.topic(receipts_topic(ORG) if spec.per_partner else spec.topic)


def test_the_catalogue_is_what_is_made(services: Settings) -> None:
    settings = services.model_copy(update={"namespace": "topics"})
    made = kafka.ensure_topics(settings, [ORG])
    assert sorted(made) == sorted(named(settings, spec) for spec in TOPICS)
    assert kafka.ensure_topics(settings, [ORG]) == [], "a second time nothing is made"
    assert kafka.receipts_topics(settings) == {ORG: "topics-aid-receipts-kiz"}
    admin = KafkaAdminClient(bootstrap_servers=settings.bootstrap)
    try:
        for spec in TOPICS:
            name = named(settings, spec)
            [described] = admin.describe_topics([name])
            assert len(described["partitions"]) == 1, "one order"
            live = config_of(admin, name)
            expected = kafka.topic_config(spec)
            assert {key: live[key] for key in expected} == expected
            assert live["message.timestamp.type"] == "LogAppendTime"
    finally:
        admin.close()


def test_the_rules_of_the_topics() -> None:
    config = {spec.topic: kafka.topic_config(spec) for spec in TOPICS}
    assert {one["compression.type"] for one in config.values()} == {"uncompressed"}
    assert config[Topic.SUBMISSIONS]["retention.ms"] == str(35 * 86_400_000)
    assert int(config[Topic.SUBMISSIONS]["max.message.bytes"]) == 1 << 20
    assert {one["cleanup.policy"] for one in config.values()} == {"delete"}
    for forever in (Topic.JOURNAL, Topic.KEYS, Topic.FINDINGS):
        assert config[forever]["retention.ms"] == "-1"
    for truth in (Topic.JOURNAL, Topic.KEYS):
        assert config[truth]["flush.messages"] == "1"


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_what_is_packed_is_unpacked_by_the_broker_or_refused(
    services: Settings, codec: str
) -> None:
    """Seen: 40 MB in some kB in the journal, and a codec that the projector has not, stopped it."""
    settings = services.model_copy(update={"namespace": "packed"})
    kafka.ensure_topics(settings, [ORG])

    async def send(value: bytes) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=settings.bootstrap, compression_type=codec, max_request_size=64 << 20
        )
        await producer.start()
        try:
            for spec in TOPICS:
                await producer.send_and_wait(named(settings, spec), value, partition=0)
        finally:
            await producer.stop()

    asyncio.run(send(b"small" * 1_000))
    for spec in TOPICS:
        topic = receipts_topic(ORG) if spec.per_partner else spec.topic
        *_, last = scan(settings, topic)
        assert last.value == b"small" * 1_000, "a reader without the codec reads it"
    with pytest.raises(MessageSizeTooLargeError):
        asyncio.run(send(bytes(40_000_000)))


def test_topics_of_before_are_made_safe(services: Settings) -> None:
    settings = services.model_copy(update={"namespace": "older"})
    kafka.ensure_topics(settings, [ORG])
    names = [named(settings, spec) for spec in TOPICS]
    admin = KafkaAdminClient(bootstrap_servers=settings.bootstrap)
    older = {"cleanup.policy": "compact", "compression.type": "producer"}
    try:
        admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name, older) for name in names]
        )
        kafka.ensure_topics(settings)
        for name in names:
            live = config_of(admin, name)
            assert {key: live[key] for key in kafka.SAFE} == kafka.SAFE, name
    finally:
        admin.close()


def config_of(admin: KafkaAdminClient, topic: str) -> dict[str, str]:
    found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    return {name: entry["value"] for name, entry in found["topic"][topic].items()}
