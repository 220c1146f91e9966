"""RFC 9497 with the suite ristretto255-SHA512: OPRF and VOPRF, as client and as server.

Function and variable names are the RFC's. All arguments of type Element and Scalar have been
deserialised (`group`). Blinds and the nonces of proofs come from `random` and are used once:
two proofs under one nonce give the key away.
"""

import hashlib
import hmac
from collections.abc import Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from keyserver.oprf import group
from keyserver.oprf.group import (
    IDENTITY,
    SCALAR_BYTES,
    DeserializeError,
    Element,
    InvalidInputError,
    RandomBytes,
    Scalar,
)

SUITE: Final = b"ristretto255-SHA512"
OUTPUT_BYTES: Final = group.HASH_BYTES
PROOF_BYTES: Final = 2 * SCALAR_BYTES
MAX_BATCH: Final = 2**16 - 1
"""Items under one proof: the RFC numbers them in two bytes."""

_MAX_FRAMED_BYTES: Final = 2**16 - 1


class Mode(IntEnum):
    """The protocol's variant (RFC 9497 section 3.1); no output of one is that of another."""

    OPRF = 0
    VOPRF = 1


class Proof(NamedTuple):
    """A proof that two pairs have one quotient (DLEQ): challenge and response."""

    challenge: Scalar
    response: Scalar

    def serialize(self) -> bytes:
        """64 bytes."""
        return self.challenge + self.response

    @classmethod
    def deserialize(cls, data: bytes) -> "Proof":
        """The proof in 64 bytes. DeserializeError if they are not two reduced scalars."""
        if len(data) != PROOF_BYTES:
            raise DeserializeError(f"a proof has {PROOF_BYTES} bytes, not {len(data)}")
        challenge, response = data[:SCALAR_BYTES], data[SCALAR_BYTES:]
        return cls(group.deserialize_scalar(challenge), group.deserialize_scalar(response))


def context_string(mode: Mode) -> bytes:
    """What binds every hash to the protocol's version, mode and suite (section 3.1)."""
    return b"OPRFV1-" + bytes([mode]) + b"-" + SUITE


def check_batch(count: int) -> None:
    """ValueError unless one proof can be about so many elements; before any work is done."""
    if not 0 < count <= MAX_BATCH:
        raise ValueError(f"a batch has 1 to {MAX_BATCH} elements, not {count}")


# -- all modes -------------------------------------------------------------------------------------


def blind(input_: bytes, random: RandomBytes, mode: Mode) -> tuple[Scalar, Element]:
    """Blind and blinded element of an input (section 3.3.1); the server sees only the latter.

    InvalidInputError if the input hashes to the identity or has over 65,535 bytes.
    """
    factor = group.random_scalar(random)
    return factor, group.multiply(factor, _element_of(input_, mode))


def finalize_batch(
    inputs: Sequence[bytes], blinds: Sequence[Scalar], evaluated_elements: Sequence[Element]
) -> list[bytes]:
    """The outputs, 64 bytes each, from what servers made of a batch, with one inversion for all.

    The proof must have been verified before. ValueError for lists of unequal length.
    """
    inverses = group.scalar_invert_all(blinds)
    return [
        _output(input_, group.multiply(inverse, element))
        for input_, inverse, element in zip(inputs, inverses, evaluated_elements, strict=True)
    ]


def evaluate(secret: Scalar, input_: bytes, mode: Mode) -> bytes:
    """The output as the holder of the key computes it alone."""
    return _output(input_, group.multiply(secret, _element_of(input_, mode)))


# -- VOPRF -----------------------------------------------------------------------------------------


def blind_evaluate_proved(
    secret: Scalar, blinded_elements: Sequence[Element], random: RandomBytes
) -> tuple[list[Element], Proof]:
    """What the server does in mode VOPRF (section 3.3.2): a batch, one proof for all of it.

    ValueError for an empty batch or one of over 65,535 elements.
    """
    check_batch(len(blinded_elements))
    evaluated = [group.multiply(secret, element) for element in blinded_elements]
    public = group.multiply_base(secret)
    proof = generate_proof(secret, public, blinded_elements, evaluated, random, Mode.VOPRF)
    return evaluated, proof


# -- proofs ----------------------------------------------------------------------------------------


def generate_proof(
    secret: Scalar,
    public: Element,
    bases: Sequence[Element],
    products: Sequence[Element],
    random: RandomBytes,
    mode: Mode,
) -> Proof:
    """Proves that products[i] = secret · bases[i] for all i, and public = secret · generator.

    Section 2.2.1, with A the generator, B `public`, C `bases`, D `products`.
    """
    weights = _weights(public, bases, products, mode)
    m = _weighted(weights, bases)
    z = group.multiply(secret, m)  # the weighted sum of the products, at the price of one
    r = group.random_scalar(random)
    challenge = _challenge(public, m, z, group.multiply_base(r), group.multiply(r, m), mode)
    response = group.scalar_subtract(r, group.scalar_multiply(challenge, secret))
    return Proof(challenge, response)


def verify_proof(
    public: Element,
    bases: Sequence[Element],
    products: Sequence[Element],
    proof: Proof,
    mode: Mode,
) -> bool:
    """Whether one factor leads from the generator to `public` and from each base to its product.

    Section 2.2.2. ValueError for an empty or too long batch, or for lists of unequal length.
    """
    weights = _weights(public, bases, products, mode)
    m, z = _weighted(weights, bases), _weighted(weights, products)
    c, s = proof
    t2 = group.add(group.multiply_base(s), group.multiply(c, public))
    t3 = group.add(group.multiply(s, m), group.multiply(c, z))
    return hmac.compare_digest(_challenge(public, m, z, t2, t3, mode), c)


def _weights(
    public: Element, bases: Sequence[Element], products: Sequence[Element], mode: Mode
) -> list[Scalar]:
    """A factor for each pair, which nobody can choose: so one proof holds for all of them."""
    check_batch(len(bases))
    context = context_string(mode)
    seed = hashlib.sha512(_framed(public) + _framed(b"Seed-" + context)).digest()
    start, dst = _framed(seed), b"HashToScalar-" + context
    return [
        group.hash_to_scalar(
            start + number.to_bytes(2, "big") + _framed(base) + _framed(product) + b"Composite",
            dst,
        )
        for number, (base, product) in enumerate(zip(bases, products, strict=True))
    ]


def _weighted(weights: Sequence[Scalar], elements: Sequence[Element]) -> Element:
    total = IDENTITY
    for weight, element in zip(weights, elements, strict=True):
        total = group.add(total, group.multiply(weight, element))
    return total


def _challenge(
    public: Element, m: Element, z: Element, t2: Element, t3: Element, mode: Mode
) -> Scalar:
    transcript = b"".join(_framed(element) for element in (public, m, z, t2, t3)) + b"Challenge"
    return group.hash_to_scalar(transcript, b"HashToScalar-" + context_string(mode))


# -- parts -----------------------------------------------------------------------------------------


def _framed(data: bytes) -> bytes:
    """Length in two bytes, then the data, so that nothing reads as something else."""
    if len(data) > _MAX_FRAMED_BYTES:
        raise InvalidInputError("inputs and info have at most 65,535 bytes")
    return len(data).to_bytes(2, "big") + data


def _element_of(input_: bytes, mode: Mode) -> Element:
    if len(input_) > _MAX_FRAMED_BYTES:
        raise InvalidInputError("inputs and info have at most 65,535 bytes")
    element = group.hash_to_group(input_, b"HashToGroup-" + context_string(mode))
    if element == IDENTITY:
        raise InvalidInputError("this input hashes to the identity")
    return element


def _output(input_: bytes, unblinded: Element) -> bytes:
    return hashlib.sha512(_framed(input_) + _framed(unblinded) + b"Finalize").digest()
