"""Bring a namespace's database up to date, and compare it with the declared tables.

Tables change by numbered migrations, which are never edited once applied. A view's current
text is its file in views/: it is applied anew whenever that text changed (decision 0024).
"""

import hashlib
import logging
import re
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

from clickhouse_connect.driver.client import Client
from clickhouse_migrations.clickhouse_cluster import ClickhouseCluster
from clickhouse_migrations.connection import CLICKHOUSE_CONNECT, ClickhouseConnectConnection

from infra import disk
from infra.clickhouse import OWNER, ClickHouseUnavailable, connect
from infra.settings import Settings
from projections.tables import APPLIED_VIEWS, BY_NAME

log = logging.getLogger(__name__)

MIGRATIONS: Final = Path(__file__).parent / "migrations"
VIEWS: Final = Path(__file__).parent / "views"


class SchemaDrift(Exception):
    """The live tables are not the declared ones."""


def migrate(settings: Settings) -> int:
    """Make the database of this namespace if missing; apply pending migrations, then views.

    Returns how many migrations and views were applied. Safe to repeat: every statement is IF
    NOT EXISTS or a replacement, so a run that died half way is made good by the next. Run it from
    one process at a time (`tekil up`): without a Keeper the library has no lock.
    Raises ClickHouseUnavailable, or the library's MigrationException when an applied
    migration was changed or removed.
    """
    cluster = _Cluster(settings)
    applied = len(cluster.migrate(settings.database, MIGRATIONS, migration_log_format="compact"))
    client = connect(settings, OWNER)
    try:
        applied += _apply_views(client)
        _comment_tables(client)
    finally:
        client.close()
    return applied


def made_if_missing(settings: Settings) -> bool:
    """`migrate` where a declared table is missing: somebody removed the database, or its folder.

    All of it is made again from the topics, once there is room. True if it was missing. Raises as
    `migrate`, and ClickHouseUnavailable on a full disk.
    """
    client = connect(settings, OWNER, database="")
    try:
        query = "SELECT name FROM system.tables WHERE database = {database:String}"
        rows = client.query(query, {"database": settings.database}).named_results()
        missing = {*BY_NAME} - {row["name"] for row in rows}
    finally:
        client.close()
    if missing:
        _check_room(settings)
        log.warning("%s lacks %d tables: made anew", settings.database, len(missing))
        migrate(settings)
    return bool(missing)


def _check_room(settings: Settings) -> None:
    """Raises ClickHouseUnavailable on a full disk: the embedded engine would say that it made a
    table whose definition the disk did not keep."""
    if settings.embedded_clickhouse and (room := disk.look(settings)).level is disk.Level.FULL:
        raise ClickHouseUnavailable(f"the tables are made once there is room: {room}")


def drop(settings: Settings) -> None:
    """Remove the database of this namespace with all that was projected. ClickHouseUnavailable."""
    client = connect(settings, OWNER, database="")
    try:
        client.command(f"DROP DATABASE IF EXISTS `{settings.database}`")
    finally:
        client.close()


class _Cluster(ClickhouseCluster):  # type: ignore[misc]  # the library is untyped
    """The library's runner on our own clients: no password in a URL, no proxy on loopback."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(driver=CLICKHOUSE_CONNECT)
        self._settings = settings

    def connection(self, db_name: str | None = None) -> ClickhouseConnectConnection:
        return ClickhouseConnectConnection(connect(self._settings, OWNER, database=db_name or ""))


def view_texts() -> dict[str, str]:
    """View → its current SQL, each after those that it reads.

    Raises ValueError for a file that does not define the view it is named after.
    """
    texts = {path.stem: path.read_text() for path in sorted(VIEWS.glob("*.sql"))}
    for name, text in texts.items():
        if not re.search(rf"^CREATE OR REPLACE VIEW {name}$", text, re.M):
            raise ValueError(f"views/{name}.sql does not define {name}")
    reads = {name: (set(re.findall(r"\w+", texts[name])) & set(texts)) - {name} for name in texts}
    return {name: texts[name] for name in TopologicalSorter(reads).static_order()}


def _apply_views(client: Client) -> int:
    """Replace each view whose text is not the one that was applied last; one that is missing."""
    query = f"SELECT name, digest FROM {APPLIED_VIEWS.name} FINAL WHERE name IN (SELECT name"
    query += " FROM system.tables WHERE database = currentDatabase())"
    rows = client.query(query).named_results()
    applied = {row["name"]: row["digest"] for row in rows}
    changed = []
    for name, text in view_texts().items():
        digest = hashlib.sha256(text.encode()).hexdigest()
        if applied.get(name) != digest:
            client.command(text)
            changed.append([name, digest])
    if changed:  # only now: a run that died in between does it again
        client.insert(APPLIED_VIEWS.name, changed, ["name", "digest"])
    return len(changed)


def _comment_tables(client: Client) -> None:
    """Write the declared comments where the live ones differ."""
    live = _comments(client, "SELECT name, '' AS column, comment FROM system.tables")
    live |= _comments(client, "SELECT table, name, comment FROM system.columns")
    for table in BY_NAME.values():
        changes = [
            f"COMMENT COLUMN {column.name} {_quoted(column.comment)}"
            for column in table.columns
            if live[table.name, column.name] != column.comment
        ]
        if live[table.name, ""] != table.comment:
            changes.append(f"MODIFY COMMENT {_quoted(table.comment)}")
        if changes:
            client.command(f"ALTER TABLE {table.name} {', '.join(changes)}")


def _comments(client: Client, select: str) -> dict[tuple[str, str], str]:
    rows = client.query(f"{select} WHERE database = currentDatabase()").result_rows
    return {(table, column): comment for table, column, comment in rows}


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def live_columns(client: Client, table: str) -> dict[str, str]:
    """Column → type of a table or view as the engine has it."""
    rows = client.query(f"DESCRIBE TABLE {table}").named_results()
    return {row["name"]: row["type"] for row in rows}


def check_schema(client: Client) -> None:
    """Raises SchemaDrift if a declared table is missing or has other columns."""
    found = {row["name"] for row in client.query("SHOW TABLES").named_results()}
    for table in BY_NAME.values():
        if table.name not in found:
            raise SchemaDrift(f"table {table.name} is missing: run the migrations (`tekil up`)")
        live = live_columns(client, table.name)
        if live != table.types:
            differ = set(live.items()) ^ set(table.types.items())
            raise SchemaDrift(f"table {table.name} differs in {sorted(differ)}")
