"""The shared-key tokeniser and the placeholders' tokens."""

import hashlib
import hmac

from events.placeholder_list import PLACEHOLDERS
from producers.tokens import HmacTokeniser, placeholder_tokens, token_map
from tests.fakes.tokeniser import FakeTokeniser

KEY = bytes(range(32))


def test_the_construction_is_the_documented_one() -> None:
    text = b"tekil-token-v1\ne1\ntr.tckimlik\n99291417710"
    wanted = hmac.new(KEY, text, hashlib.sha256).hexdigest()[:32]
    assert HmacTokeniser(KEY).tokens([("tr.tckimlik", "99291417710")]) == [(wanted,)]


def test_another_key_gives_other_tokens() -> None:
    one = [("tr.tckimlik", "99291417710")]
    assert HmacTokeniser(KEY).tokens(one) != HmacTokeniser(bytes(32)).tokens(one)


def test_a_type_and_number_cannot_be_read_in_two_ways() -> None:
    tokens = HmacTokeniser(KEY).tokens([("us.ssn", "1"), ("us.ss", "n\n1"), ("us", ".ssn\n1")])
    assert len(set(tokens)) == 3


def test_placeholders_have_tokens_for_the_policy() -> None:
    tokeniser = HmacTokeniser(KEY)
    found = placeholder_tokens(tokeniser)
    assert len(set(found)) == len(PLACEHOLDERS)
    assert ("tr.tckimlik", tokeniser.tokens([("tr.tckimlik", "11111111110")])[0][0]) in found


def test_each_identifier_is_asked_for_once() -> None:
    tokeniser = FakeTokeniser()
    twice = [("us.ssn", "026457234"), ("us.ssn", "274534012"), ("us.ssn", "026457234")]
    assert token_map(tokeniser, twice).keys() == set(twice)
    assert tokeniser.asked == 2
