"""Limits at the door that keep the folds' work bounded (docs/decisions/0006). Pure.

They are per organisation: whoever floods a number is refused, and nobody else is, so
that a flooded victim's records are still answered.
"""

import hashlib
from typing import Any, Final

from events.identity import is_strong
from processors.overlay import Overlay

MAX_VERSIONS: Final = 200
"""Versions of one assistance: each may change the outcome of all before it."""

MAX_PER_TOKEN_AND_MONTH: Final = 100
"""Records of one organisation that list one strong token for one month of coverage.

n of them make n² / 2 pairs. A family with ten programmes and some amendments has 30.
"""

MAX_PROGRAMMES: Final = 2_000
"""Programmes of one organisation."""

_COUNT_BYTES: Final = 4


def token_counts(org: str, rec: dict[str, Any], subjects: list[dict[str, Any]]) -> list[bytes]:
    """Where the tokens of a record are counted: hashed, as no token lies in this store."""
    base = hashlib.blake2b(f"{org}|{rec['covers_from'][:7]}|".encode(), digest_size=16)
    tokens = {f"{kind}:{value}" for s in subjects for kind, value in s["tokens"] if is_strong(kind)}
    return [b"n" + _extended(base, token) for token in sorted(tokens)]


def _extended(base: "hashlib.blake2b", token: str) -> bytes:
    one = base.copy()
    one.update(token.encode())
    return one.digest()


def count(overlay: Overlay, key: bytes) -> int:
    """How often a key was counted."""
    return int.from_bytes(overlay.get(key) or b"")


def add(overlay: Overlay, keys: list[bytes]) -> None:
    """Count each key once more."""
    overlay.load(keys)
    for key in keys:
        overlay.put(key, (count(overlay, key) + 1).to_bytes(_COUNT_BYTES))
