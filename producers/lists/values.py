"""A cell's many forms → one value (pure).

A cell is what a CSV or XLSX reader gives: text, a number, a truth value, a date or ''.
Values come out as JSON scalars (ISO dates, decimal strings), so that every form of the
same fact makes the same record. A refusal names the column, never the value.
"""

import datetime
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from events import money
from events.identity import normalise
from events.iso import CURRENCIES
from events.rejection import Reason, Refusal
from events.written import as_written, unmarked
from producers.lists.files import formats
from producers.lists.files.cells import MAX_CELL_CHARS
from producers.lists.templates import Column, Form, fold

Cell = formats.Value
MAX_REFERENCE_CHARS: Final = 120

_EXCEL_EPOCH: Final = datetime.date(1899, 12, 30)
_SERIALS: Final = range(18_264, 73_051)  # 1950-01-01 to 2100-01-01; no other day is an aid's
_ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ][0-9:.+Z-]+)?")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?: [0-9:.]+)?")
_TRUE: Final = frozenset({"true", "evet", "e", "yes", "y", "1", "dogru", "var"})
_FALSE: Final = frozenset({"false", "hayir", "h", "no", "n", "0", "yanlis", "yok"})
_PLAIN: Final = re.compile(r"\d{1,15}")
_POINT: Final = re.compile(r"\d{1,15}\.\d+")
_GROUPED: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Number:
    """A decimal as text with a point, without spare zeros.

    `doubtful`: written as `1.234`, which is 1234 to one reader and 1.234 to another.
    The currency may settle it (see `amount`).
    """

    text: str
    doubtful: bool = False


Value = str | int | bool | Number | tuple[str, ...]
"""`Number` only until `amount` has settled it; tuples are lists of codes."""


@dataclass(frozen=True, slots=True)
class Context:
    """What reading a cell depends on beyond the cell: the organisation and the known districts."""

    org: str
    districts: frozenset[str]
    issuers: frozenset[str] = frozenset()
    """The organisations whose case numbers a list may name, beside its own (`anchor`)."""


def is_empty(cell: Cell | None) -> bool:
    """True if nothing was written in the cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def read(column: Column, cell: Cell, context: Context) -> Value:
    """The value of a cell that is not empty. Raises Refusal naming the column."""
    try:
        if isinstance(cell, str) and len(cell) > MAX_CELL_CHARS:
            raise ValueError
        return _READERS[column.form](cell, column, context)
    except (ValueError, OverflowError, InvalidOperation):
        raise Refusal(Reason.INVALID_VALUE, column.name) from None


def text(cell: Cell) -> str:
    """A cell as NFC text; a whole number that the spreadsheet made a float loses its `.0`."""
    if isinstance(cell, bool) or not isinstance(cell, (str, int, float)):
        raise ValueError("not text")
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    found = unicodedata.normalize("NFC", str(cell)).strip().lstrip("\ufeff")
    if not found.isprintable() and any(unicodedata.category(char) == "Cc" for char in found):
        raise ValueError("control character")
    return found


def day(cell: Cell) -> str:
    """An ISO date from ISO or day-first text (dd.mm.yyyy, dd/mm/yyyy) or from Excel's day count."""
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat()
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _serial(int(cell))
    written = normalise_digits(text(cell))
    if written.isdigit():
        return _serial(int(written))
    if match := _ISO.fullmatch(written):
        year, month, day_ = match.groups()
    elif match := _DAY_FIRST.fullmatch(written):
        day_, _, month, year = match.groups()
    else:
        raise ValueError("not a date")
    return datetime.date(int(year), int(month), int(day_)).isoformat()


def decimal(cell: Cell, column: str) -> Number:
    """A decimal in Turkish (9.300,50) or English (9,300.50) notation, or a number cell.

    With both marks the last one is the decimal mark; a mark that stands twice groups
    thousands. A single comma before exactly three digits (1,234) is refused
    (ambiguous-number); a single point there is `doubtful`.
    """
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _from_float(cell)
    written = "".join(normalise_digits(text(cell)).split()).replace("'", "")
    if _PLAIN.fullmatch(written):
        return Number(_trimmed(written))
    comma_is_last = written.rfind(",") > written.rfind(".")
    if written.count("," if comma_is_last else ".") > 1:
        comma_is_last = not comma_is_last  # 1.234.567: the mark that stands twice groups
    if comma_is_last:
        written = written.translate(_SWAP)
    if _POINT.fullmatch(written):
        unsure = len(written) - written.index(".") == 4 and 0 < written.index(".") < 4
        unsure = unsure and not written.startswith("0")
        if unsure and comma_is_last:
            raise Refusal(Reason.AMBIGUOUS_NUMBER, column)
        return Number(_trimmed(written), unsure)
    if _GROUPED.fullmatch(written):
        return Number(_trimmed(written.replace(",", "")))
    raise ValueError("not a number")


def amount(number: Number, currency: str, column: str) -> str:
    """`number` as an amount of `currency` with all its decimals: 9300.5, TRY → '9300.50'.

    A doubtful `1.234` is taken only where the currency has three decimals: there it is
    the form that the system itself writes. Raises Refusal(ambiguous-number, too-many-decimals).
    """
    if number.doubtful and money.exponent(currency) != 3:
        raise Refusal(Reason.AMBIGUOUS_NUMBER, column)
    try:
        return money.from_minor(money.to_minor(number.text, currency), currency)
    except ValueError:
        raise Refusal(Reason.TOO_MANY_DECIMALS, column) from None


def quantity(number: Number, column: str) -> str:
    """`number` as a count of units. Raises Refusal(ambiguous-number)."""
    if number.doubtful:
        raise Refusal(Reason.AMBIGUOUS_NUMBER, column)
    return number.text


def identity_number(cell: Cell, column: str) -> str:
    """The characters of an identity number, also where a spreadsheet made a number of it.

    Raises Refusal(digits-lost) where it took some away (`events.written`).
    """
    return normalise(as_written(cell, column).text)


def normalise_digits(written: str) -> str:
    """Arabic-Indic and full-width digits as ASCII; the Arabic decimal and thousands marks too."""
    if written.isascii():
        return written
    return "".join(
        str(unicodedata.decimal(char))
        if unicodedata.category(char) == "Nd"
        else _MARKS.get(char, char)
        for char in written
    )


_CURRENCIES: Final = {
    "tl": "TRY",
    "turk_lirasi": "TRY",
    "avro": "EUR",
    "euro": "EUR",
    "dolar": "USD",
}
_MARKS: Final = {"٫": ".", "٬": ",", "\u00a0": " ", "\u202f": " ", "\u200e": "", "\u200f": ""}
_SWAP: Final = str.maketrans(",.", ".,")


def _serial(days: int) -> str:
    if days not in _SERIALS:
        raise ValueError("not a day count")
    return (_EXCEL_EPOCH + datetime.timedelta(days=days)).isoformat()


def _from_float(cell: float) -> Number:
    # a computed cell holds 3099.9999999999995 for 3100: six decimals are more than any currency has
    rounded = Decimal(repr(cell)).quantize(Decimal("0.000001"))
    if not 0 <= rounded < 10**12:
        raise ValueError("out of range")
    return Number(_trimmed(format(rounded, "f")))


def _trimmed(number: str) -> str:
    whole, _, decimals = number.partition(".")
    decimals = decimals.rstrip("0")
    whole = whole.lstrip("0") or "0"
    return f"{whole}.{decimals}" if decimals else whole


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
    if code not in context.districts:
        raise Refusal(Reason.UNKNOWN_DISTRICT, column.name)
    return code


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


def _birth(cell: Cell, column: Column, context: Context) -> str:
    """An ISO date if it is one, else the text: what is not looked at is no problem."""
    try:
        return day(cell)
    except (ValueError, OverflowError):
        return text(cell)


_READERS: Final[Mapping[Form, Callable[[Cell, Column, Context], Value]]] = {
    Form.REFERENCE: _reference,
    Form.PROGRAMME: _programme,
    Form.PROGRAMMES: _programmes,
    Form.ORG: lambda cell, column, context: _capitals(text(cell)),
    Form.TEXT: _plain_text,
    Form.CODE: lambda cell, column, context: fold(text(cell)).replace("_", "-"),
    Form.WORD: _word,
    Form.CURRENCY: _currency,
    Form.DISTRICT: _district,
    Form.DATE: lambda cell, column, context: day(cell),
    Form.DECIMAL: lambda cell, column, context: decimal(cell, column.name),
    Form.INTEGER: _integer,
    Form.BOOLEAN: _boolean,
    Form.SCHEME: _plain_text,
    Form.BIRTH: _birth,
    Form.IDENTIFIER: lambda cell, column, context: text(as_written(cell, column.name).text),
    Form.CONTACT: _contact,
    Form.NUMBER: lambda cell, column, context: identity_number(cell, column.name),
}
