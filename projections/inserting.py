"""Rows into a table, acknowledged. A shell."""

from collections.abc import Sequence

from clickhouse_connect.driver.client import Client

from projections.tables.columns import Fact, Table


class LostRows(Exception):
    """ClickHouse acknowledged another number of rows than it was sent."""


def insert(client: Client, table: Table, facts: Sequence[Fact]) -> None:
    """Insert the rows of these facts and check the acknowledgement.

    Raises LostRows, clickhouse-connect's Error, or KeyError or ValueError for a damaged message.
    """
    summary = client.insert(
        table.name,
        table.values(facts),
        column_names=list(table.types),
        column_type_names=list(table.types.values()),
        column_oriented=True,
    )
    if summary.written_rows != len(facts):
        raise LostRows(f"{table.name}: sent {len(facts)} rows, stored {summary.written_rows}")
