"""Any list's values and three columns more, as CSV or XLSX: where the file itself cannot be copied.

Old and foreign forms (xls, xlsb, ods), workbooks with macros, and who wants another form than came.
"""

import csv
import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import xlsxwriter

from producers.answering.inert import commands, inert
from producers.lists.unreadable import Shown, Unreadable

Rows = Iterable[tuple[int, list[Shown]]]
"""(row number, its cells), the header and all else that stands in the sheet among them."""
Added = Mapping[int, Sequence[str]]

_WIDTH: Final = 30


def as_text(target: str, rows: Rows, width: int, added: Added) -> None:
    """Write a CSV file: UTF-8 with the mark without which Excel reads it as Windows-1254."""
    with open(target, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        for number, cells in rows:
            writer.writerow(inert(_text(cell)) for cell in _whole(cells, width, added.get(number)))


def as_book(target: str, rows: Rows, width: int, added: Added) -> None:
    """Write a workbook. Texts are written as texts, which no spreadsheet program executes."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        quoted = book.add_format({"quote_prefix": True})  # stays text when somebody edits the cell
        sheet.set_column(width, width + 2, _WIDTH)
        for number, cells in rows:
            for column, cell in enumerate(_whole(cells, width, added.get(number))):
                if isinstance(cell, datetime.date):
                    sheet.write_datetime(number - 1, column, cell, day)
                elif isinstance(cell, bool):
                    sheet.write_boolean(number - 1, column, cell)
                elif isinstance(cell, int | float):
                    sheet.write_number(number - 1, column, cell)
                elif text := _text(cell):
                    style = quoted if commands(text) else None
                    sheet.write_string(number - 1, column, text, style)


def _whole(cells: list[Shown], width: int, texts: Sequence[str] | None) -> list[Shown]:
    if not texts:
        return cells
    return [*cells, *[""] * (width - len(cells)), *texts]


def _text(cell: Shown) -> str:
    """What stands in a cell; what could not be read is named so in its row's answer."""
    if isinstance(cell, Unreadable):
        return ""
    return cell.isoformat() if isinstance(cell, datetime.date) else str(cell)
