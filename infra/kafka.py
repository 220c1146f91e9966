"""Topics and clients of Kafka: the one place where a client is made. (Faust makes its own, from
the same `connection`, in processors/worker.py.)

The libraries are imported where they are used: a command that only asks for help needs none.
"""

import ssl
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from events.catalog import TOPICS, Topic, TopicSpec, receipts_topic
from infra.errors import SystemUnavailable, UsageProblem
from infra.settings import Settings

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
    from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

DAY_MS: Final = 86_400_000
REQUEST_BYTES: Final = 9 << 20
STAGE_REQUEST_BYTES: Final = 17 << 20
FETCH_BYTES: Final = 1 << 20
"""Of an answer, but for a single larger message: what a slow line brings before patience ends."""
SAFE: Final = {
    # never compacted: a foreign message under the same key would remove what it stands for
    "cleanup.policy": "delete",
    # a batch of some kB can unpack to gigabytes, or need a codec that a reader has not: let the
    # broker unpack it, and refuse it
    "compression.type": "uncompressed",
}
"""What of a topic's settings its readers rest on."""
LEAST_REQUEST_SECONDS: Final = 15.0
METADATA_PAUSE_MS: Final = 10
"""Between two looks at a cluster's metadata, also where the first succeeded."""


class KafkaUnavailable(SystemUnavailable):
    """The broker does not answer; nothing was lost, the same command can be run again."""


def topic_config(spec: TopicSpec) -> dict[str, str]:
    """The broker's settings of a topic."""
    config = {
        **SAFE,
        "message.timestamp.type": "LogAppendTime",
        "max.message.bytes": str(spec.max_message_bytes),
        "retention.ms": str(spec.retention_days * DAY_MS if spec.retention_days else -1),
        "retention.bytes": "-1",
    }
    if spec.flush_every_message:
        config["flush.messages"] = "1"
    return config


def ensure_topics(settings: Settings, partners: Iterable[str] = ()) -> list[str]:
    """Make the topics that are missing (the partners' receipts too); returns the names made.

    Raises KafkaUnavailable.
    """
    wanted = {settings.topic(s.topic): s for s in TOPICS if not s.per_partner}
    per_partner = next(s for s in TOPICS if s.per_partner)
    wanted |= {settings.topic(receipts_topic(org)): per_partner for org in partners}
    from kafka.admin import NewTopic
    from kafka.errors import KafkaError, TopicAlreadyExistsError

    admin = admin_client(settings)
    try:
        existing = set(admin.list_topics())
        missing = {name: spec for name, spec in wanted.items() if name not in existing}
        ours = [*wanted, *(n for n in existing if n.startswith(settings.topic(Topic.RECEIPTS)))]
        _make_safe(admin, sorted(existing.intersection(ours)))
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


def _make_safe(admin: Any, topics: list[str]) -> None:
    """Topics that a version before 0029 made were packed as sent, and aid-keys was compacted."""
    from kafka.admin import ConfigResource, ConfigResourceType

    if topics:
        kind = ConfigResourceType.TOPIC
        admin.alter_configs([ConfigResource(kind, name, SAFE) for name in topics])


def replication_factor(settings: Settings) -> int:
    """1 on the embedded broker, else the cluster's own default (-1)."""
    return 1 if settings.embedded_kafka else -1


def receipts_topics(settings: Settings) -> dict[str, str]:
    """Organisation → name of its topic of receipts, for all that exist."""
    from kafka.errors import KafkaError

    prefix = settings.topic(Topic.RECEIPTS) + "-"
    admin = admin_client(settings)
    try:
        names = admin.list_topics()
    except KafkaError as error:
        raise KafkaUnavailable(str(error)) from error
    finally:
        admin.close()
    return {n.removeprefix(prefix).upper(): n for n in names if n.startswith(prefix)}


# -- clients -------------------------------------------------------------------------------------


def connection(settings: Settings) -> dict[str, Any]:
    """What kafka-python and aiokafka are both told: where, who asks, and how that is proved.

    A login goes over TLS alone. UsageProblem if a file of it cannot be read.
    """
    told: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap,
        "client_id": settings.client_id,
    }
    if not settings.kafka_tls and not settings.kafka_user:
        return told
    login = "SASL_" if settings.kafka_user else ""
    told |= {"security_protocol": f"{login}SSL", "ssl_context": _tls(settings)}
    if login:
        told |= {
            "sasl_mechanism": settings.kafka_sasl,
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": _password(settings),
        }
    return told


def request_seconds(settings: Settings) -> float:
    """After so long without an answer an event loop's client gives its connection up.

    A network may lose a connection and tell nobody. aiokafka waits 40 s, Faust would wait 90; the
    broker has given the worker's place away after a session.
    """
    return max(LEAST_REQUEST_SECONDS, 3 * settings.session_timeout_seconds)


def _request_ms(settings: Settings) -> int:
    return round(1000 * request_seconds(settings))


def _tls(settings: Settings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.kafka_ca_file or None)
        if settings.kafka_certificate_file:
            context.load_cert_chain(
                settings.kafka_certificate_file, settings.kafka_key_file or None
            )
    except OSError as error:  # ssl's own errors are OSErrors
        raise UsageProblem(
            "the certificates of TEKIL_KAFKA_CA_FILE, _CERTIFICATE_FILE and _KEY_FILE cannot be"
            f" used: {error}"
        ) from error
    return context


def _password(settings: Settings) -> str:
    try:
        found = Path(settings.kafka_password_file).read_text("utf-8").strip()
    except OSError as error:
        raise UsageProblem(f"TEKIL_KAFKA_PASSWORD_FILE cannot be read: {error}") from error
    if not found:
        raise UsageProblem(f"{settings.kafka_password_file} (TEKIL_KAFKA_PASSWORD_FILE) is empty")
    return found


def _made(client: "type[Any]", settings: Settings, **options: Any) -> Any:
    """A client of kafka-python. Raises KafkaUnavailable."""
    from kafka.cluster import ClusterMetadata
    from kafka.errors import KafkaError

    # kafka-python 3.0.12 hands `retry_backoff_ms` to everything but its metadata, which keep
    # their default of 100 ms: so long each command stood still that connected and asked for a topic
    ClusterMetadata.DEFAULT_CONFIG["retry_backoff_ms"] = METADATA_PAUSE_MS
    try:
        return client(**connection(settings), **options)
    except KafkaError as error:
        raise KafkaUnavailable(f"no broker answers at {settings.bootstrap}") from error


def admin_client(settings: Settings, **options: Any) -> "KafkaAdminClient":
    """An admin client. Raises KafkaUnavailable."""
    from kafka import KafkaAdminClient

    return _made(KafkaAdminClient, settings, **options)


def producer(settings: Settings, *, linger_ms: int = 0) -> "KafkaProducer":
    """An idempotent producer that waits for all replicas. Raises KafkaUnavailable."""
    from kafka import KafkaProducer

    return _made(
        KafkaProducer, settings, acks="all", linger_ms=linger_ms, max_request_size=REQUEST_BYTES
    )


def consumer(settings: Settings) -> "KafkaConsumer":
    """A consumer outside every group: the caller assigns and seeks. Raises KafkaUnavailable."""
    from kafka import KafkaConsumer

    from infra.lenient import for_kafka_python

    for_kafka_python.install()
    return _made(KafkaConsumer, settings, group_id=None, **_OWN_CURSOR)


def async_consumer(settings: Settings) -> "AIOKafkaConsumer":
    """`consumer` for an event loop; the caller starts it."""
    from aiokafka import AIOKafkaConsumer

    from infra.lenient import for_aiokafka

    for_aiokafka.install()
    return AIOKafkaConsumer(
        **connection(settings), **_OWN_CURSOR, request_timeout_ms=_request_ms(settings)
    )


async def async_producer(settings: Settings) -> "AIOKafkaProducer":
    """A started producer for an event loop: idempotent, all replicas."""
    from aiokafka import AIOKafkaProducer

    producer = AIOKafkaProducer(
        **connection(settings),
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_request_size=STAGE_REQUEST_BYTES,
        request_timeout_ms=_request_ms(settings),
    )
    await producer.start()
    return producer


_OWN_CURSOR: Final[dict[str, Any]] = {
    "enable_auto_commit": False,
    "auto_offset_reset": "none",
    "fetch_max_bytes": FETCH_BYTES,
    "max_partition_fetch_bytes": FETCH_BYTES,
}


def end_offset(client: "KafkaConsumer", topic: str) -> int:
    """The offset that the next message of a (one-partition) topic will get."""
    from kafka import TopicPartition

    partition = TopicPartition(topic, 0)
    return int(client.end_offsets([partition])[partition])
