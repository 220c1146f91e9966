"""What it costs that stages sign and readers verify (0029): blocks with it, and as if without.

"Without" is what a reader of before 0029 did: parse the block that follows. "With" is the whole of
`Trust.read`: intake's signature, that of each submission's sender, the keys in force.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from events.catalog import Topic
from events.journal import Head, decode_block, follows
from events.stage_signing import content_of, signed
from events.trust import Trust
from lab.bench import load
from lab.bench.figures import Figure

TURNS: Final = 5
MICRO: Final = 1_000_000


def measure(folder: Path, records: int, known: int) -> dict[str, Any]:
    """Of the blocks in `folder`/blocks, which intake's run left; `known` is not asked.

    `records` were in each of its runs, in full blocks.
    """
    values = [path.read_bytes() for path in sorted((folder / "blocks").iterdir())]
    control, full = values[:2], values[2:]
    trust, head = Trust(), Head()
    for value in control:
        block = trust.read(value, head)
        if block is None:
            raise ValueError("a block of the bench does not count")
        trust.fold(block)
        head = block.head
    places = _heads(head, full)

    def plain() -> None:
        for value, place in zip(full, places, strict=True):
            if follows(value, place):
                decode_block(value)

    def verified() -> None:
        for value, place in zip(full, places, strict=True):
            if trust.read(value, place) is None:
                raise ValueError("a block of the bench does not count")

    def signing() -> None:
        for value, place in zip(full, places, strict=True):
            signed(load.stage_key(), Topic.JOURNAL, str(place.seq), content_of(value))

    each = MICRO / len(full)
    blocks = [[_seconds(run) * each for run in (plain, verified, signing)] for _ in range(TURNS)]
    before, after, sign = (Figure.of(times, "µs").plain() for times in zip(*blocks, strict=True))
    shares = [(after - before) * 100 / before for before, after, _ in blocks]
    return {
        "records_in_a_block": round(sum(_records(value) for value in full) / len(full)),
        "read_before": before,
        "read": after,
        "sign": sign,
        "more_percent": Figure.of(shares, "%").plain(),
    }


def _seconds(run: Callable[[], None]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _heads(head: Head, values: list[bytes]) -> list[Head]:
    found = []
    for value in values:
        found.append(head)
        head = decode_block(value).head
    return found


def _records(value: bytes) -> int:
    return sum(item["t"] == "rec" for item in decode_block(value).items)
