"""What the cells of each column of a file say about how it is written (pure)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from events.rejection import Reason, Refusal
from producers.lists import values
from producers.lists.columns import Days, Doubt, LastDay, Numbers, Said, Verdict
from producers.lists.days import Written
from producers.lists.headers import COVERS_TO, Layout, Place
from producers.lists.numbers import Figures
from producers.lists.templates import Column, Form
from producers.lists.values import Context, Value


class Because(StrEnum):
    """Why a column is read as it is."""

    CELLS = "cells"
    HEADER = "header"
    SAID = "said"
    KEPT = "kept"
    DICTIONARY = "dictionary"


@dataclass(frozen=True, slots=True)
class ReadAs:
    """How something of a list was read, where it could have been otherwise: for the officer.

    `reading`: dmy, mdy, comma, point, inclusive, exclusive; or the column that a header of no
    template was taken for. `field`: the column, or that header.
    """

    field: str
    reading: str
    because: Because


class Evidence:
    """The columns of a file, each with what its cells have shown so far."""

    def __init__(self, layout: Layout, said: Said) -> None:
        self._said = said
        self._layout = layout
        self._columns = [_evidence(place, said) for place in layout.places]

    def noted(self, position: int, found: Value | Written | Figures, row: int) -> Value:
        """The value of a cell, or the doubt about it."""
        column = self._columns[position]
        if isinstance(column, Days) and isinstance(found, str | Written):
            return column.take(found, row)
        if isinstance(column, Numbers) and isinstance(found, Figures):
            return column.take(found, row)
        if isinstance(found, Written | Figures):
            raise TypeError("readings in a column of another form")
        return found

    def verdicts(self) -> Iterator[tuple[Place, Verdict]]:
        """What each column turned out to be, all cells seen."""
        for place, column in zip(self._layout.places, self._columns, strict=True):
            if column is not None:
                yield place, column.verdict()

    def read_as(self) -> Iterator[ReadAs]:
        """What an officer should know about how the columns were read."""
        for title, name in self._layout.guesses:
            yield ReadAs(title, name, Because.DICTIONARY)
        for place, verdict in self.verdicts():
            if verdict.reading and not verdict.refused:
                yield ReadAs(place.name, verdict.reading, self._because(place))
        if self._layout.last_day is LastDay.INCLUSIVE or self._layout.asked:
            reading = self._layout.last_day or LastDay.EXCLUSIVE
            yield ReadAs(COVERS_TO, reading.value, self._why_last_day())

    def _because(self, place: Place) -> Because:
        if place.order:
            return Because.HEADER
        is_number = place.column is not None and place.column.form is Form.DECIMAL
        said = self._said.decimals if is_number else self._said.dates
        return Because.SAID if said else Because.CELLS

    def _why_last_day(self) -> Because:
        if self._said.covers_to:
            return Because.SAID
        return Because.KEPT if self._layout.asked else Because.HEADER


def constant(column: Column, text: str, context: Context) -> Value:
    """The value of a mapping's constant. Raises Refusal: it has to be readable in one way."""
    found = values.read(column, text, context)
    if isinstance(found, Written):
        raise Refusal(Reason.DAY_OR_MONTH, column.name, "=")
    if isinstance(found, Figures):
        number = Numbers().take(found, 0)
        if isinstance(number, Doubt):
            raise Refusal(Reason.AMBIGUOUS_NUMBER, column.name, "=")
        return number
    return found


def _evidence(place: Place, said: Said) -> Days | Numbers | None:
    form = place.column.form if place.column else None
    if form in (Form.DATE, Form.BIRTH):
        return Days(place.order or said.dates)
    return Numbers(said.decimals) if form is Form.DECIMAL else None
