"""Writes the answer file: the partner's own references with what was answered (CSV or XLSX).

It is there whole or not at all, and only its owner reads it (0600): a reference may be a number.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

import xlsxwriter

from infra import safe_files
from infra.errors import UsageProblem
from producers.answers import FILE_COLUMNS, AnsweredRow, commands, file_row, inert


def write_answers(path: Path, rows: Iterable[AnsweredRow], lang: str) -> None:
    """Write `rows` to `path`; its ending (.csv or .xlsx) says the form. Raises UsageProblem."""
    writers = {".csv": _write_csv, ".xlsx": _write_xlsx}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise UsageProblem(f"{path}: an answer file ends in .csv or .xlsx.")
    try:
        with safe_files.replacing(path) as name:
            writer(name, [file_row(row, lang) for row in rows])
    except (OSError, xlsxwriter.exceptions.FileCreateError):
        raise UsageProblem(f"{path} cannot be written.") from None


def _write_csv(name: str, rows: list[list[str | int]]) -> None:
    # with the mark, as Excel reads UTF-8 without it as Windows-1254
    with open(name, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(FILE_COLUMNS)
        writer.writerows([inert(cell) for cell in row] for row in rows)


def _write_xlsx(name: str, rows: list[list[str | int]]) -> None:
    # cells are written as text, which no spreadsheet program executes; only numbers as numbers
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(name, options) as book:
        sheet = book.add_worksheet("answers")
        bold = book.add_format({"bold": True})
        text = book.add_format({"quote_prefix": True})  # stays text when somebody edits the cell
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, FILE_COLUMNS, bold)
        for number, cells in enumerate(rows, 1):
            for column, cell in enumerate(cells):
                if isinstance(cell, int):
                    sheet.write_number(number, column, cell)
                else:
                    sheet.write_string(number, column, cell, text if commands(cell) else None)
