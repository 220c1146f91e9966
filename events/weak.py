"""Weak tokens of a person: combinations of name, birth date and sex, each with a type (pure).

No combination survives every slip of a pen, so there are several that overlap: names in
either order, one name and the start of another, a part of the birth date alone. Each says
little; a policy gives each type a weight, and two people may be one if the weights of what
they share reach a threshold. Weak tokens only ever say "possible".

A combination of which a part is missing is left out. A type gives at most one token a
person; but who has no birth date stands in all six parts of `names-month-part` and
`names-day-part`, as nobody knows in which, and so meets people with a date too.
"""

from collections.abc import Mapping
from typing import Final

from events.dates import Birth
from events.names import skeleton

NAMES_BIRTH: Final = "weak.names-birth"
MONTH_PART: Final = "weak.names-month-part"
DAY_PART: Final = "weak.names-day-part"
BIRTH_SEX: Final = "weak.initials-birth-sex"
TYPES: Final = (
    NAMES_BIRTH,
    "weak.names-year-month",
    "weak.names-year-day",
    "weak.names-month-day",
    "weak.names-year",
    "weak.first-birth",
    "weak.last-birth",
    "weak.first-start-birth",
    "weak.last-start-birth",
    "weak.lower-start-birth",
    "weak.higher-start-birth",
    MONTH_PART,
    DAY_PART,
    BIRTH_SEX,
)
"""All types of this module. `weak.phone` and `weak.iban` are in identity."""

RECIPIENT_TYPES: Final = (
    NAMES_BIRTH,
    "weak.names-year",
    "weak.first-birth",
    "weak.last-birth",
    "weak.first-start-birth",
    "weak.last-start-birth",
)
"""What a list sends of its recipients unless told otherwise (docs/MATCHING.md has its price)."""

DEFAULT_WEIGHTS: Final[Mapping[str, int]] = {
    NAMES_BIRTH: 10,
    "weak.first-birth": 4,
    "weak.last-birth": 4,
    "weak.first-start-birth": 3,
    "weak.last-start-birth": 3,
}
"""Weights for a policy; types that are not here link strangers by the thousand."""
DEFAULT_THRESHOLD: Final = 14
"""Both names, each in its column, and the full date: for hundreds of thousands of people."""
TOLERANT_THRESHOLD: Final = 10
"""Also swapped columns, and one name with the other's start: up to some 100,000 people."""

SEXES: Final = ("f", "m")
PARTS: Final = range(1, 7)
"""Two months each, or six days (the 31st goes with the sixth)."""
START_CHARS: Final = 2
"""So much of a skeleton is a name's start."""


def weak_identifiers(
    first: str, last: str, birth: Birth | None, *, sex: str = ""
) -> list[tuple[str, str]]:
    """(type, canonical text) of each combination that the person's parts allow, in TYPES' order.

    Texts hold skeletons, so they are as private as the names: only their tokens may leave
    the partner. Parts of the date that are 0 are not known. A sex that is not `f` or `m`
    is none. Never raises.
    """
    one, other = skeleton(first), skeleton(last)
    born = birth or Birth(0)
    found: dict[str, list[str]] = {}
    if one and other:
        found |= _with_names("|".join(sorted((one, other))), born)
    if born.is_full:
        found |= {kind: [f"{text}|{born.text}"] for kind, text in _with_birth(one, other).items()}
        if one and other and sex in SEXES:
            low, high = sorted((one[0], other[0]))
            found[BIRTH_SEX] = [f"{low}|{high}|{born.text}|{sex}"]
    return [(kind, text) for kind in TYPES for text in found.get(kind, ())]


def _with_names(both: str, born: Birth) -> dict[str, list[str]]:
    """Both names, in text order so that swapped columns do not matter, and parts of the date."""
    year, month, day = born.year, born.month, born.day
    made = {
        "weak.names-year-month": (year, month),
        "weak.names-year-day": (year, day),
        "weak.names-month-day": (month, day),
        "weak.names-year": (year,),
    }
    texts = [(kind, "|".join(map(str, parts))) for kind, parts in made.items() if all(parts)]
    found = {kind: [f"{both}|{text}"] for kind, text in texts}
    if born.is_full:
        found[NAMES_BIRTH] = [f"{both}|{born.text}"]
    if year and not month and not day:
        return found  # born on 1 January as it is written; there are too many of them
    months = [(month + 1) // 2] if month else PARTS
    days = [min((day + 5) // 6, 6)] if day else PARTS
    return found | {
        MONTH_PART: [f"{both}|{part}" for part in months],
        DAY_PART: [f"{both}|{part}" for part in days],
    }


def _with_birth(first: str, last: str) -> dict[str, str]:
    """One name, or the start of one; the full birth date goes with each.

    The lower and the higher start (in text order) survive swapped columns with a slip in
    one of the two; of a single name it is not known which it would be, so it is both.
    """
    written = {place: name for place, name in (("first", first), ("last", last)) if name}
    found = {f"weak.{place}-birth": name for place, name in written.items()}
    starts = {place: name[:START_CHARS] for place, name in written.items()}
    if starts:
        starts |= {"lower": min(starts.values()), "higher": max(starts.values())}
    return found | {f"weak.{place}-start-birth": start for place, start in starts.items()}


def recipient_identifiers(first: str, last: str, birth: Birth | None) -> list[tuple[str, str]]:
    """What a list sends of those whom a record is for: the combinations of RECIPIENT_TYPES."""
    found = weak_identifiers(first, last, birth)
    return [one for one in found if one[0] in RECIPIENT_TYPES]
