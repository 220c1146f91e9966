"""How a column of a file is written, found out from all of its cells (pure).

Days: the day or the month first. Numbers: a comma or a point before the decimals. A cell that can
be read in two ways is held as `Doubt` until the column has been seen; then all are read in one
way, or the column is refused. Half a column is never read.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from events.rejection import Reason
from producers.lists.days import Written
from producers.lists.numbers import Figures, Number


class Order(StrEnum):
    """Which of two numbers is the day, where the year stands last."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


class Mark(StrEnum):
    """What stands before the decimals of a number."""

    COMMA = "comma"
    POINT = "point"


class LastDay(StrEnum):
    """Whether the day in an end column is the last one covered, or the first one not covered."""

    INCLUSIVE = "inclusive"
    EXCLUSIVE = "exclusive"


@dataclass(frozen=True, slots=True)
class Said:
    """What the officer said about a list, where the list alone does not tell; None or '': nothing.

    `strict`: what is only remarked otherwise is a problem. `encoding` of a text file, one of
    `encodings.KNOWN`; `sheet`: the name of the one that is the list. `same_assistance`:
    references that look used twice are not (`producers.reuse`).
    """

    dates: Order | None = None
    decimals: Mark | None = None
    covers_to: LastDay | None = None
    strict: bool = False
    encoding: str = ""
    sheet: str = ""
    same_assistance: bool = False


NOTHING_SAID: Final = Said()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a column turned out to be. `refused`: why it cannot be read; `row` shows it.

    `reading` is '' where no cell needed one.
    """

    refused: Reason | None = None
    row: int = 0
    reading: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Doubt:
    """A cell with two readings, and the column that will decide."""

    column: "Days | Numbers"
    cell: "Written | Figures"

    def settled(self) -> "str | Number":
        """Its reading, once the whole column has been seen and is not refused."""
        if isinstance(self.column, Days) and isinstance(self.cell, Written):
            return self.column.read(self.cell)
        if isinstance(self.column, Numbers) and isinstance(self.cell, Figures):
            return self.column.read(self.cell)
        raise TypeError("a cell of another column")


DOT: Final = "."
"""Days with dots are day first: no country that writes the month first does it with dots."""


@dataclass(slots=True)
class Days:
    """The days of one column. `said`: which order the officer or the header names."""

    said: Order | None = None
    _proofs: dict[tuple[str, Order], int] = field(default_factory=dict)
    """(mark between the numbers, order) → the first row that cannot be read otherwise."""
    _doubtful: dict[str, int] = field(default_factory=dict)
    _converted_row: int = 0
    _all_converted_swap: bool = True
    _all_texts_prove: bool = True

    def take(self, found: str | Written, row: int) -> str | Doubt:
        """The day of a cell, or the doubt about it."""
        if isinstance(found, str):
            if len(found) == 10:  # else a year alone, or what is no day and is looked at later
                self._converted_row = self._converted_row or row
                self._all_converted_swap &= _swaps(found)
            return found
        if found.day_first and found.month_first:
            return self._two(found, row)
        order = Order.DAY_FIRST if found.day_first else Order.MONTH_FIRST
        self._proofs.setdefault((found.mark, order), row)
        return found.day_first or found.month_first

    def _two(self, found: Written, row: int) -> str | Doubt:
        if found.mark != DOT:
            self._all_texts_prove = False
        if found.day_first == found.month_first:
            return found.day_first
        self._doubtful.setdefault(found.mark, row)
        if self.said or found.mark == DOT or (found.mark, Order.DAY_FIRST) in self._proofs:
            return self.read(found)  # a proof of the other order refuses the whole column
        return Doubt(self, found)

    def read(self, found: Written) -> str:
        """A day of the column, in its order."""
        if self.said is Order.MONTH_FIRST:
            return found.month_first or found.day_first
        return found.day_first or found.month_first

    def verdict(self) -> Verdict:
        """What the column is, all cells seen."""
        orders = {order: row for (_, order), row in reversed(self._proofs.items())}
        day_first = orders.get(Order.DAY_FIRST, 0)
        month_first = orders.get(Order.MONTH_FIRST, 0)
        if self.said:
            against = day_first if self.said is Order.MONTH_FIRST else month_first
            refused = Reason.MIXED_DAYS if against else None
        elif month_first:
            both = day_first or DOT in self._doubtful
            refused, against = Reason.MIXED_DAYS if both else Reason.MONTH_FIRST, month_first
        else:
            unproven = [
                row
                for mark, row in self._doubtful.items()
                if mark != DOT and (mark, Order.DAY_FIRST) not in self._proofs
            ]
            refused = Reason.DAY_OR_MONTH if unproven else None
            against = min(unproven, default=0)
        if not refused and self._may_be_converted():
            refused, against = Reason.CONVERTED_DAYS, self._converted_row
        if refused:
            return Verdict(refused, against)
        return Verdict(reading=(self.said or Order.DAY_FIRST).value if self._doubtful else "")

    def _may_be_converted(self) -> bool:
        """True if a spreadsheet seems to have made days of the texts that it could, swapped.

        It leaves 16/05 as a text where it takes 05/06 for 6 May: then all texts have a day above
        12, and no day has.
        """
        texts = any(mark not in (DOT, "") for mark, _ in self._proofs)
        return bool(
            texts and self._all_texts_prove and self._converted_row and self._all_converted_swap
        )


@dataclass(slots=True)
class Numbers:
    """The numbers of one column. `said`: which decimal mark the officer names."""

    said: Mark | None = None
    _proofs: dict[Mark, int] = field(default_factory=dict)
    _doubtful_row: int = 0

    def take(self, found: Figures, row: int) -> Number | Doubt:
        """The number of a cell, or the doubt about it."""
        if found.point == found.comma:
            return Number(found.point)
        if found.point and found.comma:
            self._doubtful_row = self._doubtful_row or row
            return Doubt(self, found)
        self._proofs.setdefault(Mark.POINT if found.point else Mark.COMMA, row)
        return Number(found.point or found.comma)

    def read(self, found: Figures) -> Number:
        """A number of the column, by its mark."""
        return Number(found.comma if self._mark() is Mark.COMMA else found.point)

    def verdict(self) -> Verdict:
        """What the column is, all cells seen. Marks may differ while no cell is in doubt."""
        if not self._doubtful_row:
            return Verdict()
        marks = self._proofs.keys() | ({self.said} if self.said else set())
        if len(marks) == 1:
            return Verdict(reading=self._mark().value)
        reason = Reason.MIXED_NUMBERS if marks else Reason.AMBIGUOUS_NUMBER
        return Verdict(reason, self._doubtful_row)

    def _mark(self) -> Mark:
        return self.said or next(iter(self._proofs), Mark.POINT)


def _swaps(iso: str) -> bool:
    """True if day and month of an ISO day could stand the other way round."""
    return int(iso[8:]) <= 12
