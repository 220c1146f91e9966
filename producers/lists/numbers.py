"""A cell's number and in which ways it can be read (pure). The column decides: see `columns`."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from events import money
from events.rejection import Reason, Refusal
from producers.lists.written import Cell, normalise_digits, text

_POINT: Final = re.compile(r"\d{1,15}(?:\.\d+)?")
_GROUPED: Final = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_SWAP: Final = str.maketrans(",.", ".,")


@dataclass(frozen=True, slots=True)
class Number:
    """A decimal as text with a point, without spare zeros."""

    text: str


@dataclass(frozen=True, slots=True)
class Figures:
    """A written number: what it is if the decimal mark is a point, and if it is a comma.

    '' where it cannot be read so: that proves the other mark. `1.234` and `1,234` are two numbers,
    `6000` and a number cell are one.
    """

    point: str
    comma: str


def decimal(cell: Cell) -> Figures:
    """The readings of a cell: Turkish (9.300,50), English (9,300.50), or a number cell.

    Raises ValueError for what is no number in either.
    """
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        number = _from_float(cell)
        return Figures(number, number)
    written = "".join(normalise_digits(text(cell)).split()).replace("'", "").replace("’", "")
    found = Figures(_reading(written), _reading(written.translate(_SWAP)))
    if not found.point and not found.comma:
        raise ValueError("not a number")
    return found


def amount(number: Number, currency: str, column: str) -> str:
    """`number` as an amount of `currency` with all its decimals: 9300.5, TRY → '9300.50'.

    Raises Refusal(too-many-decimals).
    """
    try:
        return money.from_minor(money.to_minor(number.text, currency), currency)
    except ValueError:
        raise Refusal(Reason.TOO_MANY_DECIMALS, column) from None


def _reading(written: str) -> str:
    """A number with a decimal point and commas between thousands; '' if it is none."""
    if _POINT.fullmatch(written) or _GROUPED.fullmatch(written):
        return _trimmed(written.replace(",", ""))
    return ""


def _from_float(cell: float) -> str:
    # a computed cell holds 3099.9999999999995 for 3100: six decimals are more than any currency has
    rounded = Decimal(repr(cell)).quantize(Decimal("0.000001"))
    if not 0 <= rounded < 10**12:
        raise ValueError("out of range")
    return _trimmed(format(rounded, "f"))


def _trimmed(number: str) -> str:
    whole, _, decimals = number.partition(".")
    decimals = decimals.rstrip("0")
    whole = whole.lstrip("0") or "0"
    return f"{whole}.{decimals}" if decimals else whole
