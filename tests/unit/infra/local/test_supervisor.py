"""The supervisor's rules, without a process of its own."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local import children, kafka, processes, supervisor
from infra.local.preflight import NotReady
from infra.settings import Settings


def test_backoff_doubles_to_its_ceiling_and_is_reset_by_a_good_run() -> None:
    waits = list(
        itertools.accumulate(range(9), lambda b, _: children.next_backoff(b, 1), initial=0.0)
    )
    assert waits[1:] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0, 10.0]
    assert children.next_backoff(10.0, children.BACKOFF_RESET_SECONDS) == 0.2


def test_the_environment_of_a_child_is_these_settings_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEKIL_KAFKA_BOOTSTRAP", "elsewhere:9092")
    monkeypatch.setenv("SOMETHING", "else")
    settings = Settings(home=tmp_path, port_base=20_000, namespace="abc", kafka_bootstrap="")
    found = children.child_environment(settings)
    assert found["SOMETHING"] == "else"
    assert "TEKIL_KAFKA_BOOTSTRAP" not in found
    assert (found["TEKIL_PORT_BASE"], found["TEKIL_NAMESPACE"]) == ("20000", "abc")
    assert found["PYTHONPATH"] == str(children.ROOT)


def test_settings_survive_the_way_through_an_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path, port_base=20_001, namespace="x", broker_heap_mib=300)
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings


def test_status_of_what_never_was(tmp_path: Path) -> None:
    assert supervisor.status(Settings(home=tmp_path)) == []


def test_an_identity_is_more_than_a_pid() -> None:
    me = processes.identify(os.getpid())
    assert me is not None
    assert me.is_alive()
    assert not processes.Identity(me.pid, me.start_ticks + 1).is_alive()
    assert processes.identify(2**22 + 1) is None


def test_a_zombie_is_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    identity = processes.identify(child.pid)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it ended; nobody has taken it yet
    assert identity is None or not identity.is_alive()
    child.wait()


def test_rotation_keeps_one(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    processes.rotate(log, 3)  # nothing there: nothing to do
    log.write_text("old")
    processes.rotate(log, 3)
    assert log.exists()
    log.write_text("older")
    processes.rotate(log, 3)
    assert not log.exists()
    assert (tmp_path / "a.log.1").read_text() == "older"


def test_last_line(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    assert processes.last_line(log) == ""
    log.write_bytes(b"first\nlast \xff said\n\n")
    assert processes.last_line(log).startswith("last")


def test_the_broker_configuration(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, port_base=20_000)
    written = kafka.server_properties(settings, tmp_path / "data")
    lines = [line for line in written.splitlines() if not line.startswith("#")]
    found = dict(line.split("=", 1) for line in lines)
    assert found["listeners"] == "PLAINTEXT://127.0.0.1:21092,CONTROLLER://127.0.0.1:21093"
    assert found["advertised.listeners"] == "PLAINTEXT://127.0.0.1:21092"
    assert found["auto.create.topics.enable"] == "false"
    assert found["message.max.bytes"] == str(8 * 1024**2)
    assert int(found["socket.request.max.bytes"]) > int(found["message.max.bytes"])
    assert found["group.initial.rebalance.delay.ms"] == "0"
    ones = [name for name in found if name.endswith((".replication.factor", "min.isr"))]
    assert len(ones) == 6
    assert {found[name] for name in ones} == {"1"}
    assert not [name for name in found if name.startswith("log.flush")]


def test_jars_of_kafka_home(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, kafka_home=str(tmp_path / "kafka"))
    with pytest.raises(NotReady, match="KAFKA_HOME"):
        kafka.find_jars(settings, lambda _text: None)
    libs = tmp_path / "kafka" / "libs"
    libs.mkdir(parents=True)
    (libs / "kafka_2.13-4.3.1.jar").touch()
    assert kafka.find_jars(settings, lambda _text: None) == libs


def test_the_jar_cache_is_the_users(tmp_path: Path) -> None:
    one = kafka.jar_cache(Settings(home=tmp_path / "a", cache_home=str(tmp_path / "cache")))
    two = kafka.jar_cache(Settings(home=tmp_path / "b", cache_home=str(tmp_path / "cache")))
    assert one == two
    assert one.is_relative_to(tmp_path / "cache" / "tekil")


def test_no_registry_is_named() -> None:
    text = kafka.POM.read_text()
    assert "<repository>" not in text
    assert "<url>" not in text


def test_behind_a_tunnel_clients_use_its_address_and_the_broker_names_it(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path,
        port_base=20_000,
        broker_address="tunnel.example:4092",
        clickhouse_address="tunnel.example:4123",
    )
    written = kafka.server_properties(settings, tmp_path / "data")
    assert "\nadvertised.listeners=PLAINTEXT://tunnel.example:4092\n" in written
    assert "\nlisteners=PLAINTEXT://127.0.0.1:21092," in written
    assert settings.embedded_kafka
    assert settings.bootstrap == "tunnel.example:4092"
    assert settings.embedded_clickhouse
    assert settings.clickhouse == "http://tunnel.example:4123"
