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

from events.dates import remains
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
