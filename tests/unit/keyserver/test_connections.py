"""Connections that keep a key server waiting, in every way, and what they take from others."""

import asyncio
import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from uvicorn.server import ServerState

from keyserver import connections, listening
from keyserver.app import make_app
from keyserver.connections import BoundedProtocol, configuration
from keyserver.folder import Folder
from keyserver.listening import Listening
from keyserver.server import KeyServer
from tests.keyservers import PATIENCE_SECONDS, Partner, ask, connected, joined, serving

SHORT = 0.2
LONG = 600.0
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
BODY_BEGUN = b"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1"


@pytest.fixture
def server(tmp_path: Path) -> KeyServer:
    return KeyServer(joined(tmp_path)[0])


@pytest.fixture
def client(server: KeyServer) -> Iterator[httpx.Client]:
    with serving(make_app(server)) as made:
        yield made


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Change limits: limits(HEAD_SECONDS=1)."""

    def change(**changed: float) -> None:
        for name, value in changed.items():
            monkeypatch.setattr(connections, name, value)

    return change


@dataclass
class Work:
    """Evaluations that last until they may end."""

    has_begun: threading.Event = field(default_factory=threading.Event)
    may_end: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def work(server: KeyServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    made, evaluate = Work(), server.evaluate

    def slow(*arguments: Any) -> Any:
        made.has_begun.set()
        assert made.may_end.wait(PATIENCE_SECONDS)
        return evaluate(*arguments)

    monkeypatch.setattr(server, "evaluate", slow)
    yield made
    made.may_end.set()


def is_cut(one: socket.socket, drip: bytes = b"", seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether the server ends the connection in time; until then a drip is sent, and again."""
    end = time.monotonic() + seconds
    one.settimeout(0.02)
    while time.monotonic() < end:
        try:
            if not one.recv(65536):
                return True
        except TimeoutError:
            with contextlib.suppress(OSError):  # the next recv says it
                one.sendall(drip)
        except OSError:
            return True
    return False


@pytest.mark.parametrize(
    ("begun", "drip"),
    [
        pytest.param(b"", b"", id="silent"),
        pytest.param(b"GET /", b"h", id="a head by drips"),
        pytest.param(HEALTH, b"", id="idle after an answer"),
        pytest.param(HEALTH + HEALTH[:9], b"h", id="the next head by drips"),
        pytest.param(BODY_BEGUN.replace(b"evaluate", b"nothing"), b" ", id="a body after all"),
    ],
)
def test_who_sends_no_whole_head_is_cut(
    client: httpx.Client, limits: Callable[..., None], begun: bytes, drip: bytes
) -> None:
    limits(HEAD_SECONDS=SHORT)
    # longer than any drip: it must be the time that ends it, not the request's end
    begun = begun.replace(b"Length: 9", b"Length: 999999")
    with connected(client, begun) as one:
        assert is_cut(one, drip)


def test_an_answer_has_its_time(
    client: httpx.Client, limits: Callable[..., None], work: Work
) -> None:
    limits(ANSWER_SECONDS=SHORT)
    with connected(client, BODY_BEGUN + b" " * 8) as one:
        assert is_cut(one)
    work.may_end.set()


def test_work_may_take_longer_than_a_head(
    client: httpx.Client, limits: Callable[..., None], work: Work
) -> None:
    limits(HEAD_SECONDS=SHORT)
    with connected(client, HEALTH + BODY_BEGUN + b" " * 8) as one:
        assert work.has_begun.wait(PATIENCE_SECONDS)
        time.sleep(2 * SHORT)
        work.may_end.set()
        answers = b""
        while b"HTTP/1.1 401 " not in answers:
            answers += (came := one.recv(65536))
            assert came
    assert answers.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(b"", id="silent"),
        pytest.param(HEALTH[:9], id="half a head"),
        pytest.param(HEALTH, id="idle"),
        pytest.param(BODY_BEGUN, id="half a body"),
    ],
)
def test_a_crowd_that_says_nothing_keeps_nobody_out(
    client: httpx.Client, limits: Callable[..., None], begun: bytes
) -> None:
    limits(HEAD_SECONDS=LONG, MAX_CONNECTIONS=4)
    with contextlib.ExitStack() as stack:
        crowd = []
        for _ in range(20):
            crowd.append(stack.enter_context(connected(client, begun)))
            if begun == HEALTH:  # until its answer is there it is in work
                assert crowd[-1].recv(65536).startswith(b"HTTP/1.1 200")
        assert client.get("/healthz").status_code == 200
        assert all(is_cut(one) for one in crowd[:16]), "who kept it waiting longest made room"
        assert not is_cut(crowd[-1], seconds=SHORT), "and nobody else"


def test_a_crowd_takes_no_place_of_a_request_in_work(
    client: httpx.Client,
    tmp_path: Path,
    limits: Callable[..., None],
    work: Work,
) -> None:
    limits(HEAD_SECONDS=LONG, MAX_CONNECTIONS=2)
    partner, said = Partner(), list[int]()
    partner.enrol(Folder(tmp_path / "1"))
    asking = threading.Thread(target=lambda: said.append(ask(client, 1, partner).status_code))
    asking.start()
    assert work.has_begun.wait(PATIENCE_SECONDS)
    with contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(connected(client)) for _ in range(10)]
        assert all(is_cut(one) for one in crowd[:-1])
        work.may_end.set()
        asking.join(PATIENCE_SECONDS)
    assert said == [200]


def test_a_head_without_end_is_no_request(client: httpx.Client) -> None:
    """Also where all of it is there at once, which h11 would take whatever its size."""
    large = HEALTH[:-2] + b"a:\r\n" * 10_000 + b"\r\n"
    with connected(client, large) as one:
        answer = one.recv(65536)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"text/plain" in answer
    assert client.get("/healthz").status_code == 200


def test_of_handshakes_only_so_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "MAX_HANDSHAKES", 6)
    monkeypatch.setattr(listening, "KEPT_HANDSHAKES", 4)
    with contextlib.ExitStack() as stack:
        one = stack.enter_context(Listening(socket.create_server(("127.0.0.1", 0)), ServerState()))
        crowd = []
        for _ in range(7):
            crowd.append(stack.enter_context(socket.create_connection(one.getsockname())))
            stack.enter_context(one.accept()[0])
        assert all(is_cut(each) for each in crowd[:3]), "the oldest"
        assert not any(is_cut(each, seconds=SHORT) for each in crowd[3:])


def test_handshakes_that_are_over_take_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "MAX_HANDSHAKES", 6)
    monkeypatch.setattr(listening, "KEPT_HANDSHAKES", 4)
    with contextlib.ExitStack() as stack:
        one = stack.enter_context(Listening(socket.create_server(("127.0.0.1", 0)), ServerState()))
        crowd = []
        for number in range(7):
            crowd.append(stack.enter_context(socket.create_connection(one.getsockname())))
            made = stack.enter_context(one.accept()[0])
            if number in (3, 4, 5):
                made.close()
        assert [is_cut(each, seconds=SHORT) for each in crowd[:4]] == [False, False, False, True]


def test_a_connection_is_no_handshake(
    client: httpx.Client, limits: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits(HEAD_SECONDS=LONG)
    monkeypatch.setattr(listening, "MAX_HANDSHAKES", 2)
    monkeypatch.setattr(listening, "KEPT_HANDSHAKES", 1)
    with contextlib.ExitStack() as stack:
        crowd = []
        for _ in range(5):
            crowd.append(stack.enter_context(connected(client, HEALTH)))
            assert crowd[-1].recv(65536).startswith(b"HTTP/1.1 200")
        assert not any(is_cut(each, seconds=SHORT) for each in crowd)


def test_an_end_waits_for_no_body(server: KeyServer, caplog: pytest.LogCaptureFixture) -> None:
    """uvicorn would, and in the end log each as cancelled."""
    with contextlib.ExitStack() as stack:
        with serving(make_app(server)) as client:
            crowd = [stack.enter_context(connected(client, BODY_BEGUN)) for _ in range(3)]
            assert client.get("/healthz").status_code == 200
        assert all(is_cut(one) for one in crowd)
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


class Unread(asyncio.Transport):
    """The way to somebody who does not read."""

    def __init__(self) -> None:
        super().__init__()
        self.is_aborted = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Kept by the system."""

    def get_write_buffer_size(self) -> int:
        return 1

    def is_closing(self) -> bool:
        return self.is_aborted.is_set()

    def abort(self) -> None:
        self.is_aborted.set()

    def close(self) -> None:
        """Done by the abort."""


def test_who_does_not_read_is_cut_and_makes_room(
    server: KeyServer, limits: Callable[..., None]
) -> None:
    limits(HEAD_SECONDS=LONG, ANSWER_SECONDS=LONG, MAX_CONNECTIONS=1)

    async def main() -> bool:
        config = configuration(make_app(server), "127.0.0.1", 0)
        config.load()
        state, stuck = ServerState(), Unread()
        one = BoundedProtocol(config, state, {})
        one.connection_made(stuck)
        one.pause_writing()
        one.data_received(HEALTH)  # its answer waits until somebody reads
        await asyncio.sleep(0)
        BoundedProtocol(config, state, {}).connection_made(Unread())
        was_cut = stuck.is_aborted.is_set()
        one.connection_lost(None)  # before anything is asserted: else its task never ends
        await asyncio.wait_for(asyncio.gather(*state.tasks), PATIENCE_SECONDS)
        for left in list(state.connections):
            left.connection_lost(None)
        return was_cut

    assert asyncio.run(main())
    server.close()


def test_who_reads_slowly_has_the_answers_time(
    server: KeyServer, limits: Callable[..., None]
) -> None:
    """An answer that is handed to the system is not yet read."""
    limits(HEAD_SECONDS=SHORT, ANSWER_SECONDS=LONG)

    async def main() -> bool:
        config = configuration(make_app(server), "127.0.0.1", 0)
        config.load()
        state, slow = ServerState(), Unread()
        one = BoundedProtocol(config, state, {})
        one.connection_made(slow)
        one.data_received(HEALTH)
        await asyncio.wait_for(asyncio.gather(*state.tasks), PATIENCE_SECONDS)
        await asyncio.sleep(3 * SHORT)
        was_cut = slow.is_aborted.is_set()
        one.connection_lost(None)
        return was_cut

    assert not asyncio.run(main())
    server.close()
