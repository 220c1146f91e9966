"""Schedules of faults, each as its seed draws it: nothing differs from the pure chain."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.settings import Settings
from tests.simulator.broker import Log
from tests.simulator.installing import installed
from tests.simulator.planted import BUGS
from tests.simulator.running import Seen, play, run
from tests.simulator.schedule import Schedule
from tests.stage_keys import put_stage_keys

SCHEDULES = 300
FIRST = 0


def test_nothing_differs_and_processes_died_at_each_point() -> None:
    seen = run(FIRST, SCHEDULES)
    assert not seen.failures, "\n".join(seen.told())
    assert not seen.rare, "\n".join(seen.rare)
    assert seen.schedules == SCHEDULES
    assert min(seen.faults.values()) >= 5, seen.faults


def logs_of(seed: int, home: Path) -> dict[str, Log]:
    put_stage_keys(Settings(home=home))
    schedule = Schedule(seed, home)
    with installed():
        schedule.run()
    return schedule.world.broker.logs


def test_a_seed_is_one_schedule_byte_for_byte(tmp_path: Path) -> None:
    first, again = tmp_path / "1", tmp_path / "2"
    assert logs_of(7, first) == logs_of(7, again) != logs_of(8, again)


def test_a_failure_is_told_with_its_seed_and_how_to_see_it_again() -> None:
    seen = Seen()
    with BUGS["signature: nobody's is looked at"]():
        for result in play(range(20)):
            seen.add(result)
    assert seen.failures
    seed = min(seen.failures)
    told = "\n".join(seen.told())
    assert f"seed {seed}: " in told
    assert f"again: python -m tests.simulator --seed {seed}" in told
    assert seen.rare, "twenty schedules say nothing of each point"


@pytest.mark.parametrize("seed", [8591, 16413, 17473, 19300])
def test_a_schedule_that_once_failed(seed: int) -> None:
    """8591: an old receipt that somebody wrote again behind the last one was taken for it. The
    next two: one of a dead worker's arrived behind it. 19300: there were no keys to be lost.
    """
    [result] = play([seed])
    seen = Seen()
    seen.add(result)
    assert not seen.failures, "\n".join(seen.told())


def test_one_seed_again_from_the_command_line() -> None:
    command = [sys.executable, "-m", "tests.simulator", "--seed", "3"]
    root = Path(__file__).parents[2]
    done = subprocess.run(
        command, cwd=root, env=os.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "seed 3: nothing differs" in done.stdout
