"""Runs random histories through the fold and the oracle, and stops at the first difference.

python -m tests.oracle.proving [how many] [seed] [--jobs N]

`make prove` runs 100,000 in two processes, `make test` 1,500. What comes up in the judgements is
counted during the run; at its end stands the table, and a run that saw too little fails.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import product
from multiprocessing import get_context
from typing import Final
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, given, seed, settings

from events import signing
from tests.oracle.__main__ import seen_in
from tests.oracle.compare import both, differences
from tests.oracle.histories import histories
from tests.oracle.told import Told

VERIFIED: Final = 1_024
PART: Final = 2_500
"""More than so many from one seed remember too much of what was tried."""
WITH_A_FINDING: Final = 0.3
"""At least this share of histories holds a finding."""
IN_A_THOUSAND: Final = 1
"""At least so many of a thousand histories hold each of `EXPECTED`: 100 of 100,000."""
PAIRS: Final = product(("double-coverage", "repeated-payment"), ("certain", "probable", "possible"))
EXPECTED: Final = (
    *(f"finding {kind} {strength}" for kind, strength in PAIRS),
    *(f"finding {kind} certain" for kind in ("over-cap", "unmet-need", "lapsed-coverage")),
    *("finding without amount", "case of several findings", "excess", "prevented"),
    *(f"verdict {verdict}" for verdict in ("clear", "uncheckable")),
    *(f"verdict {v} {basis}" for v in ("covered", "review") for basis in ("delivered", "reserved")),
    *(
        f"outcome {outcome}"
        for outcome in (
            *("pending", "lapsed", "cancelled-after-verdict", "delivered-anyway", "delivered"),
        )
    ),
)


def prove(
    how_many: int,
    first_seed: int,
    counted: Counter[str] | None = None,
    with_acts: bool = True,
) -> int:
    """Compare so many histories; returns how many it were. Raises AssertionError at a difference.

    Without `with_acts` nobody says anything about findings, and no deadline runs in the oracle.
    In how many of them each thing came up is added to `counted`.
    """
    done = 0
    counts: Counter[str] = Counter() if counted is None else counted

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
        system, judged = both(told)
        found = differences(system, judged)
        assert not found, "\n".join(found)
        counts.update(seen_in(judged))
        done += 1

    # each message is verified again by every stage and reader: the same answer every time
    with patch.object(signing, "verify", lru_cache(VERIFIED)(signing.verify)):
        one()
    return done


def too_rare(histories_seen: int, counted: Counter[str]) -> list[str]:
    """What came up in too few of so many histories."""
    least = dict.fromkeys(EXPECTED, histories_seen * IN_A_THOUSAND / 1_000)
    least["finding"] = histories_seen * WITH_A_FINDING
    return [
        f"{name}: in {counted[name]:,} histories, at least {number:,.0f} are asked for"
        for name, number in least.items()
        if counted[name] < number
    ]


def table(histories_seen: int, counted: Counter[str]) -> str:
    """In how many histories each thing came up."""
    return "\n".join(
        f"{counted[name]:>9,}  {100 * counted[name] / histories_seen:5.1f} %  {name}"
        for name in sorted({*counted, *EXPECTED})
    )


def parts_of(how_many: int, first_seed: int, least: int) -> list[tuple[int, int]]:
    """How many histories each part has, and its seed: at most `PART`, and `least` parts."""
    parts = max(least, -(-how_many // PART))
    return [
        (how_many // parts + (place < how_many % parts), first_seed + place)
        for place in range(parts)
    ]


def prove_in_parts(how_many: int, first_seed: int, jobs: int) -> tuple[int, Counter[str]]:
    """The same in parts, each with a seed of its own, in so many processes."""
    shares = parts_of(how_many, first_seed, jobs)
    if jobs == 1:
        return _together(map(_share, shares), how_many)
    with get_context("spawn").Pool(jobs) as pool:
        # the first difference ends all of them, as leaving the block does
        return _together(pool.imap_unordered(_share, shares), how_many)


def _share(share: tuple[int, int]) -> tuple[int, Counter[str]]:
    counted: Counter[str] = Counter()
    return prove(*share, counted), counted


def _together(parts: Iterable[tuple[int, Counter[str]]], how_many: int) -> tuple[int, Counter[str]]:
    total, counted, started = 0, Counter[str](), time.monotonic()
    for done, seen in parts:
        total += done
        counted += seen
        rate = total / (time.monotonic() - started)
        print(f"{total:,} of {how_many:,} histories agree, {rate:.1f} a second", flush=True)
    return total, counted


def main(args: list[str]) -> int:
    """Prove, print the table; 1 at a difference, or if something came up too rarely."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle.proving")
    parser.add_argument("how_many", nargs="?", type=int, default=2_000)
    parser.add_argument("seed", nargs="?", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args(args)
    started = time.monotonic()
    try:
        done, counted = prove_in_parts(asked.how_many, asked.seed, asked.jobs)
    except AssertionError as difference:
        print(difference, *getattr(difference, "__notes__", ()), sep="\n")
        return 1
    seconds = time.monotonic() - started
    print(table(done, counted))
    rare = too_rare(done, counted)
    print(*(f"TOO RARE {line}" for line in rare), sep="\n", end="\n" if rare else "")
    _, last = parts_of(asked.how_many, asked.seed, asked.jobs)[-1]
    print(f"{done:,} histories agree (seeds {asked.seed} to {last}), {done / seconds:.1f} a second")
    return 1 if rare else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
