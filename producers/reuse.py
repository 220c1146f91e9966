"""Is it the assistance that was sent before, or a reference used twice? (pure)

A partner's reference names one assistance. Where it is the household's number, the same every
month, May would become a version of April, and take April's payment and its findings away.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from events import identity
from events.rejection import Reason, Refusal
from producers.lists.people import Person

_MARK_BYTES: Final = 9
_STRONG, _WEAK = b"s", b"w"
_WINDOWS: Final = MappingProxyType(
    {
        "assistance": ("covers_from", "covers_to"),
        "need": ("assessed_on", "closed_on"),
        "enrolment": ("started_on", "ended_on"),
    }
)
"""Kind → the fields of its window, half open; one without an end goes on."""
_SAID_ANEW: Final = frozenset({"", "planned", "delivered"})
"""Stages whose further version may be another assistance; an amendment says that it is none."""
_PERSON: Final = "id_number"


@dataclass(frozen=True, slots=True)
class Said:
    """What one version says: its public fields, and the marks of its people (`marks`)."""

    kind: str
    fields: Mapping[str, Any]
    people: bytes


def marks(key: bytes, people: Iterable[Person]) -> bytes:
    """The identifiers of these people, so that the ledger can compare and not tell them.

    Nine bytes each: strong or weak, and the start of an HMAC-SHA-256 under the partner's own
    32-byte reference key. b'' where nobody has an identifier.
    """
    found = {
        (_STRONG if identity.is_strong(kind) else _WEAK)
        + hmac.digest(key, f"person|{kind}\n{number}".encode(), hashlib.sha256)[: _MARK_BYTES - 1]
        for person in people
        for kind, number in person.identifiers
    }
    return b"".join(sorted(found))


def check(before: Said, now: Said) -> None:
    """Raises Refusal (reference-reused) where `now` looks like another assistance: people of whom
    none was there before, or a period that does not meet the one of before.
    """
    if str(now.fields.get("stage", "")) not in _SAID_ANEW:
        return
    if not _share(before.people, now.people):
        raise Refusal(Reason.REFERENCE_REUSED, _PERSON)
    if (names := _WINDOWS.get(now.kind)) and not _meet(names, before.fields, now.fields):
        raise Refusal(Reason.REFERENCE_REUSED, names[0])


def _share(before: bytes, now: bytes) -> bool:
    """True if somebody stands in both, or one of the two names nobody."""
    was, is_now = _split(before), _split(now)
    if not was or not is_now:
        return True
    strong = [{mark for mark in marks if mark[:1] == _STRONG} for marks in (was, is_now)]
    # a number says who it is; a shared telephone or name does not say so against it
    return bool(strong[0] & strong[1] if all(strong) else was & is_now)


def _split(marks: bytes) -> set[bytes]:
    return {marks[start : start + _MARK_BYTES] for start in range(0, len(marks), _MARK_BYTES)}


def _meet(names: tuple[str, str], before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """ISO days are compared as texts. An empty window (from its day to its day) is that day."""
    first, last = names
    (from_, to), (since, until) = (
        (str(one.get(first) or ""), str(one.get(last) or "9999")) for one in (before, now)
    )
    return from_ == since or (from_ < until and since < to)
