"""The contract of the `Tokeniser` port, run on every implementation."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.model import Assurance
from producers.tokens import HmacTokeniser, Identifier, Tokeniser
from tests.fakes.tokeniser import FakeTokeniser

KINDS = st.sampled_from(["tr.tckimlik", "us.ssn", "sy.passport", "weak.name"])
IDENTIFIERS = st.lists(st.tuples(KINDS, st.text(max_size=20)), max_size=20)


Make = Callable[[str], Tokeniser]


def _hmac(epoch: str) -> Tokeniser:
    return HmacTokeniser(bytes(range(32)), epoch)


@pytest.mark.parametrize("make", [_hmac, FakeTokeniser])
class TestTokeniser:
    """What the rest of the SDK may expect of a tokeniser."""

    @given(identifiers=IDENTIFIERS)
    def test_one_token_for_each_in_order(self, make: Make, identifiers: list[Identifier]) -> None:
        tokeniser = make("e1")
        together = tokeniser.tokens(identifiers)
        assert together == [tokeniser.tokens([one])[0] for one in identifiers]
        assert all(re.fullmatch("[0-9a-f]{32}", token) for token in together)

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


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        HmacTokeniser(bytes(length))
