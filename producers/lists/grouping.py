"""Rows → drafts of records, with every problem by row and column (pure).

One row is one person. Rows with the same reference make one record wherever they stand in
the file, so a record is complete only at the end of it; until then a compact draft is held.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from events.model.types import MAX_SUBJECTS
from events.rejection import Reason, Refusal
from producers.lists import people, values
from producers.lists.headers import Layout
from producers.lists.people import Person
from producers.lists.templates import Column, Form, Template
from producers.lists.values import Cell, Context, Number, Value, is_empty

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
    rows: list[int] = field(default_factory=list)
    values: dict[str, Value] = field(default_factory=dict)
    persons: list[Person] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def problem(self, row: int, reason: Reason, column: str) -> None:
        self.problems.append(RowProblem(row, self.reference, reason, column))

    def remark(self, row: int, reason: Reason, column: str) -> None:
        self.remarks.append(Remark(row, self.reference, reason, column))


def group(
    rows: Iterable[tuple[int, list[Cell]]],
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
    for record in reader.records:
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
        self._org = context.org
        by_name = template.by_name
        self._of_persons = {column.name for column in template.columns if column.person}
        self._columns = [by_name[name] if name else None for name in layout]
        # most cells repeat (dates, purposes, districts); `typed` keeps 1, 1.0 and True apart
        self._read = lru_cache(CACHED_CELLS, typed=True)(
            lambda column, cell: values.read(by_name[column], cell, context)
        )

    def take(self, row: int, cells: list[Cell]) -> None:
        problems: list[tuple[Reason, str]] = []
        found: dict[str, Value] = {}
        for position, cell in enumerate(cells):
            if cell == "" or is_empty(cell):  # most cells of a strange row are the former
                continue
            if position >= len(self._columns):
                # one is enough to say: a row may have sixteen thousand of them
                problems.append((Reason.UNKNOWN_FIELD, f"column {position + 1}"))
                break
            column = self._columns[position]
            if column is None:
                if position in self._unnamed:
                    problems.append((Reason.UNKNOWN_FIELD, f"column {position + 1}"))
            elif column.form is not Form.UNREAD:
                try:
                    found[column.name] = self._value(column, cell)
                except Refusal as refusal:
                    problems.append((refusal.reason, refusal.field))
        _give_owner(found)
        record = self._record_of(row, found)
        record.rows.append(row)
        for reason, name in problems:
            record.problem(row, reason, name)
        known = len(record.problems)
        self._merge(record, row, found, {name for _, name in problems})
        self.problems += len(problems) + len(record.problems) - known

    def _value(self, column: Column, cell: Cell) -> Value:
        if column.person or column.form is Form.REFERENCE:
            return values.read(column, cell, _NOWHERE)  # never kept in a cache
        return self._read(column.name, cell)

    def _record_of(self, row: int, found: Mapping[str, Value]) -> _Open:
        """The open record that a row goes on with, or a new one."""
        reference = str(found.get(self._template.key, ""))
        version, stage = found.get("version"), found.get("stage")
        opened = self._by_reference.setdefault(reference, []) if reference else []
        for record in reversed(opened):
            same_version = version is None or record.values.get("version") == version
            if same_version and (stage is None or record.values.get("stage", stage) == stage):
                return record
        record = _Open(reference)
        if not reference:
            record.problem(row, Reason.MISSING_FIELD, self._template.key)
        opened.append(record)
        self.records.append(record)
        return record

    def _merge(self, record: _Open, row: int, found: dict[str, Value], bad: set[str]) -> None:
        for name, value in found.items():
            if name in self._of_persons:
                continue
            if record.values.setdefault(name, value) != value:
                record.problem(row, Reason.CONFLICTING_ROWS, name)
        if self._template.two_numbers:
            self._add_numbers(record, row, found, bad)
        elif self._of_persons:
            self._add_person(record, row, found, bad)

    def _add_person(self, record: _Open, row: int, found: dict[str, Value], bad: set[str]) -> None:
        said = str(found.get("role", ""))
        role = said or ("member" if record.persons else "recipient")
        read = people.identifiers(found, role, self._org, bad)
        for refusal in read.problems:
            record.problem(row, refusal.reason, refusal.field)
        if len(record.persons) > MAX_SUBJECTS:
            return  # no record has so many: what is compared with all others would take for ever
        person = Person(row, role, read.identifiers)
        for place, known in enumerate(record.persons):
            if known.is_same(person) and said in ("", known.role):
                # a row that stands twice is one person, with all that the two rows say
                both = tuple(dict.fromkeys(known.identifiers + person.identifiers))
                record.persons[place] = replace(known, identifiers=both)
                return
        record.persons.append(person)

    def _add_numbers(self, record: _Open, row: int, found: dict[str, Value], bad: set[str]) -> None:
        """The two numbers of a succession."""
        numbers = []
        for role, read in people.succession(found, bad).items():
            for refusal in read.problems:
                record.problem(row, refusal.reason, refusal.field)
            numbers.append(Person(row, role, read.identifiers))
        if not record.persons:
            record.persons += numbers
        elif [p.identifiers for p in record.persons] != [p.identifiers for p in numbers]:
            record.problem(row, Reason.CONFLICTING_ROWS, "new_number")


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
