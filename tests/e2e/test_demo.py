"""`tekil demo` on real services: ended by a signal, nothing is left; then afresh, equal and up
afterwards; and nothing of the people in it is kept anywhere."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from events.identity import PHONE
from infra.genesis import GENESIS_FILE
from infra.local import supervisor
from infra.settings import Settings
from lab.bench.ports import claim_port_base
from lab.demo import SEED
from lab.demo.plan import make_plan
from lab.population.households import districts, people_of
from projections import query as analyst
from tests.scanner.look import look
from tests.scanner.needles import Needles
from tests.scanner.needles import of as needles_of

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from lab.demo import run; from infra.settings import Settings;"
    "sys.exit(run(Settings(), int(sys.argv[1]), True))"
)
"""As in a terminal: a test run in the background hands on that Ctrl-C is to be ignored."""
SMALL, LARGE = 400, 2_000
KINDS = {"file", "kafka", "rocksdb", "part", "table", "sqlite"}
"""What the scanner must have seen in a demo's home, or it proves nothing."""


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with tempfile.TemporaryDirectory(prefix="tekil-demo-") as folder:
        settings = Settings(home=Path(folder), port_base=claim_port_base())
        yield settings
        supervisor.down(settings)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the last demo printed: it leaves the home, and is looked at too."""
    return tmp_path_factory.mktemp("said") / "demo.out"


def start(settings: Settings, households: int = SMALL) -> subprocess.Popen[bytes]:
    environment = os.environ | settings.environment()
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(households)],
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


def test_the_demo_finds_what_was_planted_and_stays_up(settings: Settings, said: Path) -> None:
    """In the home of the one that was ended above: that one's data goes first."""
    demo = start(settings, LARGE)
    output, errors = demo.communicate(timeout=480)
    assert demo.returncode == 0, errors.decode()[-2000:]
    said.write_bytes(output + errors)
    result = json.loads(output)
    assert result["equal"]
    assert result["planted"] == result["found"] > 40
    assert result["differences"] == []
    cases = result["cases"]
    late = sum(count for place, count in cases.items() if place.startswith("past the day"))
    assert 0 < late < cases["open in time"] < cases["closed"]
    kinds = "SELECT kind, count() AS n FROM v1_findings WHERE status = 'open' GROUP BY kind"
    gaps = {row["kind"]: row["n"] for row in analyst.query(settings, kinds).plain()}
    assert gaps["unmet-need"] > gaps["lapsed-coverage"] > 0
    assert result["organisations"] >= 6
    assert "afresh" in errors.decode()
    assert supervisor.is_up(settings)
    assert processes_of(settings)  # so that seeing none above means something
    (row,) = analyst.query(settings, "SELECT count() AS n FROM v1_findings").plain()
    assert row["n"] == result["found"] + result["withdrawn"]
    (row,) = analyst.query(settings, "SELECT uniq(district) AS n FROM v1_assistance").plain()
    assert row["n"] == 39


def test_nothing_of_the_people_of_the_demo_is_kept_anywhere(settings: Settings, said: Path) -> None:
    """All of them, while it runs: numbers, telephones, accounts and full names, in every store."""
    needles = of_the_demo(settings, LARGE)
    result = look(settings.root, needles, [said])
    assert sorted(result.found) == []
    assert {kind for kind, texts in result.texts.items() if texts} >= KINDS
    assert result.seen_bytes["kafka"] > 10 << 20


def of_the_demo(settings: Settings, households: int) -> Needles:
    """The needles of everybody in the demo's population, and of what was written in their place."""
    genesis = json.loads((settings.root / "keys" / GENESIS_FILE).read_text())
    first = date.fromisoformat(genesis["first_day"])
    plan = make_plan(SEED, households, first, districts())
    people = list(people_of(plan.households))
    assert len(people) > 4 * households
    seats = [seat for entry in plan.entries() for seat in entry.seats]
    written = {seat.written for seat in seats if seat.written}
    weak = {value for seat in seats for kind, value in seat.weak if kind == PHONE}
    return needles_of(
        [person.number for person in people] + sorted(n for n in written if n.isdigit()),
        [home.phone for home in plan.households] + sorted(weak),
        [(person.given, person.surname) for person in people],
        [home.account for home in plan.households],
    )
