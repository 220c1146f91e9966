"""The topics on a real broker are what the catalogue says."""

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from events.catalog import TOPICS, Topic, TopicSpec, receipts_topic
from infra import kafka
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
    assert config[Topic.SUBMISSIONS]["compression.type"] == "uncompressed"
    assert config[Topic.SUBMISSIONS]["retention.ms"] == str(35 * 86_400_000)
    assert int(config[Topic.SUBMISSIONS]["max.message.bytes"]) == 1 << 20
    assert {one["cleanup.policy"] for one in config.values()} == {"delete"}
    for forever in (Topic.JOURNAL, Topic.KEYS, Topic.FINDINGS):
        assert config[forever]["retention.ms"] == "-1"
    for truth in (Topic.JOURNAL, Topic.KEYS):
        assert config[truth]["flush.messages"] == "1"


def config_of(admin: KafkaAdminClient, topic: str) -> dict[str, str]:
    found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    return {name: entry["value"] for name, entry in found["topic"][topic].items()}
