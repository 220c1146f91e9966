"""Limits at the door that keep the folds' work bounded (docs/decisions/0006). Pure.

Which kinds count against which limit says `events.catalog`. They are per organisation:
whoever floods a number is refused, and nobody else is, so that a flooded victim's records are
still answered. Limits whose numbers are the policy's (reservations, cancelled plans, inquiries)
are in `conduct`.
"""

import hashlib
from typing import Any, Final

from events.catalog import BY_NAME
from processors.overlay import Overlay

MAX_VERSIONS: Final = 200
"""Versions of one thing: each may change the outcome of all before it."""

MAX_PER_TOKEN_AND_MONTH: Final = 100
"""Records of one organisation and kind that list one strong token for one month of coverage.

n of them make n² / 2 pairs. A family with ten programmes and some amendments has 30. The
same holds for a case number, which links households. Telephones and accounts are not
counted: many families share an office's, and the policy ignores what is shared widely.
"""

MAX_PROGRAMMES: Final = 2_000
"""Programmes of one organisation."""

_COUNT_BYTES: Final = 4
_NUMBER: Final = b"n"
_CASE: Final = b"c"


def token_counts(org: str, rec: dict[str, Any], subjects: list[dict[str, Any]]) -> list[bytes]:
    """Where the tokens of a record are counted: hashed, as no token lies in this store.

    `rec` is the public part of a record of any kind; a kind without tokens counts none.
    """
    day = BY_NAME[rec["kind"]].month_field
    if day is None or not subjects:
        return []
    place = f"{rec['kind']}|{org}|{rec[day][:7] if day else ''}|"
    base = hashlib.blake2b(place.encode(), digest_size=16)
    tokens = {
        f"{type_}:{value}"
        for subject in subjects
        for type_, value in subject["tokens"]
        if not type_.startswith("weak.")
    }
    return [_key(base, token) for token in sorted(tokens)]


def field_of(key: bytes) -> str:
    """The column whose number a key of `token_counts` counts."""
    return "case_number" if key[:1] == _CASE else "id_number"


def _key(base: "hashlib.blake2b", token: str) -> bytes:
    one = base.copy()
    one.update(token.encode())
    return (_CASE if token.startswith("case.") else _NUMBER) + one.digest()


def count(overlay: Overlay, key: bytes) -> int:
    """How often a key was counted."""
    return int.from_bytes(overlay.get(key) or b"")


def add(overlay: Overlay, keys: list[bytes]) -> None:
    """Count each key once more."""
    overlay.load(keys)
    for key in keys:
        overlay.put(key, (count(overlay, key) + 1).to_bytes(_COUNT_BYTES))
