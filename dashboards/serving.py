"""How long a connection may keep the page waiting, and how many connections there may be.

waitress closes what is silent for two minutes, takes a byte now and then for activity, and at
100 connections accepts no more, so that 130 half-open ones shut the page. Here each stage has a
time limit, and when there are too many, the one that has kept the page waiting longest makes room.
No limit is for an address: behind a proxy all come from one.
"""

import time
from typing import Any, Final

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer

from infra.settings import LOOPBACK, Settings

HEAD_SECONDS: Final = 10.0
"""From connecting, or from the answer before, to a whole request head."""
BODY_SECONDS: Final = 30.0
"""The same to a whole body."""
UNREAD_SECONDS: Final = 60.0
"""From an answer's last byte made to its last byte read."""
MAX_CONNECTIONS: Final = 256
MAX_HEAD_BYTES: Final = 16 * 1024
MAX_BODY_BYTES: Final = 64 * 1024
THREADS: Final = 8


class BoundedChannel(HTTPChannel):  # type: ignore[misc]  # the library is untyped
    """A connection that knows since when the page waits for it."""

    def __init__(self, *given: Any, **named: Any) -> None:
        self.since = time.monotonic()
        super().__init__(*given, **named)

    def service(self) -> None:
        """Answer one request; then it is the other side's turn again."""
        super().service()
        self.since = time.monotonic()

    @property
    def is_awaited(self) -> bool:
        """Whether it is the other side's turn: to send, or to read."""
        return not self.requests

    @property
    def is_late(self) -> bool:
        """Whether it took too long for that."""
        if self.total_outbufs_len:
            limit = UNREAD_SECONDS
        elif self.request is not None and self.request.headers_finished:
            limit = BODY_SECONDS
        else:
            limit = HEAD_SECONDS
        return self.is_awaited and time.monotonic() - self.since > limit


class BoundedServer(TcpWSGIServer):  # type: ignore[misc]  # as above
    """waitress with these connections."""

    channel_class = BoundedChannel

    def handle_accept(self) -> None:
        """Take the new one; where there are too many, one goes."""
        super().handle_accept()
        if len(self.active_channels) > MAX_CONNECTIONS:
            awaited = [one for one in self.active_channels.values() if one.is_awaited]
            min(awaited, key=lambda one: one.since).handle_close()  # the new one is among them

    def maintenance(self, now: float) -> None:
        """Close who is late. Called once a second."""
        for one in list(self.active_channels.values()):
            if one.is_late:
                one.handle_close()  # closing politely would wait for who does not read


def make_server(app: Flask, settings: Settings) -> BoundedServer:
    """A server on loopback that listens already; `run` serves until it is ended.

    Whose page has an address of its own is behind a proxy on this machine, which says whom it
    asks for. It alone is believed, and where there is none nobody.
    """
    proxy = {
        "trusted_proxy": LOOPBACK,
        "trusted_proxy_headers": "x-forwarded-for",
        "trusted_proxy_count": 1,
    }
    return BoundedServer(
        app,
        host=LOOPBACK,
        port=settings.page_port,
        threads=THREADS,
        ident=None,
        clear_untrusted_proxy_headers=True,
        connection_limit=MAX_CONNECTIONS * 2,  # never reached
        cleanup_interval=1,
        asyncore_use_poll=True,
        max_request_header_size=MAX_HEAD_BYTES,
        max_request_body_size=MAX_BODY_BYTES,
        **(proxy if settings.page_url else {}),
    )
