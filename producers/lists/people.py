"""A row's person → typed identifiers in canonical form (pure). No name goes further than here.

Weak identifiers are taken of the recipient and of beneficiaries only, a case number of the
recipient: of the others they are not looked at. A weak identifier that cannot be read is left
out and remarked: it only ever says *possible*, so it holds up no payment.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from events import dates, identity, weak
from events.rejection import Reason, Refusal
from producers.lists import contacts
from producers.lists.values import Value

Identifier = tuple[str, str]
FORMER: Final = "former"
SUCCESSOR: Final = "successor"
WEAK_COLUMNS: Final = frozenset({"phone", "iban", "birth_date", "first_name", "last_name"})
"""What holds up no payment; a case number is none of them, as it says *probable*."""
_OF_WHOM_WEAK: Final = frozenset({"recipient", "beneficiary"})
_NOBODY: Final = "ANY"
"""The issuer of case numbers in a list that is only validated, for no organisation."""
_TWO_CASES: Final = re.compile(r"[;|&]|,\s")
_SAME_ISSUER: Final = {"UNHCR": "UNH", "BMMYK": "UNH"}
"""Names of the agency → the code that others write before its numbers, unless it is registered
under that name."""


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
        """True if two rows name one person, which a strong number alone can say.

        Two rows that are equal without one may be twins, or newborns without names: they stay two.
        """
        return not set(self.strong).isdisjoint(other.strong)


@dataclass(frozen=True, slots=True)
class Read:
    """The identifiers that a row gives, what is wrong with the others, and what was left out."""

    identifiers: tuple[Identifier, ...]
    problems: tuple[Refusal, ...] = ()
    left_out: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of a row's cells when its person is read.

    `bad`: columns that could not be read. `numbers`: columns whose cell was a number, so that
    zeros before it may be lost. `issuers`: organisations whose case numbers it may name.
    """

    bad: Collection[str] = frozenset()
    numbers: Collection[str] = frozenset()
    org: str = ""
    issuers: Collection[str] = frozenset()


def identifiers(found: Mapping[str, Value], role: str, row: Row) -> Read:
    """The identifiers of a row's person."""
    cells = {name: str(value) for name, value in found.items()}
    wanted: list[_Reader] = []
    if identity.SCHEME_FIELD not in row.bad:
        wanted.append(lambda cells: _strong(cells, row.numbers))
    if role == "recipient":
        wanted.append(lambda cells: _case(cells, row))
    sure = _read(wanted, cells)
    if role not in _OF_WHOM_WEAK:
        return sure
    unsure = _read((_phone, _account, _name_and_birth), cells)
    strong = [one for one in sure.identifiers if identity.is_strong(one[0])]
    cases = [one for one in sure.identifiers if not identity.is_strong(one[0])]
    taken = (*strong, *unsure.identifiers, *cases)
    return Read(taken, sure.problems, unsure.problems)


def has_weak(role: str) -> bool:
    """True for those of whom telephones, accounts, names and birth dates are looked at."""
    return role in _OF_WHOM_WEAK


def succession(found: Mapping[str, Value], row: Row) -> dict[str, Read]:
    """The number that was and the one that is, by role."""
    cells = {name: str(value) for name, value in found.items()}
    return {
        role: _read([_numbered(side, row.numbers)], cells)
        if f"{side}_scheme" not in row.bad
        else Read(())
        for role, side in ((FORMER, "old"), (SUCCESSOR, "new"))
        if f"{side}_number" not in row.bad
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


def _strong(cells: _Cells, numbers: Collection[str]) -> Iterator[Identifier]:
    if number := cells.get(identity.NUMBER_FIELD):
        scheme = cells.get(identity.SCHEME_FIELD, "")
        yield identity.identifier(scheme, number, was_number=identity.NUMBER_FIELD in numbers)


def _phone(cells: _Cells) -> Iterator[Identifier]:
    if text := cells.get("phone"):
        yield contacts.phone(text)


def _account(cells: _Cells) -> Iterator[Identifier]:
    if text := cells.get("iban"):
        yield contacts.account(text)


def _name_and_birth(cells: _Cells) -> Iterator[Identifier]:
    first, last = cells.get("first_name", ""), cells.get("last_name", "")
    written = cells.get("birth_date", "")
    yield from weak.recipient_identifiers(first, last, dates.birth(written) if written else None)


def _case(cells: _Cells, row: Row) -> Iterator[Identifier]:
    text = cells.get("case_number")
    if not text:
        return
    if _TWO_CASES.search(text):  # as one number they would be nobody's
        raise Refusal(Reason.INVALID_IDENTIFIER, "case_number")
    before, colon, after = text.rpartition(":")
    issuer = before.strip().upper()
    if issuer not in {row.org, *row.issuers}:
        text = f"{_SAME_ISSUER.get(issuer, before)}{colon}{after}"
    yield identity.case_number(text, row.org or _NOBODY, row.issuers)


def _numbered(side: str, numbers: Collection[str]) -> _Reader:
    columns = {
        identity.NUMBER_FIELD: f"{side}_number",
        identity.SCHEME_FIELD: f"{side}_scheme",
    }

    def read(cells: _Cells) -> Iterator[Identifier]:
        number = f"{side}_number"
        if number not in cells:
            raise Refusal(Reason.MISSING_FIELD, number)
        try:
            scheme = cells.get(f"{side}_scheme", "")
            yield identity.identifier(scheme, cells[number], was_number=number in numbers)
        except Refusal as refusal:
            raise Refusal(refusal.reason, columns[refusal.field]) from None

    return read
