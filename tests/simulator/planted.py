"""Bugs planted on purpose: each takes one guard away, and the judge has to find it.

A guard that stands in the middle of a function is taken out of its text (`tests.swap`); where that
text is no longer there, planting fails, and the table below has to follow.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from types import ModuleType
from typing import Any, Final
from unittest.mock import patch

from events import attributed, journal, outputs, trust
from events.catalog import Topic
from events.journal import Block
from events.stage_signing import content_of
from events.trust import Trust
from infra import stage as infra_stage
from infra.rocksdb import StoreUnavailable
from processors.stages import base, intake, receipts, registry
from processors.stages.base import KeyReader
from projections import follow, writer
from tests.simulator import world as worlds
from tests.simulator.stores import State
from tests.swap import source_of, swapped

Planted = Callable[[], AbstractContextManager[Any]]


def without(module: ModuleType, *changes: tuple[str, str]) -> Planted:
    """A module in which each of these texts, which stands there once, is another."""

    @contextmanager
    def plant() -> Iterator[None]:
        source = source_of(module)
        for before, after in changes:
            assert source.count(before) == 1, f"{module.__name__} no longer says: {before}"
            source = source.replace(before, after)
        with swapped(module, source):
            yield

    return plant


def instead(target: Any, name: str, other: Any) -> Planted:
    """Something else in the place of a function."""
    return lambda: patch.object(target, name, other)


async def _nothing(*_: Any) -> None:
    """A check that finds nothing wrong."""


async def _compacted(self: KeyReader, block: Block) -> bytes | None:
    """As it was once: the last message under the name of a block's keys."""
    if block.keys_offset < 0:
        return None
    log = worlds.world().broker.logs[Topic.KEYS].entries
    last = [one.value for one in log.values() if one.key == block.keys_id.encode()][-1]
    return content_of(last) if last else None


def _forgiving(write: Any) -> Any:
    def forgiving(self: State, changes: Mapping[bytes, bytes | None]) -> None:
        try:
            write(self, changes)
        except StoreUnavailable:
            return

    return forgiving


@contextmanager
def _blind() -> Iterator[None]:
    names: list[tuple[ModuleType, str]] = [
        (intake, "check_cursor"),
        (intake, "check_end"),
        (intake, "check_reaches"),
        (registry, "check_cursor"),
    ]
    names += [
        (registry, "check_said"),
        (receipts, "check_said"),
        (base, "check_end"),
        (base, "check_reaches"),
    ]
    patches: list[Any] = [patch.object(module, name, _nothing) for module, name in names]
    patches.append(patch.object(writer, "check_log", lambda *_: None))
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()


_EXCEPT_JSON: Final = "except (orjson.JSONDecodeError, KeyError, TypeError):\n        return False"

BUGS: Final[Mapping[str, Planted]] = {
    "signature: nobody's is looked at": instead(Trust, "admits", lambda *_, **__: True),
    "signature: of another key of a stage it counts": without(
        trust,
        (
            "key = self._of(stage).get(key_id_of(value))\n        if",
            "key = self.stages.get(key_id_of(value))\n        if",
        ),
    ),
    "seq: receipts take an output twice": without(
        receipts, ('if output["seq"] < self._next_seq:', "if False:")
    ),
    "seq: the projector takes an output twice": without(
        follow, ('if part["seq"] < at.next_seq:', "if False:")
    ),
    "prev: a block of another history follows": without(
        journal, (' and header["prev"] == head.digest', "")
    ),
    "fork: intake does not see another one's block": without(
        intake, ("if world.trust.counts(record.value, world.head):", "if False:")
    ),
    "fork: intake keeps what waited before a rebalance": without(
        intake, ("            self._waiting.clear()\n", "")
    ),
    "digest: keys are taken by their offset alone": instead(base, "is_of", lambda *_: True),
    "erasure: unsigned zeros erase": instead(KeyReader, "keys", _compacted),
    "erasure: what is not there was erased": without(
        base,
        ('raise rewritten(f"aid-keys lacks the keys of block {block.seq}")', "return None"),
    ),
    "cursor: the registry's moves before it speaks": without(
        registry,
        (
            "        output = fold_block(self._state, block, opener)\n",
            "        output = fold_block(self._state, block, opener)\n"
            "        common.head_offset = delivery.offset\n"
            "        self._store.write(self._state.save())\n",
        ),
    ),
    "cursor: the projector's moves before its rows": without(
        writer,
        (
            "                for table in TABLES:\n",
            "                insert(self._client, CURSOR, cursor_facts(cursors))\n"
            "                for table in TABLES:\n",
        ),
    ),
    "cursor: no log is held against it": _blind,
    "part: a repeated one counts again": without(
        outputs, ('if message["part"] == len(self._parts):', "if True:")
    ),
    "part: the first one is the whole": without(
        receipts,
        ("output = self._assembler.add(output)", 'output = None if output["part"] else output'),
    ),
    "part: the last one need not be there": instead(
        registry, "end_of_output", attributed.output_of
    ),
    "poison: what is no JSON ends a reader of outputs": without(
        attributed, ("except orjson.JSONDecodeError:", "except ZeroDivisionError:")
    ),
    "poison: what is no JSON ends a reader of blocks": without(
        journal, (_EXCEPT_JSON, _EXCEPT_JSON.replace("orjson.JSONDecodeError, ", ""))
    ),
    "disk: a full one is a stop": instead(infra_stage, "outage", lambda _: ""),
    "disk: a full one takes the state, it seems": lambda: patch.object(
        State, "write", _forgiving(State.write)
    ),
}  # fmt: skip
"""What is taken away, by the guard that it belongs to."""

OFTEN: Final = {
    "prev": ("backup",),
    "fork": ("fork", "rebalance", "intake, before send block"),
    "digest": ("keys changed",),
    "erasure": ("state lost", "keys changed"),
    "part": ("kill", "state lost", "findings cut"),
    "disk": ("outage",),
}
"""Faults that look for a bug of such a guard."""
