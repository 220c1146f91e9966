"""Files → the lines of a list's sheet: CSV and XLSX.

A shell: it has files read (`files.reader`). What a line is, is decided in `sheets` and `table`;
what a row means in `headers` and `grouping`.
"""

import contextlib
import csv
import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from events.rejection import Reason, Refusal
from producers.lists.files.encodings import KNOWN
from producers.lists.files.reader import USUAL, Limits, Progress, read_cells, unheard
from producers.lists.sheets import Source
from producers.lists.unreadable import Shown, is_blank

MAX_MAPPING_BYTES: Final = 1 << 20
DATA: Final = Path(__file__).resolve().parents[2] / "data"

Rows = Generator[tuple[int, list[Shown]], None, None]
"""(row number as the spreadsheet program shows it, its cells)."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What an officer says of a file: the `encoding` of a text, one of `encodings.KNOWN`; the name
    of the `sheet` that is the list. '' where she says nothing."""

    encoding: str = ""
    sheet: str = ""


PLAIN: Final = Opening()


def read_rows(
    path: Path,
    limits: Limits = USUAL,
    progress: Progress = unheard,
    opening: Opening = PLAIN,
) -> Rows:
    """All rows of a file's list in which something is shown, its header and totals among them.

    Close it if you stop early. Raises Refusal when the first row is asked for, or later.
    """
    file = opened(path, limits, progress, opening)
    with file as source, contextlib.closing(source.lines()) as lines:
        for line in lines:
            if not all(map(is_blank, line.cells)):
                yield line.number, line.cells


@contextlib.contextmanager
def opened(
    path: Path,
    limits: Limits = USUAL,
    progress: Progress = unheard,
    opening: Opening = PLAIN,
) -> Iterator[Source]:
    """A file whose lines are read while it is open. Raises Refusal."""
    if opening.encoding and opening.encoding not in KNOWN:
        raise Refusal(Reason.UNKNOWN_ENCODING, ", ".join(KNOWN))
    with contextlib.closing(read_cells(path, limits, progress, opening.encoding)) as items:
        try:
            yield Source(items, opening.sheet)
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
    with (DATA / "geo" / "pcodes.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row["pcode"] for row in csv.DictReader(file))
