"""The rows that stand in the tables, as their owner reads them: for who compares. A shell."""

from typing import Any

from clickhouse_connect.driver.exceptions import Error

from infra.clickhouse import OWNER, ClickHouseUnavailable, connect, first_line
from infra.settings import Settings
from projections.follow import Cursor, least_cursors
from projections.tables import CURSOR, TABLES
from projections.tables.columns import Table

Row = tuple[Any, ...]


class StoredTables:
    """All tables that the log feeds. Everything here raises ClickHouseUnavailable."""

    def __init__(self, settings: Settings) -> None:
        self._client = connect(settings, OWNER)

    def cursors(self) -> tuple[Cursor, Cursor]:
        """How far aid-journal and aid-findings were projected."""
        names = ", ".join(CURSOR.types)
        found = self._ask(f"SELECT {names} FROM {CURSOR.name} FINAL")
        return least_cursors(dict(zip(CURSOR.types, row, strict=True)) for row in found)

    def newest(self) -> dict[str, int]:
        """Table → the last block that any of its rows is about; -1 where it has none."""
        return {
            table.name: self._ask(f"SELECT ifNull(maxOrNull(toInt64(seq)), -1) FROM {table.name}")[
                0
            ][0]
            for table in TABLES
            if "seq" in table.types  # what did not count is about no block
        }

    def rows(self, table: Table, low: int, high: int) -> list[Row]:
        """The rows about blocks [low, high), with the table's columns in their order."""
        return self._ask(
            f"SELECT {', '.join(table.types)} FROM {table.name} FINAL"
            " WHERE seq >= {low:UInt64} AND seq < {high:UInt64}",
            low=low,
            high=high,
        )

    def _ask(self, sql: str, **parameters: int) -> list[Row]:
        try:
            return [
                tuple(row) for row in self._client.query(sql, parameters=parameters).result_rows
            ]
        except Error as error:
            raise ClickHouseUnavailable(first_line(error)) from error

    def close(self) -> None:
        """Give the connection back."""
        self._client.close()
