"""The sheets of a file → the one that is the list, as its lines are seen (pure).

A line has values as they are shown, or `Unreadable` with the reason why there is none. What is a
heading, a total or a payment among them is decided in `table`.
"""

import re
from collections.abc import Generator, Iterator
from typing import Final, NamedTuple

from events.rejection import Reason, Refusal
from producers.lists import unreadable
from producers.lists.files import formats, numbers
from producers.lists.files.cells import GENERAL, MAX_COLUMNS, Cell, Columns, Kind, Row, Sheet
from producers.lists.unreadable import Shown, Unreadable

_ERROR_TEXT: Final = re.compile(
    r"#(?:n/a|null!|div/0!|value!|ref!|name\?|num!|error!|spill!|calc!|getting_data|field!|busy!"
    r"|connect!|blocked!|unknown!|yok|bo[sş]!|sayı/0!|değer!|ba[sş]v!|ad\?|sayı!|taşma!)"
    r"|#{3,}|err:\d{3}|hata:\d{3}",
    re.IGNORECASE,
)
"""Errors as English and Turkish programs show them, and what is shown of a column too narrow."""
_MAX_NAME_CHARS: Final = 60
_MAX_NAMED: Final = 10


class Line(NamedTuple):
    """A row in which something stands. `spans`: first and last column of each merged range."""

    number: int
    cells: list[Shown]
    is_hidden: bool
    spans: tuple[tuple[int, int], ...]


class Source:
    """The sheet that is read, and what was seen beside it, once its lines were all taken.

    `wanted`: its name; '' for the first visible sheet in which something stands. `width`: how many
    of its columns hold something.
    """

    def __init__(self, items: Iterator[Sheet | Columns | Row], wanted: str = "") -> None:
        self._items = items
        self._wanted = wanted
        self.sheet = Sheet("", is_hidden=False)
        self.hidden_columns: frozenset[int] = frozenset()
        self.hidden_sheets: list[str] = []
        self.other_sheets: list[str] = []
        self.formats_refused: dict[str, None] = {}
        self.width = 0

    def lines(self) -> Generator[Line, None, None]:
        """The lines of the list's sheet.

        Raises Refusal: several-sheets where another visible sheet has rows too and none was asked
        for, unknown-sheet, unreadable-file for a file without a visible sheet.
        """
        current: Sheet | None = None
        taken: Sheet | None = None
        has_visible = False
        for item in self._items:
            if isinstance(item, Sheet):
                current = item
                has_visible |= not item.is_hidden
                if item.is_hidden:
                    self.hidden_sheets.append(item.name[:_MAX_NAME_CHARS])
                elif taken is None:
                    self.hidden_columns = frozenset()  # those of an empty sheet before this one
            elif current is None or not self._is_list(current, taken):
                self._see_rows_elsewhere(current, taken)
            elif isinstance(item, Columns):
                self.hidden_columns = _columns(item)
            else:
                if taken is None:
                    taken = self.sheet = current
                line = self._line(item, current.starts_1904)
                self.width = max(self.width, len(line.cells))
                yield line
        if self._wanted and taken is None:
            raise Refusal(Reason.UNKNOWN_SHEET, self._wanted[:_MAX_NAME_CHARS])
        if not has_visible:
            raise Refusal(Reason.UNREADABLE_FILE)

    def _is_list(self, current: Sheet, taken: Sheet | None) -> bool:
        if self._wanted:
            return current.name == self._wanted and taken in (None, current)
        return taken is None or taken is current

    def _see_rows_elsewhere(self, current: Sheet | None, taken: Sheet | None) -> None:
        name = current.name[:_MAX_NAME_CHARS] if current else ""
        if not self._wanted and taken is not None:
            raise Refusal(Reason.SEVERAL_SHEETS, f"{taken.name[:_MAX_NAME_CHARS]}, {name}")
        if name not in self.other_sheets[-1:]:
            self.other_sheets.append(name)

    def _line(self, row: Row, starts_1904: bool) -> Line:
        """A row's cells from the first column on; '' where nothing stands."""
        cells: list[Shown] = [""] * (max((cell.column for cell in row.cells), default=-1) + 1)
        try:
            for cell in row.cells:
                value = cell.value  # most cells are texts, as they stand
                if cell.kind is not Kind.TEXT or not isinstance(value, str):
                    cells[cell.column] = self._other(cell, starts_1904)
                elif cell.number_format != GENERAL or cell.is_formula or value[:1] in "#EeHh":
                    cells[cell.column] = self._text(cell, value)
                else:
                    cells[cell.column] = value
        except (ValueError, TypeError, OverflowError):
            raise Refusal(Reason.UNREADABLE_FILE) from None
        return Line(row.number, cells, row.is_hidden, row.merged)

    def _text(self, cell: Cell, value: str) -> Shown:
        if cell.is_formula and not value.strip():
            return unreadable.EMPTY_RESULT
        if _ERROR_TEXT.fullmatch(value.strip()):
            return unreadable.ERROR
        if cell.number_format != GENERAL and not numbers.shows_text(cell.number_format):
            return self._refused(cell.number_format)
        return value

    def _other(self, cell: Cell, starts_1904: bool) -> Shown:
        if cell.kind is Kind.NUMBER and isinstance(cell.value, int | float):
            return self._number(cell, float(cell.value), starts_1904)
        if cell.kind is Kind.ERROR:
            return unreadable.ERROR
        if cell.kind is Kind.NOTHING:
            return unreadable.NO_RESULT
        if cell.kind is Kind.DAMAGED:
            return unreadable.DAMAGED
        return formats.shown(cell, starts_1904)

    def _number(self, cell: Cell, number: float, starts_1904: bool) -> Shown:
        code = cell.number_format
        try:
            if code == GENERAL or not formats.shows_day(code) or formats.shows_elapsed(code):
                return numbers.as_shown(number, code)
        except numbers.Lost:
            return unreadable.DIGITS_LOST
        except numbers.NotShown:
            return self._refused(code)
        if not formats.is_a_days(number):
            return unreadable.ERROR  # shown as #####
        if not formats.shows_whole_day(code):
            return self._refused(code)
        return formats.shown(cell, starts_1904)

    def _refused(self, number_format: str) -> Unreadable:
        if len(self.formats_refused) < _MAX_NAMED:
            self.formats_refused[number_format[:_MAX_NAME_CHARS]] = None
        return unreadable.FORMAT


def _columns(spans: Columns) -> frozenset[int]:
    if sum(last - first + 1 for first, last in spans.hidden) > MAX_COLUMNS:
        raise Refusal(Reason.UNREADABLE_FILE)
    return frozenset(column for first, last in spans.hidden for column in range(first, last + 1))
