"""A day's quota that is smaller than a batch: what is left of it is used, and the next day too."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence

import httpx
import pytest

from events.model import Assurance
from infra.errors import SystemUnavailable
from keyserver.oprf import messages
from producers.tokenising.client import KeyServers
from producers.tokenising.quota import QuotaExhausted
from producers.tokenising.threshold import EpochsTokeniser, ThresholdTokeniser, _Pace
from producers.tokens import Identifier
from tests.fakes.key_servers import SOME, FakeKeyServers, expected, refusal, unreachable

DAY_SECONDS = 24 * 3600
MANY: list[Identifier] = [*SOME, *(("us.ssn", str(number)) for number in range(100, 137))]
"""Forty of them."""


class Kept:
    """A cache in memory."""

    def __init__(self) -> None:
        self.tokens: dict[Identifier, str] = {}

    def get(self, identifiers: Sequence[Identifier]) -> dict[Identifier, str]:
        return {one: self.tokens[one] for one in identifiers if one in self.tokens}

    def put(self, tokens: Iterable[tuple[Identifier, str]]) -> None:
        self.tokens.update(tokens)


class Day:
    """A quota at each server, counted as a key server counts it: a whole batch or nothing."""

    def __init__(self, servers: FakeKeyServers, *quotas: int, is_said: bool = True) -> None:
        self.left, self._quotas, self._is_said = list(quotas), quotas, is_said
        self.asked: list[int] = []
        self._clock, self._lock = servers.clock, threading.Lock()
        for place, server in enumerate(servers.servers):
            server.before = self._at(place)

    def end(self) -> None:
        """Midnight."""
        self._clock.seconds += DAY_SECONDS
        self.left = list(self._quotas)

    def _at(self, place: int) -> Callable[[httpx.Request], httpx.Response | None]:
        def before(request: httpx.Request) -> httpx.Response | None:
            if request.url.path != messages.EVALUATE_PATH:
                return None
            count = len(json.loads(request.content)["blinded_elements"])
            with self._lock:
                self.asked.append(count)
                if count > self.left[place]:
                    remaining = self.left[place] if self._is_said else None
                    return refusal(429, "quota", "3600", remaining)
                self.left[place] -= count
            return None

        return before


@pytest.fixture
def three() -> Iterator[FakeKeyServers]:
    servers = FakeKeyServers("e1", "e2")
    yield servers
    servers.close()


def tokeniser(
    client: KeyServers, servers: FakeKeyServers, kept: Kept, place: int = 0
) -> ThresholdTokeniser:
    return ThresholdTokeniser(client, servers.pinned[place], Assurance.THRESHOLD, kept, batch=20)


def refused(one: ThresholdTokeniser | EpochsTokeniser) -> str:
    with pytest.raises(QuotaExhausted) as caught:
        one.tokens(MANY)
    return str(caught.value)


@pytest.mark.parametrize("quotas", [(15, 15, 15), (15, 15, 1000), (15, 16, 0), (15, 1000, 1)])
def test_a_quota_smaller_than_a_batch_is_used_each_day(
    three: FakeKeyServers, quotas: tuple[int, int, int]
) -> None:
    day, kept = Day(three, *quotas), Kept()
    for made in (15, 30):
        one = tokeniser(three.client(), three, kept)
        said = refused(one)
        assert len(kept.tokens) >= made
        assert f"{one.evaluations} tokens of e1 were made in this run and are kept" in said
        assert f"; {len(MANY) - len(kept.tokens)} are missing. Run the command again after" in said
        day.end()
    found = tokeniser(three.client(), three, kept).tokens(MANY)
    assert found[: len(SOME)] == expected(three)
    assert len(set(found)) == len(MANY)


def test_the_rest_of_a_larger_quota_is_used(three: FakeKeyServers) -> None:
    day, kept = Day(three, 33, 33, 0), Kept()
    refused(tokeniser(three.client(), three, kept))
    assert (len(kept.tokens), day.left) == (33, [0, 0, 0])


@pytest.mark.parametrize("quota", [1, 2, 13, 19])
def test_where_the_rest_is_not_said_it_is_found_by_halves(
    three: FakeKeyServers, quota: int
) -> None:
    day, kept = Day(three, quota, quota, 0, is_said=False), Kept()
    said = refused(tokeniser(three.client(), three, kept))
    assert (len(kept.tokens), day.left) == (quota, [0, 0, 0])
    assert f"{quota} tokens of e1 were made" in said
    assert len(day.asked) < 40


class Contrary:
    """The second server answers last whom the first has answered: so two batches may fare."""

    def __init__(self, servers: FakeKeyServers) -> None:
        self._granted: dict[bytes, bool] = {}
        self._answered = 0
        self._changed = threading.Condition()
        first, second = servers.servers[:2]
        assert first.before
        assert second.before
        self._at_first, self._at_second = first.before, second.before
        first.before, second.before = self._first, self._second

    def _first(self, request: httpx.Request) -> httpx.Response | None:
        given = self._at_first(request)
        with self._changed:
            self._granted[request.content] = given is None
            self._changed.notify_all()
        return given

    def _second(self, request: httpx.Request) -> httpx.Response | None:
        if request.url.path != messages.EVALUATE_PATH:
            return None
        with self._changed:
            self._changed.wait_for(lambda: request.content in self._granted, 5)
            before = self._answered
            if self._granted.get(request.content):
                self._changed.wait_for(lambda: self._answered > before, 0.5)
            given = self._at_second(request)
            self._answered += 1
            self._changed.notify_all()
        return given


@pytest.mark.parametrize("quota", [20, 33])
def test_batches_do_not_take_the_rest_from_each_other(three: FakeKeyServers, quota: int) -> None:
    """Two at a time: each could have the answer of one server, and none of the other."""
    day, kept = Day(three, quota, quota, 0), Kept()
    Contrary(three)
    one = tokeniser(three.client(), three, kept)
    with pytest.raises(QuotaExhausted):
        one.tokens([*MANY, *(("us.ssn", str(number)) for number in range(200, 220))])
    assert (len(kept.tokens), day.left) == (quota, [0, 0, 0])


def test_two_epochs_beside_each_other_go_on_each_day(three: FakeKeyServers) -> None:
    day, kept = Day(three, 30, 30, 30), (Kept(), Kept())
    for _ in range(2):
        client = three.client()
        both = [tokeniser(client, three, one, place) for place, one in enumerate(kept)]
        refused(EpochsTokeniser(both))
        day.end()
    client = three.client()
    both = [tokeniser(client, three, one, place) for place, one in enumerate(kept)]
    found = EpochsTokeniser(both).tokens(MANY)
    e1, e2 = expected(three, "e1"), expected(three, "e2")
    assert found[: len(SOME)] == [a + b for a, b in zip(e1, e2, strict=True)]


def test_a_server_with_little_left_makes_no_batch_smaller(three: FakeKeyServers) -> None:
    day, kept = Day(three, 1000, 1000, 1), Kept()
    client = three.client()
    assert len(tokeniser(client, three, kept).tokens(MANY)) == len(MANY)
    assert set(day.asked) == {20}
    assert [str(remark.what) for remark in client.remarks] == [
        "little is left of this organisation's day"
    ]


@pytest.mark.parametrize("is_read", [True, False])
def test_what_is_left_is_used_while_another_server_is_away(
    three: FakeKeyServers, is_read: bool
) -> None:
    """Without a minute's wait for it: it would not be needed."""
    Day(three, 15, 1000, 0)
    kept, began, made = Kept(), three.clock.seconds, []

    def progress(count: int, _total: int) -> None:
        made.append((count, three.clock.seconds))

    def away(request: httpx.Request) -> httpx.Response | None:
        if is_read and request.url.path == messages.EPOCHS_PATH:
            return None
        return unreachable(request)

    three.servers[2].before = away
    one = ThresholdTokeniser(
        three.client(), three.pinned[0], Assurance.THRESHOLD, kept, batch=20, progress=progress
    )
    with pytest.raises(SystemUnavailable):
        one.tokens(MANY)
    count, seconds = made[-1]
    assert (count, len(kept.tokens)) == (15, 15)
    assert seconds < began + 10


def test_the_rest_may_need_a_server_that_comes_back(three: FakeKeyServers) -> None:
    day, kept, tries = Day(three, 15, 0, 1000), Kept(), []
    counted = three.servers[2].before
    assert counted

    def before(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == messages.EVALUATE_PATH:
            tries.append(request)
            if len(tries) < 4:
                return refusal(503, "unavailable")
        return counted(request)

    three.servers[2].before = before
    refused(tokeniser(three.client(), three, kept))
    assert (len(kept.tokens), day.left[0]) == (15, 0)


def test_no_liar_has_us_ask_the_others_again_and_again(three: FakeKeyServers) -> None:
    """It says that all but one are left, and then all but two."""

    def before(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != messages.EVALUATE_PATH:
            return None
        count = len(json.loads(request.content)["blinded_elements"])
        return refusal(429, "quota", "3600", count - 1)

    three.servers[0].before, three.servers[2].before = before, unreachable
    with pytest.raises(SystemUnavailable, match="day is used up"):
        tokeniser(three.client(), three, Kept()).tokens(MANY)
    assert three.servers[1].elements < 3 * 20


@pytest.mark.parametrize("remaining", [3, 4, 10**9])
def test_a_server_that_refuses_what_it_says_is_left(three: FakeKeyServers, remaining: int) -> None:
    three.servers[0].before = three.servers[1].before = lambda request: (
        refusal(429, "quota", "3600", remaining)
        if request.url.path == messages.EVALUATE_PATH
        else None
    )
    with pytest.raises(QuotaExhausted):
        tokeniser(three.client(), three, Kept()).tokens(SOME)


def test_a_new_days_batches_are_whole_again(three: FakeKeyServers) -> None:
    day, kept = Day(three, 50, 50, 50), Kept()
    day.left = [1, 1, 1]
    client = three.client()
    refused(tokeniser(client, three, kept))
    day.end()
    day.asked.clear()
    tokeniser(client, three, kept).tokens(MANY)
    assert set(day.asked) == {20, 19}


def test_the_first_batch_alone_is_that_of_a_run_and_not_of_each_call() -> None:
    """A list is tokenised in many calls, which one batch at a time would make twice as long."""
    pace = _Pace(2)
    assert pace.at_once == 1
    pace.made()
    assert pace.at_once == 2
    pace.slow_down()
    pace.made()
    assert pace.at_once == 1


def test_a_list_in_two_calls_is_one_run(three: FakeKeyServers) -> None:
    at_once: list[int] = []
    client = three.client()
    mine = tokeniser(client, three, Kept())
    real = mine._pace.made

    def made() -> None:
        real()
        at_once.append(mine._pace.at_once)

    mine._pace.made = made  # type: ignore[method-assign]
    mine.tokens(MANY[:20])
    began = mine._pace.at_once
    mine.tokens(MANY[20:])
    client.close()
    assert (began, at_once) == (2, [2, 2])


def test_what_a_newer_server_says_beside_is_no_riddle() -> None:
    said = b'{"error":"quota","detail":"","remaining":3,"until":"tomorrow"}'
    assert messages.Error.model_validate_json(said).remaining == 3
