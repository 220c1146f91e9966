"""A small population that hides among many candidates, and tokens made in this process."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from events import identity
from events.dates import birth
from events.model import Assurance
from events.weak import recipient_identifiers
from keyserver.oprf import group, shares, threshold
from keyserver.oprf.group import Scalar
from keyserver.oprf.shares import Committee, KeyShare
from lab.population.names import TURKISH_MEN, TURKISH_SURNAMES, TURKISH_WOMEN
from lab.population.numbers import numbers
from producers.tokenising import inputs as scheme
from producers.tokens import DEFAULT_EPOCH, HmacTokeniser, Identifier, Tokens

PEOPLE: Final = 300
CANDIDATES: Final = 20_000
KNOWN: Final = 3
"""How many of them the attacker knows to be in the register."""
WEAK_CANDIDATES: Final = 5_000


@dataclass(frozen=True)
class Person:
    """One invented person."""

    number: str
    first: str
    last: str
    birth: str

    @property
    def strong(self) -> Identifier:
        """The number, as it is tokenised."""
        return identity.identifier(identity.TURKISH, self.number)

    @property
    def weak(self) -> Identifier:
        """Both names with the birth date, as they are tokenised."""
        return self.listed[0]

    @property
    def listed(self) -> list[Identifier]:
        """All that a list sends of the name and the birth date."""
        return recipient_identifiers(self.first, self.last, birth(self.birth))


@dataclass(frozen=True)
class Population:
    """`people` are in the register; the candidates are they and many others."""

    people: tuple[Person, ...]
    candidates: tuple[Identifier, ...]

    @property
    def known(self) -> list[Identifier]:
        """Whom the attacker knows."""
        some = self.people[:KNOWN]
        return [person.strong for person in some] + [person.weak for person in some]

    @property
    def strong(self) -> list[Identifier]:
        """The register's numbers."""
        return [person.strong for person in self.people]

    @property
    def weak(self) -> list[Identifier]:
        """The register's names with their birth dates."""
        return [person.weak for person in self.people]


def world(count: int = CANDIDATES, seed: int = 1) -> Population:
    """300 people among `count` numbers, and among 5,000 names with birth dates."""
    rng = Random(seed)
    taken = numbers(rng, foreign=True, taken=set())
    listed = [next(taken) for _ in range(count)]
    names = [_name(rng) for _ in range(WEAK_CANDIDATES)]
    people = tuple(
        Person(number, *name)
        for number, name in zip(rng.sample(listed, PEOPLE), names, strict=False)
    )
    others = [Person("", *name).weak for name in names]
    rng.shuffle(others)
    strong = [identity.identifier(identity.TURKISH, number) for number in listed]
    return Population(people, (*strong, *others))


def _name(rng: Random) -> tuple[str, str, str]:
    born = date(1950, 1, 1) + timedelta(days=rng.randrange(55 * 365))
    if (born.month, born.day) == (1, 1):  # a year alone, as lists write it
        born += timedelta(days=1)
    given = rng.choice(TURKISH_MEN + TURKISH_WOMEN)
    return given, rng.choice(TURKISH_SURNAMES), born.isoformat()


def rows(people: Sequence[Person], org: str, programme: str) -> list[dict[str, Any]]:
    """A list of one payment for each person."""
    return [
        {
            "reference": f"{org}-{place:05d}", "programme": programme, "stage": "delivered",
            "purpose": "rent", "modality": "cash", "frequency": "monthly", "amount": "100",
            "currency": "TRY", "covers_from": "2026-12-01", "covers_to": "2027-01-01",
            "level": "household", "district": "TUR034026", "household_size": 1,
            "role": "recipient", "id_scheme": "tr.tckimlik", "id_number": person.number,
            "first_name": person.first, "last_name": person.last, "birth_date": person.birth,
        }
        for place, person in enumerate(people)
    ]  # fmt: skip


def shared_key_tokens(
    key: bytes, identifiers: Sequence[Identifier], epoch: str = DEFAULT_EPOCH
) -> set[bytes]:
    """The tokens of these under a shared key."""
    found = HmacTokeniser(key, epoch).tokens(identifiers)
    return {bytes.fromhex(token) for tokens in found for token in tokens}


@dataclass
class Bodies:
    """Three key servers in this process: what is public about them, and what each holds."""

    committee: Committee
    held: tuple[KeyShare, ...]

    @classmethod
    def made(cls) -> "Bodies":
        """A key that no one body dealt: each deals, and each joins what it got."""
        dealt = {dealer: shares.split(_drawn(), 3, 2, secrets.token_bytes) for dealer in (1, 2, 3)}
        joined = [
            shares.join({n: (committee, own[server]) for n, (committee, own) in dealt.items()})
            for server in range(3)
        ]
        return cls(joined[0][0], tuple(share for _, share in joined))


def _drawn() -> Scalar:
    """A body's part of a new key."""
    return group.random_scalar(secrets.token_bytes)


@dataclass
class InProcess:
    """A partner's tokeniser that asks two of the three; remembers what it made."""

    bodies: Bodies
    asked: tuple[int, int] = (1, 2)
    epoch: str = DEFAULT_EPOCH
    assurance: Assurance = Assurance.THRESHOLD
    made: dict[Identifier, bytes] = field(default_factory=dict)

    def tokens(self, identifiers: Sequence[Identifier]) -> list[Tokens]:
        """32 hex digits for each identifier, by the whole protocol."""
        inputs = [scheme.token_input(self.epoch, *one) for one in identifiers]
        batch = threshold.blind_batch(inputs, secrets.token_bytes)
        answers = {
            share.server: threshold.answer(share, batch.elements, secrets.token_bytes)
            for share in self.bodies.held
            if share.server in self.asked
        }
        combined = threshold.combine(self.bodies.committee, batch.elements, answers)
        found = [scheme.token(out) for out in threshold.finalize_batch(batch, combined)]
        self.made |= {one: bytes.fromhex(t) for one, t in zip(identifiers, found, strict=True)}
        return [(token,) for token in found]
