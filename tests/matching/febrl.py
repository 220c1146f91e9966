"""FEBRL's synthetic people: reading them, and turning them into tokens.

Of the fields only the names, the birth date and the social security number are read.
"""

import csv
import gzip
import hashlib
import hmac
from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final

from events import dates
from events.dates import Birth, birth
from events.rejection import Reason, Refusal
from events.weak import weak_identifiers

FOLDER: Final = Path(__file__).parents[1] / "data" / "febrl"
FILES: Final = {
    "FEBRL 1": ("dataset1",),
    "FEBRL 2": ("dataset2",),
    "FEBRL 3": ("dataset3",),
    "FEBRL 4": ("dataset4a", "dataset4b"),
}
IDENTIFIER: Final = "febrl.soc-sec-id"
"""The type of the number; a test's name, as none of ours has such numbers."""

_KEY: Final = bytes(range(32))

Place = tuple[int, int]
"""Two records of one data set by their place, the lower one first."""


def remains(text: str) -> Birth | None:
    """What a date that `birth` refuses still says, for weak tokens: the parts that can be.

    1990-13-25 was in 1990 on a 25th, 31 February in a February. None if nothing is left.
    """
    try:
        return birth(text)
    except Refusal as refusal:
        if refusal.reason is not Reason.INVALID_VALUE:
            return None
    year, month, day = dates._read(dates.plain(text[: dates.MAX_DATE_CHARS])) or (0, 0, 0)
    year = year if dates.FIRST_YEAR <= year <= dates.LAST_YEAR else 0
    left = Birth(year, month if 1 <= month <= 12 else 0, day if 1 <= day <= 31 else 0)
    return left if left != Birth(0) else None


@dataclass(frozen=True, slots=True)
class Record:
    """One record: whose it is, its tokens, each with its type, and the file it stands in."""

    person: str
    tokens: tuple[tuple[str, str], ...]
    file: int = 0


def records(name: str) -> list[Record]:
    """The records of a data set as tokens. Raises KeyError for an unknown name."""
    found = []
    for number, file in enumerate(FILES[name]):
        with gzip.open(FOLDER / f"{file}.csv.gz", "rt", encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(lines, skipinitialspace=True)
            found += [_record(row, number) for row in rows]
    return found


def true_pairs(some: list[Record]) -> set[Place]:
    """All pairs of records of one person."""
    places = defaultdict(list)
    for place, record in enumerate(some):
        places[record.person].append(place)
    return {pair for group in places.values() for pair in combinations(group, 2)}


def _record(row: dict[str, str], file: int) -> Record:
    person = row["rec_id"].strip().split("-")[1]
    born = remains(row["date_of_birth"])
    typed = weak_identifiers(row["given_name"], row["surname"], born)
    if number := row["soc_sec_id"].strip():
        typed.append((IDENTIFIER, number))
    return Record(person, tuple((kind, _token(kind, text)) for kind, text in typed), file)


def _token(kind: str, text: str) -> str:
    return hmac.digest(_KEY, f"{kind}\n{text}".encode(), hashlib.sha256)[:16].hex()
