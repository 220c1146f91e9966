"""`make redteam`: each attack of docs/threats.md against a running system of its own.

python -m tests.redteam [--to run/redteam.md] [--only topics,page] [--port-base 44000]
"""

import argparse
import logging
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from lab.bench.ports import claim_port_base
from tests.redteam import report
from tests.redteam.place import Place, running
from tests.redteam.rounds import ROUNDS
from tests.redteam.table import Attack, Outcome, Result, Round, Untried

DEFAULT = Path("build") / "redteam.md"


def main() -> int:
    """0 if nothing was broken."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--to", type=Path, default=DEFAULT, help="where the table goes")
    words.add_argument("--only", default="", help="these rounds, separated by commas")
    words.add_argument("--port-base", type=int, default=0, help="0: any that is free")
    told = words.parse_args()
    wanted = [one for one in ROUNDS if not told.only or one.name in told.only.split(",")]
    for noisy in ("kafka", "aiokafka", "httpx", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    started = time.monotonic()
    began = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"

    def say(text: str) -> None:
        print(f"{time.monotonic() - started:6.0f} s  {text}", flush=True)

    # whoever ends it ends its system with it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    results: list[Result] = []
    with running(say, told.port_base or claim_port_base()) as place:
        for one in wanted:
            say(f"round {one.name}")
            results += play(place, one)
    told.to.parent.mkdir(parents=True, exist_ok=True)
    told.to.write_text(report.markdown(results, time.monotonic() - started, began), "utf-8")
    say(f"{report.summary(results)}; the table is in {told.to}")
    return 1 if any(one.outcome is Outcome.BROKEN for one in results) else 0


def play(place: Place, one: Round) -> list[Result]:
    """Try a round's attacks, then look whether all is as it must be."""
    results = [_tried(place, attack) for attack in one.attacks]
    results.append(_tried(place, _afterwards(one)))
    return results


def _afterwards(one: Round) -> Attack:
    def look(place: Place) -> str:
        if one.upsets:
            place.restarts = place.restarted()
        place.calm()
        differing = place.wrong()
        assert not differing, f"{len(differing)} differences: {'; '.join(differing[:5])}"
        return "receipts, answers, findings, refusals and all checks are as the plain loop says"

    return Attack(
        f"after the round: {one.name}", (), "all that the system says is compared",
        "Nothing differs from the plain loop, nothing restarted", look,
    )  # fmt: skip


def _tried(place: Place, attack: Attack) -> Result:
    began = time.monotonic()
    outcome, seen = Outcome.ACCEPTED if attack.accepted else Outcome.HELD, ""
    try:
        if attack.run:
            seen = attack.run(place)
    except Untried as reason:
        outcome, seen = Outcome.UNTRIED, str(reason)
    except Exception as error:  # noqa: BLE001 - whatever the system threw is what was seen
        outcome, seen = Outcome.BROKEN, f"{type(error).__name__}: {str(error)[:600]}"
    seconds = time.monotonic() - began
    place.say(f"{outcome:9} {attack.name} ({seconds:.0f} s): {seen or attack.accepted}")
    return Result(attack, outcome, seen, seconds)


if __name__ == "__main__":
    sys.exit(main())
