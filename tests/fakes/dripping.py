"""A server on a real socket that sends a byte now and then, and never comes to an end."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

EVERY_SECONDS: Final = 0.05
END_SECONDS: Final = 30.0
"""Then it hangs up: so a client without a deadline fails a test and does not stop it."""
ANSWERED: Final = b"HTTP/1.1 200 OK\r\n"
DRIPS: Final = {
    "a header": (ANSWERED, b"a"),
    "headers": (ANSWERED, b"a: b\r\n"),
    "provisional answers": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "a body": (ANSWERED + b"content-length: 100000\r\n\r\n", b" "),
    "chunks": (ANSWERED + b"transfer-encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
}
"""What comes at once, and what drips after it."""


@contextmanager
def dripping(begin: bytes, drop: bytes, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """The server's address while it drips."""
    stopped = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_serve, args=(listener, begin, drop, tls, stopped))
    thread.start()
    try:
        scheme = "https" if tls else "http"
        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stopped.set()
        thread.join()
        listener.close()


def _serve(
    listener: socket.socket,
    begin: bytes,
    drop: bytes,
    tls: ssl.SSLContext | None,
    stopped: threading.Event,
) -> None:
    listener.settimeout(EVERY_SECONDS)
    while not stopped.is_set():
        try:
            accepted, _ = listener.accept()
        except TimeoutError:
            continue
        with accepted:
            try:
                _drip(accepted, begin, drop, tls, stopped)
            except OSError:
                continue  # the client hung up


def _drip(
    accepted: socket.socket,
    begin: bytes,
    drop: bytes,
    tls: ssl.SSLContext | None,
    stopped: threading.Event,
) -> None:
    with tls.wrap_socket(accepted, server_side=True) if tls else accepted as client:
        client.recv(65_536)
        client.sendall(begin)
        for _ in range(int(END_SECONDS / EVERY_SECONDS)):
            client.sendall(drop)
            if stopped.wait(EVERY_SECONDS):
                return
