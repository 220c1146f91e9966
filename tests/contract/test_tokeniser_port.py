"""The contract of the `Tokeniser` port, run on every implementation."""

import functools
import re
from collections.abc import Callable, Iterator

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.model import Assurance
from producers.tokenising.client import KeyServers
from producers.tokenising.threshold import EpochsTokeniser, ThresholdTokeniser
from producers.tokens import HmacTokeniser, Identifier, Tokeniser
from tests.fakes.key_servers import FakeKeyServers
from tests.fakes.tokeniser import FakeTokeniser

KINDS = st.sampled_from(["tr.tckimlik", "us.ssn", "sy.passport", "weak.name"])
IDENTIFIERS = st.lists(st.tuples(KINDS, st.text(max_size=20)), max_size=20)


Make = Callable[[str], Tokeniser]


def _hmac(epoch: str) -> Tokeniser:
    return HmacTokeniser(bytes(range(32)), epoch)


@functools.cache
def _servers(needed: int) -> tuple[FakeKeyServers, KeyServers]:
    """One set of servers and one client for all examples."""
    servers = FakeKeyServers("e1", "e2", "e7", servers=2 * needed - 1, needed=needed)
    return servers, servers.client()


def _asking(needed: int, epoch: str) -> Tokeniser:
    servers, client = _servers(needed)
    (pinned,) = (one for one in servers.pinned if one.epoch == epoch)
    assurance = Assurance.SINGLE if needed == 1 else Assurance.THRESHOLD
    return ThresholdTokeniser(client, pinned, assurance)


def _threshold(epoch: str) -> Tokeniser:
    return _asking(2, epoch)


def _single(epoch: str) -> Tokeniser:
    return _asking(1, epoch)


@pytest.fixture(scope="module", autouse=True)
def closed() -> Iterator[None]:
    yield
    for needed in (1, 2):
        _servers(needed)[0].close()
    _servers.cache_clear()


FEW = hypothesis.settings(max_examples=25, deadline=None)
"""An example with key servers takes some 20 ms."""


@pytest.mark.parametrize("make", [_hmac, FakeTokeniser, _threshold, _single])
class TestTokeniser:
    """What the rest of the SDK may expect of a tokeniser."""

    @FEW
    @given(identifiers=IDENTIFIERS)
    def test_one_token_for_each_in_order(self, make: Make, identifiers: list[Identifier]) -> None:
        tokeniser = make("e1")
        together = tokeniser.tokens(identifiers)
        assert together == [tokeniser.tokens([one])[0] for one in identifiers]
        assert all(re.fullmatch("[0-9a-f]{32}", token) for (token,) in together)

    @FEW
    @given(identifiers=IDENTIFIERS)
    def test_equal_tokens_mean_equal_identifiers(
        self, make: Make, identifiers: list[Identifier]
    ) -> None:
        assert len(set(make("e1").tokens(identifiers))) == len(set(identifiers))

    def test_a_second_instance_says_the_same(self, make: Make) -> None:
        one = [("tr.tckimlik", "99291417710")]
        assert make("e1").tokens(one) == make("e1").tokens(one)

    def test_epochs_never_meet(self, make: Make) -> None:
        one = [("tr.tckimlik", "99291417710")]
        assert make("e1").tokens(one) != make("e2").tokens(one)

    def test_no_identifiers_no_tokens(self, make: Make) -> None:
        assert make("e1").tokens([]) == []

    def test_it_says_its_assurance_and_epoch(self, make: Make) -> None:
        assert isinstance(make("e1").assurance, Assurance)
        assert make("e7").epoch == "e7"


@pytest.mark.parametrize("make", [_hmac, FakeTokeniser, _threshold, _single])
class TestOverlap:
    """Two epochs beside each other: the same port, and both tokens of each identifier."""

    @FEW
    @given(identifiers=IDENTIFIERS)
    def test_each_epochs_tokens_oldest_first(
        self, make: Make, identifiers: list[Identifier]
    ) -> None:
        old, new = make("e1"), make("e2")
        both = EpochsTokeniser([old, new])
        expected = zip(old.tokens(identifiers), new.tokens(identifiers), strict=True)
        assert both.tokens(identifiers) == [one + other for one, other in expected]

    def test_it_says_both_epochs(self, make: Make) -> None:
        both = EpochsTokeniser([make("e1"), make("e2")])
        assert (both.epoch, both.assurance) == ("e1-e2", make("e1").assurance)


def test_two_levels_do_not_overlap() -> None:
    with pytest.raises(ValueError, match="two assurance levels"):
        EpochsTokeniser([_hmac("e1"), FakeTokeniser("e2")])


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        HmacTokeniser(bytes(length))
