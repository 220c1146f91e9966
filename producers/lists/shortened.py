"""Numbers that a spreadsheet shortened, seen over a column as a whole (pure).

A cell alone does not say it: 2026050000001000 may be a number, and 12 too. But a spreadsheet
keeps 15 digits, so a column in which every longer number ends with zeros has lost the rest; and
where one cell says 0012, a number cell that says 12 has lost its zeros.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from events.written import EXACT_DIGITS, as_written, unmarked

_LONG: Final = re.compile(rf"\d{{{EXACT_DIGITS + 1},40}}")
_LED: Final = re.compile(r"0\d+")
_NEITHER: Final = frozenset("123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_GUARDS: Final = frozenset("='\"")
Place = tuple[int, int, str]
"""Record (its place in the list), row, column."""


@dataclass(slots=True)
class _Column:
    ended: list[tuple[int, int]] = field(default_factory=list)
    is_exact: bool = False
    numbers: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    led_digits: int = 0


class Columns:
    """Takes the cells of identifiers one by one, and says at the end which were shortened."""

    def __init__(self) -> None:
        self._columns: dict[str, _Column] = {}

    def take(self, record: int, row: int, column: str, cell: object) -> None:
        """One cell that could be read; `record` is where it belongs."""
        known = self._columns.setdefault(column, _Column())
        if isinstance(cell, str):
            if len(cell) > EXACT_DIGITS or cell[0] not in _NEITHER:  # most are short and plain
                self._take_text(known, (record, row), unmarked(cell), cell)
        elif isinstance(cell, int | float):
            digits = len(as_written(cell, column).text)
            known.numbers.setdefault(digits, []).append((record, row))

    def _take_text(self, known: _Column, place: tuple[int, int], text: str, cell: str) -> None:
        if _LED.fullmatch(text):
            known.led_digits = max(known.led_digits, len(text))
        if not _LONG.fullmatch(text):
            return
        if text[EXACT_DIGITS:].strip("0"):
            known.is_exact = True
        elif cell.strip()[0] not in _GUARDS:  # what is protected is as it was typed
            known.ended.append(place)

    def lost(self, zeros_count: frozenset[str]) -> list[Place]:
        """The cells that have lost digits; in `zeros_count` columns leading zeros are part of
        the number, elsewhere its scheme says whether one may be missing."""
        found: list[Place] = []
        for name, column in self._columns.items():
            if not column.is_exact:
                found += ((record, row, name) for record, row in column.ended)
            if name in zeros_count:
                for digits, places in column.numbers.items():
                    if digits < column.led_digits:
                        found += ((record, row, name) for record, row in places)
        return found
