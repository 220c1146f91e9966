"""Tokens from any two of three key servers: mode VOPRF of RFC 9497, with the key in shares.

A key server is a plain VOPRF server under its share: it knows of no other. The client checks
each server's proof against the public key of that server's share, puts `threshold` good answers
together, and finalises as the RFC does: the outputs are those of one server with the joint key,
byte for byte. So servers may differ, fall out or lie, and the tokens stay the same or do not come.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from keyserver.oprf import group, rfc9497, shares
from keyserver.oprf.group import DeserializeError, Element, RandomBytes, Scalar
from keyserver.oprf.rfc9497 import Mode, Proof
from keyserver.oprf.shares import Committee, KeyShare


class Reason(StrEnum):
    """Why a server's answer is of no use."""

    UNKNOWN_SERVER = "not a server of this committee"
    OTHER_GENERATION = "its share is of another generation"
    OTHER_COUNT = "another number of elements than asked for"
    MALFORMED = "bytes that encode no element or no proof"
    PROOF = "its proof does not hold"


class Fault(NamedTuple):
    """A server that gave a bad answer, and what was wrong."""

    server: int
    reason: Reason


class TooFewShares(Exception):
    """Fewer good answers than needed. Names each server that lied or failed, or gave none."""

    def __init__(self, needed: int, faults: Sequence[Fault], missing: Sequence[int]) -> None:
        self.needed = needed
        self.faults = tuple(faults)
        self.missing = tuple(missing)
        said = [f"server {fault.server}: {fault.reason}" for fault in faults]
        said += [f"server {server}: no answer" for server in missing]
        super().__init__(f"{needed} good answers are needed; " + "; ".join(said))


class CombinationError(Exception):
    """Good answers that do not give the joint key: a fault of this machine or this program."""


# -- a key server ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """A server's answer as it came over the wire: nothing of it is believed yet."""

    generation: int
    evaluated_elements: tuple[bytes, ...]
    proof: bytes


def answer(share: KeyShare, blinded_elements: Sequence[bytes], random: RandomBytes) -> Answer:
    """What a key server does with a batch, as it came over the wire.

    DeserializeError if one of them is no element: then none is answered. ValueError for an empty
    batch or one of over 65,535 elements. The caller has counted them against the quota before.
    """
    rfc9497.check_batch(len(blinded_elements))
    elements = [group.deserialize_element(data) for data in blinded_elements]
    nonces = _hedged(share.secret, elements, random)
    evaluated, proof = rfc9497.blind_evaluate_proved(share.secret, elements, nonces)
    return Answer(share.generation, tuple(evaluated), proof.serialize())


def _hedged(secret: Scalar, elements: Sequence[Element], random: RandomBytes) -> RandomBytes:
    """Randomness for one batch's proof, with the share and the batch mixed in.

    A machine that is set back to a snapshot may draw what it drew before. Two batches under one
    nonce would give the share away; so each has its own even then.
    """

    def mixed(count: int) -> bytes:
        drawn = group.random_scalar(random)
        return hashlib.shake_256(b"".join((secret, drawn, *elements))).digest(count)

    return mixed


# -- the client ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Batch:
    """What the client keeps of its inputs until the answers are there; `elements` are sent."""

    inputs: tuple[bytes, ...] = field(repr=False)
    blinds: tuple[Scalar, ...] = field(repr=False)
    elements: tuple[Element, ...]


class Combination(NamedTuple):
    """What one server with the joint key would have answered, and who gave it."""

    evaluated_elements: list[Element]
    servers: tuple[int, ...]
    faults: tuple[Fault, ...]
    """Servers to be reported although the answer is good."""


def blind_batch(inputs: Sequence[bytes], random: RandomBytes) -> Batch:
    """Inputs behind a blind each, so that equal inputs look unequal. ValueError if there are none.

    A batch is for one committee; all servers get the same elements.
    """
    rfc9497.check_batch(len(inputs))
    blinded = [rfc9497.blind(input_, random, Mode.VOPRF) for input_ in inputs]
    blinds, elements = zip(*blinded, strict=True)
    return Batch(tuple(inputs), blinds, elements)


def combine(
    committee: Committee, blinded_elements: Sequence[Element], answers: Mapping[int, Answer]
) -> Combination:
    """Checks the answers of all servers asked, and puts as many good ones together as needed.

    `answers` has the servers as the client knows them from their connections: no server speaks
    for another. TooFewShares names all that is wrong; ShareError is for the caller's own inputs.
    """
    good: dict[int, list[Element]] = {}
    faults: list[Fault] = []
    for server, given in sorted(answers.items()):
        checked = _checked(committee, blinded_elements, server, given)
        if isinstance(checked, Reason):
            faults.append(Fault(server, checked))
        else:
            good[server] = checked
    if len(good) < committee.threshold:
        missing = sorted(committee.share_public_keys.keys() - answers.keys())
        raise TooFewShares(committee.threshold, faults, missing)
    servers = tuple(good)[: committee.threshold]
    factors = _factors(committee, servers)
    evaluated = [
        shares.interpolate(factors, {server: good[server][index] for server in servers})
        for index in range(len(blinded_elements))
    ]
    return Combination(evaluated, servers, tuple(faults))


def finalize_batch(batch: Batch, combination: Combination) -> list[bytes]:
    """The outputs, 64 bytes each, in the order of the inputs."""
    return rfc9497.finalize_batch(batch.inputs, batch.blinds, combination.evaluated_elements)


def _checked(
    committee: Committee, blinded_elements: Sequence[Element], server: int, given: Answer
) -> list[Element] | Reason:
    public = committee.share_public_keys.get(server)
    if public is None:
        return Reason.UNKNOWN_SERVER
    if given.generation != committee.generation:
        return Reason.OTHER_GENERATION
    if len(given.evaluated_elements) != len(blinded_elements):
        return Reason.OTHER_COUNT
    try:
        evaluated = [group.deserialize_element(data) for data in given.evaluated_elements]
        proof = Proof.deserialize(given.proof)
    except DeserializeError:
        return Reason.MALFORMED
    holds = rfc9497.verify_proof(public, blinded_elements, evaluated, proof, Mode.VOPRF)
    return evaluated if holds else Reason.PROOF


def _factors(committee: Committee, servers: Sequence[int]) -> dict[int, Scalar]:
    """The servers' factors, which make the joint public key of theirs: once for a batch.

    The proofs say that each answer fits its share's public key, this that the shares fit the
    joint key: so the combination is the joint key's answer.
    """
    factors = shares.lagrange(servers)
    if shares.interpolate(factors, committee.share_public_keys) != committee.public_key:
        raise CombinationError("the shares' public keys do not give the joint one")
    return factors
