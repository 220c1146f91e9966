"""The rows that the projector should have written, against those that stand in ClickHouse.

The log is append-only, tables are not: they are compared from the first block in every run; only
a run that was interrupted goes on where it was.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, Final, NamedTuple, Protocol

import orjson

from events.catalog import Topic
from events.journal import block_digest, decode_block
from events.outputs import Assembler, RegistryOutput
from events.stage_signing import content_of
from office.verifying.differences import ABSENT, Difference, Said
from office.verifying.logs import Stream
from office.verifying.place import Place, Rows
from office.verifying.said import digest_of, said_at
from office.verifying.store import Buffer
from projections.block_rows import block_facts
from projections.follow import FINDINGS, JOURNAL, Cursor
from projections.output_rows import output_facts
from projections.tables import TABLES, findings, journal
from projections.tables.columns import Facts, Table

SLICE_ROWS: Final = 20_000
BLOCK_SPACE: Final = b"b"
Row = tuple[Any, ...]
_OF: Final = {
    JOURNAL: tuple(table for table in TABLES if table in vars(journal).values()),
    FINDINGS: tuple(table for table in TABLES if table in vars(findings).values()),
}
"""Source → the tables that it feeds."""


class Tables(Protocol):
    """`projections.stored.StoredTables` is one; the tests have one made of lists."""

    def cursors(self) -> tuple[Cursor, Cursor]:
        """How far aid-journal and aid-findings were projected."""
        ...

    def newest(self) -> dict[str, int]:
        """Table → the last block that any of its rows is about; -1 where it has none."""
        ...

    def rows(self, table: Table, low: int, high: int) -> list[Row]:
        """The rows about blocks [low, high), with the table's columns in their order."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...


class Projected(NamedTuple):
    """How far the tables were at the beginning, and the last block that any row was about."""

    journal: int
    findings: int
    newest: dict[str, int]

    @classmethod
    def of(cls, tables: Tables) -> "Projected":
        """As it is now: read this before the ends of the topics."""
        newest = tables.newest()
        blocks, outputs = tables.cursors()
        return cls(blocks.next_seq, outputs.next_seq, newest)


class Comparison:
    """Compares the tables of one source, a slice of blocks after the other."""

    def __init__(self, tables: Tables, place: Place, source: str) -> None:
        self._tables, self._source = tables, source
        self.at = place.rows.setdefault(source, Rows())
        self._facts: Facts = {}
        self._waiting = 0
        self._low = self.at.seq

    def add(self, facts: Facts) -> None:
        """The sources of one more block's rows."""
        for name, more in facts.items():
            self._facts.setdefault(name, []).extend(more)
            self._waiting += len(more)

    def is_full(self) -> bool:
        """Time to compare."""
        return self._waiting >= SLICE_ROWS

    def compare(self, high: int) -> None:
        """Compare what was added with the rows about the blocks up to `high`, without it."""
        for table in _OF[self._source]:
            expected = _rows(table, self._facts)
            _compare(table, expected, self._tables.rows(table, self._low, high))
        self.at.count += self._waiting
        self._facts, self._waiting, self._low = {}, 0, high


def check_newest(projected: Projected, last: int) -> None:
    """Raise Difference if a table speaks of a block behind `last`, the journal's last."""
    for table, seq in projected.newest.items():
        if seq > last:
            expected = Said(f"nothing: the journal ends at block {last}")
            raise Difference(table, f"seq={seq}", seq, expected, Said("a row"))
    for source, next_seq in ((JOURNAL, projected.journal), (FINDINGS, projected.findings)):
        if next_seq > last + 1:
            raise Difference("_cursor", source, -1, last + 1, next_seq, field="next_seq")


def journal_rows(
    comparison: Comparison, buffer: Buffer, stream: Stream, end_seq: int
) -> Iterator[int]:
    """Compare what aid-journal feeds, up to block `end_seq`; yields at each slice's end."""
    at = comparison.at
    day = date.fromisoformat(at.day) if at.day else None
    while at.seq < end_seq and (message := stream.take()) is not None:
        known = buffer.get(BLOCK_SPACE + at.seq.to_bytes(8, "big"))
        if known is None or int.from_bytes(known[:8], "big") != message.offset:
            continue
        if block_digest(message.value or b"") != known[8:].hex():
            raise _rewritten(Topic.JOURNAL, message.offset, at.seq)
        facts, day = block_facts(decode_block(message.value), day, message.offset)
        comparison.add(facts)
        at.seq, at.offset, at.day = at.seq + 1, stream.position, day.isoformat()
        if comparison.is_full() or at.seq == end_seq:
            comparison.compare(at.seq)
            yield at.seq


def findings_rows(
    comparison: Comparison, buffer: Buffer, stream: Stream, end_seq: int, person_key: bytes
) -> Iterator[int]:
    """Compare what aid-findings feeds, up to block `end_seq`; yields at each slice's end."""
    at, assembler, part = comparison.at, Assembler(), 0
    while at.seq < end_seq and (message := stream.take()) is not None:
        known = said_at(buffer, Topic.FINDINGS, f"{at.seq}.{part}")
        if known is None or known[0] != message.offset:
            continue
        if digest_of(message) != known[1]:
            raise _rewritten(Topic.FINDINGS, message.offset, at.seq)
        said: RegistryOutput = orjson.loads(content_of(message.value))
        output = said if said["parts"] == 1 else assembler.add(said)
        part += 1
        if output is None:
            continue
        comparison.add(output_facts(output, person_key, message.offset))
        at.seq, at.offset, part = at.seq + 1, stream.position, 0
        if comparison.is_full() or at.seq == end_seq:
            comparison.compare(at.seq)
            yield at.seq


def _rewritten(topic: str, offset: int, seq: int) -> Difference:
    return Difference(topic, offset, seq, Said("the message that was verified"), Said("another"))


def _rows(table: Table, facts: Facts) -> list[Row]:
    found = facts.get(table.name)
    return list(zip(*table.values(found), strict=True)) if found else []


def _compare(table: Table, expected: Sequence[Row], found: Sequence[Row]) -> None:
    names = list(table.types)
    key_of = _key_of(table, names)
    wanted, stands = ({key_of(row): row for row in rows} for rows in (expected, found))
    for key, row in wanted.items():
        if key not in stands:
            raise _row_difference(table, names, row, "", Said("a row"), Said(ABSENT))
        if stands[key] != row:
            index = next(i for i, (a, b) in enumerate(zip(row, stands[key], strict=True)) if a != b)
            raise _row_difference(table, names, row, names[index], row[index], stands[key][index])
    for key, row in stands.items():
        if key not in wanted:
            raise _row_difference(table, names, row, "", Said("no such row"), Said("a row"))


def _key_of(table: Table, names: list[str]) -> Callable[[Row], Row]:
    places = [names.index(name.strip()) for name in table.order_by.split(",")]
    return lambda row: tuple(row[place] for place in places)


def _row_difference(
    table: Table, names: list[str], row: Row, column: str, expected: object, found: object
) -> Difference:
    keys = [name.strip() for name in table.order_by.split(",")]
    at = " ".join(f"{name}={row[names.index(name)]}" for name in keys)
    return Difference(table.name, at, row[names.index("seq")], expected, found, field=column)
