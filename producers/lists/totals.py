"""Rows of sums below and inside a list: recognised by a word, or by being the sum (pure)."""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Final

from events.rejection import Refusal
from producers.lists import values
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
        self._all = [0.0] * len(columns)
        self._since = [0.0] * len(columns)
        self._rows = 0

    def add(self, cells: Sequence[Shown]) -> None:
        """One more row."""
        self._rows += 1
        for place, at in enumerate(self._columns):
            number = _number(cells[at]) if at < len(cells) else None
            if number:
                self._all[place] += number
                self._since[place] += number

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
            if number is not None and all(abs(number - one) > _NEARLY for one in sums):
                found = Skip.TOTAL_DIFFERS
        self._since = [0.0] * len(self._columns)
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


def _number(cell: Shown) -> float | None:
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return float(cell)
    return _written(cell) if isinstance(cell, str) and cell else None


@lru_cache(1 << 14)
def _written(text: str) -> float | None:
    try:
        return float(values.decimal(text, "").text)
    except (ValueError, ArithmeticError, Refusal):
        return None


def _is_sum(text: str) -> bool:
    return len(text) <= _MAX_CHARS and bool(_WORD.search(text)) and _says_sum(text)


@lru_cache(1 << 10)
def _says_sum(text: str) -> bool:
    words = [word for word in fold(text).split("_") if not word.isdigit() and word not in _COUNTED]
    return "_".join(words) in _SUM
