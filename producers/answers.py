"""What a partner reads about each row of its list (pure)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from events.outputs import Answer
from events.rejection import Reason
from events.texts import read_catalogues
from infra.errors import explained
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
