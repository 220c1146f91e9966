"""Rows of sums below and inside a list: recognised by a word, or by being the sum (pure)."""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Final

from producers.lists import numbers
from producers.lists.readings import Skip
from producers.lists.templates import Form, fold
from producers.lists.unreadable import Shown, Unreadable, is_blank

_SUM: Final = frozenset(
    {
        "toplam", "toplami", "genel_toplam", "ara_toplam", "toplam_tutar", "genel_toplam_tutar",
        "toplamlar", "yekun", "genel_yekun",
        "total", "totals", "total_amount", "grand_total", "sub_total", "subtotal", "sum",
        "المجموع", "مجموع", "الاجمالي", "اجمالي", "المجموع_الكلي", "المجموع_العام",
        "الاجمالي_العام", "المجموع_الفرعي", "اجمالي_المبلغ",
    }
)  # fmt: skip
_COUNTED: Final = frozenset(
    {
        "tl", "try", "usd", "eur", "syp", "kisi", "hane", "kayit", "adet", "aile",
        "persons", "people", "households", "rows", "records", "families", "شخص", "اسرة", "عائلة",
    }
)  # fmt: skip
_WORD: Final = re.compile(r"topl?am|yek[uû]n|total|\bsum\b|مجموع|جمالي", re.IGNORECASE)
_CURRENCY: Final = frozenset({"tl", "try", "usd", "eur", "syp", "iqd", "turk_lirasi"})
_MAX_CHARS: Final = 80
_MOST_CELLS: Final = 8
_NEARLY: Final = 0.005
"""Half of the least that any amount here is counted in."""

_Number = tuple[float, float]
"""A number if a point stands before its decimals, and if a comma does: 1.234 is two."""
_NOTHING: Final = (0.0, 0.0)


def is_short(cells: Sequence[Shown]) -> bool:
    """True if so little stands in a row as in one of sums; most rows need no further look."""
    return sum(cell != "" for cell in cells) <= _MOST_CELLS


def may_be_total(cells: Sequence[Shown]) -> bool:
    """True if one of the cells is a word for a sum."""
    return any(isinstance(cell, str) and cell and _is_sum(cell) for cell in cells)


class Sums:
    """The sums of the columns with amounts, from the first row and from the last sum on."""

    def __init__(self, columns: Sequence[int]) -> None:
        self._columns = columns
        self._all = [_NOTHING] * len(columns)
        self._since = [_NOTHING] * len(columns)
        self._rows = 0

    def add(self, cells: Sequence[Shown]) -> None:
        """One more row."""
        self._rows += 1
        for place, at in enumerate(self._columns):
            number = _number(cells[at]) if at < len(cells) else None
            if number:
                self._all[place] = _added(self._all[place], number)
                self._since[place] = _added(self._since[place], number)

    def judged(
        self, cells: Sequence[Shown], forms: Sequence[Form | None], of_persons: Collection[int]
    ) -> Skip | None:
        """What a row with a word for a sum is; None if something else stands in it."""
        for at, cell in enumerate(cells):
            if is_blank(cell) or (isinstance(cell, str) and _is_sum(cell)):
                continue
            form = forms[at] if at < len(forms) else None
            if at in of_persons or not _may_stand_beside(cell, form):
                return None
        return self._compared(cells)

    def judged_without_word(self, cells: Sequence[Shown]) -> Skip | None:
        """A row of nothing but sums that are right."""
        if self._rows < 2 or any(
            not is_blank(cell) and at not in self._columns for at, cell in enumerate(cells)
        ):
            return None
        return Skip.TOTAL if self._compared(cells) is Skip.TOTAL else None

    def _compared(self, cells: Sequence[Shown]) -> Skip:
        found = Skip.TOTAL
        for place, at in enumerate(self._columns):
            number = _number(cells[at]) if at < len(cells) else None
            sums = (self._all[place], self._since[place])
            if number is not None and not any(_is_same(number, one) for one in sums):
                found = Skip.TOTAL_DIFFERS
        self._since = [_NOTHING] * len(self._columns)
        return found


def _may_stand_beside(cell: Shown, form: Form | None) -> bool:
    """Numbers and a currency stand beside the word; a formula without a result where sums do."""
    if form not in (None, Form.DECIMAL, Form.INTEGER, Form.CURRENCY):
        return False
    if isinstance(cell, Unreadable):
        return form is Form.DECIMAL
    if isinstance(cell, str) and fold(cell) in _CURRENCY:
        return True
    return _number(cell) is not None


def _added(one: _Number, other: _Number) -> _Number:
    return one[0] + other[0], one[1] + other[1]


def _is_same(one: _Number, other: _Number) -> bool:
    return any(abs(mine - its) <= _NEARLY for mine, its in zip(one, other, strict=True))


def _number(cell: Shown) -> _Number | None:
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return float(cell), float(cell)
    return _written(cell) if isinstance(cell, str) and cell else None


@lru_cache(1 << 14)
def _written(text: str) -> _Number | None:
    try:
        found = numbers.decimal(text)
    except (ValueError, ArithmeticError):
        return None
    return float(found.point or found.comma), float(found.comma or found.point)


def _is_sum(text: str) -> bool:
    return len(text) <= _MAX_CHARS and bool(_WORD.search(text)) and _says_sum(text)


@lru_cache(1 << 10)
def _says_sum(text: str) -> bool:
    words = [word for word in fold(text).split("_") if not word.isdigit() and word not in _COUNTED]
    return "_".join(words) in _SUM
