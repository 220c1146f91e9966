"""Whether two rows with one number can be one person: a copied number is refused (pure).

A number that a spreadsheet fills down, or that a clerk copies for children without one, would
make a family one person. What is compared stays here and in `grouping`: no name goes further.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from events import dates
from events.names import skeleton
from events.rejection import Refusal
from producers.lists.values import Value


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a row says of its person beside the number: skeletons of the names (of given names
    also each one's), birth date as written."""

    first: str = ""
    last: str = ""
    given: frozenset[str] = frozenset()
    birth: str = ""


def likeness(found: Mapping[str, Value]) -> Likeness:
    """Of a row's cells. Never raises."""
    first, last = str(found.get("first_name", "")), str(found.get("last_name", ""))
    given = frozenset(skeleton(word) for word in first.split()) - {""}
    return Likeness(skeleton(first), skeleton(last), given, str(found.get("birth_date", "")))


def are_two(one: Likeness, other: Likeness) -> bool:
    """True if two rows speak of two people: another given name, or another birth date.

    A married woman has another surname, a clerk swaps the columns or leaves out a second name:
    these are one person; Muhammed Ali and Muhammed Emin are not. A year alone fits every day of it.
    """
    return _names_differ(one, other) or _births_differ(one.birth, other.birth)


def _names_differ(one: Likeness, other: Likeness) -> bool:
    if not one.first or not other.first:
        return False
    if one.first == other.first or one.given <= other.given or other.given <= one.given:
        return False
    return one.first != other.last and one.last != other.first


def _births_differ(one: str, other: str) -> bool:
    if not one or not other or one == other:
        return False
    known, said = _birth(one), _birth(other)
    if known is None or said is None:
        return False
    return known.year != said.year or (known.is_full and said.is_full and known != said)


def _birth(written: str) -> dates.Birth | None:
    try:
        return dates.birth(written)
    except Refusal:
        return None  # the recipient's is remarked where it is read
