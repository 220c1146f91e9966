"""The prime-order group ristretto255 (RFC 9496) with SHA-512, as RFC 9497 section 4.1 needs it.

Elements and scalars are their 32-byte encodings: what libsodium works on, what goes over the
wire, and immutable. Whatever comes from outside passes `deserialize_element` or
`deserialize_scalar` first; all other functions trust their arguments. Secret scalars are worked
on by libsodium alone, whose arithmetic takes the same time for all of them.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final, NewType

import pysodium

Element = NewType("Element", bytes)
"""The canonical encoding of an element, 32 bytes."""

Scalar = NewType("Scalar", bytes)
"""A number below ORDER, 32 bytes, little end first."""

RandomBytes = Callable[[int], bytes]
"""As many unpredictable bytes as asked for: `secrets.token_bytes` outside of tests."""

ELEMENT_BYTES: Final = 32
SCALAR_BYTES: Final = 32
HASH_BYTES: Final = 64
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
IDENTITY: Final = Element(bytes(ELEMENT_BYTES))
ZERO: Final = Scalar(bytes(SCALAR_BYTES))

_FIELD: Final = 2**255 - 19
_UNIFORM_BYTES: Final = 64
_BLOCK_BYTES: Final = 128  # SHA-512's input block
_MAX_BLOCKS: Final = 255

if pysodium.sodium_init() < 0:
    raise ImportError("libsodium cannot be initialised")


class DeserializeError(ValueError):
    """These bytes are no element, or no scalar, of the group (RFC 9497 section 4.1)."""


class InvalidInputError(ValueError):
    """The input, or the randomness, leads to a value that the protocol excludes."""


# -- from outside ----------------------------------------------------------------------------------


def deserialize_element(data: bytes) -> Element:
    """The element that these bytes encode. DeserializeError if none, or if it is the identity.

    The field's size is checked here, because libsodium 1.0.18 overlooks the top bit: there every
    element has two encodings.
    """
    if len(data) != ELEMENT_BYTES:
        raise DeserializeError(f"an element has {ELEMENT_BYTES} bytes, not {len(data)}")
    number = int.from_bytes(data, "little")
    if number >= _FIELD:
        raise DeserializeError("not the canonical encoding of an element")
    if number == 0:
        raise DeserializeError("the identity element")
    if not pysodium.crypto_core_ristretto255_is_valid_point(data):
        raise DeserializeError("not the encoding of an element")
    return Element(bytes(data))


def deserialize_scalar(data: bytes) -> Scalar:
    """The scalar, zero included, that these bytes encode. DeserializeError if it is not reduced."""
    if len(data) != SCALAR_BYTES:
        raise DeserializeError(f"a scalar has {SCALAR_BYTES} bytes, not {len(data)}")
    if int.from_bytes(data, "little") >= ORDER:
        raise DeserializeError("a scalar that is not reduced")
    return Scalar(bytes(data))


def deserialize_secret(data: bytes) -> Scalar:
    """A scalar that serves as a key: not zero. DeserializeError otherwise."""
    secret = deserialize_scalar(data)
    if secret == ZERO:
        raise DeserializeError("a key is not zero")
    return secret


# -- arithmetic ------------------------------------------------------------------------------------


def random_scalar(random: RandomBytes) -> Scalar:
    """A uniform scalar that is not zero: 64 bytes, reduced (RFC 9497 section 4.7.2).

    InvalidInputError if the source gives another number of bytes, or those of zero.
    """
    drawn = random(_UNIFORM_BYTES)
    if len(drawn) != _UNIFORM_BYTES:
        raise InvalidInputError("the source of randomness gave another number of bytes")
    scalar = reduce(drawn)
    if scalar == ZERO:
        raise InvalidInputError("the source of randomness gave zero")
    return scalar


def reduce(uniform: bytes) -> Scalar:
    """64 bytes as a scalar, little end first."""
    return Scalar(pysodium.crypto_core_ristretto255_scalar_reduce(uniform))


def scalar_of(number: int) -> Scalar:
    """A public number as a scalar; a negative one counts from ORDER down."""
    return Scalar((number % ORDER).to_bytes(SCALAR_BYTES, "little"))


def scalar_add(one: Scalar, other: Scalar) -> Scalar:
    """one + other."""
    return Scalar(pysodium.crypto_core_ristretto255_scalar_add(one, other))


def scalar_subtract(one: Scalar, other: Scalar) -> Scalar:
    """one - other."""
    return Scalar(pysodium.crypto_core_ristretto255_scalar_sub(one, other))


def scalar_multiply(one: Scalar, other: Scalar) -> Scalar:
    """one · other."""
    return Scalar(pysodium.crypto_core_ristretto255_scalar_mul(one, other))


def scalar_invert(value: Scalar) -> Scalar:
    """1 / value. ZeroDivisionError for zero."""
    if value == ZERO:
        raise ZeroDivisionError("zero has no inverse")
    return Scalar(pysodium.crypto_core_ristretto255_scalar_invert(value))


def scalar_invert_all(values: Sequence[Scalar]) -> list[Scalar]:
    """1 / value for each. ZeroDivisionError if one is zero.

    One inversion for all of them: the inverse of the product of all, times what is left of it
    without each. An inversion costs as much as thirty multiplications.
    """
    before, product = [], scalar_of(1)
    for value in values:
        before.append(product)
        product = scalar_multiply(product, value)
    left = scalar_invert(product)
    inverses = []
    for value, others in zip(reversed(values), reversed(before), strict=True):
        inverses.append(scalar_multiply(left, others))
        left = scalar_multiply(left, value)
    return inverses[::-1]


def add(one: Element, other: Element) -> Element:
    """one + other."""
    return Element(pysodium.crypto_core_ristretto255_add(one, other))


def subtract(one: Element, other: Element) -> Element:
    """one - other."""
    return Element(pysodium.crypto_core_ristretto255_sub(one, other))


def multiply(factor: Scalar, element: Element) -> Element:
    """factor · element."""
    # libsodium takes an identity that comes out for an error; here it is an element like others
    if factor == ZERO or element == IDENTITY:
        return IDENTITY
    return Element(pysodium.crypto_scalarmult_ristretto255(factor, element))


def multiply_base(factor: Scalar) -> Element:
    """factor · the generator: the public key of a secret one."""
    if factor == ZERO:
        return IDENTITY
    return Element(pysodium.crypto_scalarmult_ristretto255_base(factor))


# -- hashing ---------------------------------------------------------------------------------------


def expand_message_xmd(message: bytes, dst: bytes, count: int) -> bytes:
    """`count` uniform bytes from a message by SHA-512 (RFC 9380 section 5.3.1).

    ValueError for a domain separation tag of over 255 bytes, or for more bytes than it can give.
    """
    blocks = -(-count // HASH_BYTES)
    if not 0 < blocks <= _MAX_BLOCKS or len(dst) > 255:
        raise ValueError("a tag of at most 255 bytes, and 1 to 16320 bytes to give")
    tag = dst + bytes([len(dst)])
    start = hashlib.sha512(bytes(_BLOCK_BYTES) + message + count.to_bytes(2, "big") + b"\0" + tag)
    first = start.digest()
    block = hashlib.sha512(first + b"\1" + tag).digest()
    given = [block]
    for number in range(2, blocks + 1):
        mixed = bytes(a ^ b for a, b in zip(first, block, strict=True))
        block = hashlib.sha512(mixed + bytes([number]) + tag).digest()
        given.append(block)
    return b"".join(given)[:count]


def hash_to_group(message: bytes, dst: bytes) -> Element:
    """The element of a message, whose logarithm nobody knows (RFC 9380 appendix B)."""
    uniform = expand_message_xmd(message, dst, _UNIFORM_BYTES)
    return Element(pysodium.crypto_core_ristretto255_from_hash(uniform))


def hash_to_scalar(message: bytes, dst: bytes) -> Scalar:
    """The scalar of a message (RFC 9497 section 4.1)."""
    return reduce(expand_message_xmd(message, dst, _UNIFORM_BYTES))
