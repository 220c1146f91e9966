"""A broker with TLS and logins: every kind of client publishes and reads by its settings alone."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from aiokafka import TopicPartition

from events.catalog import Topic
from infra.errors import SystemUnavailable
from infra.kafka import admin_client, async_consumer, async_producer, ensure_topics, producer
from infra.local import kafka
from infra.local.children import ROOT, child_environment
from infra.local.preflight import find_java
from infra.local.processes import start_child
from infra.settings import LOOPBACK, Settings
from infra.topic_reader import TopicReader
from lab.bench.ports import claim_port_base
from tests.keyservers import certificate
from tests.patience import until

USER, PASSWORD = "tekil", "an invented password"
START_SECONDS = 240.0
LOGIN, MUTUAL = 1090, 1091
"""The listeners' ports above the base: a password over TLS, and certificates of both sides."""
PROPERTIES = """
listeners={plain},CONTROLLER://127.0.0.1:{controller},SASL_SSL://127.0.0.1:{login},SSL://127.0.0.1:{mutual}
advertised.listeners={plain},SASL_SSL://127.0.0.1:{login},SSL://127.0.0.1:{mutual}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.ssl.ssl.client.auth=required
ssl.keystore.type=PEM
ssl.keystore.location={both}
ssl.truststore.type=PEM
ssl.truststore.location={ca}
"""
STAGE = """
import sys
from pathlib import Path
from infra.settings import Settings
from processors import worker

class Echo:
    name, topics = "echo", ("aid-journal",)
    async def prepare(self):
        return {"aid-journal": 0}
    async def take(self, delivery):
        Path(sys.argv[1]).write_bytes(delivery.value)

worker.run(Settings(), [Echo()])
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a client that logs in with a password."""
    folder = tmp_path_factory.mktemp("cluster")
    ca, key = certificate(folder)
    (folder / "both.pem").write_bytes(key.read_bytes() + ca.read_bytes())
    (folder / "password").write_text(PASSWORD + "\n")
    own = Settings(home=folder, port_base=claim_port_base(), assurance="hmac")
    config = folder / "server.properties"
    config.write_text(
        kafka.server_properties(own, folder / "data")
        + PROPERTIES.format(
            plain=f"PLAINTEXT://{own.bootstrap}", controller=own.controller_port, ca=ca,
            login=own.port_base + LOGIN, mutual=own.port_base + MUTUAL, both=folder / "both.pem",
        )
    )  # fmt: skip
    jars = kafka.find_jars(own, lambda _text: None)
    java = [str(find_java(own)), "-Xmx256m", "-cp", f"{jars}/*"]
    scram = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
    subprocess.run(
        [*java, "kafka.tools.StorageTool", "format", "-t", kafka.new_cluster_id(),
         "-c", str(config), "--add-scram", scram],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    broker = start_child([*java, "kafka.Kafka", str(config)], os.environ, folder / "log", folder)
    try:
        assert until(lambda: kafka.is_ready(own), START_SECONDS), (folder / "log").read_text()[
            -2000:
        ]
        yield own.model_copy(
            update={
                "kafka_bootstrap": f"{LOOPBACK}:{own.port_base + LOGIN}",
                "kafka_ca_file": str(ca),
                "kafka_user": USER,
                "kafka_password_file": str(folder / "password"),
            }
        )
    finally:
        broker.kill()
        broker.wait()


@pytest.fixture(params=["password", "certificates"])
def settings(cluster: Settings, request: pytest.FixtureRequest) -> Settings:
    """Both ways to prove who asks; each in a namespace of its own."""
    if request.param == "password":
        return cluster
    folder = Path(cluster.kafka_ca_file).parent
    return cluster.model_copy(
        update={
            "kafka_bootstrap": f"{LOOPBACK}:{cluster.port_base + MUTUAL}",
            "kafka_user": "",
            "kafka_tls": True,
            "kafka_certificate_file": str(folder / "cert.pem"),
            "kafka_key_file": str(folder / "key.pem"),
            "namespace": "mutual",
        }
    )


def test_every_kind_of_client_comes_in(settings: Settings, tmp_path: Path) -> None:
    topic = settings.topic(Topic.JOURNAL)
    assert topic in ensure_topics(settings)
    assert kafka.is_ready(settings)
    with closing(producer(settings)) as plain:
        assert plain.send(topic, value=b"one", partition=0).get(timeout=30).offset == 0

    async def second() -> list[bytes]:
        sender, reader = await async_producer(settings), async_consumer(settings)
        try:
            await sender.send_and_wait(topic, b"two", partition=0)
            await reader.start()
            reader.assign([TopicPartition(topic, 0)])
            reader.seek(TopicPartition(topic, 0), 1)
            return [(await reader.getone()).value]
        finally:
            await reader.stop()
            await sender.stop()

    assert asyncio.run(second()) == [b"two"]
    with closing(TopicReader(settings, {"journal": Topic.JOURNAL})) as topics:
        assert [value for *_, value in topics.poll(30_000)][:2] == [b"one", b"two"]
    if settings.namespace:
        return  # Faust once is enough
    said = tmp_path / "said"
    worker = subprocess.Popen(
        [sys.executable, "-c", STAGE, str(said)], cwd=ROOT, env=child_environment(settings)
    )
    try:
        end = time.monotonic() + START_SECONDS
        while not said.exists() or said.read_bytes() != b"two":
            assert time.monotonic() < end, "Faust took nothing"
            assert worker.poll() is None, "Faust ended"
            time.sleep(0.1)
    finally:
        worker.kill()
        worker.wait()


def test_who_cannot_prove_it_is_not_let_in(cluster: Settings, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("another password")
    mutual = {"kafka_bootstrap": f"{LOOPBACK}:{cluster.port_base + MUTUAL}", "kafka_user": ""}
    for changed in (
        {"kafka_password_file": str(wrong)},
        {"kafka_ca_file": ""},  # an authority that this machine does not know
        mutual | {"kafka_tls": True},  # no certificate of its own
    ):
        with pytest.raises(SystemUnavailable):
            admin_client(cluster.model_copy(update=changed), bootstrap_timeout_ms=2_000)
