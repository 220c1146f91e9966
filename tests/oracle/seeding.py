"""Finds, for each planted fault, a history that shows it: numbered histories and their search.

python -m tests.oracle.seeding [how many]     one history for each fault of `faults.FAULTS`
"""

import random
import sys
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, cast

from hypothesis import HealthCheck, given, settings

from tests.oracle.compare import both, differences, folded
from tests.oracle.faults import FAULTS
from tests.oracle.histories import histories
from tests.oracle.judgement import Judgement
from tests.oracle.narrow import NARROW
from tests.oracle.planting import Fault, planted
from tests.oracle.told import Told

_BYTES = 8_192
ENOUGH = 12
"""So many histories are noted for each fault."""
STRATEGIES = {"any": histories()} | NARROW


def history(number: int, strategy: str = "any") -> Told:
    """The history of a strategy that bears this number: the same in every run."""
    found: list[Told] = []

    @settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(STRATEGIES[strategy])
    def keep(told: Told) -> None:
        found.append(told)

    cast(Any, keep).hypothesis.fuzz_one_input(random.Random(number).randbytes(_BYTES))
    return found[0]


@lru_cache(maxsize=256)
def judged(number: int, strategy: str = "any") -> tuple[Told, Judgement, list[str]]:
    """A history, what the oracle says of it, and where the fold as it is differs."""
    told = history(number, strategy)
    system, judgement = both(told)
    return told, judgement, differences(system, judgement)


def shows(fault: Fault, number: int) -> bool:
    """Whether fold and oracle differ on a history if, and only if, the fault is in the fold."""
    told, judgement, without = judged(number, fault.strategy)
    if without:
        return False
    with planted(fault):
        return bool(differences(folded(told), judgement))


def found_by(fault: Fault, most: int) -> int | None:
    """The first history that shows the fault: the noted one, else of so many."""
    numbers: Iterable[int] = (fault.history, *range(most))
    return next((number for number in numbers if shows(fault, number)), None)


def main(most: int) -> None:
    """Print which faults each of the first histories shows, then what none of them shows."""
    shown_by: dict[str, list[int]] = {fault.name: [] for fault in FAULTS}
    for number in range(most):
        left = [fault for fault in FAULTS if len(shown_by[fault.name]) < ENOUGH]
        print(f"history {number}, {len(left)} faults", file=sys.stderr, flush=True)
        for fault in left:
            if shows(fault, number):
                shown_by[fault.name].append(number)
        if not left:
            break
    for name, numbers in shown_by.items():
        print(f"{name}: {' '.join(map(str, numbers)) or 'NOT SHOWN'}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
