"""From an identifier to the function's input, and from its output to a token."""

import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.tokenising.inputs import token, token_input
from producers.tokens import HmacTokeniser

WORDS = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=5)
NUMBERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


def test_the_input_is_the_documented_one() -> None:
    wanted = b"tekil-token-v1\ne1\ntr.tckimlik\n99291417710"
    assert token_input("e1", "tr.tckimlik", "99291417710") == wanted


def test_the_rule_is_the_shared_key_tokenisers() -> None:
    key = bytes(range(32))
    for kind, number in (("us.ssn", "026457234"), ("phone", "+90\n1")):
        digest = hmac.digest(key, token_input("e7", kind, number), hashlib.sha256)
        assert HmacTokeniser(key, "e7").tokens([(kind, number)]) == [(digest[:16].hex(),)]


@settings(deadline=None)
@given(st.tuples(WORDS, WORDS, NUMBERS), st.tuples(WORDS, WORDS, NUMBERS))
def test_two_identifiers_never_have_one_input(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    assert (token_input(*one) == token_input(*other)) == (one == other)


@pytest.mark.parametrize(("epoch", "kind"), [("e\n1", "us.ssn"), ("e1", "us\n.ssn")])
def test_a_line_has_no_end_but_its_own(epoch: str, kind: str) -> None:
    with pytest.raises(ValueError, match="line's end"):
        token_input(epoch, kind, "1")


def test_a_token_is_the_outputs_start() -> None:
    assert token(bytes(range(64))) == bytes(range(16)).hex()
    for length in (16, 32, 63, 65):
        with pytest.raises(ValueError, match="64 bytes"):
            token(bytes(length))
