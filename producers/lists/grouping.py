"""Rows → drafts of records, with every problem by row and column (pure).

One row is one person. Rows with the same reference make one record wherever they stand in
the file, so a record is complete only at the end of it; until then a compact draft is held.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from events.identity import NUMBER_FIELD
from events.model.types import MAX_SUBJECTS
from events.rejection import Reason, Refusal
from events.written import says_none, was_number
from producers.lists import people, shortened, values
from producers.lists.headers import Layout
from producers.lists.likeness import Likeness, are_two, likeness
from producers.lists.people import Person
from producers.lists.templates import Column, Form, Template
from producers.lists.unreadable import Shown, Unreadable, is_blank
from producers.lists.values import Cell, Context, Number, Value

CACHED_CELLS: Final = 1 << 15
MAX_PROBLEMS: Final = 1_000_000
Scalar = str | int | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row cannot be sent: a code and a column, never the value. Rows count from 1."""

    row: int
    reference: str
    reason: Reason
    field: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A warning: what was left out or looks odd in a row that is taken all the same. No value.

    With `--strict` it is a problem. Rows count from 1; row 0 is the list as a whole.
    """

    row: int
    reference: str
    reason: Reason
    field: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What a list says about one record; `fields` are JSON scalars by column."""

    first_row: int
    rows: tuple[int, ...]
    reference: str
    fields: Mapping[str, Scalar]
    persons: tuple[Person, ...]
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class BadRecord:
    """The rows of a record that is not sent, and each of their problems."""

    rows: tuple[int, ...]
    reference: str
    problems: tuple[RowProblem, ...]
    remarks: tuple[Remark, ...] = ()


@dataclass(slots=True)
class _Open:
    reference: str
    place: int
    rows: list[int] = field(default_factory=list)
    values: dict[str, Value] = field(default_factory=dict)
    persons: list[Person] = field(default_factory=list)
    likenesses: dict[people.Identifier, list[Likeness]] = field(default_factory=dict)
    problems: list[RowProblem] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def problem(self, row: int, reason: Reason, column: str) -> None:
        self.problems.append(RowProblem(row, self.reference, reason, column))

    def remark(self, row: int, reason: Reason, column: str) -> None:
        self.remarks.append(Remark(row, self.reference, reason, column))


def group(
    rows: Iterable[tuple[int, Sequence[Shown]]],
    layout: Layout,
    unnamed: frozenset[int],
    template: Template,
    context: Context,
) -> Iterator[Draft | BadRecord]:
    """The records of the rows under a header, in the order of their first rows.

    Raises Refusal (file-too-large) for a file in which nearly everything is wrong.
    """
    reader = _Reader(layout, unnamed, template, context)
    for row, cells in rows:
        reader.take(row, cells)
        if reader.problems > MAX_PROBLEMS:
            raise Refusal(Reason.FILE_TOO_LARGE, f"{MAX_PROBLEMS:,} problems")
    reader.end()
    for record in reader.taken():
        yield _finished(record, template)


class _Reader:
    """Collects rows into open records; a reference may have several, by version and stage."""

    def __init__(
        self, layout: Layout, unnamed: frozenset[int], template: Template, context: Context
    ) -> None:
        self.records: list[_Open] = []
        self.problems = 0
        self._by_reference: dict[str, list[_Open]] = {}
        self._template = template
        self._unnamed = unnamed
        self._org, self._issuers = context.org, context.issuers
        self._shortened = shortened.Columns()
        by_name = template.by_name
        self._of_persons = {column.name for column in template.columns if column.person}
        self._columns = [by_name[name] if name else None for name in layout]
        # most cells repeat (dates, purposes, districts); `typed` keeps 1, 1.0 and True apart
        self._read = lru_cache(CACHED_CELLS, typed=True)(
            lambda column, cell: values.read(by_name[column], cell, context)
        )

    def take(self, row: int, cells: Sequence[Shown]) -> None:
        problems: list[tuple[Reason, str]] = []
        found: dict[str, Value] = {}
        guarded: list[tuple[str, Cell]] = []
        for position, cell in enumerate(cells):
            if cell == "":  # most cells of a strange row
                continue
            column = self._columns[position] if position < len(self._columns) else None
            if is_blank(cell) and (column is None or not isinstance(cell, Unreadable)):
                continue
            if position >= len(self._columns):
                # one is enough to say: a row may have sixteen thousand of them
                problems.append((Reason.UNKNOWN_FIELD, f"column {position + 1}"))
                break
            if column is None:
                if position in self._unnamed:
                    problems.append((Reason.UNKNOWN_FIELD, f"column {position + 1}"))
            elif column.form is Form.UNREAD:
                continue
            elif isinstance(cell, Unreadable):
                problems.append((cell.reason, column.name))
            elif not _is_none(column, cell):
                try:
                    found[column.name] = self._value(column, cell)
                    if column.form in _GUARDED:
                        guarded.append((column.name, cell))
                except Refusal as refusal:
                    problems.append((refusal.reason, refusal.field))
        _give_owner(found)
        record = self._record_of(row, found, {name for _, name in problems})
        record.rows.append(row)
        for name, cell in guarded:
            self._shortened.take(record.place, row, name, cell)
        known = len(record.problems)
        unread = [one for one in problems if self._template.has_persons and one[1] in _UNREAD]
        for reason, name in problems:
            if (reason, name) not in unread:
                record.problem(row, reason, name)
        numbers = frozenset(name for name, cell in guarded if was_number(cell))
        bad = frozenset(name for _, name in problems)
        read_as = people.Row(bad, numbers, self._org, self._issuers)
        self._merge(record, row, found, read_as, unread)
        self.problems += len(record.problems) - known

    def end(self) -> None:
        """What only a whole column says: numbers that a spreadsheet has shortened."""
        for place, row, name in self._shortened.lost(_ZEROS_COUNT):
            self.records[place].problem(row, Reason.DIGITS_LOST, name)

    def taken(self) -> Iterator[_Open]:
        """The records in the order of their first rows; each is forgotten when it is handed on, so
        that a list is not held twice."""
        self._by_reference.clear()
        self.records.reverse()
        while self.records:
            yield self.records.pop()

    def _value(self, column: Column, cell: Cell) -> Value:
        if column.person or column.form is Form.REFERENCE:
            return values.read(column, cell, _NOWHERE)  # never kept in a cache
        return self._read(column.name, cell)

    def _record_of(self, row: int, found: Mapping[str, Value], bad: set[str]) -> _Open:
        """The open record that a row goes on with, or a new one."""
        reference = str(found.get(self._template.key, ""))
        version, stage = found.get("version"), found.get("stage")
        opened = self._by_reference.setdefault(reference, []) if reference else []
        for record in reversed(opened):
            same_version = version is None or record.values.get("version") == version
            if same_version and (stage is None or record.values.get("stage", stage) == stage):
                return record
        record = _Open(reference, len(self.records))
        if not reference and self._template.key not in bad:
            record.problem(row, Reason.MISSING_FIELD, self._template.key)
        opened.append(record)
        self.records.append(record)
        return record

    def _merge(
        self,
        record: _Open,
        row: int,
        found: dict[str, Value],
        read_as: people.Row,
        unread: list[tuple[Reason, str]],
    ) -> None:
        for name, value in found.items():
            if name in self._of_persons:
                continue
            if record.values.setdefault(name, value) != value:
                record.problem(row, Reason.CONFLICTING_ROWS, name)
        if self._template.two_numbers:
            self._add_numbers(record, row, found, read_as)
        elif self._of_persons:
            self._add_person(record, row, found, read_as, unread)

    def _add_person(
        self,
        record: _Open,
        row: int,
        found: dict[str, Value],
        read_as: people.Row,
        unread: list[tuple[Reason, str]],
    ) -> None:
        said = str(found.get("role", ""))
        role = said or ("member" if record.persons else "recipient")
        read = people.identifiers(found, role, read_as)
        for refusal in read.problems:
            record.problem(row, refusal.reason, refusal.field)
        if people.has_weak(role):  # of others these columns are not looked at
            for reason, name in (*unread, *((one.reason, one.field) for one in read.left_out)):
                record.remark(row, reason, name)
        if len(record.persons) > MAX_SUBJECTS:
            return  # no record has so many: what is compared with all others would take for ever
        person = Person(row, role, read.identifiers)
        _refuse_copies(record, person, likeness(found))
        for place, known in enumerate(record.persons):
            if known.is_same(person) and said in ("", known.role):
                # one number twice is one person, with all that the two rows say
                both = tuple(dict.fromkeys(known.identifiers + person.identifiers))
                record.persons[place] = replace(known, identifiers=both)
                return
        record.persons.append(person)

    def _add_numbers(
        self, record: _Open, row: int, found: dict[str, Value], read_as: people.Row
    ) -> None:
        """The two numbers of a succession."""
        numbers = []
        for role, read in people.succession(found, read_as).items():
            for refusal in read.problems:
                record.problem(row, refusal.reason, refusal.field)
            numbers.append(Person(row, role, read.identifiers))
        if not record.persons:
            record.persons += numbers
        elif [p.identifiers for p in record.persons] != [p.identifiers for p in numbers]:
            record.problem(row, Reason.CONFLICTING_ROWS, "new_number")


def _is_none(column: Column, cell: Cell) -> bool:
    """True for a dash, `yok` or `n/a` where an identifier, a name or a birth date should be."""
    return (column.form in _GUARDED or column.name in _UNREAD) and says_none(cell)


def _refuse_copies(record: _Open, person: Person, like: Likeness) -> None:
    """A number that stands for two people of a record: filled down, or a parent's for a child."""
    for number in person.strong:
        known = record.likenesses.setdefault(number, [])
        if any(are_two(one, like) for one in known):
            record.problem(person.row, Reason.NUMBER_COPIED, NUMBER_FIELD)
        if like not in known:
            known.append(like)


_GUARDED: Final = frozenset({Form.REFERENCE, Form.IDENTIFIER, Form.CONTACT, Form.NUMBER})
"""Columns of identifiers: what a spreadsheet takes from them is noticed."""
_ZEROS_COUNT: Final = frozenset({"reference", "replaces", "case_number"})
"""Where 0012 and 12 are two, and no check digit tells that the zeros are gone."""
_UNREAD: Final = people.WEAK_COLUMNS


def _give_owner(found: dict[str, Value]) -> None:
    """Put the owner of a row before programmes written without one (TEMEL of KIZ → KIZ-TEMEL).

    Done by row, as two owners' programmes of the same name are two programmes.
    """
    owner, programme = found.get("owner"), found.get("programme")
    if owner and isinstance(programme, str) and "-" not in programme:
        found["programme"] = f"{owner}-{programme}"
    complements = found.get("complements")
    if owner and isinstance(complements, tuple):
        found["complements"] = tuple(c if "-" in c else f"{owner}-{c}" for c in complements)


_NOWHERE: Final = Context("", frozenset())


def _finished(record: _Open, template: Template) -> Draft | BadRecord:
    """A record whose rows have all been read: settle its amounts, look for what is missing."""
    first, wrong = record.rows[0], {problem.field for problem in record.problems}
    for column in template.columns:
        if column.required and column.name not in record.values and column.name not in wrong:
            record.problem(first, Reason.MISSING_FIELD, column.name)
    fields = _settled(record, template)
    if template.has_persons and fields.get("purpose") == "protection":
        fields.setdefault("protected", True)
    if record.problems:
        problems = tuple(sorted(set(record.problems), key=lambda p: (p.row, p.field, p.reason)))
        return BadRecord(tuple(record.rows), record.reference, problems, _remarks(record))
    persons, rows = tuple(record.persons), tuple(record.rows)
    return Draft(first, rows, record.reference, fields, persons, _remarks(record))


def _remarks(record: _Open) -> tuple[Remark, ...]:
    return tuple(sorted(set(record.remarks), key=lambda r: (r.row, r.field, r.reason)))


def _settled(record: _Open, template: Template) -> dict[str, Scalar]:
    """The fields with each number in the form that its currency asks for."""
    currency = str(record.values.get("currency", ""))
    fields: dict[str, Scalar] = {}
    for name in (column.name for column in template.columns if column.name in record.values):
        value = record.values[name]
        if not isinstance(value, Number):
            fields[name] = value
            continue
        try:
            if name == "quantity":
                fields[name] = values.quantity(value, name)
            elif currency:
                fields[name] = values.amount(value, currency, name)
            else:
                fields[name] = value.text
        except Refusal as refusal:
            record.problem(record.rows[0], refusal.reason, refusal.field)
    return fields
