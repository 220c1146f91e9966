"""`make chaos`: rounds of every fault on a whole system, then the judgement.

python -m tests.chaos --rounds 10 --seed 1 [--faults kill,broker] [--minutes 3]
"""

import argparse
import logging
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from infra.settings import Settings
from tests.chaos.faults import KINDS, Faults, Hit
from tests.chaos.ground import grounded_system
from tests.chaos.judge import Judgement
from tests.chaos.load import Load
from tests.chaos.plain_loop import PlainLoop
from tests.chaos.system import FIRST_DAY, Office, signing_keys

LEAST_IN_FLIGHT = 5


def main() -> int:
    """0 if nothing differs and enough faults hit work in flight."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rounds", type=int, default=10)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--faults", "--only", default=",".join(KINDS), help=", ".join(KINDS))
    words.add_argument("--apart-every", type=int, default=2, help="see Faults.round")
    words.add_argument("--minutes", type=float, default=0, help="begin no round after this time")
    told = words.parse_args()
    wanted = told.faults.split(",")
    if unknown := set(wanted) - set(KINDS):
        words.error(f"no such faults: {', '.join(sorted(unknown))}")
    kinds = tuple(kind for kind in KINDS if kind in wanted)
    for noisy in ("kafka", "urllib3"):  # what they have to say of a broker that was killed
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    started = time.monotonic()
    done = 0

    def say(text: str) -> None:
        print(f"{time.monotonic() - started:6.0f} s  {text}", flush=True)

    with grounded_system() as (settings, ground), kept_if_it_fails(settings, say):
        load = Load(told.seed, signing_keys(settings), FIRST_DAY)
        with Office(settings, load) as office:
            faults = Faults(settings, office, told.seed, say, ground)
            for number in range(1, told.rounds + 1):
                if told.minutes and time.monotonic() - started > told.minutes * 60:
                    break
                say(f"round {number} of {told.rounds}")
                faults.round(kinds, apart=number % told.apart_every == 0)
                done += 1
            faults.finish()
        say("judging")
        judgement = Judgement(settings)
        differing = judgement.differences(office.sent)
        in_flight = judgement.in_flight(faults.hits)
        if differing:
            say(f"kept: {keep(settings)}")
    places = Counter(line.partition(":")[0] for line in differing)
    for line in [*differing[:25], *differing[-25:]]:
        say(line)
    for place, count in places.items():
        say(f"{place}: {count} differences")
    for line in table(faults, in_flight, judgement.plain, len(differing)):
        print(line, flush=True)
    plain = judgement.plain
    say(
        f"{done} rounds, {len(faults.hits)} faults, {len(in_flight)} of them with work in flight; "
        f"{len(plain.outcomes)} submissions, {sum(o['records'] for o in plain.outcomes)} records, "
        f"{len(plain.verdicts())} answers, {len(plain.findings)} findings; "
        f"{len(differing)} differences"
    )
    return 1 if differing or len(in_flight) < LEAST_IN_FLIGHT else 0


@contextmanager
def kept_if_it_fails(settings: Settings, say: Callable[[str], None]) -> Iterator[None]:
    """Keep the home of a system that does not come back, for whoever looks for the cause."""
    try:
        yield
    except Exception:
        say(f"kept: {keep(settings)}")
        raise


def keep(settings: Settings) -> Path:
    """A copy of the whole home, as it is while all still runs: who looks for the cause needs it."""
    folder = Path(tempfile.mkdtemp(prefix="tekil-chaos-kept-"))
    shutil.copytree(settings.root, folder / "home", symlinks=True)
    return folder


def table(
    faults: Faults, in_flight: Sequence[Hit], plain: PlainLoop, differing: int
) -> Iterator[str]:
    """A line for each kind of fault; differences are of the whole run, whoever caused them."""
    yield "| fault | rounds | hits | with work in flight | records sent meanwhile | differences |"
    yield "|---|---|---|---|---|---|"
    for kind, rounds in faults.rounds.items():
        records = sum(
            outcome["records"]
            for span in faults.spans
            for outcome in plain.outcomes
            if span.kind == kind and span.begin <= outcome["offset"] < span.end
        )
        hits = Counter(hit.target for hit in faults.hits if hit.kind == kind)
        flying = Counter(hit.target for hit in in_flight if hit.kind == kind)
        whom = ", ".join(f"{target} {flying[target]} of {hits[target]}" for target in hits)
        yield f"| {kind} | {rounds} | {hits.total()} | {whom} | {records} | {differing} |"
    for kind, why in faults.skipped.items():
        yield f"| {kind} | SKIPPED: {why} | | | | |"


if __name__ == "__main__":
    sys.exit(main())
