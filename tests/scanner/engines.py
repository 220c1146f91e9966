"""What an engine sees in its files: RocksDB, SQLite and ClickHouse, each opened as a copy.

A copy, because reading must change nothing, and because whoever owns the files may be running.
"""

import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, cast

import chdb
from rocksdict import AccessType, Options, Rdict

SQLITE_MAGIC: Final = b"SQLite format 3\0"
ATTEMPTS: Final = 10
_TABLES: Final = (
    "SELECT database, name FROM system.tables WHERE engine NOT IN ('View', 'MaterializedView')"
    " AND lower(database) NOT IN ('system', 'information_schema')"
    # an empty table of a system that ran many tests is one of thousands: a query each takes minutes
    " AND coalesce(total_rows, 1) > 0 FORMAT TSV"
)

Rows = Iterator[tuple[str, bytes]]
"""(place in the store, bytes)."""


def rocksdb(folder: Path) -> Rows:
    """Every pair of every column family as it is now; what was overwritten is seen raw alone."""
    with _copied(folder) as copy:
        options = Options(raw_mode=True)
        families = Rdict.list_cf(str(copy), options)
        store = Rdict(
            str(copy),
            options,
            column_families={name: Options(raw_mode=True) for name in families},
            access_type=AccessType.read_only(),
        )
        try:
            for name in families:
                for key, value in store.get_column_family(name).items():
                    yield name, cast(bytes, key) + b"\n" + cast(bytes, value)
        finally:
            store.close()


def sqlite(path: Path) -> Rows:
    """Every row of every table, the log that is not written back included."""
    with tempfile.TemporaryDirectory(prefix="tekil-look-") as name:
        for suffix in ("", "-wal", "-shm"):
            beside = path.with_name(path.name + suffix)
            if beside.exists():
                shutil.copyfile(beside, Path(name) / f"copy{suffix}")
        with closing(sqlite3.connect(Path(name) / "copy")) as store:
            tables = store.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (table,) in tables:
                quoted = '"' + table.replace('"', '""') + '"'
                for row in store.execute(f"SELECT * FROM {quoted}"):
                    yield table, b"\n".join(_bytes(value) for value in row)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def clickhouse(folder: Path) -> Rows:
    """Every column of every table of chDB's folder, read by a process of its own."""
    with _copied(folder) as copy, tempfile.TemporaryDirectory(prefix="tekil-look-") as out:
        command = [sys.executable, "-m", "tests.scanner.engines", str(copy), out]
        subprocess.run(command, check=True, cwd=Path(__file__).parents[2], timeout=600)
        for path in sorted(Path(out).iterdir()):
            yield path.name, path.read_bytes()


def dump(folder: str, out: str) -> None:
    """Write each column's values as lines of JSON to a file of its and its table's name."""
    connection = chdb.connect(folder)  # type: ignore[no-untyped-call]
    try:
        for line in connection.query(_TABLES, "TSV").bytes().decode().splitlines():
            database, name = line.split("\t")
            table = f"`{database}`.`{name}`"
            described = connection.query(f"DESCRIBE TABLE {table}", "TSV").bytes().decode()
            columns = [row.split("\t")[0] for row in described.splitlines()]
            rows = connection.query(f"SELECT * FROM {table}", "JSONCompactColumns").bytes()
            # bytes that are no text stay what they are
            found = json.loads((rows or b"[]").decode(errors="surrogateescape"))
            for column, values in zip(columns, found, strict=False):
                text = "\n".join(json.dumps(value, ensure_ascii=False) for value in values)
                place = Path(out) / f"{database}.{name} {column}"
                place.write_bytes(text.encode(errors="surrogateescape"))
    finally:
        connection.close()


@contextmanager
def _copied(folder: Path) -> Iterator[Path]:
    """A copy, again if its owner took a file away meanwhile."""
    with tempfile.TemporaryDirectory(prefix="tekil-look-") as name:
        for attempt in range(ATTEMPTS):
            copy = Path(name) / str(attempt)
            try:
                shutil.copytree(folder, copy, symlinks=True)
            except shutil.Error:
                if attempt == ATTEMPTS - 1:
                    raise
            else:
                break
        (copy / "LOCK").unlink(missing_ok=True)
        yield copy


if __name__ == "__main__":
    dump(*sys.argv[1:])
