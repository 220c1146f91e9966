"""A process that signs everything beforehand and then sends it as fast as the broker takes it."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from events.catalog import Topic
from infra import kafka
from infra.settings import Settings
from lab.bench import load, processes
from lab.bench.children import BenchFailed, Child, write_result
from producers import keys
from producers.batching import Signer, Submission

GO: Final = "go"
READY: Final = "ready"
RESULT: Final = "sent.json"
PAUSE_SECONDS: Final = 0.002
POLL_SECONDS: Final = 0.05
PREPARE_SECONDS: Final = 900.0


def two_months(households: range) -> Iterator[Submission[load.Who]]:
    """Each household is paid for two months by one organisation; no finding."""
    people = [(number, month) for month in (0, 1) for number in households]
    yield from load.submissions(people, _signer(load.ORG))


def two_payers(households: range) -> Iterator[Submission[load.Who]]:
    """Each household is paid for one month by two organisations: a finding each."""
    people = [(number, 0) for number in households]
    for org in (load.ORG, load.OTHER_ORG):
        yield from load.submissions(people, _signer(org))


KINDS: Final = {"two-months": two_months, "two-payers": two_payers}


def _signer(org: str) -> Signer:
    return load.signer(keys.load_signing_key(Settings(), org), org)


@dataclass(frozen=True, slots=True)
class Sending:
    """A sender that has signed everything and waits for `go`."""

    child: Child
    folder: Path

    def go(self) -> None:
        """Let it send."""
        (self.folder / GO).touch()

    def result(self) -> dict[str, Any]:
        """What it measured, when it is done."""
        self.child.wait(PREPARE_SECONDS)
        found: dict[str, Any] = orjson.loads((self.folder / RESULT).read_bytes())
        return found


@contextmanager
def prepared(
    settings: Settings, folder: Path, kind: str, first: int, households: int
) -> Iterator[Sending]:
    """A sender in a process of its own, ready to send two records for each household."""
    folder.mkdir()
    words = [str(folder), kind, str(first), str(households)]
    command = [sys.executable, "-m", "lab.bench.sender", *words]
    with Child(command, folder / "sender.log", settings=settings) as child:
        end = time.monotonic() + PREPARE_SECONDS
        while not (folder / READY).exists():
            child.check()
            if time.monotonic() > end:
                raise BenchFailed("the sender was not ready in time")
            time.sleep(POLL_SECONDS)
        yield Sending(child, folder)


def main() -> None:
    """`python -m lab.bench.sender FOLDER KIND FIRST HOUSEHOLDS` (`prepared` starts it)."""
    place, kind, first, households = sys.argv[1:]
    folder, settings = Path(place), Settings()
    made = list(KINDS[kind](range(int(first), int(first) + int(households))))
    producer = kafka.producer(settings)
    topic = settings.topic(Topic.SUBMISSIONS)
    producer.partitions_for(topic)
    (folder / READY).touch()
    while not (folder / GO).exists():
        time.sleep(PAUSE_SECONDS)
    began, began_clock = time.monotonic(), time.time()
    for one in made:
        producer.send(topic, value=one.value, headers=one.headers, partition=0)
    producer.flush()
    write_result(
        folder / RESULT,
        {
            "began": began,
            "began_clock": began_clock,
            "bytes": sum(len(one.value) for one in made),
            "sending_seconds": time.monotonic() - began,
            "cpu_seconds": processes.usage(os.getpid()).cpu_seconds,
        },
    )
    producer.close()


if __name__ == "__main__":
    main()
