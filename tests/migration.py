"""The next numbered migration, written from the declared tables: `make migration NAME=services`.

It is what the tables of `projections.tables` have and the migrations so far do not make. A column
that changed its type or is gone is for a person to write: what becomes of its values is a decision.
"""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import chdb
import orjson
from clickhouse_migrations.migrator import Migrator

from projections.migrate import MIGRATIONS
from projections.tables import BY_NAME
from projections.tables.columns import Table

Schema = dict[str, dict[str, str]]
"""Table → column → type."""
_LIVE: Final = (
    "SELECT table, name, type FROM system.columns WHERE database = currentDatabase()"
    " ORDER BY table, position"
)


def made_by(migrations: Path) -> Schema:
    """What the migrations of a folder make, on an engine of its own."""
    with tempfile.TemporaryDirectory(prefix="tekil-migration-") as folder:
        session: Any = chdb.connect(folder)  # type: ignore[no-untyped-call]
        try:
            session.query("CREATE DATABASE scratch")
            session.query("USE scratch")
            for path in sorted(migrations.glob("*.sql")):
                for statement in Migrator.script_to_statements(path.read_text(), True):
                    session.query(statement)
            rows = orjson.loads(session.query(_LIVE, "JSON").bytes())["data"]
        finally:
            session.close()
    found: Schema = {}
    for row in rows:
        found.setdefault(row["table"], {})[row["name"]] = row["type"]
    return found


def text(made: Schema, declared: Mapping[str, Table]) -> str:
    """The statements that lack; '' for none.

    Raises ValueError for a column whose type changed, or that is declared no more.
    """
    found = []
    for table in declared.values():
        live = made.get(table.name)
        if live is None:
            found.append(_create(table))
            continue
        for name in live:
            if table.types.get(name) != live[name]:
                raise ValueError(f"{table.name}.{name}: write by hand what becomes of its values")
        found += [
            f"ALTER TABLE {table.name} ADD COLUMN IF NOT EXISTS {name} {type_};\n"
            for name, type_ in table.types.items()
            if name not in live
        ]
    return "\n".join(found)


def _create(table: Table) -> str:
    columns = ",\n".join(f"    {name} {type_}" for name, type_ in table.types.items())
    return (
        f"CREATE TABLE IF NOT EXISTS {table.name}\n(\n{columns}\n)\n"
        f"ENGINE = {table.engine}\nORDER BY ({table.order_by});\n"
    )


def main(name: str) -> int:
    """Write the next migration under a name; 1 if nothing lacks."""
    statements = text(made_by(MIGRATIONS), BY_NAME)
    if not statements:
        print("The migrations make the declared tables already.", file=sys.stderr)
        return 1
    number = len(list(MIGRATIONS.glob("*.sql"))) + 1
    path = MIGRATIONS / f"{number:04}_{name}.sql"
    path.write_text(f"-- Frozen: a change is a new file.\n\n{statements}")
    print(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
