"""Files → header and rows: CSV (UTF-8, UTF-16 or Windows-1254; comma, semicolon, tab) and XLSX.

A shell: it has files read (`files.reader`). What a row means is decided in `headers` and
`grouping`.
"""

import contextlib
import csv
import json
from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import Final

from events.rejection import Reason, Refusal
from producers.lists.files.cells import Kind, Row, Sheet
from producers.lists.files.formats import shown
from producers.lists.files.reader import USUAL, Limits, Progress, read_cells, unheard
from producers.lists.places import District, Places
from producers.lists.values import Cell, is_empty

MAX_MAPPING_BYTES: Final = 1 << 20
DATA: Final = Path(__file__).resolve().parents[2] / "data"

Rows = Generator[tuple[int, list[Cell]], None, None]
"""(row number as the spreadsheet program shows it, its cells), the header row first."""


def read_rows(path: Path, limits: Limits = USUAL, progress: Progress = unheard) -> Rows:
    """The rows of a file's first visible sheet that are not empty; close it if you stop early.

    Raises Refusal (unreadable-file, file-too-large) when the first row is asked for, or later.
    The row number counts the rows of the file from 1, as the spreadsheet program does.
    """
    with contextlib.closing(read_cells(path, limits, progress)) as items:
        sheet: Sheet | None = None
        for item in items:
            if isinstance(item, Row):
                cells = _dense(item, sheet is not None and sheet.starts_1904, path)
                if not all(map(is_empty, cells)):
                    yield item.number, cells
            elif not item.is_hidden:
                if sheet is not None:
                    return  # the next visible sheet
                sheet = item
        if sheet is None:
            raise Refusal(Reason.UNREADABLE_FILE, path.name)


def _dense(row: Row, starts_1904: bool, path: Path) -> list[Cell]:
    """A row's cells from the first column on; '' where nothing stands."""
    cells: list[Cell] = [""] * (max((cell.column for cell in row.cells), default=-1) + 1)
    try:
        for cell in row.cells:
            value = cell.value  # most cells are texts, as they stand
            if cell.kind is not Kind.TEXT or not isinstance(value, str):
                cells[cell.column] = shown(cell, starts_1904)
            else:
                cells[cell.column] = value
    except (ValueError, TypeError, OverflowError):
        raise Refusal(Reason.UNREADABLE_FILE, path.name) from None
    return cells


def read_mapping(path: Path) -> dict[str, str | None]:
    """A partner's mapping file: JSON object of their header → our column, or null to leave it out.

    Raises Refusal(unreadable-file).
    """
    try:
        if not path.is_file() or path.stat().st_size > MAX_MAPPING_BYTES:
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
    return frozenset(district.code for district in _districts())


@cache
def known_places() -> Places:
    """The same districts by name."""
    return Places.of(_districts())


@cache
def _districts() -> tuple[District, ...]:
    with (DATA / "geo" / "pcodes.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return tuple(District(row["pcode"], row["district"], row["province"]) for row in rows)
