"""Rows → drafts of records, with every problem by row and column (pure).

One row is one person. Rows with the same reference make one record wherever they stand in
the file, so a record is complete only at the end of it; until then a compact draft is held.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from events.rejection import Reason, Refusal, Refusals
from events.written import says_none, was_number
from producers.lists import documents, people, persons, shortened, values
from producers.lists.columns import NOTHING_SAID, Doubt, Said
from producers.lists.drafts import BadRecord as BadRecord
from producers.lists.drafts import Draft as Draft
from producers.lists.drafts import OfPerson, Open
from producers.lists.drafts import Remark as Remark
from producers.lists.drafts import RowProblem as RowProblem
from producers.lists.evidence import Evidence, ReadAs, constant
from producers.lists.headers import Layout, Place
from producers.lists.settling import finished
from producers.lists.settling import strictly as strictly
from producers.lists.templates import Column, Form, Template
from producers.lists.unreadable import Shown, Unreadable, is_blank
from producers.lists.values import Cell, Context, Value

CACHED_CELLS: Final = 1 << 15
MAX_PROBLEMS: Final = 1_000_000
Heard = Callable[[Remark | ReadAs], None]
"""Hears what is to be said of a list as a whole."""


def unheard(said: Remark | ReadAs) -> None:
    """What is said of a list as a whole, where nobody asks."""


def group(
    rows: Iterable[tuple[int, Sequence[Shown]]],
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
    for record in reader.taken():
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
        self._org, self._issuers = context.org, context.issuers
        self._shortened = shortened.Columns()
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

    def take(self, row: int, cells: Sequence[Shown]) -> None:
        self._row = row
        problems: list[Refusal] = []
        found: dict[str, Value] = {}
        later: list[tuple[str, Value]] = []
        guarded: list[tuple[str, Cell]] = []
        for position, cell in enumerate(cells):
            if cell == "":  # most cells of a strange row
                continue
            place = self._places[position] if position < len(self._places) else _BEHIND
            column = place.column
            if is_blank(cell) and (column is None or not isinstance(cell, Unreadable)):
                continue
            if place is _BEHIND:
                # one is enough to say: a row may have sixteen thousand of them
                problems.append(Refusal(Reason.UNKNOWN_FIELD, f"column {position + 1}"))
                break
            if column is None:
                if position in self._unnamed:
                    problems.append(Refusal(Reason.UNKNOWN_FIELD, f"column {position + 1}"))
            elif column.form is Form.UNREAD:
                continue
            elif isinstance(cell, Unreadable):
                problems.append(Refusal(cell.reason, column.name))
            elif not _is_none(column, cell):
                try:
                    later += _put(found, place, self._value(position, column, cell))
                    if column.form in _GUARDED:
                        guarded.append((place.name, cell))
                except Refusal as refusal:
                    problems.append(refusal)
        problems += self._completed(found, later)
        record = self._record_of(row, found, {one.field for one in problems})
        record.rows.append(row)
        record.later += [(row, *one, Reason.CONFLICTING_COLUMNS) for one in later]
        for name, cell in guarded:
            self._shortened.take(record.place, row, name, cell)
        known = len(record.problems)
        unread = tuple(o for o in problems if self._template.has_persons and o.field in _UNREAD)
        for one in problems:
            if one not in unread:
                record.problem(row, one.reason, one.field, one.hint)
        numbers = frozenset(name for name, cell in guarded if was_number(cell))
        bad = frozenset(one.field for one in problems)
        read_as = people.Row(bad, numbers, self._org, self._issuers)
        self._merge(record, OfPerson(row, found, read_as, unread))
        self.problems += len(record.problems) - known

    def _completed(self, found: dict[str, Value], later: list[tuple[str, Value]]) -> list[Refusal]:
        """Put into a row what its cells need not say; what does not fit to them."""
        problems = []
        for name, value in self._constants.items():
            known = found.setdefault(name, value)
            if isinstance(known, Doubt):
                later.append((name, value))
            elif known != value:
                problems.append(Refusal(Reason.CONFLICTING_COLUMNS, name.partition(".")[0]))
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
        """What only whole columns say: how each is read, and numbers that were shortened; then
        read the people who waited for it.

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
        for at, row, name in self._shortened.lost(_ZEROS_COUNT):
            self.records[at].problem(row, Reason.DIGITS_LOST, name.partition(".")[0])
        for record in self.records:
            persons.add_waiting(record, without_birth=left_out)

    def taken(self) -> Iterator[Open]:
        """The records in the order of their first rows; each is forgotten when it is handed on, so
        that a list is not held twice."""
        self._by_reference.clear()
        self.records.reverse()
        while self.records:
            yield self.records.pop()

    def _record_of(self, row: int, found: Mapping[str, Value], bad: set[str]) -> Open:
        """The open record that a row goes on with, or a new one."""
        reference = str(found.get(self._template.key, ""))
        version, stage = found.get("version"), found.get("stage")
        opened = self._by_reference.setdefault(reference, []) if reference else []
        for record in reversed(opened):
            same_version = version is None or record.values.get("version") == version
            if same_version and (stage is None or record.values.get("stage", stage) == stage):
                return record
        record = Open(reference, len(self.records))
        if not reference and self._template.key not in bad:
            record.problem(row, Reason.MISSING_FIELD, self._template.key)
        opened.append(record)
        self.records.append(record)
        return record

    def _merge(self, record: Open, said: OfPerson) -> None:
        for name, value in said.found.items():
            if name in self._of_persons:
                continue
            known = record.values.setdefault(name, value)
            if known is value or known == value:
                continue
            if isinstance(known, Doubt) or isinstance(value, Doubt):
                record.later.append((said.row, name, value, Reason.CONFLICTING_ROWS))
            else:
                record.problem(said.row, Reason.CONFLICTING_ROWS, name)
        if self._template.two_numbers:
            persons.add_numbers(record, said)
        elif not self._of_persons:
            return
        elif record.waiting or isinstance(said.found.get("birth_date"), Doubt):
            cells = {name: said.found[name] for name in said.found if name in self._of_persons}
            record.waiting.append(OfPerson(said.row, cells, said.read_as, said.unread))
        else:
            persons.add(record, said)


_BEHIND: Final = Place()
"""Where a cell stands behind the header's last one."""
_NOWHERE: Final = Context("", frozenset())
_GUARDED: Final = frozenset({Form.REFERENCE, Form.IDENTIFIER, Form.CONTACT, Form.NUMBER})
"""Columns of identifiers: what a spreadsheet takes from them is noticed."""
_ZEROS_COUNT: Final = frozenset({"reference", "replaces", "case_number"})
"""Where 0012 and 12 are two, and no check digit tells that the zeros are gone."""
_UNREAD: Final = people.WEAK_COLUMNS


def _is_none(column: Column, cell: Cell) -> bool:
    """True for a dash, `yok` or `n/a` where an identifier, a name or a birth date should be."""
    return (column.form in _GUARDED or column.name in _UNREAD) and says_none(cell)


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
