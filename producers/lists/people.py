"""A row's person → typed identifiers in canonical form (pure). No name goes further than here.

Weak identifiers are taken of the recipient and of beneficiaries only, a case number of the
recipient: of the others they are not looked at, so that a slip there holds up no payment.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from events import dates, identity, weak
from events.rejection import Reason, Refusal
from producers.lists.values import Value

Identifier = tuple[str, str]
FORMER: Final = "former"
SUCCESSOR: Final = "successor"
_OF_WHOM_WEAK: Final = frozenset({"recipient", "beneficiary"})
_NOBODY: Final = "ANY"
"""The issuer of case numbers in a list that is only validated, for no organisation."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a draft: the row, the role, and (type, canonical number) of each identifier."""

    row: int
    role: str
    identifiers: tuple[Identifier, ...]

    @property
    def strong(self) -> tuple[Identifier, ...]:
        """The identifiers that stand for one person."""
        return tuple(i for i in self.identifiers if identity.is_strong(i[0]))

    def without_birth(self) -> "Person":
        """The same person without what was made of a birth date."""
        kept = tuple(one for one in self.identifiers if one[0] not in weak.TYPES)
        return replace(self, identifiers=kept)

    def is_same(self, other: "Person") -> bool:
        """True if two rows clearly name one person: by number, or by all that is known."""
        if self.strong or other.strong:
            return self.strong == other.strong
        return bool(self.identifiers) and self.identifiers == other.identifiers


@dataclass(frozen=True, slots=True)
class Read:
    """The identifiers that a row gives, and what is wrong with the others."""

    identifiers: tuple[Identifier, ...]
    problems: tuple[Refusal, ...]


def identifiers(found: Mapping[str, Value], role: str, org: str, bad: set[str]) -> Read:
    """The identifiers of a row's person; `bad` are the columns that could not be read."""
    cells = {name: str(value) for name, value in found.items()}
    wanted: list[_Reader] = [_strong] if "id_scheme" not in bad else []
    if role in _OF_WHOM_WEAK:
        wanted += (_phone, _account, _name_and_birth)
    if role == "recipient":
        wanted.append(lambda cells: _case(cells, org or _NOBODY))
    return _read(wanted, cells)


def succession(found: Mapping[str, Value], bad: set[str]) -> dict[str, Read]:
    """The number that was and the one that is, by role."""
    cells = {name: str(value) for name, value in found.items()}
    return {
        role: _read([_numbered(side)], cells) if f"{side}_scheme" not in bad else Read((), ())
        for role, side in ((FORMER, "old"), (SUCCESSOR, "new"))
        if f"{side}_number" not in bad
    }


_Cells = Mapping[str, str]
_Reader = Callable[[_Cells], Iterator[Identifier]]


def _read(wanted: Sequence[_Reader], cells: _Cells) -> Read:
    taken: list[Identifier] = []
    problems = []
    for reader in wanted:
        try:
            taken += reader(cells)
        except Refusal as refusal:
            problems.append(refusal)
    return Read(tuple(taken), tuple(problems))


def _strong(cells: _Cells) -> Iterator[Identifier]:
    if number := cells.get(identity.NUMBER_FIELD):
        yield identity.identifier(cells.get(identity.SCHEME_FIELD, ""), number)


def _phone(cells: _Cells) -> Iterator[Identifier]:
    if text := cells.get("phone"):
        yield identity.phone(text)


def _account(cells: _Cells) -> Iterator[Identifier]:
    if text := cells.get("iban"):
        yield identity.account(text)


def _name_and_birth(cells: _Cells) -> Iterator[Identifier]:
    first, last = cells.get("first_name", ""), cells.get("last_name", "")
    written = cells.get("birth_date", "")
    yield from weak.recipient_identifiers(first, last, dates.birth(written) if written else None)


def _case(cells: _Cells, org: str) -> Iterator[Identifier]:
    if text := cells.get("case_number"):
        yield identity.case_number(text, org)


def _numbered(side: str) -> _Reader:
    columns = {
        identity.NUMBER_FIELD: f"{side}_number",
        identity.SCHEME_FIELD: f"{side}_scheme",
    }

    def read(cells: _Cells) -> Iterator[Identifier]:
        if f"{side}_number" not in cells:
            raise Refusal(Reason.MISSING_FIELD, f"{side}_number")
        try:
            yield identity.identifier(cells.get(f"{side}_scheme", ""), cells[f"{side}_number"])
        except Refusal as refusal:
            raise Refusal(refusal.reason, columns[refusal.field]) from None

    return read
