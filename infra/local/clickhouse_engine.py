"""The engine behind the endpoint: chDB, one session and one thread for each user.

chDB is ClickHouse in process. Two connections are two sessions: the analyst's is set
to `readonly = 2` once, which no later statement of that session can undo, and a slow
question of the analyst does not hold up the owner's inserts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import chdb

from infra.local import clickhouse_access as access
from infra.local.clickhouse_protocol import (
    ClickHouseError,
    Request,
    answer_format,
    check_output_format,
    error_code,
    first_word,
    identifier,
    quoted,
    split_insert,
)

OWNER: Final = "owner"
ANALYST: Final = "analyst"
INSERT_CHUNK_BYTES: Final = 1024**2
ANALYST_MEMORY_BYTES: Final = 2 * 1024**3  # for one statement, its answer included
SESSION_WORDS: Final = frozenset({"SET", "EXIT", "QUIT"})


@dataclass(frozen=True)
class Answer:
    """What a statement brought: bytes in `format`, and how many rows were read and written."""

    body: bytes
    format: str
    rows_read: int
    rows_written: int


class Session:
    """One connection with its own settings and database. Used by one thread at a time."""

    def __init__(self, path: Path, defaults: Mapping[str, str]) -> None:
        """`defaults`: settings of this session that a request may change for itself only."""
        self._connection: Any = chdb.connect(str(path))  # type: ignore[no-untyped-call]
        self._defaults = dict(defaults)
        self._set(self._defaults)

    def ask(self, text: str, output: str, parameters: Mapping[str, str] | None = None) -> Answer:
        """Run one statement as it is. Raises ClickHouseError."""
        try:
            result = self._connection.query(text, output, params=dict(parameters or {}))
        except Exception as error:  # chDB raises RuntimeError with ClickHouse's text
            raise _engine_error(error) from error
        return Answer(
            result.bytes(),
            answer_format(text, output),
            int(result.rows_read()),
            int(result.rows_written()),
        )

    def lines(self, text: str, parameters: Mapping[str, str] | None = None) -> list[str]:
        """The answer of one statement, as lines of tab-separated text without escapes."""
        body = self.ask(text, "TabSeparatedRaw", parameters).body
        return body.decode().splitlines() if body else []

    def insert(self, statement: str, data_format: str, data: bytes) -> Answer:
        """Write all rows in `data`, or none of the failing block. Raises ClickHouseError."""
        try:
            with self._connection.send_insert(statement, data_format) as stream:
                for start in range(0, len(data), INSERT_CHUNK_BYTES):
                    stream.append(data[start : start + INSERT_CHUNK_BYTES])
                written = int(stream.finish().rows_written)
        except Exception as error:  # as above
            raise _engine_error(error) from error
        return Answer(b"", data_format, 0, written)

    def within(
        self, database: str, settings: Mapping[str, str], run: Callable[[], Answer]
    ) -> Answer:
        """Run with this database and these settings, and leave no trace of them behind."""
        self.ask(f"USE {identifier(database)}", "Null")
        try:
            self._set(settings)
            return run()
        finally:
            # Also after a failure half way: what was not set has its default already.
            for name in settings:
                value = self._defaults.get(name)
                self.ask(f"SET {name} = {'DEFAULT' if value is None else quoted(value)}", "Null")

    def close(self) -> None:
        """Close the connection; chDB ends with its last one."""
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


class Engine:
    """All statements pass here: the right session, the access check, the bounded queue."""

    def __init__(self, path: Path, max_seconds: int, max_waiting: int) -> None:
        """Open (or create) the database directory `path`; one process at a time can.

        `max_seconds` caps each statement, `max_waiting` the statements of a user in line.
        """
        limits = {"max_execution_time": str(max_seconds), "timeout_overflow_mode": "throw"}
        self._max_seconds = max_seconds
        self._max_waiting = max_waiting
        self._owner = Session(path, limits)
        self._analyst = Session(path, limits | {"max_memory_usage": str(ANALYST_MEMORY_BYTES)})
        self._functions = _functions(self._owner)
        self._analyst.ask(f"SET additional_table_filters = {access.LISTED}", "Null")
        self._analyst.ask("SET readonly = 2", "Null")
        self.timezone = self._owner.lines("SELECT timezone()")[0]
        self._threads = {
            OWNER: ThreadPoolExecutor(1, "owner"),
            ANALYST: ThreadPoolExecutor(1, "analyst"),
        }
        self._waiting = dict.fromkeys(self._threads, 0)

    async def run(self, user: str, request: Request) -> Answer:
        """Run one statement for `owner` or `analyst`. Raises ClickHouseError."""
        if self._waiting[user] >= self._max_waiting:
            raise ClickHouseError(
                202,
                f"Too many simultaneous queries. Maximum: {self._max_waiting}",
                "TOO_MANY_SIMULTANEOUS_QUERIES",
            )
        run = self._run_as_owner if user == OWNER else self._run_as_analyst
        self._waiting[user] += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads[user], run, request
            )
        finally:
            self._waiting[user] -= 1

    def close(self) -> None:
        """Finish the running statements and close the engine."""
        for thread in self._threads.values():
            thread.shutdown(wait=True)
        self._analyst.close()
        self._owner.close()

    def _run_as_owner(self, request: Request) -> Answer:
        insert = split_insert(request)
        session = self._owner
        if insert:
            return session.within(
                request.database,
                request.settings,
                lambda: session.insert(insert.statement, insert.format, insert.data),
            )
        text = request.text
        if not text.strip():
            raise ClickHouseError(62, "Empty query", "SYNTAX_ERROR")
        if first_word(text) in SESSION_WORDS:
            raise ClickHouseError(
                48, "no sessions here: send settings with each statement", "NOT_IMPLEMENTED"
            )
        return session.within(
            request.database,
            request.settings,
            lambda: session.ask(text, request.default_format, request.parameters),
        )

    def _run_as_analyst(self, request: Request) -> Answer:
        settings = self._analyst_settings(request.settings)
        statement = access.canonical(request.text, request.parameters)
        return self._analyst.within(
            request.database, settings, lambda: self._read(request, statement)
        )

    def _read(self, request: Request, statement: access.Canonical) -> Answer:
        """Check and run in one go: the session is this thread's until both are done."""
        session = self._analyst
        if access.is_select(statement):
            access.check_select(
                statement.text,
                request.database,
                self._functions,
                lambda text: session.lines(text, request.parameters),
                self._exists,
            )
        elif (table := access.asked_table(statement)) is not None:
            name = access.qualified(table, request.database)
            if not access.may_read(name):
                raise access.denied(f"the table {name}")
        output = statement.format or request.default_format
        check_output_format(output)
        return session.ask(statement.text, output, request.parameters)

    def _exists(self, database: str, name: str) -> bool:
        """Asked of the engine: the analyst's own system.tables does not list every table."""
        return self._analyst.lines(f"EXISTS TABLE {identifier(database)}.`{name}`") != ["0"]

    def _analyst_settings(self, settings: Mapping[str, str]) -> dict[str, str]:
        """The settings that an analyst may send, capped. Raises ClickHouseError (452)."""
        allowed = dict(settings)
        for name in settings:
            if not access.may_set(name):
                raise ClickHouseError(
                    452, f"Setting {name} should not be changed", "SETTING_CONSTRAINT_VIOLATION"
                )
        seconds = allowed.get("max_execution_time")
        if seconds is not None and not _is_within(seconds, self._max_seconds):
            raise ClickHouseError(
                452,
                f"Setting max_execution_time should be between 1 and {self._max_seconds}",
                "SETTING_CONSTRAINT_VIOLATION",
            )
        return allowed


def _is_within(value: str, highest: int) -> bool:
    return value.isascii() and value.isdigit() and 1 <= int(value) <= highest


def _functions(session: Session) -> access.Functions:
    lines = session.lines(
        "SELECT name, alias_to, categories, is_aggregate FROM system.functions"
        " WHERE origin = 'System'"
    )
    rows = [line.split("\t") for line in lines]
    combinators = session.lines("SELECT name FROM system.aggregate_function_combinators")
    return access.Functions(
        ((name, alias, kinds, is_aggregate == "1") for name, alias, kinds, is_aggregate in rows),
        combinators,
    )
