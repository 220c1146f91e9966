"""One connection to chDB, which is ClickHouse in process, with a thread of its own.

Two connections are two sessions, with their own settings; a connection runs one statement
at a time. An answer of chDB's own lies outside of the statement's memory limit: 1.3 GB
of text took 3.6 GiB. Written to a pipe it is made piece by piece, within the limit.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import chdb

from infra.local.clickhouse_protocol import ClickHouseError, error_code, identifier, quoted

INSERT_CHUNK_BYTES: Final = 1024**2
FAILED_INSERTS: Final = "SELECT value FROM system.events WHERE event = 'FailedInsertQuery'"
ERRORS: Final = (
    "SELECT concat(toString(value), ' Code: ', toString(code), '. DB::Exception: ',"
    " replaceAll(last_error_message, '\n', ' '), '. (', name, ')')"
    " FROM system.errors ORDER BY last_error_time DESC, name"
)
"""How often each error was, and how it was told the last time."""


@dataclass(frozen=True)
class Counts:
    """How many rows a statement read and wrote."""

    rows_read: int
    rows_written: int


class Sink:
    """Where a session's thread writes an answer: the end of a pipe. `format` is set first."""

    def __init__(self, handle: int) -> None:
        self.handle = handle
        self.format = ""

    def write(self, data: bytes) -> None:
        """Write all of it, as fast as it is read."""
        left = memoryview(data)
        while left:
            left = left[os.write(self.handle, left) :]

    def close(self) -> None:
        """The reader sees the end."""
        os.close(self.handle)


class Session:
    """A connection with its own settings and database. Only `thread` uses it."""

    def __init__(self, path: Path, name: str, defaults: Mapping[str, str]) -> None:
        """`defaults`: settings of this session that a request may change for itself only."""
        self.name = name
        self.thread = ThreadPoolExecutor(1, name)
        self._connection: Any = chdb.connect(str(path))  # type: ignore[no-untyped-call]
        # by its comment a statement is found from another session
        self._defaults = {**defaults, "log_comment": name}
        self._set(self._defaults)
        self._failed: list[str] | None = None
        self._errors: set[str] = set()

    def ask(
        self, text: str, output: str, parameters: Mapping[str, str] | None = None
    ) -> tuple[bytes, Counts]:
        """Run one statement as it is: its answer as a whole. Raises ClickHouseError."""
        try:
            result = self._connection.query(text, output, params=dict(parameters or {}))
        except Exception as error:  # chDB raises RuntimeError with ClickHouse's text
            raise _engine_error(error) from error
        return result.bytes(), Counts(int(result.rows_read()), int(result.rows_written()))

    def lines(self, text: str, parameters: Mapping[str, str] | None = None) -> list[str]:
        """The answer of one statement, as lines of tab-separated text without escapes."""
        body, _ = self.ask(text, "TabSeparatedRaw", parameters)
        return body.decode().splitlines() if body else []

    def pour(self, select: str, sink: Sink, parameters: Mapping[str, str]) -> Counts:
        """Run a SELECT without FORMAT, into the sink as it comes. Raises ClickHouseError.

        Who reads the sink must go on until its end: the engine opens the pipe by its name, which
        waits for a reader.
        """
        to = f"INTO OUTFILE '/dev/fd/{sink.handle}' TRUNCATE FORMAT {sink.format}"
        return self.ask(f"{select} {to}", "Null", parameters)[1]

    def insert(self, statement: str, data_format: str, data: bytes) -> Counts:
        """Write all rows in `data`, or none of the failing block. Raises ClickHouseError.

        chDB 4.4 says that rows are written also where the engine could not commit them, as on a
        full disk. Only its own count of what failed tells; no other session inserts.
        """
        if self._failed is None:
            self._failure()
        try:
            with self._connection.send_insert(statement, data_format) as stream:
                for start in range(0, len(data), INSERT_CHUNK_BYTES):
                    stream.append(data[start : start + INSERT_CHUNK_BYTES])
                written = int(stream.finish().rows_written)
        except Exception as error:  # as above
            self._failure()
            raise _engine_error(error) from error
        if why := self._failure():
            raise _engine_error(RuntimeError(why))
        return Counts(0, written)

    def _failure(self) -> str:
        """What the engine says of inserts that failed since it was last asked; '' if none did."""
        failed = self.lines(FAILED_INSERTS)  # asked after each insert: the one cheap question
        if failed == self._failed:
            return ""
        self._failed, errors = failed, self.lines(ERRORS)
        fresh = [line for line in errors if line not in self._errors]
        self._errors = {*errors}
        told = fresh[0] if fresh else " Code: 0. DB::Exception: the engine does not say. (UNKNOWN)"
        return told.partition(" ")[2]

    def within(
        self, database: str, settings: Mapping[str, str], run: Callable[[], Counts]
    ) -> Counts:
        """Run with this database and these settings, and leave no trace of them behind."""
        # it also takes away what a failed statement left of its answer in the connection
        self.ask(f"USE {identifier(database)}", "Null")
        try:
            self._set(settings)
            return run()
        finally:
            # Also after a failure half way: what was not set has its default already.
            for name in settings:
                value = self._defaults.get(name)
                self.ask(f"SET {name} = {'DEFAULT' if value is None else quoted(value)}", "Null")

    def stop(self, name: str) -> None:
        """End what the session of this name runs, at its next step. Raises ClickHouseError."""
        self.ask(f"KILL QUERY WHERE Settings['log_comment'] = {quoted(name)} ASYNC", "Null")

    def close(self) -> None:
        """Finish what runs and close the connection; chDB ends with its last one."""
        self.thread.shutdown(wait=True)
        self._connection.close()

    def _set(self, settings: Mapping[str, str]) -> None:
        if settings:
            pairs = ", ".join(f"{name} = {quoted(value)}" for name, value in settings.items())
            self.ask(f"SET {pairs}", "Null")


def _engine_error(error: Exception) -> ClickHouseError:
    text = str(error)
    code = error_code(text)
    made = ClickHouseError(code, text, "UNKNOWN_EXCEPTION")
    if text.startswith("Code: "):
        made.args = (text,)  # the engine's own words, as they are
    return made
