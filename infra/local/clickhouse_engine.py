"""The engine behind the endpoint: chDB, with a lane of sessions for each user.

The readers' sessions are set to `readonly = 2` once, which no later statement of theirs can undo.
A slow question of one user does not hold up the others.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
from typing import Final

from infra.local import clickhouse_access as access
from infra.local.clickhouse_lanes import BUFFER_BYTES, Flow, Lane
from infra.local.clickhouse_protocol import (
    ClickHouseError,
    Request,
    answer_format,
    check_output_format,
    denied,
    first_word,
    identifier,
    split_insert,
)
from infra.local.clickhouse_session import Counts, Session, Sink
from infra.local.clickhouse_tokens import Canonical, canonical

OWNER: Final = "owner"
ANALYST: Final = "analyst"
PAGE: Final = "page"
USERS: Final = (OWNER, ANALYST, PAGE)
READERS: Final = {ANALYST: 2, PAGE: 3}
"""Who only reads, and in how many sessions at once."""
READER_MEMORY_BYTES: Final = min(
    1024**3, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 8
)
"""For one statement with what it writes; all five at once leave the machine a fifth.

The engine overshoots by a quarter: below 2 GiB.
"""
READER_THREADS: Final = max(1, (os.cpu_count() or 1) // 2)
MAX_BLOCK_ROWS: Final = 65_536
WAIT_SECONDS: Final = 30.0
"""How long a reader's statement waits for a session."""
STOP_SECONDS: Final = 0.2
"""Between two attempts to end a statement."""
SESSION_WORDS: Final = frozenset({"SET", "EXIT", "QUIT"})

log = logging.getLogger(__name__)


class Engine:
    """All statements pass here: the right lane, the access check, the limits."""

    def __init__(self, path: Path, max_seconds: int, max_waiting: int) -> None:
        """Open (or create) the database directory `path`; one process at a time can.

        `max_seconds` caps each statement, of a reader together with the reading of its answer;
        `max_waiting` the statements of a user that wait or run.
        """
        limits = {"max_execution_time": str(max_seconds), "timeout_overflow_mode": "throw"}
        self._max_seconds = max_seconds
        self._control = Session(path, "control", {})
        owner = Session(path, OWNER, limits)
        self._functions = _functions(owner)
        self.timezone = owner.lines("SELECT timezone()")[0]
        self._lanes = {OWNER: Lane([owner], max_waiting, max_seconds)}
        for user, count in READERS.items():
            sessions = [_reader(path, f"{user}-{n}", limits) for n in range(count)]
            self._lanes[user] = Lane(sessions, max_waiting, WAIT_SECONDS)
        self._ending: set[asyncio.Task[None]] = set()

    def place(self, user: str) -> AbstractContextManager[None]:
        """A place in the user's line. Raises ClickHouseError (202) if all are taken."""
        return self._lanes[user].place()

    @asynccontextmanager
    async def answer(self, user: str, request: Request) -> AsyncIterator[Flow]:
        """Run one statement. What is left of it when the block ends, is stopped.

        Raises ClickHouseError: from the statement in `Flow.counts`.
        """
        lane = self._lanes[user]
        reader, transport, sink = await _pipe()
        try:
            session = await lane.take()
        except BaseException:
            transport.close()
            sink.close()
            raise
        run = self._run_as_owner if user == OWNER else self._run_as_reader
        loop = asyncio.get_running_loop()
        done = loop.run_in_executor(session.thread, _run, run, session, request, sink)
        try:
            async with asyncio.timeout(None if user == OWNER else self._max_seconds + 1):
                yield Flow(reader, sink, done)
        except TimeoutError:
            raise ClickHouseError(
                159, "Timeout exceeded: the answer was not read in time", "TIMEOUT_EXCEEDED"
            ) from None
        finally:
            task = loop.create_task(self._end(lane, session, reader, transport, done))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _end(
        self,
        lane: Lane,
        session: Session,
        reader: asyncio.StreamReader,
        transport: asyncio.ReadTransport,
        done: asyncio.Future[Counts],
    ) -> None:
        """The session is free once its statement ended: by itself, or stopped for a reader's."""
        draining = asyncio.ensure_future(_drain(reader))  # else it may wait for its answer's reader
        while not done.done():
            if session.name != OWNER:
                await self._stop(session)
            await asyncio.wait([done], timeout=STOP_SECONDS)
        await draining
        done.exception()  # whoever asked has it, or is gone
        transport.close()
        lane.give_back(session)

    async def _stop(self, session: Session) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._control.thread, self._control.stop, session.name)
        except ClickHouseError as error:
            log.error("cannot stop a statement of %s: %s", session.name, error)

    async def close(self) -> None:
        """Finish the running statements and close the engine."""
        if self._ending:
            await asyncio.wait(self._ending)
        for lane in self._lanes.values():
            for session in lane.sessions:
                session.close()
        self._control.close()

    def _run_as_owner(self, session: Session, request: Request, sink: Sink) -> Counts:
        insert = split_insert(request)
        if insert:
            sink.format = insert.format
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
        sink.format = answer_format(text, request.default_format)
        return session.within(
            request.database,
            request.settings,
            lambda: _whole(session, text, request, sink),
        )

    def _run_as_reader(self, session: Session, request: Request, sink: Sink) -> Counts:
        access.check_settings(
            request.settings,
            {
                "max_execution_time": self._max_seconds,
                "max_threads": READER_THREADS,
                "max_block_size": MAX_BLOCK_ROWS,
            },
        )
        statement = canonical(request.text, request.parameters)
        sink.format = statement.format or request.default_format
        check_output_format(sink.format)
        return session.within(
            request.database,
            request.settings,
            lambda: self._read(session, request, statement, sink),
        )

    def _read(self, session: Session, request: Request, statement: Canonical, sink: Sink) -> Counts:
        """Check and run in one go: the session is this thread's until both are done."""
        if access.is_select(statement):
            access.check_select(
                statement.text,
                request.database,
                self._functions,
                lambda text: session.lines(text, request.parameters),
                lambda database, name: _exists(session, database, name),
            )
            return session.pour(statement.text, sink, request.parameters)
        if (table := access.asked_table(statement)) is not None:
            name = access.qualified(table, request.database)
            if not access.may_read(name):
                raise denied(f"the table {name}")
        return _whole(session, statement.text, request, sink)


Runner = Callable[[Session, Request, Sink], Counts]


def _run(run: Runner, session: Session, request: Request, sink: Sink) -> Counts:
    try:
        return run(session, request, sink)
    finally:
        sink.close()


def _whole(session: Session, text: str, request: Request, sink: Sink) -> Counts:
    body, counts = session.ask(text, sink.format, request.parameters)
    sink.write(body)
    return counts


def _exists(session: Session, database: str, name: str) -> bool:
    """Asked of the engine: a reader's own system.tables does not list every table."""
    return session.lines(f"EXISTS TABLE {identifier(database)}.`{name}`") != ["0"]


async def _pipe() -> tuple[asyncio.StreamReader, asyncio.ReadTransport, Sink]:
    """From a session's thread to whoever reads its answer."""
    end, start = os.pipe()
    sink = Sink(start)
    reader = asyncio.StreamReader(BUFFER_BYTES)
    try:
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(end, "rb", 0)
        )
    except BaseException:
        sink.close()
        raise
    return reader, transport, sink


async def _drain(reader: asyncio.StreamReader) -> None:
    while await reader.read(BUFFER_BYTES):
        pass


def _reader(path: Path, name: str, limits: Mapping[str, str]) -> Session:
    """A session that reads the published views alone."""
    own = {"max_memory_usage": str(READER_MEMORY_BYTES), "max_threads": str(READER_THREADS)}
    session = Session(path, name, {**limits, **own})
    session.ask(f"SET additional_table_filters = {access.LISTED}", "Null")
    session.ask("SET readonly = 2", "Null")
    return session


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
