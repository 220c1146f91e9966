"""The pairs of names in tests/vectors/names: reading, halving, measuring."""

import csv
import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from events.dates import Birth
from events.names import skeleton
from events.weak import weak_identifiers
from tests.matching.linking import Setting

FILE = Path(__file__).parents[1] / "vectors" / "names" / "pairs.tsv"
_SURNAME = "Yılmaz"
_BIRTH = Birth(1990, 3, 25)
Half = Literal["tuning", "other"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two written names; `same` if they are spellings of one name."""

    a: str
    b: str
    languages: tuple[str, ...]
    same: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """How many pairs there are of each label, and how many of each have one skeleton."""

    same: int
    met: int
    different: int
    false: int


def pairs() -> list[Pair]:
    """All pairs of the file. Raises KeyError for a label that is none."""
    labels = {"same": True, "different": False}
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [
            Pair(
                row["name_a"],
                row["name_b"],
                tuple(row["languages"].split(",")),
                labels[row["label"]],
            )
            for row in rows
        ]


def halves() -> dict[Half, list[Pair]]:
    """The half that tuned the rules, and the half that only measures them."""
    found: dict[Half, list[Pair]] = {"tuning": [], "other": []}
    for pair in pairs():
        first = hashlib.sha256(f"{pair.a}\t{pair.b}".encode()).digest()[0]
        found["other" if first & 1 else "tuning"].append(pair)
    return found


def measured(some: Sequence[Pair]) -> Measured:
    """What the skeleton makes of the pairs."""
    same = [pair for pair in some if pair.same]
    different = [pair for pair in some if not pair.same]
    return Measured(len(same), _meeting(same), len(different), _meeting(different))


def by_language(some: Sequence[Pair]) -> dict[str, Measured]:
    """The same for each language; a pair of two languages counts in both."""
    languages = dict.fromkeys(code for pair in some for code in pair.languages)
    return {code: measured([pair for pair in some if code in pair.languages]) for code in languages}


def colliding(some: Sequence[Pair]) -> tuple[int, int]:
    """(pairs of different names with one skeleton, all pairs of different names).

    Spellings that `same` pairs join, also over several of them, are one name.
    """
    name_of: dict[str, str] = {}
    for pair in some:
        for written in (pair.a, pair.b):
            name_of.setdefault(written, written)
        if pair.same:
            old, new = name_of[pair.b], name_of[pair.a]
            name_of = {key: new if name == old else name for key, name in name_of.items()}
    names_with = defaultdict(set)
    for written, name in name_of.items():
        names_with[skeleton(written)].add(name)
    found = sum(math.comb(len(names), 2) for names in names_with.values())
    return found, math.comb(len(set(name_of.values())), 2)


def linked(some: Sequence[Pair], setting: Setting) -> str:
    """How many same and how many different pairs of given names are linked, surname and birth
    date being equal.
    """
    counts: Counter[tuple[bool, bool]] = Counter()
    for pair in some:
        a, b = (set(weak_identifiers(name, _SURNAME, _BIRTH)) for name in (pair.a, pair.b))
        counts[pair.same, setting.links({kind for kind, _ in a & b})] += 1
    return ", ".join(
        f"{counts[same, True]} of {counts[same, True] + counts[same, False]}"
        for same in (True, False)
    )


def _meeting(some: Sequence[Pair]) -> int:
    return sum(skeleton(pair.a) == skeleton(pair.b) for pair in some)
