"""An end to a whole exchange with a server: httpx's timeouts begin anew with each byte that comes.

So a server that sends a byte now and then, of its headers or of its body, would hold a thread for
ever. Here each wait of the network is for what is left of the exchange's time, in the thread that
waits: it is free again when the time is over, without another that looks after it.
"""

import contextlib
import socket
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any, Final

import httpcore  # what httpx itself stands on: its network can be replaced, httpx's cannot
import httpx


@dataclass(frozen=True, slots=True)
class Deadline:
    """`end` in the seconds of `clock`."""

    clock: Callable[[], float]
    end: float

    def left(self, most: float | None = None) -> float:
        """The seconds until the end, `most` of them. httpx.ReadTimeout if there are none."""
        seconds = self.end - self.clock()
        if seconds <= 0:
            raise httpx.ReadTimeout("the answer as a whole took too long")
        return seconds if most is None else min(seconds, most)


_current: Final[ContextVar[Deadline | None]] = ContextVar("deadline", default=None)


@contextlib.contextmanager
def within(seconds: float, clock: Callable[[], float]) -> Iterator[Deadline]:
    """What this thread does inside at a client made by `bounded` is over after so many seconds."""
    deadline = Deadline(clock, clock() + seconds)
    token = _current.set(deadline)
    try:
        yield deadline
    finally:
        _current.reset(token)


def bounded(client: httpx.Client) -> httpx.Client:
    """The client, every wait of which ends with the deadline of its thread."""
    for transport in (client._transport, *client._mounts.values()):  # the mounts are proxies
        if isinstance(transport, httpx.HTTPTransport):
            transport._pool._network_backend = _Network()
    return client


def _left(most: float | None) -> float | None:
    deadline = _current.get()
    return deadline.left(most) if deadline else most


class _Network(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """One address after the other: a name may have hundreds, each of which says nothing."""
        failed: Exception = httpcore.ConnectError(f"{host} has no address")
        for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            try:
                stream = super().connect_tcp(
                    str(address[0]), port, _left(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _Stream(stream)
        raise failed


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
