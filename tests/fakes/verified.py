"""All topics of a `tests.kit.System`, and its tables, as `tekil verify` reads them."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from events.catalog import Topic, receipts_topic
from events.codec import dumps
from events.outputs import split
from office.verifying.receipts import proofs_of, receipts_for
from projections.block_rows import block_facts
from projections.follow import FINDINGS, JOURNAL, Cursor
from projections.output_rows import output_facts
from projections.tables import TABLES
from projections.tables.columns import Facts, Table
from tests.fakes.projection_log import PERSON_KEY
from tests.kit import System, chain

Row = tuple[Any, ...]


def message(offset: int, value: bytes | None, key: bytes = b"") -> Any:
    """As kafka-python gives it."""
    return SimpleNamespace(offset=offset, key=key, value=value, headers=(), timestamp=0)


class ListLogs:
    """Topics made of lists: `topics[name]` are messages, of which any may be replaced."""

    def __init__(self, topics: dict[str, list[Any]]) -> None:
        self.topics = topics
        self.kept_from: dict[str, int] = {}
        self.scanned: list[tuple[str, int]] = []
        self.open = 0
        """Topics that are being read."""

    @classmethod
    def of(cls, system: System) -> "ListLogs":
        """What the stages of this system would have written."""
        topics: dict[str, list[Any]] = {topic: [] for topic in Topic if topic != Topic.RECEIPTS}
        made = cls(topics)
        topics[Topic.SUBMISSIONS] = [
            SimpleNamespace(
                offset=one.offset,
                key=None,
                value=one.value,
                headers=list(one.headers),
                timestamp=one.append_ms,
            )
            for one in system.sent
        ]
        for value in system.blocks:
            made.add(Topic.JOURNAL, value)
        for keys_id, keys in system.keys.items():
            made.add(Topic.KEYS, system.signed_keys(keys_id, keys), keys_id.encode())
        for output in system.outputs:
            for part in split(output):
                made.add(Topic.FINDINGS, system.signed_output(part))
        for org, seq, content in told(system):
            made.add(receipts_topic(org), system.signed_receipt(org, seq, content))
        return made

    def add(self, topic: str, value: bytes | None, key: bytes = b"") -> int:
        """One more message; its offset."""
        values = self.topics.setdefault(topic, [])
        values.append(message(len(values), value, key))
        return len(values) - 1

    def insert(self, topic: str, offset: int, value: bytes | None) -> None:
        """A message before the one at `offset`."""
        self.topics[topic].insert(offset, message(offset, value))
        for number, one in enumerate(self.topics[topic]):
            one.offset = number

    # -- `office.verifying.logs.Logs` -----------------------------------------------------------

    def bounds(self, *topics: str) -> list[tuple[int, int]]:
        """See `Logs.bounds`."""
        return [(self.kept_from.get(name, 0), len(self.topics.get(name, ()))) for name in topics]

    def scan(self, topic: str, start: int, end: int) -> Iterator[Any]:
        """See `Logs.scan`."""
        self.scanned.append((topic, start))
        self.open += 1
        try:
            for one in list(self.topics[topic]):
                if max(start, self.kept_from.get(topic, 0)) <= one.offset < end:
                    yield one
        finally:
            self.open -= 1

    def partners(self) -> list[str]:
        """See `Logs.partners`."""
        prefix = f"{Topic.RECEIPTS}-"
        names = sorted(name for name in self.topics if name.startswith(prefix))
        return [name.removeprefix(prefix).upper() for name in names]


def told(system: System) -> Iterator[tuple[str, int, bytes]]:
    """What the receipts stage says: organisation, block, content."""
    joined: dict[str, int] = {}
    sent = {one.offset: one.value for one in system.sent}
    for block, output in zip(chain(system.blocks), system.outputs, strict=True):
        for receipt, _ in receipts_for(output, joined, proofs_of(block, sent)):
            yield receipt["org"], receipt["seq"], dumps(receipt)
        joined |= {
            row["id"]: joined.get(row["id"], output["seq"])
            for one in output["submissions"]
            for row in one["rows"]
            if row["kind"] == "partner" and row["disposition"] == "accepted"
        }


class ListTables:
    """The tables as lists of rows, which may be changed."""

    def __init__(self, system: System) -> None:
        self.at = [len(system.blocks), len(system.outputs)]
        facts: list[Facts] = []
        day = None
        for number, block in enumerate(chain(system.blocks)):
            found, day = block_facts(block, day, number)
            facts.append(found)
        offset = -1
        for output in system.outputs:
            offset += len(split(output))
            facts.append(output_facts(output, PERSON_KEY, offset))
        self.stored: dict[str, list[Row]] = {
            table.name: [
                row
                for found in facts
                if table.name in found
                for row in zip(*table.values(found[table.name]), strict=True)
            ]
            for table in TABLES
        }

    def cursors(self) -> tuple[Cursor, Cursor]:
        """See `Tables.cursors`."""
        blocks, outputs = self.at
        return Cursor(JOURNAL, next_seq=blocks), Cursor(FINDINGS, next_seq=outputs)

    def newest(self) -> dict[str, int]:
        """See `Tables.newest`."""
        return {
            table.name: max((_seq(table, row) for row in self.stored[table.name]), default=-1)
            for table in TABLES
        }

    def rows(self, table: Table, low: int, high: int) -> list[Row]:
        """See `Tables.rows`."""
        return [row for row in self.stored[table.name] if low <= _seq(table, row) < high]

    def change(self, table: str, number: int, column: str, value: Any) -> Row:
        """Another value in a row; the row as it was."""
        names = list(next(one for one in TABLES if one.name == table).types)
        row = self.stored[table][number]
        place = names.index(column)
        self.stored[table][number] = (*row[:place], value, *row[place + 1 :])
        return row

    def close(self) -> None:
        """See `Tables.close`."""


def _seq(table: Table, row: Row) -> int:
    return int(row[list(table.types).index("seq")])
