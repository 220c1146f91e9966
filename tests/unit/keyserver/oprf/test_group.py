"""ristretto255: what is an element and what is not, and the hashes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyserver.oprf import group
from keyserver.oprf.group import (
    IDENTITY,
    ORDER,
    ZERO,
    DeserializeError,
    Element,
    InvalidInputError,
)
from tests.fakes.dice import stream

MANY = settings(max_examples=150, deadline=None)

# RFC 9496 appendix A.1: n → n · generator
MULTIPLES = {
    1: "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
    2: "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
    15: "e0c418f7c8d9c4cdd7395b93ea124f3ad99021bb681dfc3302a9d99a2e53e64e",
}
# RFC 9496 appendix A.2, and the first one's like with the top bit
BAD = [
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
    "c34c4e1826e5d403b78e246e88aa051c36ccf0aafebffe137d148a2bf9104562",
    "c940e5a4404157cfb1628b108db051a8d439e1a421394ec4ebccb9ec92a8ac78",
    "47cfc5497c53dc8e61c91d17fd626ffb1c49e2bca94eed052281b510b1117a24",
    "f1c6165d33367351b0da8f6e4511010c68174a03b6581212c71c0e1d026c3c72",
    "87260f7a2f12495118360f02c26a470f450dadf34a413d21042b43b9d93e1309",
    "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
    "4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f",
    "de6a7b00deadc788eb6b6c8d20c0ae96c2f2019078fa604fee5b87d6e989ad7b",
    "bcab477be20861e01e4a0e295284146a510150d9817763caf1a6f4b422d67042",
    "2a292df7e32cababbd9de088d1d1abec9fc0440f637ed2fba145094dc14bea08",
    "f4a9e534fc0d216c44b218fa0c42d99635a0127ee2e53c712f70609649fdff22",
    "8268436f8c4126196cf64b3c7ddbda90746a378625f9813dd9b8457077256731",
    "2810e5cbc2cc4d4eece54f61c6f69758e289aa7ab440b3cbeaa21995c2f4232b",
    "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e",
    "a45fdc55c76448c049a1ab33f17023edfb2be3581e9c7aade8a6125215e04220",
    "d483fe813c6ba647ebbfd3ec41adca1c6130c2beeee9d9bf065c8d151c5f396e",
    "8a2e1d30050198c65a54483123960ccc38aef6848e1ec8f5f780e8523769ba32",
    "32888462f8b486c68ad7dd9610be5192bbeaf3b443951ac1a8118419d9fa097b",
    "227142501b9d4355ccba290404bde41575b037693cef1f438c47f8fbf35d1165",
    "5c37cc491da847cfeb9281d407efc41e15144c876e0170b499a96a22ed31e01e",
    "445425117cb8c90edcbc7c1cc0e74f747f2c1efa5630a967c64f287792a48a4b",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]
# RFC 9380 appendix K.3 (SHA-512): message, count, bytes
EXPANDED = [
    (b"", 32, "6b9a7312411d92f921c6f68ca0b6380730a1a4d982c507211a90964c394179ba"),
    (b"abc", 32, "0da749f12fbe5483eb066a5f595055679b976e93abe9be6f0f6318bce7aca8dc"),
    (
        b"",
        128,
        "41b037d1734a5f8df225dd8c7de38f851efdb45c372887be655212d07251b921"
        "b052b62eaed99b46f72f2ef4cc96bfaf254ebbbec091e1a3b9e4fb5e5b619d2e"
        "0c5414800a1d882b62bb5cd1778f098b8eb6cb399d5d9d18f5d5842cf5d13d7e"
        "b00a7cff859b605da678b318bd0e65ebff70bec88c753b159a805d2c89c55961",
    ),
]
DST = b"QUUX-V01-CS02-with-expander-SHA512-256"


@pytest.mark.parametrize(("number", "encoded"), MULTIPLES.items())
def test_multiples_of_the_generator(number: int, encoded: str) -> None:
    factor = group.scalar_of(number)
    assert group.multiply_base(factor).hex() == encoded
    assert group.multiply(factor, Element(bytes.fromhex(MULTIPLES[1]))).hex() == encoded
    assert group.deserialize_element(bytes.fromhex(encoded)).hex() == encoded


@pytest.mark.parametrize("encoded", BAD)
def test_bad_encodings_are_refused(encoded: str) -> None:
    with pytest.raises(DeserializeError, match="encoding of an element"):
        group.deserialize_element(bytes.fromhex(encoded))


def test_the_identity_is_refused() -> None:
    with pytest.raises(DeserializeError, match="identity"):
        group.deserialize_element(bytes(32))


@MANY
@given(st.integers())
def test_an_element_has_one_encoding(seed: int) -> None:
    """libsodium 1.0.18 takes the top bit for nothing; so does no bit here."""
    element = group.multiply_base(group.random_scalar(stream(seed)))
    assert group.deserialize_element(element) == element
    for other in (
        element[:31] + bytes([element[31] | 0x80]),
        element[:31],
        element + b"\0",
        (2**255 - 19 - int.from_bytes(element, "little")).to_bytes(32, "little"),
    ):
        with pytest.raises(DeserializeError):
            group.deserialize_element(other)


@pytest.mark.parametrize("number", [ORDER, ORDER + 1, 2**255, 2**256 - 1])
def test_scalars_are_reduced(number: int) -> None:
    with pytest.raises(DeserializeError, match="not reduced"):
        group.deserialize_scalar(number.to_bytes(32, "little"))


def test_the_ends_of_the_scalars() -> None:
    for number in (0, 1, ORDER - 1):
        encoded = number.to_bytes(32, "little")
        assert group.deserialize_scalar(encoded) == encoded == group.scalar_of(number)
    for length in (0, 31, 33):
        with pytest.raises(DeserializeError, match="32 bytes"):
            group.deserialize_scalar(bytes(length))


def test_a_key_is_not_zero() -> None:
    with pytest.raises(DeserializeError, match="not zero"):
        group.deserialize_secret(bytes(32))
    with pytest.raises(ZeroDivisionError):
        group.scalar_invert(ZERO)
    with pytest.raises(ZeroDivisionError):
        group.scalar_invert_all([group.scalar_of(2), ZERO])


@MANY
@given(st.lists(st.integers(1, ORDER - 1), max_size=5))
def test_inverses_of_many_are_those_of_each(numbers: list[int]) -> None:
    values = [group.scalar_of(number) for number in numbers]
    assert group.scalar_invert_all(values) == [group.scalar_invert(value) for value in values]


NUMBERS = st.one_of(st.sampled_from([0, 1, 2, ORDER - 1]), st.integers(0, ORDER - 1))


@MANY
@given(NUMBERS, NUMBERS)
def test_scalars_count_as_numbers_and_elements_follow(one: int, other: int) -> None:
    a, b = group.scalar_of(one), group.scalar_of(other)
    assert group.scalar_add(a, b) == group.scalar_of(one + other)
    assert group.scalar_subtract(a, b) == group.scalar_of(one - other)
    assert group.scalar_multiply(a, b) == group.scalar_of(one * other)
    assert group.multiply(a, group.multiply_base(b)) == group.multiply_base(
        group.scalar_multiply(a, b)
    )
    both = group.add(group.multiply_base(a), group.multiply_base(b))
    assert both == group.multiply_base(group.scalar_add(a, b))
    assert group.subtract(both, group.multiply_base(b)) == group.multiply_base(a)
    if one:
        assert group.scalar_multiply(a, group.scalar_invert(a)) == group.scalar_of(1)


def test_the_identity_is_an_element_like_others_inside() -> None:
    one = group.multiply_base(group.scalar_of(1))
    assert group.multiply(ZERO, one) == group.multiply_base(ZERO) == IDENTITY
    assert group.multiply(group.scalar_of(3), IDENTITY) == IDENTITY
    assert group.add(one, IDENTITY) == one
    assert group.add(one, group.multiply_base(group.scalar_of(-1))) == IDENTITY


@pytest.mark.parametrize("drawn", [b"", bytes(63), bytes(65), bytes(64)])
def test_a_bad_source_of_randomness_is_noticed(drawn: bytes) -> None:
    with pytest.raises(InvalidInputError, match="randomness"):
        group.random_scalar(lambda _count: drawn)


@pytest.mark.parametrize(("message", "count", "wanted"), EXPANDED)
def test_expand_message(message: bytes, count: int, wanted: str) -> None:
    assert group.expand_message_xmd(message, DST, count).hex() == wanted


@pytest.mark.parametrize(("tag", "count"), [(b"x" * 256, 64), (b"x", 0), (b"x", 255 * 64 + 1)])
def test_what_expand_message_cannot_give(tag: bytes, count: int) -> None:
    with pytest.raises(ValueError, match="255 bytes"):
        group.expand_message_xmd(b"", tag, count)


def test_the_longest_tag_and_output() -> None:
    assert len(group.expand_message_xmd(b"", b"x" * 255, 255 * 64)) == 255 * 64
