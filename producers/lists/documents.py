"""One person with several documents: which kind goes with which number (pure)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from events import identity
from events.rejection import Reason, Refusal
from producers.lists.headers import MAX_DOCUMENTS
from producers.lists.people import Identifier, Row
from producers.lists.values import Value

_UNHCR: Final = "unhcr.individual"
_PASSPORT: Final = "passport"


def columns() -> Iterator[str]:
    """The keys of all documents behind the first: id_number.2, id_scheme.2, …"""
    for number in range(1, MAX_DOCUMENTS):
        yield f"{identity.SCHEME_FIELD}.{number + 1}"
        yield f"{identity.NUMBER_FIELD}.{number + 1}"


def give_schemes(found: dict[str, Value], kinds: Mapping[int, str]) -> Iterator[Refusal]:
    """Give each number the kind that its header or its row names.

    A row's one kind belongs to its passport if it says one. Yields missing-field for a passport
    without its country: its digits may look like another kind's.
    """
    for document, kind in kinds.items():
        scheme, number = _keys(document)
        if number not in found:
            continue
        plain = str(found.get(identity.SCHEME_FIELD, ""))
        if kind == _PASSPORT and scheme not in found and _PASSPORT in plain.lower():
            found[scheme] = found.pop(identity.SCHEME_FIELD)
        if kind == "unhcr":
            found.setdefault(scheme, _UNHCR)
        elif scheme not in found:
            del found[number]
            yield Refusal(Reason.MISSING_FIELD, identity.SCHEME_FIELD)


def others(found: Mapping[str, Value], row: Row) -> tuple[Sequence[Identifier], Sequence[Refusal]]:
    """The identifiers of all documents behind the first, and what is wrong with them."""
    taken, problems = [], []
    for document in range(1, MAX_DOCUMENTS):
        scheme, number = _keys(document)
        if number in found and identity.SCHEME_FIELD not in row.bad:
            kind, written = str(found.get(scheme, "")), str(found[number])
            try:
                taken.append(identity.identifier(kind, written, was_number=number in row.numbers))
            except Refusal as refusal:
                problems.append(refusal)
    return taken, problems


def _keys(document: int) -> tuple[str, str]:
    ending = f".{document + 1}" if document else ""
    return identity.SCHEME_FIELD + ending, identity.NUMBER_FIELD + ending
