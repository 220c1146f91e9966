"""How long a connection may keep the server waiting, and how many connections there may be.

uvicorn has no timer before a request is there, and its `limit_concurrency` counts silent
connections like requests in work, so that 255 of them would shut the server to everybody. Here
each has a time limit at every stage, and when there are too many, the one that has kept the
server waiting longest makes room. No limit is for an address: behind a proxy all come from one.
"""

import asyncio
from typing import Final

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS: Final = 10.0
"""From connecting, or from the answer before, to a whole request head."""
ANSWER_SECONDS: Final = 120.0
"""From the head to the end of the answer: the body's time, the work, and who reads slowly."""
KEEP_ALIVE_SECONDS: Final = 8
"""Longer than httpx keeps an idle connection (5), so that it is not closed under a request."""
MAX_CONNECTIONS: Final = 512
"""With those just accepted below 1,024, the usual limit of a process's open files."""
BACKLOG: Final = 128
"""How many asyncio accepts before anything else has its turn."""
SHUTDOWN_SECONDS: Final = 15
"""How long requests under way may go on after SIGTERM."""
HEAD_BYTES: Final = 16 * 1024
"""Given to h11 at once, which looks at a head's size only when it asks for more."""


class BoundedProtocol(H11Protocol):
    """uvicorn's connection with a time limit for each stage, and a place that it may lose."""

    _limit: asyncio.TimerHandle | None = None
    _since: float = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first stage begins; where there are too many, one goes."""
        super().connection_made(transport)
        self._allow(HEAD_SECONDS)
        if len(self.connections) > MAX_CONNECTIONS:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """No stage is left."""
        self._end_limit()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Hand on what came, in pieces of which no head can have too many headers."""
        for start in range(0, len(data), HEAD_BYTES):
            if self.transport.is_closing():  # after an error h11 takes no more
                return
            super().data_received(data[start : start + HEAD_BYTES])

    def handle_events(self) -> None:
        """A whole head begins the second stage."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:
            self._allow(ANSWER_SECONDS)

    def on_response_complete(self) -> None:
        """Begin the first stage again: also for the rest of a body that nobody waits for."""
        if not self.transport.get_write_buffer_size():  # else it is still being read
            self._allow(HEAD_SECONDS)  # before the next request, which may be here already
        super().on_response_complete()

    def shutdown(self) -> None:
        """The server ends: what is in work is finished, and a body on its way not waited for."""
        if self.cycle is not None and self.cycle.more_body:
            self._cut()
        else:
            super().shutdown()

    @property
    def _keeps_waiting(self) -> bool:
        """Whether it is the other side's turn: to send a head or a body, or to read an answer."""
        if self._limit is None:
            return False
        cycle = self.cycle
        return cycle is None or cycle.response_complete or cycle.more_body or self.flow.write_paused

    def _make_room(self) -> None:
        waiting = [
            one
            for one in self.connections
            if isinstance(one, BoundedProtocol) and one._keeps_waiting
        ]
        min(waiting, key=lambda one: one._since)._cut()  # this one is among them

    def _allow(self, seconds: float) -> None:
        self._end_limit()
        self._since = self.loop.time()
        self._limit = self.loop.call_later(seconds, self._cut)

    def _end_limit(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _cut(self) -> None:
        self._end_limit()
        self.transport.abort()  # closing would wait for a reader that does not read


def configuration(
    app: FastAPI, host: str, port: int, certificate: str = "", key: str = ""
) -> uvicorn.Config:
    """How uvicorn serves a key server. `certificate` and `key` are paths of PEM files for TLS."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=BoundedProtocol,
        ws="none",  # an upgraded connection would have no limit
        log_config=None,
        log_level="error",  # what strangers send does not fill the log
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        h11_max_incomplete_event_size=HEAD_BYTES,
        ssl_certfile=certificate or None,
        ssl_keyfile=key or None,
    )
