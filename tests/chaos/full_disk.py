"""A disk that takes little or nothing any more: how little, and for how long."""

import random
from dataclasses import dataclass

from tests.disks import Disk

LOW_KIB = 60 * 1024
LITTLE_KIB = 400
STEPS = (
    ("low", "nothing"), ("nothing",), ("low",), ("little",), ("little", "nothing", "little"),
)  # fmt: skip
"""low: below the limit, where intake pauses and all else goes on. little: some writes fit, others
do not, so that a part of a line or a batch is what the disk takes. nothing: not one byte."""


@dataclass(frozen=True)
class Plan:
    """What is left, one after the other, and how long each (seconds)."""

    steps: tuple[tuple[str, float], ...]

    @property
    def name(self) -> str:
        """In words."""
        return ", ".join(step for step, _ in self.steps)


def plan(chance: random.Random, number: int) -> Plan:
    """Each kind in turn."""
    return Plan(tuple((step, 2 + 4 * chance.random()) for step in STEPS[number % len(STEPS)]))


def begin(disk: Disk, step: str) -> None:
    """Leave no more than that."""
    left = {"low": min(LOW_KIB, disk.used_kib() // 2), "little": LITTLE_KIB, "nothing": 0}
    disk.fill(left[step])
