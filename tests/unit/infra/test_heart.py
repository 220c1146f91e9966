"""What a heart says, and how it is asked over HTTP."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import heart, web
from infra.heart import Health, Heart, Word
from infra.settings import HEALTH_ORDER, LOOPBACK, Settings


class Time:
    """A clock that is set, and the ticks that the heart's thread has computed."""

    now = 1000.0
    ticks = 0


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    clock = Time()
    monkeypatch.setattr(heart, "_now", lambda: clock.now)
    monkeypatch.setattr(heart, "_cpu_ticks", lambda _thread: clock.ticks)
    return clock


def passed(one: Heart, time: Time, seconds: int, *, computing: bool = False) -> Word:
    """What it says after so many seconds in which nothing is told to it."""
    for _ in range(seconds):
        time.now += 1
        time.ticks += computing
        one.look()
    return one.beat().word


def test_who_never_turned_is_starting(time: Time) -> None:
    one = Heart("registry")
    assert passed(one, time, 60) is Word.STARTING


def test_a_loop_that_stands_still_is_frozen_within_ten_seconds(time: Time) -> None:
    one = Heart("registry")
    one.turn(5, 5)
    assert passed(one, time, 7) is Word.RUNNING
    assert passed(one, time, 2) is Word.FROZEN
    assert "9 s" in one.beat().reason
    one.turn()
    assert one.beat().word is Word.RUNNING


def test_a_long_fold_is_not_frozen_but_does_not_stay_unnoticed(time: Time) -> None:
    one = Heart("registry")
    one.turn(5, 6)
    with one.taking("aid-journal:5", 6):
        # no turn in all this time: the loop is in one message
        assert passed(one, time, 20, computing=True) is Word.LAGGING
        assert passed(one, time, 20, computing=True) is Word.BLOCKED
        assert one.beat().reason == "at aid-journal:5 for 40 s"
        assert passed(one, time, 9) is Word.FROZEN
        assert "at aid-journal:5" in one.beat().reason
    assert (one.beat().word, one.position) == (Word.RUNNING, 6)


def test_behind_for_a_while_is_lagging(time: Time) -> None:
    one = Heart("receipts")
    one.turn(10, 12)
    assert one.beat().word is Word.RUNNING
    for _ in range(6):
        time.now += 1
        one.turn()
    assert (one.beat().word, one.beat().behind, one.beat().is_ready) == (Word.LAGGING, 2, False)
    one.turn(12)
    one.pending = 3
    assert one.beat().behind == 3, "taken, and not answered for"
    one.pending = 0
    one.turn()
    assert one.beat().word is Word.RUNNING


def test_who_waits_says_for_what(time: Time) -> None:
    one = Heart("projector")
    one.turn()
    with one.waiting("ClickHouse does not take the rows"):
        assert passed(one, time, 4) is Word.RUNNING
        assert passed(one, time, 20) is Word.BLOCKED
        assert one.beat().reason == "ClickHouse does not take the rows (for 24 s)"
    assert one.beat().word is Word.RUNNING
    one.held_up("the disk is full")
    time.now += 6
    one.turn()
    one.held_up("the disk is full: 3 bytes")
    assert one.beat().reason == "the disk is full: 3 bytes (for 6 s)"
    one.held_up("")
    assert one.beat().word is Word.RUNNING


def test_refolding_has_a_percent_and_an_end(time: Time) -> None:
    one = Heart("intake")
    one.refolds(30, 120)
    assert (one.beat().word, one.beat().percent, one.beat().reason) == (
        Word.REFOLDING, 25, "25 % (30 of 120)",
    )  # fmt: skip
    one.refolds(120, 120)
    one.turn()
    assert (one.beat().word, one.beat().percent) == (Word.RUNNING, 0)


def test_a_thread_that_computes_is_seen() -> None:
    before = heart._cpu_ticks(threading.get_native_id())
    while heart._cpu_ticks(threading.get_native_id()) == before:
        sum(range(100_000))
    assert heart._cpu_ticks(2**22 + 1) == 0


# -- over HTTP -------------------------------------------------------------------------------------


@pytest.fixture
def health(time: Time) -> Iterator[Health]:
    with Health("all", 0, [Heart("intake"), Heart("registry")]) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


def test_health_and_readiness_of_a_process(health: Health, time: Time) -> None:
    base = f"http://{LOOPBACK}:{health.port}"

    def statuses() -> list[int]:
        found = [web.ask(base + path) for path in ("/health", "/ready", "/else")]
        return [one[0] if one else 0 for one in found]

    assert statuses() == [200, 503, 404], "starting is healthy and not ready"
    for one in health.hearts:
        one.turn(3, 3)
    assert statuses() == [200, 200, 404]
    found = web.ask(f"{base}/health")
    assert found is not None
    told = json.loads(found[1])
    assert told["process"] == "all"
    assert [(h["name"], h["word"], h["position"]) for h in told["hearts"]] == [
        ("intake", "running", 3), ("registry", "running", 3),
    ]  # fmt: skip
    time.now += 30
    assert statuses() == [503, 503, 404]


def test_who_drips_keeps_nobody_out(health: Health) -> None:
    drips = [socket.create_connection((LOOPBACK, health.port)) for _ in range(40)]
    try:
        for one in drips:
            one.sendall(b"GET /hea")
        for one in drips:
            one.settimeout(20)
            assert one.recv(100)[:12] in (b"HTTP/1.1 404", b"")
        silent = socket.create_connection((LOOPBACK, health.port))
        assert web.answers(f"http://{LOOPBACK}:{health.port}/health")
        silent.close()
    finally:
        for one in drips:
            one.close()


def test_each_process_has_a_port_of_its_own(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, port_base=20_000)
    assert [settings.health_port(name) for name in HEALTH_ORDER] == list(range(20_021, 20_032))
    for other in ({"namespace": "abc"}, {"worker": "b"}):
        assert settings.model_copy(update=other).health_port("registry") == 0


def test_a_port_that_is_taken_is_no_end(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        settings = Settings(home=tmp_path, port_base=taken.getsockname()[1] - 21)
        heart.serve(settings, "supervisor")
        told = json.loads(heart.port_file(settings, "supervisor").read_text())
        assert told["port"] != settings.health_port("supervisor")
        assert web.ask(f"http://{LOOPBACK}:{told['port']}/health") is not None
