"""A process that signs everything beforehand and then sends it as fast as the broker takes it."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cli.bench import load, processes
from cli.bench.children import write_result
from events.catalog import Topic
from infra import kafka
from infra.settings import Settings
from producers import keys

GO: Final = "go"
READY: Final = "ready"
PAUSE_SECONDS: Final = 0.002


def two_months(households: int, turn: int) -> Sequence[load.Who]:
    """Each household of a turn is paid for two months; the second meets the first."""
    numbers = range(turn * households, (turn + 1) * households)
    return [(number, month) for month in (0, 1) for number in numbers]


def main() -> None:
    """`python -m cli.bench.sender FOLDER HOUSEHOLDS TURN RESULT` (chain.py starts it)."""
    folder, households, turn, result = sys.argv[1:]
    settings = Settings()
    sign = load.signer(keys.load_signing_key(settings, load.ORG))
    made = list(load.submissions(two_months(int(households), int(turn)), sign))
    producer = kafka.producer(settings)
    topic = settings.topic(Topic.SUBMISSIONS)
    producer.partitions_for(topic)
    (Path(folder) / READY).touch()
    while not (Path(folder) / GO).exists():
        time.sleep(PAUSE_SECONDS)
    began, began_clock = time.monotonic(), time.time()
    for one in made:
        producer.send(topic, value=one.value, headers=one.headers, partition=0)
    producer.flush()
    write_result(
        Path(result),
        {
            "began": began,
            "began_clock": began_clock,
            "bytes": sum(len(one.value) for one in made),
            "sending_seconds": time.monotonic() - began,
            "cpu_seconds": processes.usage(_own_pid()).cpu_seconds,
        },
    )
    producer.close()


def _own_pid() -> int:
    return int(Path("/proc/self").resolve().name)


if __name__ == "__main__":
    main()
