"""`tekil demo` on real services: equal, up afterwards, again, ended by a signal, nothing left."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import supervisor
from infra.settings import Settings
from projections import query as analyst
from tests.conftest import free_port_base

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (
    "import sys; from cli.demo import run; from infra.settings import Settings;"
    "sys.exit(run(Settings(), 400, True))"
)


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with tempfile.TemporaryDirectory(prefix="tekil-demo-") as folder:
        settings = Settings(home=Path(folder), port_base=free_port_base())
        yield settings
        supervisor.down(settings)


def start(settings: Settings) -> subprocess.Popen[bytes]:
    environment = os.environ | settings.environment()
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def processes_of(settings: Settings) -> list[str]:
    """Command lines of live processes whose environment or arguments name this home."""
    name = str(settings.root).encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            known = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
        except OSError:  # it has ended meanwhile
            continue
        if name in known:
            found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def test_what_is_missing_is_said_and_the_home_stays_empty(settings: Settings) -> None:
    nowhere = settings.model_copy(update={"kafka_home": "/nowhere"})
    demo = start(nowhere)
    _, errors = demo.communicate(timeout=60)
    assert b"NotReady: KAFKA_HOME is set, but /nowhere" in errors  # the program says it, exit 3
    assert not supervisor.is_up(settings)
    assert not (settings.root / "demo.json").exists()
    assert not (settings.root / "keys").exists()


@pytest.mark.parametrize("time_round", [1, 2])
def test_the_demo_finds_what_was_planted_and_stays_up(settings: Settings, time_round: int) -> None:
    demo = start(settings)
    output, errors = demo.communicate(timeout=240)
    assert demo.returncode == 0, errors.decode()[-2000:]
    result = json.loads(output)
    assert result["equal"]
    assert result["planted"] == result["found"] > 40
    assert result["differences"] == []
    assert result["organisations"] >= 6
    assert ("afresh" in errors.decode()) == (time_round == 2)
    assert supervisor.is_up(settings)
    assert processes_of(settings)  # so that seeing none below means something
    (row,) = analyst.query(settings, "SELECT count() AS n FROM v1_findings").plain()
    assert row["n"] == result["found"] + result["withdrawn"]
    (row,) = analyst.query(settings, "SELECT uniq(district) AS n FROM v1_assistance").plain()
    assert row["n"] == 39


@pytest.mark.parametrize(
    ("number", "line"), [(signal.SIGINT, b"starting broker"), (signal.SIGTERM, b"households")]
)
def test_a_signal_before_the_end_leaves_nothing_running(
    settings: Settings, number: signal.Signals, line: bytes
) -> None:
    demo = start(settings)
    assert demo.stderr is not None
    while line not in demo.stderr.readline():
        assert demo.poll() is None
    time.sleep(1)
    demo.send_signal(number)
    demo.communicate(timeout=90)
    assert demo.returncode not in (0, 1)
    assert not supervisor.is_up(settings)
    assert processes_of(settings) == []
