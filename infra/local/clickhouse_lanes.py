"""A lane for each user of the engine: sessions of its own, a bounded line before them.

Who asks much waits in its own lane; the others' sessions, threads and memory are not touched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from infra.local.clickhouse_protocol import ClickHouseError
from infra.local.clickhouse_session import Counts, Session, Sink

BUFFER_BYTES: Final = 256 * 1024
"""What is read ahead of whoever reads an answer; asyncio holds twice that."""


class Lane:
    """The sessions of one user, and how long its statements may wait for one."""

    def __init__(self, sessions: Sequence[Session], max_inside: int, wait_seconds: float) -> None:
        """`max_inside`: statements that wait or run; the next one is refused at once."""
        self.sessions = tuple(sessions)
        self._free: asyncio.Queue[Session] = asyncio.Queue()
        for session in sessions:
            self._free.put_nowait(session)
        self._max_inside = max_inside
        self._wait_seconds = wait_seconds
        self._inside = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place in the line. Raises ClickHouseError (202) if there is none."""
        if self._inside >= self._max_inside:
            raise _too_many(f"Maximum: {self._max_inside}")
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def take(self) -> Session:
        """A session that is free. Raises ClickHouseError (202) if none is for too long."""
        try:
            async with asyncio.timeout(self._wait_seconds):
                return await self._free.get()
        except TimeoutError:
            raise _too_many(f"None ended in {self._wait_seconds:.0f} s") from None

    def give_back(self, session: Session) -> None:
        """It runs nothing any more."""
        self._free.put_nowait(session)


def _too_many(what: str) -> ClickHouseError:
    return ClickHouseError(
        202, f"Too many simultaneous queries. {what}", "TOO_MANY_SIMULTANEOUS_QUERIES"
    )


class Flow:
    """What a statement answers, as it comes. `format` is known once something was read."""

    def __init__(
        self, reader: asyncio.StreamReader, sink: Sink, done: asyncio.Future[Counts]
    ) -> None:
        self._reader = reader
        self._sink = sink
        self._done = done

    @property
    def format(self) -> str:
        """The answer's format."""
        return self._sink.format

    async def read(self, count: int) -> bytes:
        """The next `count` bytes, fewer only at the end."""
        try:
            return await self._reader.readexactly(count)
        except asyncio.IncompleteReadError as error:
            return error.partial

    async def counts(self) -> Counts:
        """After the last byte: whether it was the whole answer. Raises ClickHouseError."""
        return await asyncio.shield(self._done)
