"""A cell's many forms → one value (pure).

A cell is what a CSV or XLSX reader gives: text, a number, a truth value, a date or ''.
Values come out as JSON scalars (ISO dates, decimal strings), so that every form of the
same fact makes the same record. A refusal names the column, never the value.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import InvalidOperation
from typing import Final

from events.identity import normalise
from events.iso import CURRENCIES
from events.rejection import Reason, Refusal
from events.written import as_written, unmarked
from producers.lists import days
from producers.lists.columns import Doubt
from producers.lists.days import Written
from producers.lists.files.cells import MAX_CELL_CHARS
from producers.lists.numbers import Figures, Number, decimal
from producers.lists.places import NOWHERE, Places
from producers.lists.templates import Column, Form, fold
from producers.lists.written import Cell as Cell
from producers.lists.written import is_empty as is_empty
from producers.lists.written import normalise_digits as normalise_digits
from producers.lists.written import text as text

MAX_REFERENCE_CHARS: Final = 120
MOMENTS: Final = frozenset({"event_date", "assessed_on", "closed_on", "household_as_of"})
"""Columns of days on which something happened: any time of that day is that day."""

_TRUE: Final = frozenset({"true", "evet", "e", "yes", "y", "1", "dogru", "var"})
_FALSE: Final = frozenset({"false", "hayir", "h", "no", "n", "0", "yanlis", "yok"})

Value = str | int | bool | tuple[str, ...] | Number | Doubt
"""What a row holds. Tuples are lists of codes; `Doubt` until the column has been seen."""


@dataclass(frozen=True, slots=True)
class Context:
    """What reading a cell depends on beyond the cell: the organisation, the known districts by
    p-code and by name."""

    org: str
    districts: frozenset[str]
    issuers: frozenset[str] = frozenset()
    """The organisations whose case numbers a list may name, beside its own (`anchor`)."""
    places: Places = NOWHERE


def read(column: Column, cell: Cell, context: Context) -> Value | Written | Figures:
    """The value of a cell that is not empty, or its readings: the column decides.

    Raises Refusal naming the column.
    """
    try:
        if isinstance(cell, str) and len(cell) > MAX_CELL_CHARS:
            raise ValueError
        return _READERS[column.form](cell, column, context)
    except days.TimeOfDay:
        raise Refusal(Reason.TIME_OF_DAY, column.name) from None
    except (ValueError, OverflowError, InvalidOperation):
        raise Refusal(Reason.INVALID_VALUE, column.name) from None


def identity_number(cell: Cell, column: str) -> str:
    """The characters of an identity number, also where a spreadsheet made a number of it.

    Raises Refusal(digits-lost) where it took some away (`events.written`).
    """
    return normalise(as_written(cell, column).text)


_CURRENCIES: Final = {
    "tl": "TRY",
    "turk_lirasi": "TRY",
    "avro": "EUR",
    "euro": "EUR",
    "dolar": "USD",
}


def _integer(cell: Cell, column: Column, context: Context) -> int:
    written = normalise_digits(text(cell))
    match = re.fullmatch(r"(\d{1,9})(?:[.,]0{1,2})?", written)
    if not match:
        raise ValueError("not a whole number")
    return int(match[1])


def _boolean(cell: Cell, column: Column, context: Context) -> bool:
    if isinstance(cell, bool):
        return cell
    word = fold(normalise_digits(text(cell)))
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError("neither yes nor no")


def _word(cell: Cell, column: Column, context: Context) -> str:
    code = column.words.get(fold(text(cell)))
    if code is None:
        raise ValueError("not in the vocabulary")
    return code


def _programme(cell: Cell, column: Column, context: Context) -> str:
    return _programme_id(text(cell), context.org)


def _programmes(cell: Cell, column: Column, context: Context) -> tuple[str, ...]:
    names = re.split(r"[\s,;]+", text(cell))
    return tuple(sorted({_programme_id(name, context.org) for name in names if name}))


def _programme_id(written: str, org: str) -> str:
    """A programme without an organisation before it belongs to the one that publishes."""
    name = _capitals(written)
    return name if "-" in name or not org else f"{org}-{name}"


def _reference(cell: Cell, column: Column, context: Context) -> str:
    found = text(as_written(cell, column.name).text)
    if len(found) > MAX_REFERENCE_CHARS:
        raise ValueError("too long")
    return found


def _contact(cell: Cell, column: Column, context: Context) -> str:
    """As written; each line of a cell is one more telephone."""
    return text(re.sub(r"[\r\n\t]+", " ; ", as_written(cell, column.name).text))


def _district(cell: Cell, column: Column, context: Context) -> str:
    code = _capitals(text(cell))
    return code if code in context.districts else context.places.code(text(cell), column.name)


def _currency(cell: Cell, column: Column, context: Context) -> str:
    said = unmarked(text(cell))
    code = _CURRENCIES.get(fold(said), _capitals(said))
    if code not in CURRENCIES:
        raise ValueError("no currency in use")
    return code


def _capitals(written: str) -> str:
    # codes are ASCII; 'i'.upper() is I, but a Turkish keyboard also gives the dotted capital
    return written.upper().replace("\u0130", "I").replace("I\u0307", "I")


def _plain_text(cell: Cell, column: Column, context: Context) -> str:
    return text(cell)


def _day(cell: Cell, column: Column, context: Context) -> str | Written:
    return days.day(cell, is_moment=column.name in MOMENTS)


def _birth(cell: Cell, column: Column, context: Context) -> str | Written:
    """A day if it is one, else the text: what is not looked at is no problem."""
    try:
        return days.day(cell)
    except days.TimeOfDay:
        raise
    except (ValueError, OverflowError):
        return text(cell)


_READERS: Final[Mapping[Form, Callable[[Cell, Column, Context], Value | Written | Figures]]] = {
    Form.REFERENCE: _reference,
    Form.PROGRAMME: _programme,
    Form.PROGRAMMES: _programmes,
    Form.ORG: lambda cell, column, context: _capitals(text(cell)),
    Form.TEXT: _plain_text,
    Form.CODE: lambda cell, column, context: fold(text(cell)).replace("_", "-"),
    Form.WORD: _word,
    Form.CURRENCY: _currency,
    Form.DISTRICT: _district,
    Form.DATE: _day,
    Form.DECIMAL: lambda cell, column, context: decimal(cell),
    Form.INTEGER: _integer,
    Form.BOOLEAN: _boolean,
    Form.SCHEME: _plain_text,
    Form.BIRTH: _birth,
    Form.IDENTIFIER: lambda cell, column, context: text(as_written(cell, column.name).text),
    Form.CONTACT: _contact,
    Form.NUMBER: lambda cell, column, context: identity_number(cell, column.name),
}
