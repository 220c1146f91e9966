"""What a list says about one record: as a draft to send, with problems, with warnings (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from events.rejection import Reason, Refusal
from producers.lists import people
from producers.lists.likeness import Likeness
from producers.lists.people import Person
from producers.lists.values import Value

Scalar = str | int | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row cannot be sent: a code and a column, never the value. Rows count from 1."""

    row: int
    reference: str
    reason: Reason
    field: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """A warning: what was left out or looks odd in a row that is taken all the same. No value.

    With `--strict` it is a problem. Rows count from 1; row 0 is the list as a whole.
    """

    row: int
    reference: str
    reason: Reason
    field: str
    hint: str = ""


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


@dataclass(frozen=True, slots=True)
class OfPerson:
    """What a row says of its person: its cells, how they were read, and those that hold up
    nothing and could not be read."""

    row: int
    found: dict[str, Value]
    read_as: people.Row
    unread: tuple[Refusal, ...] = ()


@dataclass(slots=True)
class Open:
    """A record whose rows are still being read. `place`: its place in the list, from 0."""

    reference: str
    place: int
    rows: list[int] = field(default_factory=list)
    values: dict[str, Value] = field(default_factory=dict)
    persons: list[Person] = field(default_factory=list)
    likenesses: dict[people.Identifier, list[Likeness]] = field(default_factory=dict)
    problems: list[RowProblem] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    later: list[tuple[int, str, Value, Reason]] = field(default_factory=list)
    """Values that may or may not be the record's: a column has to be seen first."""
    waiting: list[OfPerson] = field(default_factory=list)
    """Rows whose person cannot be read yet, and all rows of the record behind them."""

    def problem(self, row: int, reason: Reason, column: str, hint: str = "") -> None:
        """Note why the record cannot be sent."""
        self.problems.append(RowProblem(row, self.reference, reason, column, hint))

    def remark(self, row: int, reason: Reason, column: str, hint: str = "") -> None:
        """Note what was left out or looks odd."""
        self.remarks.append(Remark(row, self.reference, reason, column, hint))
