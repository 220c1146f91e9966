"""Topics, clients and offsets of Kafka, through kafka-python; the Faust stages use aiokafka."""

from collections.abc import Iterable

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.cluster import ClusterMetadata
from kafka.errors import KafkaError, TopicAlreadyExistsError

from events.catalog import TOPICS, Topic, TopicSpec, receipts_topic
from infra.errors import SystemUnavailable
from infra.settings import Settings

DAY_MS = 86_400_000
REQUEST_BYTES = 9 << 20
FETCH_BYTES = 16 << 20
METADATA_PAUSE_MS = 10
"""Between two looks at a cluster's metadata, also where the first succeeded."""

# kafka-python 3.0.12 hands `retry_backoff_ms` to everything but its metadata, which keep their
# default of 100 ms: so long each command stood still that connected and asked for a topic.
ClusterMetadata.DEFAULT_CONFIG["retry_backoff_ms"] = METADATA_PAUSE_MS


class KafkaUnavailable(SystemUnavailable):
    """The broker does not answer; nothing was lost, the same command can be run again."""


def topic_config(spec: TopicSpec) -> dict[str, str]:
    """The broker's settings of a topic."""
    config = {
        "cleanup.policy": "compact" if spec.compact else "delete",
        "message.timestamp.type": "LogAppendTime",
        "max.message.bytes": str(spec.max_message_bytes),
        "retention.ms": str(spec.retention_days * DAY_MS if spec.retention_days else -1),
        "retention.bytes": "-1",
    }
    if spec.flush_every_message:
        config["flush.messages"] = "1"
    if spec.broker_uncompresses:
        # a 312 KiB batch can unpack to 300 MiB: let the broker unpack it, and refuse it
        config["compression.type"] = "uncompressed"
    return config


def ensure_topics(settings: Settings, partners: Iterable[str] = ()) -> list[str]:
    """Make the topics that are missing (the partners' receipts too); returns the names made.

    Raises KafkaUnavailable.
    """
    wanted = {settings.topic(s.topic): s for s in TOPICS if not s.per_partner}
    per_partner = next(s for s in TOPICS if s.per_partner)
    wanted |= {settings.topic(receipts_topic(org)): per_partner for org in partners}
    admin = admin_client(settings)
    try:
        existing = set(admin.list_topics())
        missing = {name: spec for name, spec in wanted.items() if name not in existing}
        for name, spec in missing.items():
            topic = NewTopic(
                name, 1, replication_factor(settings), topic_configs=topic_config(spec)
            )
            try:
                admin.create_topics([topic], wait_for_metadata=True)
            except TopicAlreadyExistsError:
                continue
        return list(missing)
    except KafkaError as error:
        raise KafkaUnavailable(f"topics cannot be made at {settings.bootstrap}: {error}") from error
    finally:
        admin.close()


def replication_factor(settings: Settings) -> int:
    """1 on the embedded broker, else the cluster's own default (-1)."""
    return 1 if settings.embedded_kafka else -1


def receipts_topics(settings: Settings) -> dict[str, str]:
    """Organisation → name of its topic of receipts, for all that exist."""
    prefix = settings.topic(Topic.RECEIPTS) + "-"
    admin = admin_client(settings)
    try:
        names = admin.list_topics()
    except KafkaError as error:
        raise KafkaUnavailable(str(error)) from error
    finally:
        admin.close()
    return {n.removeprefix(prefix).upper(): n for n in names if n.startswith(prefix)}


def admin_client(settings: Settings) -> KafkaAdminClient:
    """An admin client. Raises KafkaUnavailable."""
    try:
        return KafkaAdminClient(bootstrap_servers=settings.bootstrap, client_id="tekil-admin")
    except KafkaError as error:
        raise KafkaUnavailable(f"no broker answers at {settings.bootstrap}") from error


def producer(settings: Settings, *, linger_ms: int = 0) -> KafkaProducer:
    """An idempotent producer that waits for all replicas. Raises KafkaUnavailable."""
    try:
        return KafkaProducer(
            bootstrap_servers=settings.bootstrap,
            acks="all",
            linger_ms=linger_ms,
            max_request_size=REQUEST_BYTES,
        )
    except KafkaError as error:
        raise KafkaUnavailable(f"no broker answers at {settings.bootstrap}") from error


def consumer(settings: Settings) -> KafkaConsumer:
    """A consumer outside every group: the caller assigns and seeks. Raises KafkaUnavailable."""
    try:
        return KafkaConsumer(
            bootstrap_servers=settings.bootstrap,
            enable_auto_commit=False,
            group_id=None,
            auto_offset_reset="none",
            fetch_max_bytes=FETCH_BYTES,
            max_partition_fetch_bytes=FETCH_BYTES,
        )
    except KafkaError as error:
        raise KafkaUnavailable(f"no broker answers at {settings.bootstrap}") from error


def end_offset(client: KafkaConsumer, topic: str) -> int:
    """The offset that the next message of a (one-partition) topic will get."""
    partition = TopicPartition(topic, 0)
    return int(client.end_offsets([partition])[partition])


__all__ = [
    "KafkaUnavailable",
    "admin_client",
    "consumer",
    "end_offset",
    "ensure_topics",
    "producer",
    "receipts_topics",
    "topic_config",
]
