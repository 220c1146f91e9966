"""Rows → drafts of records, with every problem by row and column (pure).

One row is one person. Rows with the same reference make one record wherever they stand in
the file, so a record is complete only at the end of it; until then a compact draft is held.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

from events.model.types import MAX_SUBJECTS
from events.rejection import Reason, Refusal, Refusals
from producers.lists import documents, people, values
from producers.lists.columns import NOTHING_SAID, Doubt, Said
from producers.lists.drafts import BadRecord as BadRecord
from producers.lists.drafts import Draft as Draft
from producers.lists.drafts import Open
from producers.lists.drafts import Remark as Remark
from producers.lists.drafts import RowProblem as RowProblem
from producers.lists.evidence import Evidence, ReadAs, constant
from producers.lists.headers import Layout, Place
from producers.lists.people import Person
from producers.lists.settling import finished
from producers.lists.settling import strictly as strictly
from producers.lists.templates import Column, Form, Template
from producers.lists.values import Cell, Context, Value, is_empty

CACHED_CELLS: Final = 1 << 15
MAX_PROBLEMS: Final = 1_000_000
LEFT_OUT: Final = frozenset({"phone", "iban", "birth_date", "first_name", "last_name"})
"""Columns that keep no payment out: what cannot be read in them is left out, and remarked."""
Heard = Callable[[Remark | ReadAs], None]
"""Hears what is to be said of a list as a whole."""


def unheard(said: Remark | ReadAs) -> None:
    """What is said of a list as a whole, where nobody asks."""


def group(
    rows: Iterable[tuple[int, list[Cell]]],
    layout: Layout,
    unnamed: frozenset[int],
    template: Template,
    context: Context,
    said: Said = NOTHING_SAID,
    hear: Heard = unheard,
) -> Iterator[Draft | BadRecord]:
    """The records of the rows under a header, in the order of their first rows.

    `hear` is told how columns were read, and which one is left out. Raises Refusal
    (file-too-large) for a file in which nearly everything is wrong, and Refusals for columns that
    can be read in two ways.
    """
    reader = _Reader(layout, unnamed, template, context, said)
    for row, cells in rows:
        reader.take(row, cells)
        if reader.problems > MAX_PROBLEMS:
            raise Refusal(Reason.FILE_TOO_LARGE, f"{MAX_PROBLEMS:,} problems")
    reader.settle(hear)
    for record in reader.records:
        yield finished(record, template, layout.last_day)


class _Reader:
    """Collects rows into open records; a reference may have several, by version and stage."""

    def __init__(
        self,
        layout: Layout,
        unnamed: frozenset[int],
        template: Template,
        context: Context,
        said: Said,
    ) -> None:
        self.records: list[Open] = []
        self.problems = 0
        self._by_reference: dict[str, list[Open]] = {}
        self._template = template
        self._unnamed = unnamed
        self._org = context.org
        self._of_persons = {column.name for column in template.columns if column.person}
        if self._of_persons:
            self._of_persons |= set(documents.columns())
        self._layout = layout
        self._places = layout.places
        self._constants = {
            name: constant(template.by_name[name.partition(".")[0]], text, context)
            for name, text in layout.constants.items()
        }
        self._evidence = Evidence(layout, said)
        self._row = 0
        # most cells repeat (dates, purposes, districts); `typed` keeps 1, 1.0 and True apart
        self._read = lru_cache(CACHED_CELLS, typed=True)(
            lambda position, cell: self._fresh(position, cell, context)
        )

    def take(self, row: int, cells: list[Cell]) -> None:
        self._row = row
        problems: list[Refusal] = []
        remarks: list[Refusal] = []
        found: dict[str, Value] = {}
        later: list[tuple[str, Value]] = []
        for position, cell in enumerate(cells):
            if cell == "" or is_empty(cell):  # most cells of a strange row are the former
                continue
            if position >= len(self._places):
                # one is enough to say: a row may have sixteen thousand of them
                problems.append(Refusal(Reason.UNKNOWN_FIELD, f"column {position + 1}"))
                break
            column = self._places[position].column
            if column is None:
                if position in self._unnamed:
                    problems.append(Refusal(Reason.UNKNOWN_FIELD, f"column {position + 1}"))
            elif column.form is not Form.UNREAD:
                try:
                    value = self._value(position, column, cell)
                    later += _put(found, self._places[position], value)
                except Refusal as refusal:
                    (remarks if column.name in LEFT_OUT else problems).append(refusal)
        problems += self._completed(found)
        record = self._record_of(row, found)
        record.rows.append(row)
        for one in problems:
            record.problem(row, one.reason, one.field, one.hint)
        for one in remarks:
            record.remark(row, one.reason, one.field, one.hint)
        record.later += [(row, *one, Reason.CONFLICTING_COLUMNS) for one in later]
        known = len(record.problems)
        self._merge(record, row, found, {one.field for one in problems})
        self.problems += len(problems) + len(record.problems) - known

    def _completed(self, found: dict[str, Value]) -> list[Refusal]:
        """Put into a row what its cells need not say; what does not fit to them."""
        problems = []
        for name, value in self._constants.items():
            if found.setdefault(name, value) != value:
                problems.append(Refusal(Reason.CONFLICTING_COLUMNS, name))
        problems += documents.give_schemes(found, self._layout.kinds)
        _give_owner(found)
        return problems

    def _value(self, position: int, column: Column, cell: Cell) -> Value:
        if column.person or column.form is Form.REFERENCE:
            return self._fresh(position, cell, _NOWHERE)  # never kept in a cache
        return self._read(position, cell)

    def _fresh(self, position: int, cell: Cell, context: Context) -> Value:
        column = self._places[position].column
        if column is None:
            raise TypeError("a column that is left out")
        return self._evidence.noted(position, values.read(column, cell, context), self._row)

    def settle(self, hear: Heard) -> None:
        """Decide how each column is read, and read the people who waited for it.

        Raises Refusals for the columns that cannot be read in one way, and for a last day of which
        nobody said whether it is covered.
        """
        refused: list[Refusal] = []
        if self._layout.last_day is None:
            refused.append(Refusal(Reason.LAST_DAY_UNSAID, self._layout.asked))
        left_out = False
        for place, verdict in self._evidence.verdicts():
            if verdict.refused and place.column and place.column.form is Form.BIRTH:
                left_out = True
                hear(Remark(0, "", verdict.refused, place.name, str(verdict.row)))
            elif verdict.refused:
                refused.append(Refusal(verdict.refused, place.name, str(verdict.row)))
        if refused:
            raise Refusals(refused)
        for said in self._evidence.read_as():
            hear(said)
        for record in self.records:
            self._read_waiting(record, left_out)
            if left_out:
                record.persons = [person.without_birth() for person in record.persons]

    def _read_waiting(self, record: Open, left_out: bool) -> None:
        waiting, record.waiting = record.waiting, []
        for row, found, bad in waiting:
            born = found.get("birth_date")
            if isinstance(born, Doubt):
                if left_out:
                    del found["birth_date"]
                else:
                    found["birth_date"] = born.settled()
            self._add_person(record, row, found, bad)

    def _record_of(self, row: int, found: Mapping[str, Value]) -> Open:
        """The open record that a row goes on with, or a new one."""
        reference = str(found.get(self._template.key, ""))
        version, stage = found.get("version"), found.get("stage")
        opened = self._by_reference.setdefault(reference, []) if reference else []
        for record in reversed(opened):
            same_version = version is None or record.values.get("version") == version
            if same_version and (stage is None or record.values.get("stage", stage) == stage):
                return record
        record = Open(reference)
        if not reference:
            record.problem(row, Reason.MISSING_FIELD, self._template.key)
        opened.append(record)
        self.records.append(record)
        return record

    def _merge(self, record: Open, row: int, found: dict[str, Value], bad: set[str]) -> None:
        for name, value in found.items():
            if name in self._of_persons:
                continue
            known = record.values.setdefault(name, value)
            if known is value or known == value:
                continue
            if isinstance(known, Doubt) or isinstance(value, Doubt):
                record.later.append((row, name, value, Reason.CONFLICTING_ROWS))
            else:
                record.problem(row, Reason.CONFLICTING_ROWS, name)
        if self._template.two_numbers:
            self._add_numbers(record, row, found, bad)
        elif self._of_persons:
            if record.waiting or isinstance(found.get("birth_date"), Doubt):
                of_person = {name: found[name] for name in found if name in self._of_persons}
                record.waiting.append((row, of_person, bad))
            else:
                self._add_person(record, row, found, bad)

    def _add_person(self, record: Open, row: int, found: dict[str, Value], bad: set[str]) -> None:
        said = str(found.get("role", ""))
        role = said or ("member" if record.persons else "recipient")
        read = people.identifiers(found, role, self._org, bad)
        more, wrong = documents.others(found, bad)
        for refusal in (*read.problems, *wrong):
            record.problem(row, refusal.reason, refusal.field)
        if len(record.persons) > MAX_SUBJECTS:
            return  # no record has so many: what is compared with all others would take for ever
        person = Person(row, role, tuple(dict.fromkeys((*read.identifiers, *more))))
        for place, known in enumerate(record.persons):
            if known.is_same(person) and said in ("", known.role):
                # a row that stands twice is one person, with all that the two rows say
                both = tuple(dict.fromkeys(known.identifiers + person.identifiers))
                record.persons[place] = replace(known, identifiers=both)
                return
        record.persons.append(person)

    def _add_numbers(self, record: Open, row: int, found: dict[str, Value], bad: set[str]) -> None:
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


def _put(found: dict[str, Value], place: Place, value: Value) -> Iterator[tuple[str, Value]]:
    """Put a cell into its row, where another column may have said it already.

    Yields what can only be compared later. Raises Refusal(conflicting-columns).
    """
    known = found.setdefault(place.name, value)
    if known is value or known == value:
        return
    if isinstance(known, Doubt) or isinstance(value, Doubt):
        if place.column and place.column.form is Form.BIRTH:
            raise Refusal(Reason.CONFLICTING_COLUMNS, place.column.name)
        yield place.name, value
    elif place.column:
        raise Refusal(Reason.CONFLICTING_COLUMNS, place.column.name)
