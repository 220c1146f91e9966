"""What an attacker does with his loot: he knows the source, and tries all that it could be.

A recipe makes a token of an identifier. He first tries each recipe on a few people whom he knows to
be in the register (his neighbours), and what brings a token of the loot he uses on all candidates:
that he knows somebody makes him stronger, and lets him try thousands of secrets in seconds.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Final, NamedTuple

from keyserver.oprf import group, rfc9497, shares
from keyserver.oprf.group import DeserializeError, Scalar
from keyserver.oprf.rfc9497 import Mode
from producers.tokenising.inputs import token_input
from producers.tokens import SCHEME_VERSION, Identifier
from tests.attack.loot import TOKEN_BYTES, Loot

HASHES: Final = ("sha256", "sha512", "sha1", "md5", "sha3_256", "blake2b")
SERVER_PAIRS: Final = ((1, 2), (1, 3), (2, 3))


class Recipe(NamedTuple):
    """How a token could have been made."""

    name: str
    make: Callable[[Identifier], bytes]


@dataclass(frozen=True)
class Recovered:
    """Identifier → its token, and the names of the recipes that found them."""

    tokens: dict[Identifier, bytes] = field(default_factory=dict)
    recipes: tuple[str, ...] = ()

    def share_of(self, people: Sequence[Identifier]) -> float:
        """How many of these were recovered, 0 to 1."""
        return len(self.tokens.keys() & set(people)) / len(people)


def recover(
    loot: Loot,
    candidates: Sequence[Identifier],
    known: Sequence[Identifier],
    epochs: Sequence[str] = ("e1", "e2"),
) -> Recovered:
    """Which candidates stand behind tokens of the loot, by every recipe.

    `known` are identifiers of which he knows that they are in the register.
    """
    found: dict[Identifier, bytes] = {}
    names = []
    for recipe in recipes(loot, epochs):
        if any(recipe.make(one) in loot.tokens for one in known):
            names.append(recipe.name)
            for candidate in candidates:
                made = recipe.make(candidate)
                if made in loot.tokens:
                    found[candidate] = made
    return Recovered(found, tuple(names))


def recipes(loot: Loot, epochs: Sequence[str]) -> Iterator[Recipe]:
    """Every recipe: hashes, hashes with a salt, HMAC, the oblivious function with each secret."""
    secrets = dict.fromkeys(loot.secrets, "a secret of a store") | loot.keys
    for form, written in _forms(epochs).items():
        for name in HASHES:
            yield Recipe(f"{name} of {form}", _hash(name, written))
        for secret, where in secrets.items():
            for name in HASHES[:2]:
                yield Recipe(f"HMAC-{name} of {form}, {where}", _hmac(name, secret, written))
                yield Recipe(f"{name} of {where}, {form}", _hash(name, written, before=secret))
                yield Recipe(f"{name} of {form}, {where}", _hash(name, written, after=secret))
    for scalar, how in _scalars(loot, secrets):
        for epoch in epochs:
            for mode in (Mode.VOPRF, Mode.OPRF):
                yield Recipe(f"{mode.name} {epoch} with {how}", _oprf(epoch, mode, scalar))


def _forms(epochs: Sequence[str]) -> dict[str, Callable[[Identifier], bytes]]:
    """How an identifier may have been written before it was hashed."""
    forms: dict[str, Callable[[Identifier], bytes]] = {
        "number": lambda one: one[1].encode(),
        "type and number": lambda one: f"{one[0]}\n{one[1]}".encode(),
        "scheme, type and number": lambda one: f"{SCHEME_VERSION}\n{one[0]}\n{one[1]}".encode(),
    }
    for epoch in epochs:
        forms[f"token input of {epoch}"] = _input_of(epoch)
    return forms


def _input_of(epoch: str) -> Callable[[Identifier], bytes]:
    return lambda one: token_input(epoch, *one)


def _hash(
    name: str, written: Callable[[Identifier], bytes], before: bytes = b"", after: bytes = b""
) -> Callable[[Identifier], bytes]:
    def make(one: Identifier) -> bytes:
        return hashlib.new(name, before + written(one) + after).digest()[:TOKEN_BYTES]

    return make


def _hmac(
    name: str, key: bytes, written: Callable[[Identifier], bytes]
) -> Callable[[Identifier], bytes]:
    return lambda one: hmac.digest(key, written(one), name)[:TOKEN_BYTES]


def _oprf(epoch: str, mode: Mode, scalar: Scalar) -> Callable[[Identifier], bytes]:
    def make(one: Identifier) -> bytes:
        return rfc9497.evaluate(scalar, token_input(epoch, *one), mode)[:TOKEN_BYTES]

    return make


def _scalars(loot: Loot, secrets: dict[bytes, str]) -> Iterator[tuple[Scalar, str]]:
    """Each secret as the key, as one server's part of it, and two keys as two servers' shares."""
    usable: dict[Scalar, str] = {}
    for secret, where in secrets.items():
        for order, data in (("", secret), (" turned round", secret[::-1])):
            try:
                usable[group.deserialize_secret(data)] = where + order
            except DeserializeError:  # not below the order: 15 of 16 random ones are not
                continue
    for scalar, where in usable.items():
        yield scalar, where
    kept = {scalar: where for scalar, where in usable.items() if scalar in loot.keys}
    for scalar, where in kept.items():
        for pair in SERVER_PAIRS:
            for server, factor in shares.lagrange(pair).items():
                yield group.scalar_multiply(factor, scalar), f"{where} as {server} of {pair}"
    for (one, where), (other, beside) in permutations(kept.items(), 2):
        for pair in SERVER_PAIRS:
            factors = shares.lagrange(pair)
            yield _sum(factors, pair, one, other), f"{where} and {beside} as {pair}"


def _sum(factors: dict[int, Scalar], pair: tuple[int, int], one: Scalar, other: Scalar) -> Scalar:
    return group.scalar_add(
        group.scalar_multiply(factors[pair[0]], one),
        group.scalar_multiply(factors[pair[1]], other),
    )
