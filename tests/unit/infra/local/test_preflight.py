"""Checks of the machine: each failure says what to do."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from infra.local import kafka, preflight
from infra.local.preflight import NotReady
from infra.settings import LOOPBACK, Settings
from lab.bench.ports import claim_port_base


@pytest.mark.parametrize(
    ("text", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "25" 2025-09-16', 25),
        ('java version "1.8.0_402"', 1),
        ('openjdk version "21-ea" 2023-09-19', 21),
        ("bash: java: command not found", 0),
        ("", 0),
    ],
)
def test_java_version(text: str, major: int) -> None:
    assert preflight.parse_java_version(text) == major


def fake_java(folder: Path, version: str) -> Path:
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    program.chmod(0o755)
    return program


def test_java_home_first_then_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = fake_java(tmp_path / "home", "21.0.1")
    on_path = fake_java(tmp_path / "path", "17.0.1")
    monkeypatch.setenv("PATH", f"{on_path.parent}:/usr/bin:/bin")
    nowhere = tmp_path / "none"
    settings = Settings(home=tmp_path, java_home=str(tmp_path / "home"))
    assert preflight.find_java(settings, nowhere) == chosen
    assert preflight.find_java(Settings(home=tmp_path, java_home=""), nowhere) == on_path


def test_an_old_java_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = fake_java(tmp_path / "old", "11.0.1")
    monkeypatch.setenv("PATH", f"{old.parent}:/nonexistent")
    settings = Settings(home=tmp_path, java_home="")
    with pytest.raises(NotReady) as caught:
        preflight.find_java(settings, tmp_path / "none")
    assert "version" in str(caught.value)
    assert preflight.ADMINISTRATOR_COMMAND in str(caught.value)


def test_the_distribution_folder_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/bin:/nonexistent")
    there = fake_java(tmp_path / "jvm" / "java-17", "17.0.1")
    found = preflight.java_candidates(Settings(home=tmp_path, java_home=""), tmp_path / "jvm")
    assert found[-1] == there


def test_no_maven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(NotReady, match="apt-get install -y maven"):
        preflight.find_maven()


def test_a_taken_port_is_named() -> None:
    port = claim_port_base() + 50  # nobody else takes it while it is let go again below
    with socket.socket() as taken:
        taken.bind((LOOPBACK, port))
        taken.listen()
        assert not preflight.port_is_free(port)
        with pytest.raises(NotReady, match=rf"{port} \(broker\).*TEKIL_PORT_BASE"):
            preflight.check_ports(Settings(), {"broker": port})
    assert preflight.port_is_free(port)
    preflight.check_ports(Settings(), {"broker": port})


def test_ports_of_foreign_services_are_not_ours() -> None:
    assert set(preflight.service_ports(Settings())) == {
        "broker",
        "broker's controller",
        "ClickHouse endpoint",
        "key server 1",
        "key server 2",
        "key server 3",
        "page",
    }
    outside = Settings(
        kafka_bootstrap="kafka.example:9092", clickhouse_url="http://ch.example", assurance="hmac"
    )
    assert preflight.service_ports(outside) == {"page": Settings().page_port}


def test_disk(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "not" / "there" / "yet")
    assert preflight.check_disk(settings, needed_bytes=1) > 1
    with pytest.raises(NotReady, match="TEKIL_HOME"):
        preflight.check_disk(settings, needed_bytes=2**70)


def test_python() -> None:
    preflight.check_python()
    with pytest.raises(NotReady, match=r"3\.11 or newer.*3\.10"):
        preflight.check_python((3, 10))


def test_a_cluster_id_is_never_taken_for_an_option() -> None:
    found = {kafka.new_cluster_id() for _ in range(2_000)}
    assert len(found) == 2_000
    assert {len(name) for name in found} == {22}
    assert not [name for name in found if name.startswith("-")]
