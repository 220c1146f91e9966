"""The same family twice in one list: named before anything is sent (pure).

Two rows under two references are two assistances, and the registry would say so as a repeated
payment. It may be meant (two instalments of one month), so it is a remark at both rows.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from events.rejection import Reason
from producers.lists.grouping import Draft, Remark
from producers.lists.people import Identifier

_PAYS: Final = frozenset({"", "planned", "delivered"})
_OF_BENEFICIARIES: Final = frozenset({"education", "livelihood"})
_NEVER: Final = frozenset({"health", "protection", "other"})
"""Purposes that the policy in use never matches; a protected record is not looked at either."""


class _Aid(NamedTuple):
    """What is compared; in the order of its first day. Days are ISO texts, half open."""

    since: str
    until: str
    row: int
    reference: str


def repeats(drafts: Iterable[Draft]) -> Iterator[Remark]:
    """A remark at each of two rows that give the same for the same person and days.

    Its field is the other row's number.
    """
    by_person: dict[tuple[Identifier, str, str], list[_Aid]] = {}
    for draft in drafts:
        for key in _keys(draft):
            days = str(draft.fields["covers_from"]), str(draft.fields["covers_to"])
            by_person.setdefault(key, []).append(_Aid(*days, draft.first_row, draft.reference))
    found = {pair for aids in by_person.values() for pair in _meeting(aids)}
    for one, other in sorted(found, key=lambda pair: (pair[0].row, pair[1].row)):
        for mine, its in ((one, other), (other, one)):
            yield Remark(mine.row, mine.reference, Reason.REPEATED_IN_LIST, str(its.row))


def _keys(draft: Draft) -> Iterator[tuple[Identifier, str, str]]:
    fields = draft.fields
    purpose = str(fields.get("purpose", ""))
    pays = str(fields.get("stage", "")) in _PAYS and "version" not in fields
    if not pays or purpose in _NEVER or fields.get("protected"):
        return
    if not {"covers_from", "covers_to"} <= fields.keys():
        return
    people = [one for one in draft.persons if one.role == "recipient"]
    if purpose in _OF_BENEFICIARIES:
        people = [one for one in draft.persons if one.role == "beneficiary"] or people
    for person in people:
        for identifier in person.strong:
            yield identifier, str(fields.get("programme", "")), purpose


def _meeting(aids: Sequence[_Aid]) -> Iterator[tuple[_Aid, _Aid]]:
    """Each one beside the one before it that lasts longest, if their days meet."""
    if len(aids) < 2:
        return
    longest, *others = sorted(aids)
    for aid in others:
        if aid.since < longest.until and aid.reference != longest.reference:
            yield longest, aid
        if aid.until > longest.until:
            longest = aid
