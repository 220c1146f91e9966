"""The simulator: many schedules, or one again.

python -m tests.simulator --schedules 20000 --seed 1 --jobs 2
python -m tests.simulator --seed 4711
"""

import argparse
import os
import sys
import time

from tests.simulator.running import Seen, play, run


def main() -> int:
    """0 if every schedule came out right, and enough processes died at each point."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--schedules", type=int, default=1)
    words.add_argument("--seed", type=int, default=1, help="of the first schedule")
    words.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    told = words.parse_args()
    if told.schedules == 1:
        return _again(told.seed)
    started = time.monotonic()

    told_of: set[int] = set()

    def progress(seen: Seen) -> None:
        for seed in sorted(seen.failures.keys() - told_of):
            told_of.add(seed)
            print(f"\nseed {seed}: {seen.failures[seed][0]}", file=sys.stderr)
        seconds = time.monotonic() - started
        print(
            f"\r{seen.schedules} of {told.schedules} schedules, {len(seen.failures)} failed,"
            f" {3600 * seen.schedules / seconds:,.0f} an hour ",
            end="", file=sys.stderr, flush=True,
        )  # fmt: skip

    seen = run(told.seed, told.schedules, told.jobs, progress)
    print(file=sys.stderr)
    _report(seen, time.monotonic() - started)
    return 1 if seen.failures or seen.rare else 0


def _report(seen: Seen, seconds: float) -> None:
    for line in [*seen.told(), *seen.rare]:
        print(line)
    for title, counts in (("deaths", seen.deaths), ("faults", seen.faults), ("ends", seen.exits)):
        print(f"{title}: " + " · ".join(f"{name} {n}" for name, n in sorted(counts.items())))
    print(
        f"{seen.schedules} schedules in {seconds:.0f} s"
        f" ({3600 * seen.schedules / seconds:,.0f} an hour), {len(seen.failures)} failed"
    )


def _again(seed: int) -> int:
    [result] = play([seed])
    print(
        f"faults: {dict(result.faults)}\ndeaths: {dict(result.deaths)}\nends: {dict(result.exits)}"
    )
    for failure in result.failures or ["nothing differs"]:
        print(f"seed {seed}: {failure}")
    return 1 if result.failures else 0


if __name__ == "__main__":
    sys.exit(main())
