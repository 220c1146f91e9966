"""What the tests of `tekil verify` share: a system to look at, and what a run says of it."""

from typing import Any

import orjson
import pytest

from events.codec import dumps
from events.journal import Head, block_digest, decode_block, encode_block
from events.model import Genesis
from events.outputs import split
from events.stage_signing import content_of
from office.verification import Source, verified
from office.verifying.differences import Difference, What
from office.verifying.run import Progress, Verified
from tests.fakes.projection_log import PERSON_KEY
from tests.fakes.store import MemoryStore
from tests.fakes.verified import ListLogs, ListTables
from tests.kit import System

SAID = (
    "KIZ TEMEL k1 rent/cash/m 600 2026-05 R=P01 M=P02",
    "STK NAKIT s1 rent/cash/m 900 2026-05 R=P01",
    "PLAN STK NAKIT s2 food/cash/1 100 2026-05 R=P02",
    "KIZ TEMEL k1 rent/cash/m 600 2026-05 R=P01 M=P02",
    "KIZ NONE k2 rent/cash/m 600 2026-05 R=P03",
)


class Shelf:
    """Where a reading's store stays between two runs."""

    def __init__(self) -> None:
        self.data: dict[bytes, bytes] = {}
        self.heard: list[str] = []

    def source(self) -> Source:
        """For one run."""

        def opened() -> MemoryStore:
            store = MemoryStore()
            store.data = self.data
            return store

        return Source(opened, self.data.clear, self.heard.append)


def told(signed: bool = True) -> System:
    """A system with a finding, a plan, a duplicate, a refused record, nonsense and a new day."""
    system = System.ready(signed=signed)
    for line in SAID:
        system.say(line)
    system.send(system.raw([], b"nothing that anybody signed"), system.marker())
    system.step("2025-01-03")
    return system


def _quiet(what: str, done: int, total: int) -> None:
    """Progress that nobody reads."""


def look(
    logs: ListLogs,
    tables: ListTables | None = None,
    shelf: Shelf | None = None,
    anew: bool = False,
    progress: Progress = _quiet,
    genesis: Genesis | None = None,
) -> Verified:
    """One run."""
    source = (shelf or Shelf()).source()
    return verified(logs, source, tables, anew, progress, genesis, PERSON_KEY)


def difference(
    logs: ListLogs, tables: ListTables | None = None, shelf: Shelf | None = None
) -> What:
    """What a run finds."""
    with pytest.raises(Difference) as found:
        look(logs, tables, shelf)
    assert str(found.value.what) == str(found.value)
    return found.value.what


def place(what: What) -> tuple[str, str, int]:
    """Topic or table, offset or key, block."""
    return what.where, what.at, what.seq


def reblocked(system: System, number: int, change: Any) -> bytes:
    """Another block in the place of one, signed by intake: `change` gets the list of its items."""
    block = decode_block(system.blocks[number])
    lines = content_of(system.blocks[number]).split(b"\n")
    items = [orjson.loads(line) for line in lines[1:]]
    change(items)
    content = encode_block(
        head=Head(block.seq, block.prev),
        source=block.source,
        clock_ms=block.clock_ms,
        keys_id=block.keys_id,
        keys_offset=block.keys_offset,
        keys_digest=block.keys_digest,
        items=items,
    )
    value = system.signed_block(content, block.seq)
    assert block_digest(value) != block.digest
    return value


def resaid(system: System, number: int, change: Any) -> bytes:
    """An output with something else in it, signed by the registry."""
    (part,) = split(system.outputs[number])
    other = orjson.loads(dumps(part))
    change(other)
    return system.signed_output(other)


def block_with(system: System, what: str) -> tuple[int, int]:
    """The first block with an item of a type, and the item's place."""
    for number, value in enumerate(system.blocks[2:], 2):
        for index, item in enumerate(decode_block(value).items):
            if item["t"] == what:
                return number, index
    raise LookupError(what)


def finding_of(system: System) -> int:
    """The first output with a finding."""
    return next(n for n, output in enumerate(system.outputs) if output["findings"])
