"""CSV → rows of texts: comma, semicolon, tab or bar; its encoding is decided over the whole file.

See `encodings` for how. A cell with bytes of no encoding is Kind.DAMAGED, a formula has no result.
"""

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator
from typing import IO, Final

from producers.lists.files import encodings
from producers.lists.files.cells import (
    MAX_COLUMNS,
    MAX_ROWS,
    Cell,
    Item,
    Kind,
    NotAList,
    Row,
    Sheet,
    Step,
    TooMuch,
    UnknownEncoding,
    cut,
)

MAX_LINE_CHARS: Final = 1 << 20

_DELIMITERS: Final = ",;\t|"
_LINES_LOOKED_AT: Final = 20
_ROWS_A_STEP: Final = 1_000
_START_BYTES: Final = 4_096
_QUOTED: Final = re.compile(r'=\s*"([^"]*)"')
"""="0012": how a number is kept from a spreadsheet program that would shorten it."""
_BYTE_ORDERS: Final = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def read(file: IO[bytes], size: int, encoding: str = "") -> Iterator[Item]:
    """The file's one sheet and its rows; `size` is the file's, in bytes. `encoding`: what the
    officer says it is in, one of `encodings.KNOWN`.

    Raises NotAList, TooMuch and UnknownEncoding, UnicodeError and csv.Error for broken files. The
    row number counts the rows of the file from 1, as the spreadsheet program does, not its lines.
    """
    encoding = encoding or _encoding(file)
    yield Sheet("", is_hidden=False, encoding=encoding)
    python, errors = codec(encoding)
    file.seek(0)
    with io.TextIOWrapper(file, python, errors, newline="") as text:
        head, _, rows = opened(lines(text, encoding))
        for number, texts in enumerate(rows, len(head) + 1):
            if number > MAX_ROWS:
                raise TooMuch(f"{MAX_ROWS:,} rows")
            if len(texts) > MAX_COLUMNS:
                raise TooMuch(f"{MAX_COLUMNS:,} columns")
            cells = [
                _cell(column, found)
                for column, found in enumerate(texts)
                if found and not found.isspace()
            ]
            if cells:
                yield Row(number, is_hidden=False, cells=cells)
            if number % _ROWS_A_STEP == 0:
                yield Step(min(file.tell(), size), size)


def _cell(column: int, found: str) -> Cell:
    if found[0] == "=":
        if quoted := _QUOTED.fullmatch(found.strip()):
            return Cell(column, cut(quoted[1]), Kind.TEXT)
        return Cell(column, None, Kind.NOTHING, is_formula=True)
    if not found.isascii() and any("\udc80" <= char <= "\udcff" for char in found):
        return Cell(column, "", Kind.DAMAGED)
    return Cell(column, cut(found), Kind.TEXT)


def codec(encoding: str) -> tuple[str, str]:
    """Python's name of an encoding, and what it does with bytes that are none of it."""
    if encoding == encodings.DAMAGED:
        return "utf-8-sig", "surrogateescape"
    if encoding in ("utf-8", encodings.TWICE):
        return "utf-8-sig", "strict"
    return encoding.replace("windows-", "cp"), "strict"


def opened(lines: Iterator[str]) -> tuple[list[str], str, Iterator[list[str]]]:
    """The lines before the first row (blank ones, and Excel's own hint about the mark), the mark,
    and the rows' texts.
    """
    head: list[str] = []
    hint = ""
    for first in lines:
        if first.lower().startswith("sep="):
            hint = first[4:5]
        elif first.strip():
            break
        head.append(first)
    else:
        return head, "", iter(())
    start = [first, *itertools.islice(lines, _LINES_LOOKED_AT)]
    delimiter = hint if hint and hint in _DELIMITERS else _delimiter(start)
    rows = csv.reader(itertools.chain(start, lines), delimiter=delimiter, strict=True)
    return head, delimiter, rows


def _delimiter(start: Iterable[str]) -> str:
    """The mark that makes most cells of one of the first lines: a title has none."""
    lines = [line[:_START_BYTES] for line in start]
    return max(
        _DELIMITERS,
        key=lambda mark: max(len(next(csv.reader([line], delimiter=mark), [])) for line in lines),
    )


def lines(file: IO[str], encoding: str) -> Iterator[str]:
    """The lines of a file that is read as `codec` says. Raises NotAList, TooMuch."""
    found = _lines(file)
    return map(encodings.undone, found) if encoding == encodings.TWICE else found


def _lines(file: IO[str]) -> Iterator[str]:
    while line := file.readline(MAX_LINE_CHARS + 1):
        if len(line) > MAX_LINE_CHARS:
            raise TooMuch(f"{MAX_LINE_CHARS:,} characters in one line")
        if "\0" in line:
            raise NotAList
        yield line


def _encoding(file: IO[bytes]) -> str:
    """The file's encoding: by its mark, by its zeros, or by all that stands in it."""
    start = file.read(_START_BYTES)
    if start[:2] in _BYTE_ORDERS:
        return "utf-16"
    if b"\0" in start:
        if order := encodings.utf16(start):
            return order
        raise NotAList
    file.seek(0)
    seen = encodings.Evidence()
    while line := file.readline(MAX_LINE_CHARS):
        seen.take(line)
    found, line_number = seen.decided()
    if not found:
        raise UnknownEncoding(line_number)
    if found == "utf-8" and seen.first_high and _is_twice(file):
        return encodings.TWICE
    return found


def _is_twice(file: IO[bytes]) -> bool:
    file.seek(0)
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    try:
        return encodings.all_twice(_lines(text))
    finally:
        text.detach()  # the file goes on
