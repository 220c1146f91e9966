"""Files → the lines of a list's sheet: CSV and XLSX.

A shell: it has files read (`files.reader`). What a line is, is decided in `sheets` and `table`;
what a row means in `headers` and `grouping`.
"""

import contextlib
import csv
import json
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from events.rejection import Reason, Refusal
from producers.lists.columns import NOTHING_SAID, Said
from producers.lists.files.encodings import KNOWN
from producers.lists.files.reader import USUAL, Limits, Progress, read_cells, unheard
from producers.lists.places import District, Places
from producers.lists.sheets import Source
from producers.lists.unreadable import Shown, is_blank

MAX_MAPPING_BYTES: Final = 1 << 20
DATA: Final = Path(__file__).resolve().parents[2] / "data"

Rows = Generator[tuple[int, list[Shown]], None, None]
"""(row number as the spreadsheet program shows it, its cells)."""


def read_rows(
    path: Path,
    limits: Limits = USUAL,
    progress: Progress = unheard,
    said: Said = NOTHING_SAID,
) -> Rows:
    """All rows of a file's list in which something is shown, its header and totals among them.

    Close it if you stop early. Raises Refusal when the first row is asked for, or later.
    """
    file = opened(path, limits, progress, said)
    with file as source, contextlib.closing(source.lines()) as lines:
        for line in lines:
            if not all(map(is_blank, line.cells)):
                yield line.number, line.cells


@contextlib.contextmanager
def opened(
    path: Path,
    limits: Limits = USUAL,
    progress: Progress = unheard,
    said: Said = NOTHING_SAID,
) -> Iterator[Source]:
    """A file whose lines are read while it is open; `said`: its encoding, its sheet.

    Raises Refusal.
    """
    if said.encoding and said.encoding not in KNOWN:
        raise Refusal(Reason.UNKNOWN_ENCODING, ", ".join(KNOWN))
    with contextlib.closing(read_cells(path, limits, progress, said.encoding)) as items:
        try:
            yield Source(items, said.sheet)
        except Refusal as refusal:
            if refusal.reason is Reason.UNREADABLE_FILE and not refusal.field:
                raise Refusal(refusal.reason, path.name) from None
            raise


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
