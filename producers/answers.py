"""What a partner reads about each row of its list (pure)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from events.outputs import Answer
from events.rejection import Reason
from events.texts import read_catalogues
from infra.errors import explained
from infra.visible import visible
from producers import codes
from producers.lists.grouping import Remark, RowProblem
from producers.versions import HELD, REJECTED

VALID: Final = "valid"
_ADVICE: Final = read_catalogues(__file__)
"""A verdict is advice, never "do not pay"."""


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """What the system answered to one record. `reason` and `field` are set if it was rejected."""

    disposition: str
    reason: str = ""
    field: str = ""
    answer: Answer | None = None

    @property
    def status(self) -> str:
        """What the ledger remembers: the disposition, or `held`."""
        return HELD if self.reason == Reason.SUBMISSION_HELD else self.disposition


@dataclass(frozen=True, slots=True)
class AnsweredRow:
    """The answer to one row of a list; all rows of a record share its answer.

    `row` is the spreadsheet's row number, `first_row` that of the record. `disposition` is
    accepted, duplicate or rejected, or `valid` where nothing was to be sent. `sent` is False
    where the row was refused here. `problems` are all of the row's own problems, `remarks` its
    warnings.
    """

    row: int
    first_row: int
    reference: str
    disposition: str
    assistance_id: str = ""
    version: int = 0
    reason: str = ""
    field: str = ""
    answer: Answer | None = None
    sent: bool = False
    problems: tuple[RowProblem, ...] = ()
    remarks: tuple[Remark, ...] = ()


def with_remarks(rows: Iterable[AnsweredRow], remarks: Iterable[Remark]) -> Iterator[AnsweredRow]:
    """The rows with the warnings about each of them."""
    by_row: dict[int, list[Remark]] = {}
    for remark in remarks:
        by_row.setdefault(remark.row, []).append(remark)
    for row in rows:
        own = by_row.get(row.row)
        yield replace(row, remarks=tuple(own)) if own else row


def answered(
    rows: Iterable[int],
    reference: str,
    found: RecordAnswer,
    assistance_id: str,
    version: int,
    sent: bool,
) -> Iterator[AnsweredRow]:
    """The answer to a record, once for each of its rows."""
    rows = tuple(rows)
    for row in rows:
        yield AnsweredRow(
            row, rows[0], reference, found.disposition, assistance_id, version,
            found.reason, found.field, found.answer, sent,
        )  # fmt: skip


def refused(
    rows: Iterable[int], reference: str, problems: Iterable[RowProblem], assistance_id: str = ""
) -> Iterator[AnsweredRow]:
    """A record that is not sent, once for each of its rows.

    A row shows its own first problem; a row without one shows the record's first, as it is
    not sent because of that.
    """
    rows, problems = tuple(rows), tuple(problems)
    for row in rows:
        own = tuple(problem for problem in problems if problem.row == row)
        shown = (own or problems)[0]
        blank = AnsweredRow(row, rows[0], reference, REJECTED, assistance_id)
        yield replace(blank, reason=shown.reason.value, field=shown.field, problems=own)


def as_json(row: AnsweredRow) -> dict[str, Any]:
    """The object that `--json` prints for a row; `window` is 'from/to' or null."""
    answer = row.answer
    return {
        "reference": row.reference,
        "row": row.row,
        "record_row": row.first_row,
        "assistance_id": row.assistance_id or None,
        "version": row.version or None,
        "disposition": row.disposition,
        "reason": row.reason or None,
        "field": row.field or None,
        "verdict": answer["verdict"] if answer else None,
        "basis": (answer["basis"] or None) if answer else None,
        "purpose": answer["purpose"] if answer else None,
        "window": window(answer) or None,
        "focal": (answer["focal"] or None) if answer else None,
        "assurance": answer["assurance"] if answer else None,
        "sent": row.sent,
        "problems": [{"reason": p.reason.value, "field": p.field} for p in row.problems],
        "warnings": [{"reason": r.reason.value, "field": r.field} for r in row.remarks],
    }


def window(answer: Answer | None) -> str:
    """'from/to' of what was found, half open; '' if nothing was."""
    if not answer or not answer["window_from"]:
        return ""
    return f"{answer['window_from']}/{answer['window_to']}"


def explanation(row: AnsweredRow, lang: str) -> str:
    """What the answer means and what to do, in `lang` (tr, en or ar)."""
    problems = [(str(p.reason), p.field, p.hint) for p in row.problems]
    if not problems and row.reason:
        problems = [(row.reason, row.field, "")]
    if problems:
        return " ".join(
            explained(reason, field, lang, codes.of_column(field), hint)
            for reason, field, hint in problems
        )
    if row.answer:
        return str(_ADVICE[lang][f"verdict.{row.answer['verdict']}"])
    return ""


FILE_COLUMNS: Final = (
    "row", "reference", "disposition", "reason", "field", "explanation", "verdict", "basis",
    "purpose", "window", "focal", "assurance", "version", "assistance_id",
)  # fmt: skip


def file_row(row: AnsweredRow, lang: str) -> list[str | int]:
    """The cells of the answer file, in the order of FILE_COLUMNS; '' where there is nothing.

    What turns the direction of writing stands there by its number, so that no reference
    rearranges the line that it stands in.
    """
    cells = as_json(row) | {"explanation": explanation(row, lang)}
    return [_shown(cells[name]) for name in FILE_COLUMNS]


def commands(cell: str | int) -> bool:
    """True if a spreadsheet program may take some of the text for a formula (OWASP, CSV injection).

    Also behind a semicolon: where a program splits a CSV file there, another cell begins.
    """
    return isinstance(cell, str) and bool(_COMMAND.search(cell))


def inert(cell: str | int) -> str | int:
    """A cell of a CSV file that a spreadsheet program shows and does not execute."""
    return _COMMAND.sub(r"\1'", cell) if isinstance(cell, str) else cell


# where a cell begins, or begins for a program that splits at semicolons: behind what looks empty
# one of = + - @ | %, also in full width
_COMMAND: Final = re.compile(
    r"(^|;)(?=[\t\r\n]|[\s\u00ad\u200b-\u200d\u2060\ufeff]*[=+\-@|%\uff1d\uff0b\uff0d\uff20\uff5c\uff05])"
)


def _shown(cell: Any) -> str | int:
    if isinstance(cell, str):
        return visible(cell)
    return "" if cell is None else int(cell)
