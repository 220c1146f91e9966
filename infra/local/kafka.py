"""A single-node Apache Kafka (KRaft) on loopback, from Kafka's own published jars.

Nothing here runs the broker: `prepare` makes everything that it needs and returns
the command line, `is_ready` asks a running one.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Final

from infra.kafka import KafkaUnavailable, admin_client
from infra.local.preflight import NotReady, find_java, find_maven
from infra.settings import LOOPBACK, Settings

Progress = Callable[[str], None]

POM: Final = Path(__file__).parent / "kafka" / "pom.xml"
MESSAGE_MAX_BYTES: Final = 8 * 1024**2  # the broker's ceiling; topics set their own, smaller
REQUEST_MAX_BYTES: Final = 2 * MESSAGE_MAX_BYTES  # a request is one batch and its headers
LOG_FILE_BYTES: Final = 10 * 1024**2
LOG_FILES: Final = 3
DOWNLOAD_TIMEOUT_SECONDS: Final = 900
FORMAT_TIMEOUT_SECONDS: Final = 120
PROBE_TIMEOUT_MS: Final = 3_000
API_VERSIONS: Final = struct.pack(">ihhih", 10, 18, 0, 1, -1)
"""Length, key and version of the request, the number that the answer repeats, no client's name."""
MAIN_JAR: Final = "kafka_2.13-*.jar"

SERVER_PROPERTIES: Final = """\
# Written by `tekil up` at each start: edits here are lost.
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=PLAINTEXT://{host}:{broker_port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{advertised}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
# Topics are made by our script alone: a typing error must not make one.
auto.create.topics.enable=false
# One node can hold one replica; the defaults of 3 would leave these topics unavailable.
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
# After kill -9 the controller waits this long before the same node may register again.
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=500
message.max.bytes={message_max_bytes}
replica.fetch.max.bytes={message_max_bytes}
socket.request.max.bytes={request_max_bytes}
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
"""

LOG4J_PROPERTIES: Final = """\
# Written by `tekil up` at each start: edits here are lost.
status=error
appender.file.type=RollingFile
appender.file.name=file
appender.file.fileName={log}
appender.file.filePattern={log}.%i
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d{{ISO8601}} %p %c{{1}} %m%n
appender.file.policies.type=Policies
appender.file.policies.size.type=SizeBasedTriggeringPolicy
appender.file.policies.size.size={log_bytes}
appender.file.strategy.type=DefaultRolloverStrategy
appender.file.strategy.max={log_files}
rootLogger.level=info
rootLogger.appenderRef.file.ref=file
"""


def server_properties(settings: Settings, data: Path) -> str:
    """The broker's configuration; `data` is where its log lies."""
    return SERVER_PROPERTIES.format(
        host=LOOPBACK,
        broker_port=settings.broker_port,
        advertised=settings.broker_address or f"{LOOPBACK}:{settings.broker_port}",
        controller_port=settings.controller_port,
        data=data,
        message_max_bytes=MESSAGE_MAX_BYTES,
        request_max_bytes=REQUEST_MAX_BYTES,
    )


def prepare(settings: Settings, progress: Progress) -> list[str]:
    """Everything that the broker needs to start; returns its command line.

    Fetches the jars on the first start of this user (needs Maven and the network),
    writes the configuration, formats the storage. Raises NotReady, saying what to do.
    """
    java = find_java(settings)
    jars = find_jars(settings, progress)
    home = settings.shared_folder("broker")
    data = home / "data"
    config = home / "server.properties"
    logging = home / "log4j2.properties"
    log = settings.shared_folder("logs") / "broker.log"
    config.write_text(server_properties(settings, data))
    logging.write_text(
        LOG4J_PROPERTIES.format(log=log, log_bytes=LOG_FILE_BYTES, log_files=LOG_FILES)
    )
    command = [
        str(java),
        f"-Xmx{settings.broker_heap_mib}m",
        f"-Dlog4j2.configurationFile={logging}",
        "-Djava.awt.headless=true",
        "-XX:+ExitOnOutOfMemoryError",  # the supervisor restarts it; half a broker is worse
        "-cp",
        f"{jars}/*",
    ]
    if not (data / "meta.properties").exists():
        progress("formatting the broker's storage")
        _format_storage(command, config)
    return [*command, "kafka.Kafka", str(config)]


def find_jars(settings: Settings, progress: Progress) -> Path:
    """The folder with the broker's jars: KAFKA_HOME's, the cached ones, or fetched now."""
    if settings.kafka_home:
        libs = Path(settings.kafka_home) / "libs"
        if not any(libs.glob("kafka_2.1*.jar")):
            raise NotReady(f"KAFKA_HOME is set, but {libs} holds no Kafka. Unset it or correct it")
        return libs
    cache = jar_cache(settings)
    if not any(cache.glob(MAIN_JAR)):
        _fetch_jars(cache, progress)
    return cache


def jar_cache(settings: Settings) -> Path:
    """Where the jars of this pom.xml are kept: one folder per user, not per TEKIL_HOME."""
    digest = hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    base = Path(settings.cache_home) if settings.cache_home else _home_cache(settings)
    return base / "tekil" / f"kafka-{digest}"


def _home_cache(settings: Settings) -> Path:
    try:
        return Path.home() / ".cache"
    except RuntimeError:  # a user without a home folder
        return settings.shared_folder("broker") / "cache"


def _fetch_jars(cache: Path, progress: Progress) -> None:
    maven = find_maven()
    progress("fetching the broker's jars with Maven (about 45 MB, once)")
    cache.parent.mkdir(parents=True, exist_ok=True)
    # Beside its final place, then one rename: an interrupted fetch is never taken for a whole one.
    fresh = Path(tempfile.mkdtemp(prefix="fetch-", dir=cache.parent))
    try:
        _run(
            [str(maven), "-q", "-B", "-C", "-f", str(POM), "dependency:copy-dependencies",
             "-DincludeScope=runtime", f"-DoutputDirectory={fresh}"],
            "Maven could not fetch the broker's jars; check the network and try again",
            DOWNLOAD_TIMEOUT_SECONDS,
        )  # fmt: skip
        if not any(fresh.glob(MAIN_JAR)):
            raise NotReady(f"Maven ended without an error, but brought no {MAIN_JAR}")
        try:
            os.replace(fresh, cache)
        except OSError:
            if not any(cache.glob(MAIN_JAR)):  # else another `tekil up` was faster
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)  # gone already after the rename


def new_cluster_id() -> str:
    """22 characters of base64, as Kafka's own ids: none begins with "-", which is an option."""
    while True:
        found = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not found.startswith("-"):
            return found


def _format_storage(command: list[str], config: Path) -> None:
    cluster_id = new_cluster_id()
    _run(
        [*command, "kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(config)],
        "the broker's storage could not be formatted",
        FORMAT_TIMEOUT_SECONDS,
    )


def _run(command: list[str], problem: str, timeout_seconds: float) -> None:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NotReady(f"{problem} (no end after {timeout_seconds:.0f} s)") from error
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).strip().splitlines()
        raise NotReady(f"{problem}:\n" + "\n".join(lines[-8:]))


def is_ready(settings: Settings) -> bool:
    """True if the cluster answers and a broker has joined it."""
    from kafka.errors import KafkaError

    if not any(_listens(address) for address in settings.bootstrap.split(",")):
        return False  # at once: the client would try for its whole time
    try:
        client = admin_client(
            settings, request_timeout_ms=PROBE_TIMEOUT_MS, bootstrap_timeout_ms=PROBE_TIMEOUT_MS
        )
        try:
            return bool(client.describe_cluster()["brokers"])
        finally:
            client.close()
    except (KafkaUnavailable, KafkaError, OSError):
        return False  # not yet: the caller knows how long it wants to ask


def answers(settings: Settings) -> bool:
    """Whether the embedded broker answers at its port: the least that there is to ask, a request
    for the versions of its protocol (kafka.apache.org/protocol, ApiVersions 0)."""
    try:
        address = (LOOPBACK, settings.broker_port)
        with socket.create_connection(address, PROBE_TIMEOUT_MS / 1000) as line:
            line.sendall(API_VERSIONS)
            found = line.recv(8)
    except OSError:
        return False
    return found[4:] == API_VERSIONS[8:12]


def _listens(address: str) -> bool:
    host, _, port = address.strip().rpartition(":")
    try:
        with socket.create_connection((host, int(port)), PROBE_TIMEOUT_MS / 1000):
            return True
    except OSError:
        return False
