"""A server that spins its answer out: the whole of it has an end, and the thread is free again."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from events.model import ADMINISTRATION, Assurance
from infra.errors import SystemUnavailable
from infra.settings import Settings
from keyserver.oprf import messages
from keyserver.oprf.messages import Evaluate
from office import epochs
from producers import keys
from producers.tokenising import connection, roster
from producers.tokenising.connection import Connection, Identity, Kind, Trouble
from producers.tokenising.threshold import ThresholdTokeniser
from tests.fakes.dripping import DRIPS, dripping
from tests.fakes.key_servers import (
    HASTY,
    ORG,
    SOME,
    FakeKeyServers,
    Handler,
    asking,
    expected,
    unreachable,
)
from tests.keyservers import certificate
from tests.kit import private_key

SHORT_SECONDS = 0.4
GENEROUS_SECONDS = 20
"""Less than a dripping server goes on, and far more than a loaded machine needs."""
WHO = Identity(ORG, private_key(ORG))
ASKED = Evaluate(epoch="e1", generation=0, blinded_elements=("0" * 64,))


@pytest.fixture
def three() -> Iterator[FakeKeyServers]:
    servers = FakeKeyServers("e1")
    yield servers
    servers.close()


def in_time(work: Callable[[], Any]) -> Any:
    """What `work` gives; AssertionError if its thread is not free again."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(work()), daemon=True)
    thread.start()
    thread.join(GENEROUS_SECONDS)
    assert not thread.is_alive(), "it holds its thread"
    return found[0]


# -- over a real network ---------------------------------------------------------------------------


@pytest.mark.parametrize("what", DRIPS)
def test_whatever_drips_has_an_end(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setattr(connection, "ANSWER_SECONDS", SHORT_SECONDS)
    with dripping(*DRIPS[what]) as url:
        asked = Connection(url, WHO)
        for ask in (asked.epochs, lambda: asked.evaluate(1, ASKED)):
            said = in_time(ask)
            assert isinstance(said, Trouble)
            assert (said.kind, said.what) == (Kind.FAILED, "no answer (TimeoutError)")
        asked.close()


@pytest.mark.parametrize("what", ["a header", "a body"])
def test_tls_changes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, what: str) -> None:
    cert_path, key_path = certificate(tmp_path)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(cert_path, key_path)
    trusted = ssl.create_default_context(cafile=str(cert_path))
    monkeypatch.setattr(connection, "_certificates", lambda _is_away: trusted)
    monkeypatch.setattr(connection, "ANSWER_SECONDS", SHORT_SECONDS)
    with dripping(*DRIPS[what], served) as url:
        asked = Connection(url, WHO)
        said = in_time(asked.epochs)
        asked.close()
    assert isinstance(said, Trouble)
    # on a busy machine the handshake alone may take all of the time
    assert said.kind is Kind.FAILED
    assert "Timeout" in said.what


def test_an_answer_over_tls_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cert_path, key_path = certificate(tmp_path)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(cert_path, key_path)
    trusted = ssl.create_default_context(cafile=str(cert_path))
    monkeypatch.setattr(connection, "_certificates", lambda _is_away: trusted)
    body = b'{"server":1,"held":[]}'
    head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body)
    with dripping(head + body, b"", served) as url:
        asked = Connection(url, WHO)
        said = in_time(asked.epochs)
        asked.close()
    assert said == messages.Epochs(server=1, held=())


def test_a_name_with_many_silent_addresses_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    async def silent(*_: object, **__: object) -> None:
        tries.append(1)
        await anyio.sleep(GENEROUS_SECONDS)

    monkeypatch.setattr(connection, "CONNECT_SECONDS", SHORT_SECONDS)
    monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", silent)
    addresses = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"10.9.9.{n}", 443)) for n in range(99)
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
    asked = Connection("https://keys.example", WHO)
    said = in_time(asked.epochs)
    asked.close()
    assert (said.kind, said.what) == (Kind.FAILED, "no answer (ConnectTimeout)")
    assert 0 < len(tries) < len(addresses)


def test_what_is_on_its_way_ends_when_the_connection_is_closed() -> None:
    with dripping(*DRIPS["a body"]) as url:
        asked = Connection(url, WHO, seconds=GENEROUS_SECONDS)
        with ThreadPoolExecutor(1) as pool:
            going = pool.submit(asked.epochs)
            time.sleep(SHORT_SECONDS)
            asked.close()
            asked.close()
            said = going.result(GENEROUS_SECONDS)
        assert isinstance(said, Trouble)
        assert isinstance(asked.epochs(), Trouble), "a closed one answers nothing"


def test_the_administration_looks_at_servers_that_drip(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(connection, "ANSWER_SECONDS", SHORT_SECONDS)
    with dripping(*DRIPS["a header"]) as url:
        settings = Settings(home=tmp_path, keyservers=url)
        keys.keygen(settings, ADMINISTRATION)
        held, silent = in_time(lambda: epochs.held_by(settings))
    assert (held, silent) == ({}, [f"{url}: no answer (TimeoutError)"])


# -- among others ----------------------------------------------------------------------------------


def drips(path: str) -> Handler:
    """A byte of the answer to this path now and then."""

    class Drip(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                await anyio.sleep(SHORT_SECONDS / 10)
                yield b" "

    def handler(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(200, stream=Drip()) if request.url.path == path else None

    return handler


@pytest.mark.parametrize("path", [messages.EPOCHS_PATH, messages.EVALUATE_PATH])
def test_a_server_that_drips_is_done_without(
    three: FakeKeyServers, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "ANSWER_SECONDS", SHORT_SECONDS)
    three.servers[0].before = drips(path)
    client, tokeniser = asking(three)
    for _ in range(3):
        assert tokeniser.tokens(SOME) == expected(three)
    assert [(r.server, r.lied) for r in client.remarks if "TimeoutError" in r.what] == [
        (1 if path == messages.EVALUATE_PATH else 0, False)
    ]
    assert three.servers[1].requests == three.servers[2].requests == 3


def test_where_a_server_that_drips_is_needed_there_is_an_error(
    three: FakeKeyServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "ANSWER_SECONDS", SHORT_SECONDS)
    three.servers[1].before = drips(messages.EVALUATE_PATH)
    three.servers[2].before = unreachable
    began = three.clock()
    _, tokeniser = asking(three)
    with pytest.raises(SystemUnavailable, match=r"2 .*no answer \(TimeoutError\)"):
        tokeniser.tokens(SOME)
    assert three.clock() - began < 100


def test_a_request_on_its_way_does_not_keep_a_batch_for_ever(three: FakeKeyServers) -> None:
    gate = threading.Event()

    def before(request: httpx.Request) -> None:
        if request.url.path == messages.EVALUATE_PATH:
            three.clock.seconds += 100
            gate.wait(GENEROUS_SECONDS)

    for server in three.servers:
        server.before = before
    _, tokeniser = asking(three, HASTY)
    try:
        with pytest.raises(SystemUnavailable, match="2 good answers are needed"):
            tokeniser.tokens(SOME)
        assert not gate.is_set()
    finally:
        gate.set()


def test_requests_that_hang_hold_nobody_elses_up(
    three: FakeKeyServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "SHUNNED_SECONDS", 0.0)  # so that it is asked again and again
    gate, hanging = threading.Event(), []

    def before(request: httpx.Request) -> None:
        if request.url.path == messages.EVALUATE_PATH:
            hanging.append(1)
            gate.wait(GENEROUS_SECONDS)

    three.servers[0].before = before
    client = three.client(HASTY)
    tokeniser = ThresholdTokeniser(client, three.pinned[0], Assurance.THRESHOLD, batch=1)
    many = [("us.ssn", str(number)) for number in range(40)]
    try:
        assert len(set(in_time(lambda: tokeniser.tokens(many)))) == 40
        assert not gate.is_set()
    finally:
        gate.set()
    for pool in client._pools.values():
        pool.shutdown(wait=True)
    assert len(hanging) == 4, "what was not sent in time is not sent later"
