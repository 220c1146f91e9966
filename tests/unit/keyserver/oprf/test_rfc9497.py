"""RFC 9497's official vectors, each mode, and what each side refuses."""

from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from keyserver.oprf import group, rfc9497
from keyserver.oprf.group import DeserializeError, Element, InvalidInputError, Scalar
from keyserver.oprf.rfc9497 import Mode, Proof
from tests.fakes.dice import given, stream
from tests.oprf import CASES, SUITES, derive_key_pair, parts

FEW = settings(max_examples=30, deadline=None)
NAMES = [f"{mode.name}-{n}-batch{vector['Batch']}" for n, (mode, vector) in enumerate(CASES)]


class Read:
    """A vector's parts, and the blinded elements that our client makes of it."""

    def __init__(self, mode: Mode, vector: dict[str, Any]) -> None:
        self.secret = group.deserialize_secret(bytes.fromhex(SUITES[mode]["skSm"]))
        self.public = group.multiply_base(self.secret)
        self.inputs, self.outputs = parts(vector, "Input"), parts(vector, "Output")
        self.evaluated = parts(vector, "EvaluationElement")
        random = given(parts(vector, "Blind"))
        made = [rfc9497.blind(input_, random, mode) for input_ in self.inputs]
        self.blinds = [factor for factor, _ in made]
        self.blinded = [element for _, element in made]
        assert self.blinds == parts(vector, "Blind")
        assert self.blinded == parts(vector, "BlindedElement")
        assert len(self.inputs) == vector["Batch"]


def test_all_vectors_are_here() -> None:
    assert [mode for mode, _ in CASES] == [0] * 2 + [1] * 3
    assert [vector["Batch"] for _, vector in CASES] == [1, 1, 1, 1, 2]


@pytest.mark.parametrize("mode", Mode)
def test_keys_are_derived_as_the_vectors_are(mode: Mode) -> None:
    suite = SUITES[mode]
    seed, info = bytes.fromhex(suite["seed"]), bytes.fromhex(suite["keyInfo"])
    secret, public = derive_key_pair(seed, info, mode)
    assert secret.hex() == suite["skSm"]
    assert public.hex() == suite.get("pkSm", public.hex())
    assert b"HashToGroup-" + rfc9497.context_string(mode) == bytes.fromhex(suite["groupDST"])


@pytest.mark.parametrize(("mode", "vector"), CASES, ids=NAMES)
def test_official_vectors(mode: Mode, vector: dict[str, Any]) -> None:
    read = Read(mode, vector)
    if mode is Mode.OPRF:
        evaluated = [group.multiply(read.secret, element) for element in read.blinded]
        outputs = rfc9497.finalize_batch(read.inputs, read.blinds, evaluated)
        alone = [rfc9497.evaluate(read.secret, input_, mode) for input_ in read.inputs]
    else:
        nonce = given([bytes.fromhex(vector["Proof"]["r"])])
        evaluated, proof, outputs, alone = proved(read, nonce)
        assert proof.serialize().hex() == vector["Proof"]["proof"]
        assert Proof.deserialize(proof.serialize()) == proof
    assert evaluated == read.evaluated
    assert outputs == alone == read.outputs


Done = tuple[list[Element], Proof, list[bytes], list[bytes]]


def proved(read: Read, nonce: group.RandomBytes) -> Done:
    evaluated, proof = rfc9497.blind_evaluate_proved(read.secret, read.blinded, nonce)
    assert rfc9497.verify_proof(read.public, read.blinded, evaluated, proof, Mode.VOPRF)
    outputs = rfc9497.finalize_batch(read.inputs, read.blinds, evaluated)
    alone = [rfc9497.evaluate(read.secret, input_, Mode.VOPRF) for input_ in read.inputs]
    return evaluated, proof, outputs, alone


# -- what is refused -------------------------------------------------------------------------------


def small_batch(seed: int, count: int = 3) -> tuple[Scalar, list[bytes], Read]:
    """A key, its inputs, and a client's half in the shape of a vector."""
    random = stream(seed)
    read = Read.__new__(Read)
    read.secret = group.random_scalar(random)
    read.public = group.multiply_base(read.secret)
    read.inputs = [b"input %d" % n for n in range(count)]
    made = [rfc9497.blind(input_, random, Mode.VOPRF) for input_ in read.inputs]
    read.blinds, read.blinded = [a for a, _ in made], [b for _, b in made]
    return read.secret, read.inputs, read


@FEW
@examples(st.integers(), st.binary(max_size=40))
def test_the_blind_does_not_change_the_output(seed: int, input_: bytes) -> None:
    random = stream(seed)
    secret = group.random_scalar(random)
    outputs = set()
    seen = set()
    for _ in range(2):
        factor, blinded = rfc9497.blind(input_, random, Mode.OPRF)
        seen.add(blinded)
        outputs.update(
            rfc9497.finalize_batch([input_], [factor], [group.multiply(secret, blinded)])
        )
    assert outputs == {rfc9497.evaluate(secret, input_, Mode.OPRF)}
    assert len(seen) == 2


def test_modes_and_keys_give_other_outputs() -> None:
    one, other = group.scalar_of(2), group.scalar_of(3)
    outputs = {
        rfc9497.evaluate(one, b"x", Mode.OPRF),
        rfc9497.evaluate(one, b"x", Mode.VOPRF),
        rfc9497.evaluate(other, b"x", Mode.VOPRF),
    }
    assert len(outputs) == 3


@FEW
@examples(st.integers(), st.integers(0, 2), st.integers(0, 2))
def test_a_proof_holds_for_its_batch_and_key_alone(seed: int, place: int, other: int) -> None:
    secret, _, read = small_batch(seed)
    evaluated, proof = rfc9497.blind_evaluate_proved(secret, read.blinded, stream(seed + 1))

    def holds(public: Element, bases: list[Element], products: list[Element]) -> bool:
        return rfc9497.verify_proof(public, bases, products, proof, Mode.VOPRF)

    assert holds(read.public, read.blinded, evaluated)
    assert not holds(group.multiply_base(group.scalar_of(7)), read.blinded, evaluated)
    assert not rfc9497.verify_proof(read.public, read.blinded, evaluated, proof, Mode.OPRF)
    wrong = list(evaluated)
    wrong[place] = group.add(wrong[place], read.public)
    assert not holds(read.public, read.blinded, wrong)
    if place != other:  # two right answers that have changed their places
        swapped = list(evaluated)
        swapped[place], swapped[other] = swapped[other], swapped[place]
        assert not holds(read.public, read.blinded, swapped)
    # what is added here and taken away there, so that the plain sum is right
    cheated = list(evaluated)
    cheated[0] = group.add(cheated[0], read.public)
    cheated[1] = group.add(cheated[1], group.multiply(group.scalar_of(-1), read.public))
    assert not holds(read.public, read.blinded, cheated)


def test_zero_scalars_prove_nothing_and_raise_nothing() -> None:
    secret, _, read = small_batch(1)
    evaluated, proof = rfc9497.blind_evaluate_proved(secret, read.blinded, stream(2))
    for bad in (
        Proof(group.ZERO, group.ZERO),
        proof._replace(challenge=group.ZERO),
        proof._replace(response=group.ZERO),
    ):
        assert not rfc9497.verify_proof(read.public, read.blinded, evaluated, bad, Mode.VOPRF)


def test_lists_of_another_length_are_refused() -> None:
    secret, inputs, read = small_batch(5)
    evaluated, proof = rfc9497.blind_evaluate_proved(secret, read.blinded, stream(6))
    for bases, products in (
        (read.blinded, evaluated[:2]),
        (read.blinded[:2], evaluated),
        ([], []),
        ([read.blinded[0]] * 65_536, [evaluated[0]] * 65_536),
    ):
        with pytest.raises(ValueError, match=r"batch|shorter|longer"):
            rfc9497.verify_proof(read.public, bases, products, proof, Mode.VOPRF)
    for count in (0, 65_536):
        elements = [read.blinded[0]] * count
        with pytest.raises(ValueError, match="batch"):
            rfc9497.blind_evaluate_proved(secret, elements, stream(7))
    with pytest.raises(ValueError, match="longer"):
        rfc9497.finalize_batch(inputs[:2], read.blinds, evaluated)


def test_too_long_inputs_are_refused() -> None:
    longest, over = bytes(65_535), bytes(65_536)
    key = group.scalar_of(5)
    assert len(rfc9497.evaluate(key, longest, Mode.OPRF)) == 64
    with pytest.raises(InvalidInputError, match="65,535"):
        rfc9497.blind(over, stream(1), Mode.OPRF)


@pytest.mark.parametrize("length", [0, 63, 65])
def test_a_proof_has_64_bytes(length: int) -> None:
    with pytest.raises(DeserializeError, match="64 bytes"):
        Proof.deserialize(bytes(length))


@pytest.mark.parametrize("half", [0, 1])
def test_a_proof_is_reduced(half: int) -> None:
    halves = [bytes(32), bytes(32)]
    halves[half] = group.ORDER.to_bytes(32, "little")
    with pytest.raises(DeserializeError, match="not reduced"):
        Proof.deserialize(b"".join(halves))


def test_an_input_that_hashes_to_the_identity_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "hash_to_group", lambda _message, _dst: group.IDENTITY)
    with pytest.raises(InvalidInputError, match="identity"):
        rfc9497.blind(b"", stream(1), Mode.OPRF)
