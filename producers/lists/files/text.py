"""CSV → rows of texts: UTF-8, UTF-16 or Windows-1254; comma, semicolon or tab."""

import codecs
import csv
import io
import itertools
from collections.abc import Iterator
from typing import IO, Final

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
    cut,
)

MAX_LINE_CHARS: Final = 1 << 20

_CHUNK_BYTES: Final = 1 << 20
_DELIMITERS: Final = ",;\t"
_ROWS_A_STEP: Final = 1_000


def read(file: IO[bytes], size: int) -> Iterator[Item]:
    """The file's one sheet and its rows; `size` is the file's, in bytes.

    Raises NotAList and TooMuch, UnicodeError and csv.Error for broken files. The row number counts
    the rows of the file from 1, as the spreadsheet program does, not its lines.
    """
    yield Sheet("", is_hidden=False)
    encoding = _encoding(file)
    file.seek(0)
    with io.TextIOWrapper(file, encoding, newline="") as text:
        for number, texts in enumerate(_rows(text), 1):
            if number > MAX_ROWS:
                raise TooMuch(f"{MAX_ROWS:,} rows")
            if len(texts) > MAX_COLUMNS:
                raise TooMuch(f"{MAX_COLUMNS:,} columns")
            cells = [
                Cell(column, cut(found), Kind.TEXT)
                for column, found in enumerate(texts)
                if found and not found.isspace()
            ]
            if cells:
                yield Row(number, is_hidden=False, cells=cells)
            if number % _ROWS_A_STEP == 0:
                yield Step(min(file.tell(), size), size)


def _rows(file: io.TextIOBase) -> Iterator[list[str]]:
    lines = _lines(file)
    before = 0
    for first in lines:
        # blank lines, and Excel's own hint about the delimiter, stand before the header
        if first.strip() and not first.lower().startswith("sep="):
            break
        before += 1
    else:
        return
    delimiter = max(
        _DELIMITERS, key=lambda mark: len(next(csv.reader([first], delimiter=mark), []))
    )
    yield from ([] for _ in range(before))
    yield from csv.reader(itertools.chain([first], lines), delimiter=delimiter, strict=True)


def _lines(file: io.TextIOBase) -> Iterator[str]:
    while line := file.readline(MAX_LINE_CHARS + 1):
        if len(line) > MAX_LINE_CHARS:
            raise TooMuch(f"{MAX_LINE_CHARS:,} characters in one line")
        yield line


def _encoding(file: IO[bytes]) -> str:
    """The file's encoding: by its mark, else UTF-8 if all of it is, else Windows-1254 (Turkish).

    A file in another code page is read as Windows-1254 too; names are not used, and a
    header that comes out wrong is refused by name.
    """
    start = file.read(2)
    if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    for encoding in ("utf-8-sig", "cp1254"):
        file.seek(0)
        if _decodes(file, encoding):
            return encoding
    raise NotAList


def _decodes(file: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(_CHUNK_BYTES):
            if b"\0" in chunk:
                raise NotAList
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
