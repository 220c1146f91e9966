"""The lines of a sheet → a header and the rows below it; what is no row is named (pure).

Skipped are lines above the header, rows of HXL hashtags, headers that stand again, totals, and
copies of a constant that were filled down below the list. Each of them is recognised by all that
stands in it; a line that might be a payment goes on, and is refused there if it is none.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Final

from events.rejection import Reason, Refusal
from producers.lists import names, totals
from producers.lists.files import formats
from producers.lists.files.encodings import DAMAGED as DAMAGED_UTF8
from producers.lists.files.encodings import TWICE
from producers.lists.headers import Layout
from producers.lists.readings import Notes, Reading, Skip, Skipped, listed, spans
from producers.lists.sheets import Line, Source
from producers.lists.templates import Form, Template
from producers.lists.unreadable import DAMAGED, MERGED, Shown, Unreadable, is_blank
from producers.lists.values import Cell

HEADER_WITHIN: Final = 20
"""The header is the line with the most known titles among so many at the start."""
_FEW: Final = 4
_NUMBER: Final = re.compile(r"\d{7}")
_HASHTAG: Final = re.compile(r"#[a-z][a-z0-9_]*(?:\s*\+\s*[a-z][a-z0-9_]*)*")  # hxlstandard.org
_CONSTANT: Final = frozenset(
    {
        Form.PROGRAMME, Form.PROGRAMMES, Form.ORG, Form.CODE, Form.WORD, Form.CURRENCY,
        Form.DISTRICT, Form.DATE, Form.INTEGER, Form.BOOLEAN, Form.SCHEME,
    }
)  # fmt: skip
"""What may be filled down below a list: nothing that says who, and no amount."""

_NAMES: Final = ("first_name", "last_name")
_ENCODINGS: Final = {TWICE: Skip.TWICE, DAMAGED_UTF8: Skip.DAMAGED}
_MAX_COUNT_CHARS: Final = 20
_YEARS: Final = range(1900, 2101)
_PLAUSIBLE: Final = range(1950, 2100)
"""Years of days that are written as counts, as in `values`."""

IsTitle = Callable[[str], bool]
"""True for a header that is known."""
Body = Iterator[tuple[int, list[Shown]]]


class Table:
    """A list's header and rows: `header` first, then `body` to its end, then its `reading`."""

    def __init__(self, source: Source, is_title: IsTitle) -> None:
        self.source = source
        self._opened = source.lines()
        self._lines: Iterator[Line] = self._opened
        self._is_title = is_title
        self.notes = Notes()
        self._titles: dict[str, str] = {}
        self.header_row = 0
        self.rows = 0
        self.header: list[Cell] = []
        self._find_header()

    def close(self) -> None:
        """Read no more."""
        self._opened.close()

    def _find_header(self) -> None:
        """Raises Refusal (rows-above-header, and the reason of a title that is unreadable)."""
        first = itertools.islice(self._lines, HEADER_WITHIN)
        start = [line for line in first if not all(map(is_blank, line.cells))]
        if not start:
            return
        known = [sum(self._is_title(cell) for cell in _texts(line)) for line in start]
        place = known.index(max(known))
        line = start[place]
        self.header_row = line.number
        self.header = [_title(at, cell) for at, cell in enumerate(line.cells)]
        width = sum(not is_blank(cell) for cell in line.cells)
        for above in start[:place]:
            if _may_be_a_row(above, width):
                raise Refusal(Reason.ROWS_ABOVE_HEADER, str(above.number))
            self.notes.skip(Skip.ABOVE_HEADER, above.number)
        self._lines = itertools.chain(start[place + 1 :], self._lines)

    def body(self, layout: Layout, template: Template) -> Body:
        """The rows below the header.

        Raises Refusal at their end: hidden-rows, hidden-columns, with those that have values.
        """
        by_name = template.by_name
        for name, title in zip(layout.names, self.header, strict=True):
            if name:
                self._titles.setdefault(name, str(title))
        forms = [by_name[name].form if name else None for name in layout.names]
        rows = _Rows(self, layout, template, forms)
        hidden: list[int] = []
        hidden_columns: set[int] = set()
        watched = [at for at in sorted(self.source.hidden_columns) if at < len(layout.names)]
        watched = [at for at in watched if forms[at] not in (None, Form.UNREAD)]
        for line in rows.payments():
            if line.is_hidden:
                hidden.append(line.number)
                continue
            hidden_columns |= {
                at for at in watched if at < len(line.cells) and not is_blank(line.cells[at])
            }
            self.rows += 1
            yield line.number, rows.read(line)
        if hidden:
            raise Refusal(Reason.HIDDEN_ROWS, spans(hidden))
        if hidden_columns:
            raise Refusal(Reason.HIDDEN_COLUMNS, ", ".join(map(letters, sorted(hidden_columns))))

    @property
    def reading(self) -> Reading:
        """What was read so far, and what was skipped and why."""
        source = self.source
        beside = (
            (Skip.HIDDEN_SHEETS, source.hidden_sheets),
            (Skip.OTHER_SHEETS, source.other_sheets),
            (Skip.FORMATS, list(source.formats_refused)),
        )
        named = [Skipped(why, listed(names)) for why, names in beside if names]
        sheet = source.sheet
        encoding = sheet.encoding
        if why := _ENCODINGS.get(encoding):
            encoding = "utf-8"
            named.append(Skipped(why, encoding))
        skipped = (*self.notes.skipped, *named)
        return Reading(
            sheet.name,
            encoding,
            self.header_row,
            self.rows,
            skipped,
            source.width,
            self._titles,
            sheet.encoding,
        )

    def lines(self) -> Iterator[Line]:
        """The lines that were not taken yet."""
        return self._lines


class _Rows:
    """Tells the lines below a header apart."""

    def __init__(
        self, table: Table, layout: Layout, template: Template, forms: list[Form | None]
    ) -> None:
        self._table = table
        self._forms = forms
        self._key = layout.names.index(template.key)
        self._header = _trimmed(table.header)
        self._names = [at for at, name in enumerate(layout.names) if name in _NAMES]
        self._texts = [
            at
            for at, form in enumerate(forms)
            if form in (Form.REFERENCE, Form.TEXT) and at not in self._names
        ]
        is_1904 = table.source.sheet.starts_1904
        self._days = [
            at for at, form in enumerate(forms) if is_1904 and form in (Form.DATE, Form.BIRTH)
        ]
        self._of_persons = {
            at for at, name in enumerate(layout.names) if name and template.by_name[name].person
        }
        self._sums = totals.Sums([at for at, form in enumerate(forms) if form is Form.DECIMAL])
        self._last: list[Shown] = []
        self._filled: list[tuple[int, bool, tuple[int, ...]]] = []

    def payments(self) -> Iterator[Line]:
        """The lines that are rows; the others are noted."""
        notes = self._table.notes
        for line in self._table.lines():
            cells = line.cells
            if all(map(is_blank, cells)):
                continue
            skip = self._kind(cells)
            if skip is not None:
                notes.skip(skip, line.number)
                continue
            filled = self._filled_down(cells)
            if filled:
                # below the list for now: a payment behind them makes them rows without a reference
                self._filled.append((line.number, line.is_hidden, filled))
                continue
            yield from self._not_filled()
            self._sums.add(cells)
            self._last = cells
            yield line
        for number, _, _ in self._filled:
            notes.skip(Skip.FILLED_DOWN, number)

    def _not_filled(self) -> Iterator[Line]:
        for number, is_hidden, places in self._filled:
            cells: list[Shown] = [""] * len(self._last)
            for at in places:
                cells[at] = self._last[at]
            yield Line(number, cells, is_hidden, ())
        self._filled.clear()

    def _kind(self, cells: list[Shown]) -> Skip | None:
        if len(cells) > self._key and not is_blank(cells[self._key]):
            first = cells[self._key]
        else:
            first = next(cell for cell in cells if not is_blank(cell))
        if isinstance(first, str):
            if first.startswith("#") and _is_hashtags(cells):
                return Skip.HASHTAGS
            if first in self._header and _trimmed(cells) == self._header:
                return Skip.HEADER_AGAIN
        if totals.is_short(cells) and totals.may_be_total(cells):
            return self._sums.judged(cells, self._forms, self._of_persons)
        if len(cells) <= self._key or is_blank(cells[self._key]):
            return self._sums.judged_without_word(cells)
        return None

    def _filled_down(self, cells: list[Shown]) -> tuple[int, ...]:
        """Where copies of the last row's constants stand, if there is nothing else."""
        if not self._last or (len(cells) > self._key and not is_blank(cells[self._key])):
            return ()
        places = tuple(at for at, cell in enumerate(cells) if not is_blank(cell))
        for at in places:
            if at >= len(self._last) or at >= len(self._forms):
                return ()
            if self._forms[at] not in _CONSTANT or cells[at] != self._last[at]:
                return ()
        return places

    def read(self, line: Line) -> list[Shown]:
        """A row's cells, in which nothing that is unreadable looks like a value."""
        cells = list(line.cells)
        for first, last in set(line.spans):
            end = min(last + 1, len(self._forms))
            cells.extend([""] * (end - len(cells)))
            cells[first:end] = [MERGED] * max(0, end - first)
        for at in self._names:
            cell = cells[at] if at < len(cells) else ""
            if isinstance(cell, str) and cell and not names.is_name(cell):
                cells[at] = DAMAGED
        for at in self._texts:
            cell = cells[at] if at < len(cells) else ""
            if isinstance(cell, str) and not cell.isascii() and names.is_damaged(cell):
                cells[at] = DAMAGED
        for at in self._days:
            if at < len(cells):
                cells[at] = _day_of_1904(cells[at], self._forms[at])
        return cells


def _day_of_1904(cell: Shown, form: Form | None) -> Shown:
    """A day count of a workbook whose days begin in 1904, that has lost its format."""
    count = cell
    if isinstance(cell, str) and cell.strip().isdecimal() and len(cell) < _MAX_COUNT_CHARS:
        count = float(cell)
    if not isinstance(count, float) or (form is Form.BIRTH and count in _YEARS):
        return cell
    # a count that is a text came from elsewhere: nobody knows in which year it begins
    day = formats.day_of(count, starts_1904=True) if count is cell else None
    return day if day and day.year in _PLAUSIBLE else Unreadable(Reason.INVALID_VALUE)


def letters(column: int) -> str:
    """A column as a spreadsheet program names it: 0 → A, 26 → AA."""
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def _texts(line: Line) -> Iterator[str]:
    return (cell for cell in line.cells if isinstance(cell, str) and cell)


def _title(place: int, cell: Shown) -> Cell:
    if isinstance(cell, Unreadable):
        if not cell.is_blank:
            raise Refusal(cell.reason, f"column {place + 1}")
        return ""
    return cell


def _trimmed(cells: list[Shown] | list[Cell]) -> list[str]:
    texts = [str(cell).strip() for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _may_be_a_row(line: Line, width: int) -> bool:
    """True for a line above the header that is more than a title or a label with its value."""
    filled = [at for at, cell in enumerate(line.cells) if not is_blank(cell)]
    if len(filled) > 1 and any(_NUMBER.search(str(line.cells[at])) for at in filled):
        return True
    merged = all(any(first <= at <= last for first, last in line.spans) for at in filled)
    return not merged and len(filled) > 1 and (len(filled) > _FEW or len(filled) * 2 >= width)


def _is_hashtags(cells: list[Shown]) -> bool:
    filled = [cell for cell in cells if not is_blank(cell)]
    return all(isinstance(cell, str) and _HASHTAG.fullmatch(cell.strip()) for cell in filled)
