"""The standard household record, and signed submissions of it. Deterministic, pure.

One recipient and three members, six strong tokens, six weak ones of the recipient
(docs/design.md). Tokens are made from serial numbers: nobody's.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events import codec
from events.model import Assurance
from producers.batching import Line, Signer, Submission

ORG: Final = "BENCH"
OTHER_ORG: Final = "BENCHTWO"
"""Pays the same households, where findings are wanted."""
FIRST_DAY: Final = date(2026, 1, 1)
STRONG_TOKENS: Final = 6
WEAK_TOKENS: Final = 6
RECIPIENT_STRONG: Final = 3
PURPOSES: Final = ("basic-needs", "rent", "food", "hygiene")

Who = tuple[int, int]
"""Number of a household, and the month (0 = January 2026) that it is paid for."""


def signer(private_key: Ed25519PrivateKey | None = None, org: str = ORG) -> Signer:
    """An organisation's signer; without a key one that is the same in every run."""
    made = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"tekil-bench").digest())
    return Signer(org, private_key or made, Assurance.HMAC, "e1")


def stage_key() -> Ed25519PrivateKey:
    """The key with which the stages sign, the same in every run."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"tekil-bench-stage").digest())


def programme(org: str) -> str:
    """The organisation's one programme."""
    return f"{org}-CASH"


def token(serial: int) -> str:
    """32 hex digits of a made-up token."""
    return hashlib.blake2b(serial.to_bytes(8), digest_size=16).hexdigest()


def tokens(household: int) -> tuple[list[str], list[str]]:
    """The strong tokens and the weak ones of a household."""
    first = household * (STRONG_TOKENS + WEAK_TOKENS)
    all_of_it = [token(first + number) for number in range(STRONG_TOKENS + WEAK_TOKENS)]
    return all_of_it[:STRONG_TOKENS], all_of_it[STRONG_TOKENS:]


def assistance_id(who: Who) -> str:
    """The id of a household's payment for a month."""
    household, month = who
    return f"{month:08x}-0000-8000-8000-{household:012x}"


def record(who: Who, org: str = ORG) -> dict[str, Any]:
    """What `who` was paid by `org`: delivered, for one whole month."""
    household, month = who
    strong, weak = tokens(household)
    members = strong[RECIPIENT_STRONG:]
    recipient = [["tr.tckimlik", one] for one in strong[:RECIPIENT_STRONG]]
    recipient += [["weak.skeleton", one] for one in weak]
    return {
        "kind": "assistance",
        "nonce": f"{month:08x}{household:024x}",
        "version": 2,
        "assistance_id": assistance_id(who),
        "programme": programme(org),
        "stage": "delivered",
        "purpose": PURPOSES[household % len(PURPOSES)],
        "modality": "cash",
        "frequency": "monthly",
        "covers_from": _first_of(month).isoformat(),
        "covers_to": _first_of(month + 1).isoformat(),
        "amount": "6000.00",
        "currency": "TRY",
        "household_size": 1 + len(members),
        "district": "TUR034026",
        "subjects": [
            {"role": "recipient", "tokens": recipient},
            *({"role": "member", "tokens": [["tr.tckimlik", one]]} for one in members),
        ],
    }


def _first_of(month: int) -> date:
    return date(FIRST_DAY.year + month // 12, month % 12 + 1, 1)


def submissions(
    people: Sequence[Who], sign: Signer, each: int = codec.MAX_RECORDS
) -> Iterator[Submission[Who]]:
    """Signed submissions of at most `each` records, in the order of `people`."""
    for start in range(0, len(people), each):
        batch = people[start : start + each]
        lines = (Line(codec.dumps(record(who, sign.org)), who) for who in batch)
        yield sign.submission(tuple(lines))


def returning(count: int, *, known: int, new_from: int, turn: int = 0) -> list[Who]:
    """`count` payments, every other to one of `known` households that were paid the month before.

    The others go to households that were never seen, numbered from `new_from`. Another `turn`
    gives other payments: other known households (spread over all of them), other new ones.
    """
    half = count // 2
    if (turn + 1) * half > known:
        raise ValueError("each known household comes back once")
    step = next(n for n in range(known * 5 // 8, known + 1) if _are_coprime(n, known))
    again = [((turn * half + n) * step % known, 1) for n in range(half)]
    new = [(new_from + turn * (count - half) + n, 0) for n in range(count - half)]
    mixed = [who for pair in zip(again, new, strict=False) for who in pair]
    return mixed + new[half:]


def _are_coprime(a: int, b: int) -> bool:
    while b:
        a, b = b, a % b
    return a == 1
