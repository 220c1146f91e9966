"""The small job: what stands in the topic, and the rule. Pure; nothing of ours is imported.

A message is a frame of up to 500 records, one JSON object a line: id, token, from, to (day
numbers, half open). Two records of one token whose days overlap are a finding. A record that
comes again is the same record: it is compared again, and kept once.
"""

import random
from collections.abc import Iterator
from typing import Any, Final

import orjson

FRAME_RECORDS: Final = 500
RECORDS_PER_TOKEN: Final = 4
YEAR_DAYS: Final = 365
COVER_DAYS: Final = 30
KEY: Final = b"all"
"""Every message's key: one partition, one order."""

Record = dict[str, Any]
Entries = list[list[Any]]
"""A token's records so far: [id, from, to]."""
Pair = tuple[str, str]


def frames(records: int, seed: int = 1) -> Iterator[bytes]:
    """The messages. The last one holds one finding, by which its end is known."""
    chance = random.Random(seed)
    known = max(1, records // RECORDS_PER_TOKEN)
    tokens = [chance.randbytes(16).hex() for _ in range(known)]
    number = 0
    for start in range(0, records, FRAME_RECORDS):
        count = min(FRAME_RECORDS, records - start)
        yield _frame(number, [(chance.choice(tokens), _days(chance)) for _ in range(count)])
        number += 1
    yield _frame(number, [("f" * 32, (0, 1))] * 2)


def _days(chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(YEAR_DAYS)
    return start, start + COVER_DAYS


def _frame(number: int, rows: list[tuple[str, tuple[int, int]]]) -> bytes:
    return b"\n".join(
        orjson.dumps({"id": f"{number:06d}-{row:03d}", "token": token, "from": start, "to": end})
        for row, (token, (start, end)) in enumerate(rows)
    )


def decode(frame: bytes) -> list[Record]:
    """The records of a message."""
    return [orjson.loads(line) for line in frame.split(b"\n")]


def meet(entries: Entries, record: Record) -> list[Pair]:
    """The findings of a record with those of its token before it; it is added to them."""
    own, start, end = record["id"], record["from"], record["to"]
    found: list[Pair] = []
    known = False
    for other, other_start, other_end in entries:
        if other == own:
            known = True
        elif start < other_end and other_start < end:
            found.append((other, own) if other < own else (own, other))
    if not known:
        entries.append([own, start, end])
    return found


def output(records: list[Record], found: list[Pair]) -> bytes:
    """The message that answers a frame: one for each, also where nothing was found."""
    return orjson.dumps({"seq": int(records[0]["id"].partition("-")[0]), "pairs": found})


def truth(records: int, seed: int = 1) -> tuple[set[Pair], int]:
    """All findings, by a plain loop over a dictionary; and the number of the last frame."""
    state: dict[str, Entries] = {}
    found: set[Pair] = set()
    count = 0
    for frame in frames(records, seed):
        count += 1
        for record in decode(frame):
            found.update(meet(state.setdefault(record["token"], []), record))
    return found, count - 1
