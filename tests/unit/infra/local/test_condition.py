"""What a process really does, told apart: each word from what is seen of it."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra import heart
from infra.heart import Health, Heart, Word
from infra.local import condition, kafka, processes, supervisor
from infra.local.children import State
from infra.local.condition import Condition, conditions
from infra.local.supervisor import ChildStatus
from infra.settings import LOOPBACK, Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    # its processes take any port
    return Settings(home=tmp_path, namespace="abc", kafka_bootstrap="elsewhere:9092")


def child(name: str = "all", **more: object) -> ChildStatus:
    told = {"pid": os.getpid(), "state": State.RUNNING, "uptime_seconds": 600.0, "restarts": 0}
    return ChildStatus(name, **{**told, "detail": "last line", **more})  # type: ignore[arg-type]


@contextmanager
def answering(settings: Settings, name: str, *hearts: Heart) -> Iterator[Health]:
    """A process of this name that says how it is."""
    with Health(name, 0, hearts) as server:
        told = {"pid": os.getpid(), "port": server.port}
        heart.port_file(settings, name).write_text(json.dumps(told))
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def seen(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, *children: ChildStatus
) -> list[Condition]:
    monkeypatch.setattr(supervisor, "status", lambda _settings: list(children))
    return conditions(settings)


def test_the_worst_heart_of_a_process_is_its_word(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fine, slow = Heart("intake"), Heart("registry")
    fine.turn(3, 3)
    slow.turn(3, 90)
    slow._even -= 60
    with answering(settings, "all", fine, slow) as server:
        (found,) = seen(settings, monkeypatch, child())
        assert (found.word, found.reason, found.is_well) == (
            Word.LAGGING, "registry: 87 behind", True,
        )  # fmt: skip
        assert found.health.endswith(f":{server.port}/health")
        fine.refolds(1, 4)
        (found,) = seen(settings, monkeypatch, child())
        assert (found.word, found.reason) == (Word.REFOLDING, "intake: 25 % (1 of 4)")
        slow.held_up("the disk is full")
        slow._held_since -= 60
        (found,) = seen(settings, monkeypatch, child())
        assert (found.word, found.is_well) == (Word.BLOCKED, False)


def test_what_was_stopped_by_a_signal_is_frozen(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        process.send_signal(signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)
        assert processes.is_paused(process.pid)
        (found,) = seen(settings, monkeypatch, child(pid=process.pid))
        assert (found.word, found.is_well) == (Word.FROZEN, False)
        assert "SIGCONT" in found.reason
    finally:
        process.kill()
        process.wait()
    assert not processes.is_paused(process.pid)


def test_who_does_not_answer_is_starting_or_frozen(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(condition, "ASK_SECONDS", 0.2)
    (found,) = seen(settings, monkeypatch, child(uptime_seconds=3.0))
    assert found.word == Word.STARTING
    one = Heart("all")
    with answering(settings, "all", one):
        monkeypatch.setattr(Health, "answer", lambda *_: time.sleep(1))
        (found,) = seen(settings, monkeypatch, child())
    assert found.word == Word.FROZEN


def test_ended_again_and_again_is_restarting_also_between_its_ends(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Heart("all")
    one.turn()
    now = time.time()
    with answering(settings, "all", one):
        often = child(ends=(now - 300, now - 20, now - 5), uptime_seconds=4.0, restarts=3)
        (found,) = seen(settings, monkeypatch, often)
        assert (found.word, found.is_well) == (State.RESTARTING, False)
        assert found.reason == "ended 2 times within a minute: last line"
        (found,) = seen(settings, monkeypatch, child(ends=(now - 300, now - 5), restarts=2))
        assert found.word == Word.RUNNING
    (found,) = seen(settings, monkeypatch, child(state=State.STOPPED, pid=None))
    assert (found.word, found.reason) == (State.STOPPED, "last line")


def test_without_a_broker_a_stage_is_blocked(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = Heart("registry"), Heart("page")
    one.turn()
    other.turn()
    broker = child("broker", state=State.RESTARTING, pid=None)
    with answering(settings, "registry", one), answering(settings, "page", other):
        found = seen(settings, monkeypatch, broker, child("registry"), child("page"))
        # in a namespace the broker is another supervisor's: it is asked
        with socket.create_server((LOOPBACK, 0)) as nobody:
            embedded = settings.model_copy(
                update={"kafka_bootstrap": "", "port_base": nobody.getsockname()[1] - 1092}
            )
            monkeypatch.setattr(kafka, "PROBE_TIMEOUT_MS", 100)
            (alone,) = seen(embedded, monkeypatch, child("registry"))
    assert (alone.word, alone.reason) == (Word.BLOCKED, "the broker is silent")
    assert [(c.word, c.reason) for c in found[1:]] == [
        (Word.BLOCKED, "the broker is restarting"), (Word.RUNNING, ""),
    ]  # fmt: skip


def test_the_runbook_says_what_to_do_about_each_word() -> None:
    page = (Path(__file__).parents[4] / "docs" / "runbook.md").read_text("utf-8")
    rows = {line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")}
    assert {*map(str, Word), *map(str, State)} <= rows
