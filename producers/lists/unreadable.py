"""A cell in which something stands that cannot be read as it is shown (pure)."""

from dataclasses import dataclass
from typing import Final

from events.rejection import Reason
from producers.lists.files.formats import Value


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What a list gets in the place of a value: why there is none. It is never an empty cell.

    `is_blank`: the officer sees nothing in it (a formula whose result is an empty text). In a row
    with values it is refused as the others are, as nobody can tell it from one never calculated.
    """

    reason: Reason
    is_blank: bool = False


Shown = Value | Unreadable

ERROR: Final = Unreadable(Reason.ERROR_CELL)
NO_RESULT: Final = Unreadable(Reason.FORMULA_WITHOUT_RESULT)
EMPTY_RESULT: Final = Unreadable(Reason.FORMULA_WITHOUT_RESULT, is_blank=True)
MERGED: Final = Unreadable(Reason.MERGED_CELL)
FORMAT: Final = Unreadable(Reason.NUMBER_FORMAT)
DIGITS_LOST: Final = Unreadable(Reason.DIGITS_LOST)
DAMAGED: Final = Unreadable(Reason.DAMAGED_TEXT)


def is_blank(cell: Shown) -> bool:
    """True if an officer sees nothing in the cell."""
    if isinstance(cell, Unreadable):
        return cell.is_blank
    return cell == "" or (isinstance(cell, str) and not cell.strip())
