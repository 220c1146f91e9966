"""What must have come out: the pure chain over the same submissions, and what was said of it."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from events.catalog import Topic, receipts_topic
from events.codec import dumps
from events.journal import Block, decode_block
from events.model import ADMINISTRATION, SUPERVISOR
from events.outputs import Receipt, RegistryOutput, split
from events.stage_signing import content_of
from processors import intake
from processors.receipts import joined, receipts_of
from projections.block_rows import block_facts
from projections.follow import FINDINGS, JOURNAL
from projections.output_rows import output_facts
from projections.tables import BY_NAME, CURSOR
from projections.tables.columns import Facts
from projections.tables.foreign import FOREIGN_MESSAGES
from tests.fakes.projection_log import PERSON_KEY
from tests.kit import System
from tests.simulator import truth
from tests.simulator.broker import Entry
from tests.simulator.stores import Tables
from tests.simulator.world import World

SEALED = ("k", "sealed")


class Judgement:
    """`differences` is empty if all is as the pure chain says."""

    def __init__(self, world: World, test_mode: bool) -> None:
        self._world = world
        self._oracle = System(test_mode=test_mode)
        self._chain = truth.chain(world.broker)
        self._blocks = [decode_block(one.value) for one in self._chain]

    def differences(self) -> list[str]:
        """Everything that is not as it must be; of each place the first."""
        found = next(self._journal(), None)
        if found is not None:
            return [f"aid-journal: {found}"]  # all else would differ with it
        places = {
            "aid-findings": self._findings(),
            "receipts": self._receipts(),
            "tables": self._tables(),
            "foreign messages": self._foreign(),
        }
        firsts = ((place, next(found, None)) for place, found in places.items())
        return [f"{place}: {what}" for place, what in firsts if what is not None]

    # -- the journal ----------------------------------------------------------------------------

    def _journal(self) -> Iterator[str]:
        """The same facts from the same messages; and no message left out."""
        sent = self._world.broker.logs[Topic.SUBMISSIONS].entries
        behind = 0
        for one, block in zip(self._chain, self._blocks, strict=True):
            low, high = one.source
            if low != behind:
                yield f"block {block.seq} takes offsets from {low} on, {behind} was next"
            behind = high
            taken = [_message(sent[at]) for at in range(low, high) if at in sent]
            if taken:
                self._oracle.send(*taken)
            if len(self._oracle.blocks) != block.seq + 1:
                yield f"block {block.seq} is one of nothing"
                return
            yield from self._block(block)
        left = [at for at, entry in sent.items() if at >= behind and not truth.is_tick(entry)]
        if left:
            yield f"nobody took offset {left[0]}"
        if not self._oracle.conserved():
            yield "submitted is not accepted + duplicate + rejected"

    def _block(self, block: Block) -> Iterator[str]:
        expected = decode_block(self._oracle.blocks[block.seq])
        if _facts(block) != _facts(expected):
            yield f"block {block.seq} holds other facts"
        if block.clock_ms != expected.clock_ms or block.source != expected.source:
            yield f"block {block.seq} has another clock or source"

    @property
    def _outputs(self) -> list[RegistryOutput]:
        """What the registry must say, of blocks whose digests differ by their keys."""
        return [
            RegistryOutput(**output) | {"block": block.digest}
            for output, block in zip(self._oracle.outputs, self._blocks, strict=True)
        ]

    # -- what is said of it ---------------------------------------------------------------------

    def _findings(self) -> Iterator[str]:
        """Every part of every output, and each time in the same words."""
        said = truth.said(self._world.broker)
        for output in self._outputs:
            for part in split(output):
                times = said.pop((part["seq"], part["part"]), [])
                if not times:
                    yield f"part {part['part']} of block {part['seq']} was never said"
                    return
                if orjson.loads(content_of(times[0].value or b"")) != orjson.loads(dumps(part)):
                    yield f"part {part['part']} of block {part['seq']} says something else"
                if len({entry.value for entry in times}) > 1:
                    yield f"part {part['part']} of block {part['seq']} was said in other words"
        if said:
            yield f"{next(iter(said))} is said of no block"

    def _receipts(self) -> Iterator[str]:
        told = [ADMINISTRATION, SUPERVISOR]
        wanted: dict[str, list[Receipt]] = {org: [] for org in told}
        for output in self._outputs:
            for org in joined(output):
                if org not in told:
                    told.append(org)
                    wanted[org] = []
            for receipt in receipts_of(output, told):
                wanted[receipt["org"]].append(receipt)
        for org, receipts in wanted.items():
            log = self._world.broker.logs.get(receipts_topic(org))
            yield from _told(org, receipts, log.of("receipts") if log else [])

    # -- rows -----------------------------------------------------------------------------------

    def _tables(self) -> Iterator[str]:
        expected, found = self._rows().rows, self._world.tables.rows
        for table in BY_NAME:
            if table.startswith("_") or table == FOREIGN_MESSAGES.name:
                continue
            left, right = expected.get(table, {}), found.get(table, {})
            for name in {**left, **right}:
                if left.get(name) != right.get(name):
                    what = "wrong" if name in left and name in right else "missing"
                    yield f"{table} {name}: {what if name in left else 'invented'}"

    def _foreign(self) -> Iterator[str]:
        """Whatever is nobody's stands in its table, by its offset, and nothing that counts does."""
        logs, rows = self._world.broker.logs, self._world.tables.rows
        found = {
            (row["topic"], row["message_offset"])
            for row in rows.get(FOREIGN_MESSAGES.name, {}).values()
        }
        ends = {row["source"]: row["next_offset"] for row in rows[CURSOR.name].values()}
        chain = {one.entry.offset for one in self._chain}
        said = truth.said(self._world.broker)
        firsts = {times[0].offset for times in said.values()}
        repeated = {entry.value for times in said.values() for entry in times}
        for offset, entry in logs[Topic.JOURNAL].entries.items():
            if offset < ends[JOURNAL] and ((JOURNAL, offset) in found) == (offset in chain):
                yield f"{JOURNAL} {offset}, by {entry.by}"
        for offset, entry in logs[Topic.FINDINGS].entries.items():
            is_known = entry.value in repeated
            if offset < ends[FINDINGS] and (FINDINGS, offset) not in found and not is_known:
                yield f"{FINDINGS} {offset}, by {entry.by}, is not there"
            if offset in firsts and (FINDINGS, offset) in found:
                yield f"{FINDINGS} {offset} is the registry's"

    def _rows(self) -> Tables:
        said, rows, day = truth.said(self._world.broker), Tables(), None
        for one, block in zip(self._chain, self._blocks, strict=True):
            facts, day = block_facts(block, day, one.entry.offset)
            _put(rows, facts)
        for output in self._outputs:
            last = said[output["seq"], len(split(output)) - 1][0]
            _put(rows, output_facts(output, PERSON_KEY, last.offset))
        return rows


def _message(entry: Entry) -> intake.Message:
    return intake.Message(entry.offset, entry.timestamp, entry.headers, entry.value)


def _facts(block: Block) -> list[dict[str, Any]]:
    return [{k: v for k, v in item.items() if k not in SEALED} for item in block.items]


def _put(rows: Tables, facts: Facts) -> None:
    for name, found in facts.items():
        if found:
            table = BY_NAME[name]
            columns = zip(*table.values(found), strict=True)
            rows.put(name, [dict(zip(table.types, row, strict=True)) for row in columns])


def _told(org: str, wanted: Sequence[Receipt], entries: Sequence[Entry]) -> Iterator[str]:
    """Each receipt, in order; repeated in the same words. A welcome says nothing."""
    found: dict[str, bytes] = {}
    for entry in entries:
        value = entry.value or b""
        receipt: Receipt = orjson.loads(content_of(value))
        if found.setdefault(receipt["receipt_id"], value) != value:
            yield f"{org}: receipt of block {receipt['seq']} was repeated in other words"
    said = [orjson.loads(content_of(value)) for value in found.values()]
    expected = [orjson.loads(dumps(receipt)) for receipt in wanted]
    for receipt in expected:
        if receipt not in said:
            yield f"{org}: the receipt of block {receipt['seq']} is not there"
    for receipt in said:
        if receipt not in expected and (receipt["submissions"] or receipt["notices"]):
            yield f"{org}: the receipt of block {receipt['seq']} tells what nobody said"
    order = [receipt["seq"] for receipt in said if receipt in expected]
    if order != sorted(order):
        yield f"{org}: receipts out of order"
