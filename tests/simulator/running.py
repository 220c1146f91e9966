"""Many schedules, one after the other or in several processes, and what was seen of them."""

import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from infra.settings import Settings
from tests.simulator.installing import installed
from tests.simulator.processes import POINTS
from tests.simulator.schedule import Result, Schedule
from tests.stage_keys import put_stage_keys

LEAST_DEATHS: Final = 20
"""At each point, over a run that is to say something of them."""
CHUNK: Final = 50
COMMAND: Final = "python -m tests.simulator --seed"


@dataclass
class Seen:
    """What a run came to."""

    schedules: int = 0
    failures: dict[int, list[str]] = field(default_factory=dict)
    deaths: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    exits: Counter[str] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        """One more schedule."""
        self.schedules += 1
        if result.failures:
            self.failures[result.seed] = result.failures
        self.deaths += result.deaths
        self.faults += result.faults
        self.exits += result.exits

    @property
    def rare(self) -> list[str]:
        """Points at which fewer processes died than it takes to know."""
        return [
            f"{point}: {self.deaths[point]} times, not {LEAST_DEATHS}"
            for point in POINTS
            if self.deaths[point] < LEAST_DEATHS
        ]

    def told(self) -> list[str]:
        """Each failure, and how to see it again."""
        return [
            f"seed {seed}: {what}\n  again: {COMMAND} {seed}"
            for seed, found in sorted(self.failures.items())
            for what in found[:3]
        ]


def play(seeds: Iterable[int], often: Collection[str] = ()) -> Iterator[Result]:
    """Play schedules, and give what came of each. `often`: see `Schedule`."""
    with tempfile.TemporaryDirectory(prefix="tekil-sim-") as name:
        home = Path(name)
        put_stage_keys(Settings(home=home))
        with installed():
            for seed in seeds:
                yield one(seed, home, often)


def one(seed: int, home: Path, often: Collection[str] = ()) -> Result:
    """One schedule. What the simulator itself trips over is a failure of that seed."""
    schedule = Schedule(seed, home, often)
    try:
        return schedule.run()
    except Exception:  # noqa: BLE001 - the seed must not get lost
        schedule.result.failures.append(f"the simulator itself: {traceback.format_exc()}")
        return schedule.result


def _chunk(seeds: range) -> list[Result]:
    return list(play(seeds))


def run(
    seed: int, schedules: int, jobs: int = 1, progress: Callable[[Seen], None] = lambda seen: None
) -> Seen:
    """Schedules from `seed` on, in `jobs` processes."""
    seen, end = Seen(), seed + schedules
    chunks = [range(at, min(at + CHUNK, end)) for at in range(seed, end, CHUNK)]
    with ProcessPoolExecutor(jobs) as pool:
        for results in pool.map(_chunk, chunks) if jobs > 1 else map(_chunk, chunks):
            for result in results:
                seen.add(result)
            progress(seen)
    return seen
