"""One worksheet's XML → its rows, as a stream (ECMA-376 part 1, 18.3)."""

import codecs
import re
from collections.abc import Iterator
from math import isfinite
from typing import Final, NamedTuple, Protocol

from producers.lists.files.cells import (
    MAX_CELL_CHARS,
    MAX_COLUMNS,
    MAX_ROWS,
    Cell,
    Columns,
    Item,
    Kind,
    NotAList,
    Row,
    Step,
    cut,
)
from producers.lists.files.package import Package, parsed, run, unescaped

_NAMESPACES: Final = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",  # strict
)
MAIN: Final = {
    f"{namespace} {name}": name
    for namespace in _NAMESPACES
    for name in (
        "c", "cellXfs", "col", "f", "is", "mergeCell", "numFmt", "numFmts", "rPh", "row", "sheet",
        "sheetData", "si", "t", "v", "workbookPr", "xf",
    )
}  # fmt: skip
"""The elements that are looked at: '<namespace> <name>' → name."""

_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LEAST_SIZE: Final = 1.0
"""A row's height in points, or a column's width in characters, of which nothing can be read."""
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_KINDS: Final = {
    "s": Kind.TEXT,
    "str": Kind.TEXT,
    "inlineStr": Kind.TEXT,
    "b": Kind.BOOLEAN,
    "e": Kind.ERROR,
    "d": Kind.DAY,
    "n": Kind.NUMBER,
}


class TextTable(Protocol):
    """The workbook's texts by number."""

    def __getitem__(self, place: int) -> str: ...


class Book(NamedTuple):
    """What a sheet needs of its workbook: its texts, and the number format of each style."""

    texts: TextTable
    formats: list[str]


def rows(package: Package, part: str, book: Book, total: int) -> Iterator[Item]:
    """The rows of a sheet in which something stands, and how far the reading is.

    Raises NotAList where rows or cells do not stand in their order, or point to what is missing.
    """
    reader = _Reader(book, _merged(package, part))
    for _ in parsed(package.chunks(part), reader.start, reader.end, reader.text):
        yield from reader.items
        reader.items.clear()
        yield Step(min(package.read_bytes, total), total)


def column_of(letters: str) -> int:
    """'A' → 0, 'XFD' → 16383. Raises NotAList beyond that."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    if not 0 < number <= MAX_COLUMNS:
        raise NotAList
    return number - 1


class _Range(NamedTuple):
    top: int
    bottom: int
    left: int
    right: int


class _Reader:
    """Told the elements of a sheet, collects its rows. `items` are those that are complete."""

    def __init__(self, book: Book, merged: list[_Range]) -> None:
        self.items: list[Item] = []
        self._hidden: list[tuple[int, int]] = []
        self._book = book
        self._merged = merged  # by their first row, the last one first
        self._active: list[_Range] = []
        self._columns: dict[str, int] = {}
        self._row, self._is_hidden = 0, False
        self._cells: list[Cell] = []
        self._column = -1
        self._attributes: dict[str, str] = {}
        self._pieces: list[str] = []
        self._length = 0
        self._takes = self._is_formula = self._is_reading = False

    def start(self, element: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        name = MAIN.get(element)
        self._takes = False
        if name == "v" or (name == "t" and not self._is_reading):
            self._takes = True
        elif name == "c":
            self._attributes = attributes
            self._place(attributes.get("r"))
            self._pieces = []
            self._length = 0
            self._is_formula = False
        elif name == "f":
            self._is_formula = True
        elif name == "row":
            self._begin_row(attributes)
        elif name == "rPh":
            self._is_reading = True
        elif name == "col" and _is_out_of_sight(attributes, "width"):
            first, last = int(attributes.get("min", 0)), int(attributes.get("max", 0))
            before = self._hidden[-1][1] if self._hidden else -1
            if not before + 1 < first <= last <= MAX_COLUMNS:
                raise NotAList
            self._hidden.append((first - 1, last - 1))
        elif name == "sheetData" and self._hidden:
            self.items.append(Columns(tuple(self._hidden)))
            self._hidden = []

    def end(self, element: str) -> None:
        """An element ends."""
        name = MAIN.get(element)
        self._takes = False
        if name == "c":
            self._end_cell()
        elif name == "row" and self._cells:
            row = Row(self._row, self._is_hidden, self._cells, self._spans())
            self.items.append(row)
        elif name == "rPh":
            self._is_reading = False

    def text(self, data: str) -> None:
        """Text inside the element that began last."""
        if self._takes and self._length <= MAX_CELL_CHARS:
            self._pieces.append(data)
            self._length += len(data)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        number = int(attributes.get("r", self._row + 1))
        if not self._row < number <= MAX_ROWS:
            raise NotAList
        self._row = number
        self._is_hidden = _is_out_of_sight(attributes, "ht")
        self._cells = []
        self._column = -1

    def _place(self, reference: str | None) -> None:
        """The column of a cell: what it says, or one further."""
        column = self._column + 1
        if reference is not None:
            letters = reference.rstrip("0123456789")
            known = self._columns.get(letters)
            if known is None:
                match = _REFERENCE.fullmatch(reference)
                if not match:
                    raise NotAList
                known = self._columns[letters] = column_of(match[1])
            if known < column:
                raise NotAList
            column = known
        if column >= MAX_COLUMNS:
            raise NotAList
        self._column = column

    def _end_cell(self) -> None:
        text = "".join(self._pieces)
        kind = _KINDS.get(self._attributes.get("t", "n"))
        value: str | float | bool | None
        if kind is None:
            raise NotAList
        if not text and not (kind is Kind.TEXT and self._is_formula):
            if not self._is_formula:
                return  # a cell that is only coloured
            kind, value = Kind.NOTHING, None
        elif kind is Kind.NUMBER:
            kind, value = _number(text)
        elif kind is Kind.BOOLEAN:
            value = text in ("1", "true")
        elif self._attributes.get("t") == "s":
            value = self._book.texts[int(text)]
        else:
            value = cut(unescaped(text))
        style = int(self._attributes.get("s", 0))
        if style < 0:
            raise NotAList
        number_format = self._book.formats[style]
        self._cells.append(Cell(self._column, value, kind, number_format, self._is_formula))

    def _spans(self) -> tuple[tuple[int, int], ...]:
        """The columns of the merged ranges that the row meets."""
        if not self._merged and not self._active:
            return ()
        row = self._row
        while self._merged and self._merged[-1].top <= row:
            self._active.append(self._merged.pop())
        self._active = [one for one in self._active if one.bottom >= row]
        return tuple((one.left, one.right) for one in self._active)


def _is_out_of_sight(attributes: dict[str, str], size: str) -> bool:
    """True for a row or column that is hidden, or too small to be seen (a filter hides rows)."""
    if attributes.get("hidden") in ("1", "true"):
        return True
    return size in attributes and float(attributes[size]) < _LEAST_SIZE


def _number(text: str) -> tuple[Kind, str | float]:
    number = float(text)  # ValueError: the file is broken
    return (Kind.NUMBER, number) if isfinite(number) else (Kind.ERROR, cut(text))


def _merged(package: Package, part: str) -> list[_Range]:
    """The merged ranges of a sheet, which its XML names only behind all rows.

    Most sheets have none: then the XML is only looked through for the word, in a tenth of the time.
    """
    found: list[_Range] = []

    def start(element: str, attributes: dict[str, str]) -> None:
        if MAIN.get(element) == "mergeCell":
            found.append(_range(attributes.get("ref", "")))

    before = package.read_bytes
    if _speaks_of(package, part, b"mergeCell"):
        run(parsed(package.chunks(part), start))
    package.read_bytes = before  # what was read twice is counted once
    return sorted(found, reverse=True)


def _speaks_of(package: Package, part: str, word: bytes) -> bool:
    tail = b""
    for chunk in package.chunks(part):
        if not tail and (b"\0" in chunk[:4] or chunk[:2] in _UTF16):
            return True  # UTF-16: only the parser can say
        if word in tail + chunk:
            return True
        tail = chunk[-len(word) :]
    return False


def _range(reference: str) -> _Range:
    first, _, last = reference.partition(":")
    start, stop = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last or first)
    if not start or not stop:
        raise NotAList
    return _Range(int(start[2]), int(stop[2]), column_of(start[1]), column_of(stop[1]))
