"""Weak tokens of a person: combinations of name and birth date, each with a type (pure).

No combination survives every slip of a pen, so there are several that overlap: names in
either order, one name alone, a part of the birth date alone. Each says little; a policy
gives each type a weight, and two people may be one if the weights of what they share
reach a threshold. Weak tokens only ever say "possible".

A type gives at most one token a person, so that its weight counts once. A combination of
which a part is missing is left out: without a birth date nothing is left, and with a year
alone one combination. Sex is not used, as there was no data to measure what it is worth.
"""

from typing import Final

from events.dates import Birth
from events.names import skeleton

NAMES: Final = "weak.names"
"""Both names without a date: only if asked for, as thousands may share it."""
NAMES_BIRTH: Final = "weak.names-birth"
TYPES: Final = (
    NAMES_BIRTH,
    "weak.names-year-month",
    "weak.names-year-day",
    "weak.names-month-day",
    "weak.names-year",
    "weak.first-birth",
    "weak.last-birth",
    "weak.lower-name-birth",
    "weak.higher-name-birth",
    "weak.initials-birth",
    "weak.first-initial-birth",
    "weak.last-initial-birth",
    NAMES,
)
"""All types of this module. `weak.name-birth`, `weak.phone` and `weak.iban` are in identity."""


def weak_identifiers(
    first: str, last: str, birth: Birth | None, *, names_alone: bool = False
) -> list[tuple[str, str]]:
    """(type, canonical text) of each combination that the person's parts allow, in TYPES' order.

    Texts hold skeletons, so they are as private as the names: only their tokens may leave
    the partner. `names_alone` adds `weak.names`, which needs no date. Never raises.
    """
    one, other = skeleton(first), skeleton(last)
    both = "|".join(sorted((one, other))) if one and other else ""
    found = _with_names(both, birth, names_alone)
    if birth is not None and birth.is_full:
        found |= _with_birth(one, other, birth.text)
    return [(kind, found[kind]) for kind in TYPES if kind in found]


def _with_names(both: str, birth: Birth | None, names_alone: bool) -> dict[str, str]:
    """Both names, in text order so that swapped columns do not matter, and parts of the date."""
    if not both:
        return {}
    found = {NAMES: both} if names_alone else {}
    if birth is None:
        return found
    found["weak.names-year"] = f"{both}|{birth.year}"
    if not birth.is_full:
        return found
    low, high = sorted((birth.month, birth.day))  # 3 April and 4 March are one: swapped columns
    return found | {
        NAMES_BIRTH: f"{both}|{birth.year}|{low}|{high}",
        "weak.names-year-month": f"{both}|{birth.year}|{birth.month}",
        "weak.names-year-day": f"{both}|{birth.year}|{birth.day}",
        "weak.names-month-day": f"{both}|{birth.month}|{birth.day}",
    }


def _with_birth(first: str, last: str, date: str) -> dict[str, str]:
    """One name, its first letter or both first letters, and the full birth date.

    The lower and the higher name (in text order) survive swapped columns with a slip in one
    of the two; of a single name it is not known which it would be, so it is both.
    """
    found = {}
    names = sorted(name for name in (first, last) if name)
    if names:
        found["weak.lower-name-birth"] = f"{names[0]}|{date}"
        found["weak.higher-name-birth"] = f"{names[-1]}|{date}"
    if len(names) == 2:
        found["weak.initials-birth"] = f"{'|'.join(sorted(name[:1] for name in names))}|{date}"
    for place, name in (("first", first), ("last", last)):
        if name:
            found[f"weak.{place}-birth"] = f"{name}|{date}"
            found[f"weak.{place}-initial-birth"] = f"{name[:1]}|{date}"
    return found
