"""Messages that stages sign: what a signature covers, and what has none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import signing
from events.catalog import Topic
from events.stage_signing import TRAILER_BYTES, content_of, is_signed_by, key_id_of, signed
from tests.kit import private_key

KEY = private_key("intake")
PUBLIC = signing.public_bytes(KEY)
OTHER = signing.public_bytes(private_key("registry"))


@given(st.binary(), st.text("0123456789.", max_size=8))
def test_any_content_comes_back(content: bytes, place: str) -> None:
    value = signed(KEY, Topic.KEYS, place, content)
    assert content_of(value) == content
    assert len(value) == len(content) + TRAILER_BYTES
    assert key_id_of(value) == signing.key_id(PUBLIC)
    assert is_signed_by(PUBLIC, Topic.KEYS, place, value)
    assert not is_signed_by(OTHER, Topic.KEYS, place, value)


def test_it_counts_in_its_own_topic_and_place_alone() -> None:
    value = signed(KEY, Topic.JOURNAL, "7", b"{}")
    assert is_signed_by(PUBLIC, Topic.JOURNAL, "7", value)
    assert not is_signed_by(PUBLIC, Topic.FINDINGS, "7", value)
    assert not is_signed_by(PUBLIC, Topic.JOURNAL, "8", value)
    # nor can a line feed move what is topic and what is place
    assert not is_signed_by(PUBLIC, f"{Topic.JOURNAL}\n7", "", value)


@given(st.integers(0, 200), st.integers(1, 255))
def test_no_byte_may_change(at: int, by: int) -> None:
    value = bytearray(signed(KEY, Topic.JOURNAL, "7", b'{"a":1}\n{"b":2}'))
    at %= len(value)
    value[at] ^= by
    assert not is_signed_by(PUBLIC, Topic.JOURNAL, "7", bytes(value))


@pytest.mark.parametrize(
    "value",
    [b"", b"{}", b"x" * TRAILER_BYTES, b"\n" + b"0" * 16 + b"." + b"A" * 128, b"\xff" * 300],
)
def test_what_has_no_signature_is_content(value: bytes) -> None:
    assert (key_id_of(value), content_of(value)) == ("", value)
    assert not is_signed_by(PUBLIC, Topic.JOURNAL, "0", value)
