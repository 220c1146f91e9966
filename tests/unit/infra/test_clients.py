"""The clients' one factory: settings reach each client, and no client is made elsewhere."""

import ast
import asyncio
from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest

from infra import clickhouse, kafka
from infra.errors import UsageProblem
from infra.settings import Settings
from processors import worker
from tests.architecture.tree import ROOT, modules
from tests.keyservers import certificate

BROKERS = "a.example:9093,b.example:9093"


def settings_of(folder: Path, **more: Any) -> Settings:
    """A foreign cluster, with TLS by an authority of its own."""
    given = {"kafka_ca_file": str(certificate(folder)[0]), "client_id": "mine"} | more
    return Settings(home=folder, kafka_bootstrap=BROKERS, **given)


def test_without_settings_there_is_neither_tls_nor_login(tmp_path: Path) -> None:
    told = kafka.connection(Settings(home=tmp_path, kafka_bootstrap=BROKERS))
    assert told == {"bootstrap_servers": BROKERS, "client_id": "tekil"}


def test_a_login_goes_over_tls_alone(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret\n")
    login = {"kafka_user": "ayse", "kafka_password_file": str(tmp_path / "password")}
    told = kafka.connection(settings_of(tmp_path, **login, kafka_sasl="SCRAM-SHA-256"))
    context = told.pop("ssl_context")
    assert context.check_hostname
    assert len(context.get_ca_certs()) == 1
    assert told == {
        "bootstrap_servers": BROKERS, "client_id": "mine", "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-256", "sasl_plain_username": "ayse",
        "sasl_plain_password": "secret",
    }  # fmt: skip


def test_a_clients_own_certificate_is_used(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    own = {"kafka_certificate_file": str(cert), "kafka_key_file": str(key), "kafka_tls": True}
    told = kafka.connection(settings_of(tmp_path, **own))
    assert told["security_protocol"] == "SSL"
    assert "sasl_mechanism" not in told


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"kafka_ca_file": "nowhere", "kafka_tls": True}, "CA_FILE"),
        ({"kafka_certificate_file": "nowhere", "kafka_tls": True}, "CERTIFICATE_FILE"),
        ({"kafka_user": "ayse", "kafka_password_file": "nowhere"}, "PASSWORD_FILE"),
        ({"kafka_user": "ayse", "kafka_password_file": "/dev/null"}, "is empty"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, given: Any, named: str) -> None:
    with pytest.raises(UsageProblem, match=named):
        kafka.connection(settings_of(tmp_path, **given))


def test_every_client_is_told_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import aiokafka
    import kafka as library

    made: list[tuple[str, dict[str, Any]]] = []

    def noted(name: str) -> Any:
        def make(**options: Any) -> Any:
            made.append((name, options))
            return Started()

        return make

    for module, names in (
        (library, ("KafkaAdminClient", "KafkaProducer", "KafkaConsumer")),
        (aiokafka, ("AIOKafkaProducer", "AIOKafkaConsumer")),
    ):
        for name in names:
            monkeypatch.setattr(module, name, noted(name))
    told = {"bootstrap_servers": "x:1", "client_id": "c", "security_protocol": "SSL"}
    monkeypatch.setattr(kafka, "connection", lambda _settings: told)
    settings = Settings(home=tmp_path)
    for make in (kafka.admin_client, kafka.producer, kafka.consumer, kafka.async_consumer):
        make(settings)
    asyncio.run(kafka.async_producer(settings))
    assert len({name for name, _ in made}) == 5
    assert all(options.items() >= told.items() for _, options in made)
    waits = {o["request_timeout_ms"] for name, o in made if name.startswith("AIO")}
    assert waits == {30_000}, "who loses a connection in silence is not deaf for longer"


class Started:
    """A client that is there at once."""

    async def start(self) -> None:
        """Nothing."""


def test_faust_is_told_the_same(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret")
    login = {"kafka_user": "ayse", "kafka_password_file": str(tmp_path / "password")}
    conf = worker.build_app(settings_of(tmp_path, **login), []).conf
    found: Any = conf.broker_credentials
    assert (found.username, found.password, found.mechanism.value, found.protocol.value) == (
        "ayse", "secret", "SCRAM-SHA-512", "SASL_SSL",
    )  # fmt: skip
    assert conf.broker_client_id == "mine"
    assert conf.broker_request_timeout == 30.0
    assert [str(url) for url in conf.broker] == [f"kafka://{one}" for one in BROKERS.split(",")]
    tls: Any = worker.build_app(settings_of(tmp_path, kafka_tls=True), []).conf.broker_credentials
    assert tls.protocol.value == "SSL"
    assert worker.build_app(Settings(home=tmp_path), []).conf.broker_credentials is None


def test_clickhouse_gets_its_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, Any] = {}
    monkeypatch.setattr(clickhouse_connect, "get_client", lambda **options: made.update(options))
    settings = Settings(
        home=tmp_path, clickhouse_url="https://c.example:8443", clickhouse_owner_password="x",
        clickhouse_ca_file="ca", clickhouse_certificate_file="cert", clickhouse_key_file="key",
        client_id="mine",
    )  # fmt: skip
    clickhouse.connect(settings, clickhouse.OWNER)
    assert (made["interface"], made["host"], made["port"]) == ("https", "c.example", 8443)
    names = ("ca_cert", "client_cert", "client_cert_key", "client_name")
    assert [made[name] for name in names] == ["ca", "cert", "key", "mine"]


# -- nowhere else ----------------------------------------------------------------------------------

CONSTRUCTORS = {
    "KafkaProducer", "KafkaConsumer", "KafkaAdminClient", "AIOKafkaProducer", "AIOKafkaConsumer",
    "App", "get_client", "get_async_client",
}  # fmt: skip
FACTORIES = {
    "infra/kafka.py": {name for name in CONSTRUCTORS if "Kafka" in name},
    "infra/clickhouse.py": {"get_client"},
    "processors/worker.py": {"App"},
}
PEERS = ROOT / "lab" / "bench" / "simple"
"""The bench's peers, which know nothing of ours."""


def made_in(tree: ast.AST) -> set[str]:
    """Constructors that are called, or handed to a function that calls them."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for one in (node.func, *node.args):
                name = one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "")
                found |= {name} & CONSTRUCTORS
    return found


def test_no_client_is_made_but_in_its_factory() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): made
        for path in modules()
        if not path.is_relative_to(PEERS) and (made := made_in(ast.parse(path.read_text("utf-8"))))
    }
    assert found == FACTORIES


def test_the_search_bites() -> None:
    for text in ("KafkaProducer(acks='all')", "faust.App('x')", "make(kafka.KafkaConsumer, s)"):
        assert made_in(ast.parse(text)), text
    assert not made_in(ast.parse("x: KafkaProducer = producer(settings)"))
