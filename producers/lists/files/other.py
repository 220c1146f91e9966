"""XLS, XLSB and ODS → rows, by calamine. It sees neither hidden rows nor formats nor formulas.

It holds a sheet as a rectangle in memory, so a stray cell far away ends at the child's limit.
"""

import datetime
from collections.abc import Iterator
from typing import IO

import python_calamine

from producers.lists.files.cells import Cell, Item, Kind, NotAList, Row, Sheet, cut

_Found = (
    int
    | float
    | str
    | bool
    | datetime.time
    | datetime.date
    | datetime.datetime
    | datetime.timedelta
)


def read(file: IO[bytes]) -> Iterator[Item]:
    """The worksheets in their order, each followed by its rows unless it is hidden.

    Raises NotAList.
    """
    try:
        book = python_calamine.load_workbook(file)
        for sheet in book.sheets_metadata:
            if sheet.typ is not python_calamine.SheetTypeEnum.WorkSheet:
                continue
            is_hidden = sheet.visible is not python_calamine.SheetVisibleEnum.Visible
            yield Sheet(cut(sheet.name), is_hidden)
            if not is_hidden:
                yield from _rows(book.get_sheet_by_name(sheet.name))
    except python_calamine.CalamineError:  # ZipError and XmlError are its kinds
        raise NotAList from None


def _rows(sheet: python_calamine.CalamineSheet) -> Iterator[Row]:
    left = sheet.start[1] if sheet.start else 0  # its rows begin at the first column with a value
    for number, found in enumerate(sheet.iter_rows(), 1):
        cells = [_cell(column, value) for column, value in enumerate(found, left) if value != ""]
        if cells:
            yield Row(number, is_hidden=False, cells=cells)


def _cell(column: int, value: _Found) -> Cell:
    if isinstance(value, bool):
        return Cell(column, value, Kind.BOOLEAN)
    if isinstance(value, str):
        return Cell(column, cut(value), Kind.TEXT)
    if isinstance(value, datetime.date):
        return Cell(column, value.isoformat(), Kind.DAY)
    if isinstance(value, datetime.time):
        return Cell(column, value.isoformat(), Kind.TIME)
    if isinstance(value, datetime.timedelta):
        return Cell(column, value.total_seconds(), Kind.DURATION)
    return Cell(column, float(value), Kind.NUMBER)
