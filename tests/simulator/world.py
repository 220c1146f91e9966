"""What a schedule's fakes share: the clock, the broker, chance, and what is out of order now."""

import random
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from infra.settings import Settings
from tests.simulator.broker import Broker
from tests.simulator.loop import VirtualLoop
from tests.simulator.processes import Deaths, Process
from tests.simulator.stores import State, Tables

OUTAGES: Final = ("broker", "state", "files", "tables", "room")
"""What a machine can lack for a while: the broker does not answer; a stage's state, its small
files, ClickHouse's folder are on a full disk; the disk is nearly full, which intake looks at.
"""


@dataclass
class World:
    """One schedule's. `chance` draws whatever is not decided; nothing else does."""

    loop: VirtualLoop
    home: Path
    chance: random.Random
    broker: Broker
    deaths: Deaths
    lacking: set[str] = field(default_factory=set)
    states: dict[tuple[str, str], State] = field(default_factory=dict)
    tables: Tables = field(default_factory=Tables)
    late: list[Process] = field(default_factory=list)
    """Projectors that sleep with a batch in their hands."""

    def settings(self, worker: str = "") -> Settings:
        """Those of a worker on this machine."""
        return _settings(self.home, worker)

    def state(self, stage: str, worker: str) -> State:
        """A worker's state, empty at first."""
        return self.states.setdefault((stage, worker), State())


@lru_cache
def _settings(home: Path, worker: str) -> Settings:
    return Settings(home=home, worker=worker)


_worlds: list[World] = []


def use(world: World) -> None:
    """From here on the fakes are this world's."""
    _worlds[:] = [world]


def world() -> World:
    """The schedule that runs."""
    return _worlds[0]
