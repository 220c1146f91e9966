"""What stands in a cell, as text: marks that nobody sees, digits of other scripts (pure)."""

import unicodedata
from typing import Final

from producers.lists.files import formats

Cell = formats.Value

_MARKS: Final = {"٫": ".", "٬": ",", "\u00a0": " ", "\u202f": " "}


def is_empty(cell: Cell | None) -> bool:
    """True if nothing was written in the cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


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


def normalise_digits(written: str) -> str:
    """Arabic-Indic and full-width digits as ASCII; the Arabic decimal and thousands marks too.

    What is not seen (direction marks, U+FEFF) is left out.
    """
    if written.isascii():
        return written
    return "".join(map(_plain, written))


def _plain(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    return "" if category == "Cf" else _MARKS.get(char, char)
