"""What was read of a file, and what was not: for the officer, in her language (pure)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from events.texts import read_catalogues

_TEXTS: Final = read_catalogues(__file__)
_MAX_SPANS: Final = 12


class Skip(StrEnum):
    """Why something of a file is no row of the list. The values are keys of the catalogues."""

    ABOVE_HEADER = "above-header"
    HASHTAGS = "hashtags"
    HEADER_AGAIN = "header-again"
    TOTAL = "total"
    TOTAL_DIFFERS = "total-differs"
    FILLED_DOWN = "filled-down"
    HIDDEN_SHEETS = "hidden-sheets"
    OTHER_SHEETS = "other-sheets"
    FORMATS = "formats"
    TWICE = "twice"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was not read as a row, once for each reason. `what`: rows (as 3–5, 9), names
    of sheets, or number formats."""

    why: Skip
    what: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: the sheet ('' for a CSV file), its encoding ('' for a workbook), the header's
    row, how many rows below it, and what was skipped. `width`: how many columns hold something;
    `titles`: our column's name → the title that it has in this list. `read_as`: the encoding as the
    reader names it, where UTF-8 was written twice or holds spoilt letters."""

    sheet: str
    encoding: str
    header_row: int
    rows: int
    skipped: tuple[Skipped, ...] = ()
    width: int = 0
    titles: Mapping[str, str] = field(default_factory=dict)
    read_as: str = ""

    def sentences(self, lang: str) -> Iterator[str]:
        """What an officer should know, in `lang` (tr, en or ar)."""
        texts = _TEXTS[lang]
        where = f"{self.sheet or self.encoding}"
        yield str(texts["reading.read"]).format(where=where, header=self.header_row, rows=self.rows)
        for one in self.skipped:
            yield str(texts[f"reading.{one.why}"]).format(what=one.what)


class Notes:
    """Collects what is skipped, row by row."""

    def __init__(self) -> None:
        self._rows: dict[Skip, list[int]] = {}

    def skip(self, why: Skip, row: int) -> None:
        """One row more that is skipped."""
        self._rows.setdefault(why, []).append(row)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What was skipped, once for each reason."""
        return tuple(Skipped(why, spans(rows)) for why, rows in self._rows.items())


def spans(rows: Iterable[int]) -> str:
    """Row numbers in words' stead: 3–5, 9; a long list ends with …."""
    found: list[list[int]] = []
    for row in rows:
        if found and row == found[-1][1] + 1:
            found[-1][1] = row
        else:
            found.append([row, row])
    shown = [str(a) if a == b else f"{a}–{b}" for a, b in found[:_MAX_SPANS]]
    return ", ".join(shown) + (", …" if len(found) > _MAX_SPANS else "")


def listed(names: Sequence[str]) -> str:
    """Names of a file's in a row, not too many of them."""
    return ", ".join(names[:_MAX_SPANS]) + (", …" if len(names) > _MAX_SPANS else "")
