"""The page's connections: a crowd shuts nobody out, and who is late is cut."""

import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from flask import Flask, request
from waitress import wasyncore

from dashboards import serving
from infra.settings import LOOPBACK, Settings
from lab.bench.ports import claim_port_base

WAIT_SECONDS = 20
HEAD = b"GET /address HTTP/1.1\r\nHost: localhost\r\n"
LARGE_BYTES = 8 * 1024**2
Serve = Callable[[Settings], serving.BoundedServer]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, port_base=claim_port_base())


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves a small page; ends with the test."""
    with ExitStack() as ending:

        def begin(settings: Settings) -> serving.BoundedServer:
            app = Flask("small")
            app.add_url_rule("/address", "address", lambda: request.remote_addr or "")
            app.add_url_rule("/large", "large", lambda: b"x" * LARGE_BYTES)
            app.add_url_rule("/body", "body", lambda: request.get_data(), methods=["POST"])
            server = serving.make_server(app, settings)
            thread = threading.Thread(target=server.run)
            thread.start()
            ending.callback(thread.join)
            ending.callback(end, server)
            return server

        yield begin


def end(server: serving.BoundedServer) -> None:
    """Its loop ends when nothing is left to wait for."""
    server.task_dispatcher.shutdown()
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))


def opened(settings: Settings, sent: bytes = b"") -> socket.socket:
    found = socket.create_connection((LOOPBACK, settings.page_port), WAIT_SECONDS)
    found.sendall(sent)
    return found


def address(settings: Settings, **headers: str) -> str:
    """Whom the page believes it is asked by."""
    url = f"http://{LOOPBACK}:{settings.page_port}/address"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, headers=headers), timeout=WAIT_SECONDS) as answer:
        return str(answer.read().decode())


def is_cut(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_crowd_of_half_open_connections_shuts_nobody_out(
    settings: Settings, serve: Serve
) -> None:
    """Seen: 130 of them shut the page."""
    serve(settings)
    with ExitStack() as closing:
        crowd = [
            closing.enter_context(opened(settings, HEAD))
            for _ in range(2 * serving.MAX_CONNECTIONS)
        ]
        assert address(settings) == LOOPBACK
        assert is_cut(crowd[0]), "who has kept it waiting longest makes room"


@pytest.mark.parametrize(
    ("sent", "drip"),
    [
        (b"", b""),
        (HEAD, b"x"),
        (b"POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n", b"x"),
        (HEAD + b"\r\n", b""),  # answered, and then nothing comes any more
    ],
)
def test_who_is_late_is_cut_also_by_drips(
    settings: Settings, serve: Serve, monkeypatch: pytest.MonkeyPatch, sent: bytes, drip: bytes
) -> None:
    for name in ("HEAD_SECONDS", "BODY_SECONDS"):
        monkeypatch.setattr(serving, name, 1.0)
    server = serve(settings)
    with opened(settings, sent) as connection:
        taken = False
        while server.active_channels or not taken:  # else the test's own time ends
            taken = taken or bool(server.active_channels)
            with suppress(ConnectionError):
                connection.sendall(drip)
            time.sleep(0.05)


def test_who_does_not_read_is_cut(
    settings: Settings, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "UNREAD_SECONDS", 1.0)
    server = serve(settings)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((LOOPBACK, settings.page_port))
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        while not connection.recv(1):
            pass
        while server.active_channels:
            time.sleep(0.05)
        got = 0
        with suppress(ConnectionError):
            while piece := connection.recv(1024**2):
                got += len(piece)
        assert got < LARGE_BYTES


def test_large_heads_and_bodies_are_refused(settings: Settings, serve: Serve) -> None:
    serve(settings)
    long = b"X: " + b"x" * serving.MAX_HEAD_BYTES + b"\r\n"
    with opened(settings, HEAD + long) as connection:
        assert connection.recv(64).startswith(b"HTTP/1.0 431")
    size = serving.MAX_BODY_BYTES + 1
    with opened(
        settings, b"POST /body HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size
    ) as connection:
        assert connection.recv(64).startswith((b"HTTP/1.0 413", b"HTTP/1.1 413"))


@pytest.mark.parametrize(
    ("url", "seen"), [("", LOOPBACK), ("https://page.example", "192.0.2.7")]
)  # fmt: skip
def test_only_a_proxy_of_ours_says_whom_it_asks_for(
    settings: Settings, serve: Serve, url: str, seen: str
) -> None:
    public = settings.model_copy(update={"page_url": url})
    serve(public)
    assert address(public, **{"X-Forwarded-For": "192.0.2.7"}) == seen
