"""A CSV file → the same rows with three columns more, in its own encoding and with its own mark."""

import codecs
import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from producers.answering.inert import inert
from producers.lists.files import text

Added = Mapping[int, Sequence[str]]
"""Row number → the texts of its new cells, from left to right."""

_MARKED: Final = "utf-8-sig"


class NotInThis(Exception):
    """The answers hold letters that the file's encoding does not have."""


def copied(source: Path, target: str, encoding: str, width: int, added: Added) -> None:
    """Write the rows of `source` to the file `target`, with cells behind column `width` (from 1).

    `encoding`: how the source was read. UTF-8 gets its mark, without which Excel reads it as
    Windows-1254. Raises NotInThis, OSError, csv.Error.
    """
    codec, errors = text.codec(encoding)
    with (
        source.open(encoding=codec, errors=errors, newline="") as old,
        open(target, "w", encoding=_written_as(codec), errors=errors, newline="") as new,
    ):
        head, delimiter, rows = text.opened(text.lines(old, encoding))
        new.writelines(head)
        writer = csv.writer(new, delimiter=delimiter)
        try:
            for number, cells in enumerate(rows, len(head) + 1):
                texts = added.get(number)
                if texts:
                    cells = [*cells, *[""] * (width - len(cells)), *texts]
                writer.writerow(map(inert, cells))
        except UnicodeEncodeError:
            raise NotInThis from None


def _written_as(codec: str) -> str:
    """UTF-16 in the order that came would need no mark; the other one has it anyway."""
    return _MARKED if codecs.lookup(codec).name.startswith("utf-8") else codec
