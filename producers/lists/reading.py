"""Files → header and rows: CSV (UTF-8, UTF-16 or Windows-1254; comma, semicolon, tab) and XLSX.

A shell: it opens files. What a row means is decided in `headers` and `grouping`.
"""

import codecs
import csv
import io
import itertools
import json
import zipfile
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path
from typing import Final

import python_calamine

from events.rejection import Reason, Refusal
from producers.lists.values import Cell, is_empty

MAX_FILE_BYTES: Final = 512 << 20
MAX_UNPACKED_BYTES: Final = 2 << 30
MAX_ROWS: Final = 1_048_576
MAX_MAPPING_BYTES: Final = 1 << 20
DATA: Final = Path(__file__).resolve().parents[2] / "data"

_CHUNK_BYTES: Final = 1 << 20
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0"  # old .xls, and an .xlsx with a password
_DELIMITERS: Final = ",;\t"

Rows = Generator[tuple[int, list[Cell]], None, None]
"""(row number as the spreadsheet program shows it, its cells), the header row first."""


def read_rows(path: Path) -> Rows:
    """The rows of a file that are not empty, one after the other; close it if you stop early.

    Raises Refusal(unreadable-file) when the first row is asked for, or later. The row number
    counts the rows of the file from 1, so that it is the one that the spreadsheet program shows.
    """
    try:
        start = _start(path)
        if start.startswith((_ZIP, _OLE)):
            yield from _numbered(_sheet_rows(path, start))
        else:
            with path.open(encoding=_encoding(path, start), newline="") as file:
                yield from _numbered(_text_rows(file))
    except (OSError, UnicodeError, csv.Error, zipfile.BadZipFile):
        raise Refusal(Reason.UNREADABLE_FILE, path.name) from None
    except (python_calamine.CalamineError, python_calamine.ZipError, python_calamine.XmlError):
        raise Refusal(Reason.UNREADABLE_FILE, path.name) from None


def read_mapping(path: Path) -> dict[str, str | None]:
    """A partner's mapping file: JSON object of their header → our column, or null to leave it out.

    Raises Refusal(unreadable-file).
    """
    try:
        if path.stat().st_size > MAX_MAPPING_BYTES:
            raise ValueError
        found = json.loads(path.read_text(encoding="utf-8-sig"))
        if not isinstance(found, dict) or not all(
            value is None or isinstance(value, str) for value in found.values()
        ):
            raise ValueError
    except (OSError, ValueError, RecursionError):
        raise Refusal(Reason.UNREADABLE_FILE, path.name) from None
    return found


@cache
def known_districts() -> frozenset[str]:
    """The p-codes of data/geo/pcodes.csv."""
    with (DATA / "geo" / "pcodes.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row["pcode"] for row in csv.DictReader(file))


def _numbered(rows: Iterator[list[Cell]]) -> Rows:
    for number, cells in enumerate(rows, 1):
        if number > MAX_ROWS:
            raise csv.Error("too many rows")
        if not all(is_empty(cell) for cell in cells):
            yield number, cells


def _start(path: Path) -> bytes:
    if not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
        raise OSError("not a file of a size that is read")
    with path.open("rb") as file:
        return file.read(4)


def _sheet_rows(path: Path, start: bytes) -> Iterator[list[Cell]]:
    if start.startswith(_ZIP):
        with zipfile.ZipFile(path) as packed:
            # a small file can unpack to more than the machine holds
            if sum(item.file_size for item in packed.infolist()) > MAX_UNPACKED_BYTES:
                raise zipfile.BadZipFile("unpacks to too much")
    book = python_calamine.load_workbook(str(path))
    visible = [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.visible is python_calamine.SheetVisibleEnum.Visible
        and sheet.typ is python_calamine.SheetTypeEnum.WorkSheet
    ]
    if not visible:
        raise zipfile.BadZipFile("no visible sheet")
    for row in book.get_sheet_by_name(visible[0]).iter_rows():
        yield list(row)


def _text_rows(file: io.TextIOBase) -> Iterator[list[Cell]]:
    before = 0
    for first in file:
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
    for row in csv.reader(itertools.chain([first], file), delimiter=delimiter, strict=True):
        yield list(row)


def _encoding(path: Path, start: bytes) -> str:
    """The file's encoding: by its mark, else UTF-8 if all of it is, else Windows-1254 (Turkish).

    A file in another code page is read as Windows-1254 too; names are not used, and a
    header that comes out wrong is refused by name.
    """
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding in ("utf-8-sig", "cp1254"):
        if _decodes(path, encoding):
            return encoding
    raise csv.Error("no known encoding")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK_BYTES):
                if b"\0" in chunk:
                    raise csv.Error("not text")
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True
