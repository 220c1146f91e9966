"""What outlives a process: its state, its small files, the rows in ClickHouse."""

import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from clickhouse_connect.driver.exceptions import DatabaseError

from infra.rocksdb import StoreUnavailable
from projections.tables import BY_NAME, CURSOR
from tests.simulator import world as worlds
from tests.simulator.processes import current

Row = dict[str, Any]
Key = tuple[Any, ...]


class State:
    """A stage's RocksDB: batches that are there whole or not at all. The last ones may get lost
    with the machine's power, never with a process.
    """

    def __init__(self) -> None:
        self.batches: list[Mapping[bytes, bytes | None]] = []
        self.data: dict[bytes, bytes] = {}

    def cut(self, batches: int) -> None:
        """Lose all but the first so many."""
        self.become(self.batches[:batches])

    def become(self, batches: Sequence[Mapping[bytes, bytes | None]]) -> None:
        """Hold these, and nothing else."""
        self.batches, self.data = [*batches], {}
        for batch in self.batches:
            self._apply(batch)

    def _apply(self, batch: Mapping[bytes, bytes | None]) -> None:
        for key, value in batch.items():
            if value is None:
                self.data.pop(key, None)
            else:
                self.data[key] = value

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """See `Store.get_many`."""
        return [self.data.get(key) for key in keys]

    def write(self, changes: Mapping[bytes, bytes | None]) -> None:
        """See `Store.write`. Raises StoreUnavailable while the disk is full."""
        here, process = worlds.world(), current()
        step = "write folded state" if process.is_preparing else "write state"
        here.deaths.at(process, "before", step)
        if "state" in here.lacking:
            raise StoreUnavailable(os.strerror(errno.ENOSPC))
        batch = dict(changes)
        self.batches.append(batch)
        self._apply(batch)
        here.deaths.at(process, "after", step)

    def close(self) -> None:
        """Nothing is held."""


def put(path: Path, content: bytes) -> None:
    """See `infra.safe_files.put`."""
    here, process = worlds.world(), current()
    here.deaths.at(process, "before", "put file")
    if "files" in here.lacking:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    path.write_bytes(content)
    here.deaths.at(process, "after", "put file")


class Tables:
    """ClickHouse's tables, read with FINAL: of the rows with one key one is there.

    Stands for `clickhouse_connect`'s client at the projector.
    """

    def __init__(self) -> None:
        self.rows: dict[str, dict[Key, Row]] = {}

    def copy(self) -> "Tables":
        """What a backup holds."""
        found = Tables()
        found.rows = {table: dict(rows) for table, rows in self.rows.items()}
        return found

    def insert(
        self, table: str, columns: Sequence[Sequence[Any]], *, column_names: Sequence[str], **_: Any
    ) -> Any:
        """Column by column, as the projector sends them."""
        here, process = worlds.world(), current()
        step = "insert cursor" if table == CURSOR.name else "insert rows"
        here.deaths.at(process, "before", step)
        if "tables" in here.lacking:
            raise DatabaseError("Cannot reserve 1.00 MiB, not enough space")
        rows = [dict(zip(column_names, row, strict=True)) for row in zip(*columns, strict=True)]
        self.put(table, rows)
        here.deaths.at(process, "after", step)
        return SimpleNamespace(written_rows=len(rows))

    def put(self, table: str, rows: Sequence[Row]) -> None:
        """Rows, each of which takes the place of another with its key."""
        key = BY_NAME[table].order_by.split(", ")
        held = self.rows.setdefault(table, {})
        for row in rows:
            name = tuple(row[part] for part in key)
            before = held.get(name)
            if table == CURSOR.name and before and before["next_offset"] > row["next_offset"]:
                continue  # ReplacingMergeTree(next_offset)
            held[name] = row

    def query(self, text: str) -> Any:
        """The two questions of the projector, both of its cursors."""
        current().alive()
        held = list(self.rows.get(CURSOR.name, {}).values())
        if text == f"SELECT count() FROM {CURSOR.name}":
            return SimpleNamespace(result_rows=[(len(held),)])
        names = ", ".join(CURSOR.types)
        assert text == f"SELECT {names} FROM {CURSOR.name} FINAL", text
        rows: Iterator[Row] = iter(held)
        return SimpleNamespace(named_results=lambda: rows)
