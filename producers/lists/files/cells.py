"""Sheets, rows and cells of a file, and the frames in which they cross a pipe (pure).

A frame is four bytes of length and a JSON array; it is never longer than MAX_FRAME_BYTES. What
reads a strange file may be taken over by it, so its frames are data, and looked at like the file's.
"""

import struct
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any, Final, NamedTuple

import orjson

MAX_FRAME_BYTES: Final = 1 << 20
MAX_ROWS: Final = 1_048_576
MAX_COLUMNS: Final = 16_384
MAX_CELL_CHARS: Final = 2_000
"""Longer text is cut one character behind it, so that it is refused, and holds no memory."""
MAX_FORMAT_CHARS: Final = 255
GENERAL: Final = "General"
LENGTH: Final = struct.Struct(">I")

_FULL_BYTES: Final = 1 << 16


class Kind(StrEnum):
    """How a value is stored, whatever it is shown as."""

    TEXT = "s"
    NUMBER = "n"
    BOOLEAN = "b"
    ERROR = "e"
    """The value is the error as it is shown: #N/A."""
    DAY = "d"
    NOTHING = "z"
    """A formula without a stored result."""
    DAMAGED = "x"
    """Text whose bytes are none of the file's encoding; the value is ''."""


class Cell(NamedTuple):
    """A cell in which something stands. `column` counts from 0.

    `value`: text, a number, a truth value; a day (with or without time) as ISO text; None for
    Kind.NOTHING. A number may be shown as a day: see `formats`.
    """

    column: int
    value: str | float | bool | None
    kind: Kind
    number_format: str = GENERAL
    is_formula: bool = False


class Row(NamedTuple):
    """A row in which something stands. `number` is the one that a spreadsheet program shows.

    `merged`: first and last column of each merged range that the row meets, whether or not a cell
    is stored there: only the range's first cell has a value.
    """

    number: int
    is_hidden: bool
    cells: list[Cell]
    merged: tuple[tuple[int, int], ...] = ()


class Sheet(NamedTuple):
    """A sheet; its rows follow, unless it is hidden. A CSV file is one sheet without a name.

    `starts_1904`: its day counts begin in 1904, as those of old Macintosh files do.
    `encoding`: how the bytes of a CSV file were read, as a person says it (windows-1254).
    """

    name: str
    is_hidden: bool
    starts_1904: bool = False
    encoding: str = ""


class Columns(NamedTuple):
    """The hidden columns of the sheet that was named last: first and last of each span, from 0."""

    hidden: tuple[tuple[int, int], ...]


class Step(NamedTuple):
    """How far the reading is: bytes (unpacked) of how many; 0 of 0 where it is not known."""

    done: int
    total: int


class TooMuch(Exception):
    """The file needs more than it may. `what` names the limit, in words of any language."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class NotAList(Exception):
    """The file is broken, or of no form that is read."""


class OtherForm(Exception):
    """The file is of a form that is known and not read. `name` is what people call it: PDF."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class UnknownEncoding(Exception):
    """The bytes of a text are not in one encoding for certain. `line`: where, from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


Item = Sheet | Columns | Row | Step
_NAMES: Final[dict[type, str]] = {Sheet: "sheet", Columns: "spans", Step: "step"}
_PLAIN: Final[dict[type, Kind]] = {
    str: Kind.TEXT,
    float: Kind.NUMBER,
    int: Kind.NUMBER,
    bool: Kind.BOOLEAN,
}


def cut(text: str) -> str:
    """A text of a cell, no longer than it takes to refuse it."""
    return text[: MAX_CELL_CHARS + 1]


def frames(items: Iterable[Item]) -> Iterator[bytes]:
    """The items as frames: rows together, as many as fill one. Raises TooMuch for a wide row."""
    rows: list[bytes] = []
    size = 0
    for item in items:
        if isinstance(item, Row):
            packed = orjson.dumps(_packed(item))
            if len(packed) > MAX_FRAME_BYTES // 2:
                raise TooMuch(f"{MAX_FRAME_BYTES >> 11} KiB / 1")
            rows.append(packed)
            size += len(packed)
        if rows and (size > _FULL_BYTES or not isinstance(item, Row)):
            yield frame(b'["rows",[' + b",".join(rows) + b"]]")
            rows, size = [], 0
        if not isinstance(item, Row):
            yield frame(orjson.dumps([_NAMES[type(item)], *item]))
    if rows:
        yield frame(b'["rows",[' + b",".join(rows) + b"]]")


def frame(content: bytes) -> bytes:
    """One frame of a JSON array."""
    return LENGTH.pack(len(content)) + content


def items(content: bytes) -> Iterator[Item]:
    """The items of a frame's content. Raises ValueError or TypeError for one that is none."""
    name, *rest = orjson.loads(content)
    if name == "rows":
        for number, is_hidden, cells, merged in rest[0]:
            spans = tuple((int(first), int(last)) for first, last in merged)
            yield Row(int(number), bool(is_hidden), [_cell(cell) for cell in cells], spans)
    elif name == "sheet":
        sheet, is_hidden, starts_1904, encoding = rest
        yield Sheet(str(sheet), bool(is_hidden), bool(starts_1904), str(encoding))
    elif name == "spans":
        yield Columns(tuple((int(first), int(last)) for first, last in rest[0]))
    elif name == "step":
        done, total = rest
        yield Step(int(done), int(total))
    else:
        raise ValueError("no frame of this name")


def _packed(row: Row) -> list[Any]:
    cells = [
        cell[:2] if cell[2:] == (_PLAIN.get(type(cell.value)), GENERAL, False) else tuple(cell)
        for cell in row.cells
    ]
    return [row.number, row.is_hidden, cells, row.merged]


def _cell(packed: list[Any]) -> Cell:
    column, value = packed[0], packed[1]
    if not isinstance(column, int) or not 0 <= column < MAX_COLUMNS:
        raise ValueError("no column")
    if len(packed) == 2:
        return Cell(column, value, _PLAIN[type(value)])
    _, _, kind, number_format, is_formula = packed
    return Cell(column, value, Kind(kind), str(number_format), bool(is_formula))
