"""Bring a namespace's database up to the newest migration, and compare it with `tables.py`."""

from pathlib import Path
from typing import Final

from clickhouse_connect.driver.client import Client
from clickhouse_migrations.clickhouse_cluster import ClickhouseCluster
from clickhouse_migrations.connection import CLICKHOUSE_CONNECT, ClickhouseConnectConnection

from infra.clickhouse import OWNER, connect
from infra.settings import Settings
from projections.tables import BY_NAME

MIGRATIONS: Final = Path(__file__).parent / "migrations"


class SchemaDrift(Exception):
    """The live tables are not the declared ones."""


def migrate(settings: Settings) -> int:
    """Make the database of this namespace if missing and apply the pending migrations.

    Returns how many were applied. Safe to repeat: every statement is IF NOT EXISTS, so a
    run that died between two statements is made good by the next. Run it from one process
    at a time (`tekil up`): without a Keeper the library has no lock.
    Raises ClickHouseUnavailable, or the library's MigrationException when an applied
    migration was changed or removed.
    """
    cluster = _Cluster(settings)
    return len(cluster.migrate(settings.database, MIGRATIONS, migration_log_format="compact"))


class _Cluster(ClickhouseCluster):  # type: ignore[misc]  # the library is untyped
    """The library's runner on our own clients: no password in a URL, no proxy on loopback."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(driver=CLICKHOUSE_CONNECT)
        self._settings = settings

    def connection(self, db_name: str | None = None) -> ClickhouseConnectConnection:
        return ClickhouseConnectConnection(connect(self._settings, OWNER, database=db_name or ""))


def live_columns(client: Client, table: str) -> dict[str, str]:
    """Column → type of a table or view as the engine has it."""
    return {row[0]: row[1] for row in client.query(f"DESCRIBE TABLE {table}").result_rows}


def check_schema(client: Client) -> None:
    """Raises SchemaDrift if a declared table is missing or has other columns."""
    found = {row[0] for row in client.query("SHOW TABLES").result_rows}
    for table in BY_NAME.values():
        if table.name not in found:
            raise SchemaDrift(f"table {table.name} is missing: run the migrations (`tekil up`)")
        live = live_columns(client, table.name)
        if list(live.items()) != list(table.columns.items()):
            differ = set(live.items()) ^ set(table.columns.items())
            raise SchemaDrift(f"table {table.name} differs in {sorted(differ)}")
