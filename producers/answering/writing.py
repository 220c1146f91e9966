"""Writes the answer file: the officer's own sheet with three columns more (CSV or XLSX).

It is there whole or not at all, and only its owner reads it (0600): a list holds numbers and names.
"""

import csv
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from xml.parsers import expat

import xlsxwriter

from events.rejection import Refusal
from infra import safe_files
from infra.errors import UsageProblem
from producers.answering import book_copy, text_copy, values
from producers.answering.words import titles, words
from producers.answers import AnsweredRow
from producers.lists import reading
from producers.lists.columns import Said
from producers.lists.files.cells import NotAList, TooMuch
from producers.lists.files.reader import Limits
from producers.lists.readings import Reading
from producers.lists.unreadable import Shown

_BOOK: Final = ".xlsx"
_TEXT: Final = ".csv"
_NOT_COPIED: Final = (
    NotAList,
    TooMuch,
    text_copy.NotInThis,
    expat.ExpatError,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    KeyError,
    csv.Error,
)
"""A file that was read, and that is not copied as it stands: its values are."""

Write = Callable[[str], None]


def place_beside(source: Path, ending: str) -> Path:
    """Where a list's answers go: beside it, in the form that it has."""
    is_text = source.suffix.lower() in (_TEXT, ".txt", ".tsv")
    return source.with_name(f"{source.stem}.{ending}{_TEXT if is_text else _BOOK}")


def named(target: Path) -> Path:
    """The same place with an ending that an answer file can have."""
    return target if target.suffix.lower() in (_TEXT, _BOOK) else target.with_suffix(_TEXT)


def write_answers(
    target: Path,
    source: Path,
    read: Reading,
    rows: Sequence[AnsweredRow],
    lang: str,
    limits: Limits,
) -> None:
    """Write what was answered to the list `source`, which was `read`, to `target`.

    Raises UsageProblem where `target` ends in another form or cannot be written, and where the list
    is not there any more.
    """
    if named(target) != target:
        raise UsageProblem(f"{target}: an answer file ends in .csv or .xlsx.")
    added = {row.row: words(row, lang, read.titles) for row in rows}
    added[read.header_row] = titles(lang)
    write = _Writer(source, read, added, limits)
    try:
        _put(target, write)
    except (OSError, xlsxwriter.exceptions.FileCreateError):
        raise UsageProblem(f"{target} cannot be written.") from None
    except Refusal as refusal:
        raise UsageProblem.of(refusal, source.name) from None


def _put(target: Path, write: "_Writer") -> None:
    try:
        with safe_files.replacing(target) as name:
            write.copy(name, target.suffix.lower())
    except _NOT_COPIED:
        with safe_files.replacing(target) as name:
            write.values(name, target.suffix.lower())


def write_alone(target: Path, rows: Sequence[AnsweredRow], lang: str) -> None:
    """Write what was answered by row number, without the list: where a list may not stand.

    Raises UsageProblem.
    """
    added = {row.row: words(row, lang, {}) for row in rows} | {1: titles(lang)}
    numbers: list[tuple[int, list[Shown]]]
    numbers = [(number, [str(number) if number > 1 else ""]) for number in sorted(added)]
    write = values.as_text if target.suffix.lower() == _TEXT else values.as_book
    try:
        with safe_files.replacing(target) as name:
            write(name, numbers, 1, added)
    except (OSError, xlsxwriter.exceptions.FileCreateError):
        raise UsageProblem(f"{target} cannot be written.") from None


class _Writer:
    """Writes one list's answers, in the one way or the other."""

    def __init__(self, source: Path, read: Reading, added: values.Added, limits: Limits) -> None:
        self._source, self._read, self._added, self._limits = source, read, added, limits

    def copy(self, name: str, form: str) -> None:
        """The file itself, with the columns. Raises one of _NOT_COPIED."""
        read = self._read
        if form == _TEXT:
            if not read.encoding:
                raise NotAList
            text_copy.copied(self._source, name, read.read_as, read.width, self._added)
            return
        if read.encoding:
            raise NotAList
        with self._source.open("rb") as file:
            book_copy.copied(file, name, read.sheet, read.width, self._added)

    def values(self, name: str, form: str) -> None:
        """Its values, read again. Raises Refusal, OSError."""
        read = self._read
        said = Said(sheet=read.sheet)
        rows = reading.read_rows(self._source, self._limits, said=said)
        write = values.as_text if form == _TEXT else values.as_book
        write(name, rows, read.width, self._added)
