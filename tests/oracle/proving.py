"""Runs random histories through the fold and the oracle, and stops at the first difference.

`make prove` runs 100,000 (python -m tests.oracle.proving 100000), `make test` 2,000.
"""

import sys
import time
from collections import Counter

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.oracle.__main__ import seen_in
from tests.oracle.compare import differences, journalled
from tests.oracle.compare import folded as fold
from tests.oracle.histories import histories
from tests.oracle.oracle import judge
from tests.oracle.told import Told

REPORT_EVERY = 1_000


def prove(
    how_many: int,
    first_seed: int,
    counted: Counter[str] | None = None,
    with_acts: bool = True,
) -> int:
    """Compare so many histories; returns how many it were. Raises AssertionError at a difference.

    Without `with_acts` nobody says anything about findings, and no deadline runs in the oracle.
    With `counted`, what comes up in the judgements is counted there (and costs as much again).
    """
    done = 0
    started = time.monotonic()

    @seed(first_seed)
    @settings(
        max_examples=how_many,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(histories(with_acts=with_acts))
    def one(told: Told) -> None:
        nonlocal done
        found = differences(told)
        assert not found, "\n".join(found)
        if counted is not None:
            counted.update(seen_in(judge(list(journalled(fold(told))))) | {"histories"})
        done += 1
        if done % REPORT_EVERY == 0:
            seconds = time.monotonic() - started
            print(f"{done:,} of {how_many:,} histories agree, {seconds:,.0f} s", flush=True)

    one()
    return done


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    print(f"{prove(wanted, number):,} histories agree (seed {number})")
