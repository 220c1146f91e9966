"""`make chaos`: rounds of every fault on a whole system, then the judgement.

python -m tests.chaos --rounds 10 --seed 1 [--only kill,broker]
"""

import argparse
import logging
import sys
import time
from collections import Counter

from tests.chaos.faults import KINDS, Faults
from tests.chaos.judge import Judgement
from tests.chaos.load import Load
from tests.chaos.system import FIRST_DAY, Office, running_system, signing_keys

LEAST_IN_FLIGHT = 5


def main() -> int:
    """0 if nothing differs and enough faults hit work in flight."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rounds", type=int, default=10)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--only", default=",".join(KINDS))
    words.add_argument("--apart-every", type=int, default=2, help="see Faults.round")
    words.add_argument("--minutes", type=float, default=0, help="begin no round after this time")
    told = words.parse_args()
    kinds = tuple(kind for kind in KINDS if kind in told.only.split(","))
    for noisy in ("kafka", "urllib3"):  # what they have to say of a broker that was killed
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    started = time.monotonic()
    done = 0

    def say(text: str) -> None:
        print(f"{time.monotonic() - started:6.0f} s  {text}", flush=True)

    with running_system() as settings:
        load = Load(told.seed, signing_keys(settings), FIRST_DAY)
        with Office(settings, load) as office:
            faults = Faults(settings, office, told.seed, say)
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
    for line in differing[:50]:
        say(line)
    hit = Counter(f"{h.kind} {h.target}" for h in faults.hits)
    flying = Counter(f"{h.kind} {h.target}" for h in in_flight)
    for name, count in hit.items():
        say(f"{name}: {count} times, {flying[name]} with work in flight")
    plain = judgement.plain
    say(
        f"{done} rounds, {len(faults.hits)} faults, {len(in_flight)} of them with work in flight; "
        f"{len(plain.outcomes)} submissions, {sum(o['records'] for o in plain.outcomes)} records, "
        f"{len(plain.verdicts())} answers, {len(plain.findings)} findings; "
        f"{len(differing)} differences"
    )
    return 1 if differing or len(in_flight) < LEAST_IN_FLIGHT else 0


if __name__ == "__main__":
    sys.exit(main())
