"""Records whose rows have all been read → drafts: each value in its one form (pure)."""

from events.rejection import Reason, Refusal
from producers.lists import days, numbers, windows
from producers.lists.columns import Doubt, LastDay
from producers.lists.drafts import BadRecord, Draft, Open, Remark, RowProblem, Scalar
from producers.lists.headers import COVERS_TO
from producers.lists.numbers import Number
from producers.lists.templates import Template
from producers.lists.values import Value


def finished(record: Open, template: Template, last_day: LastDay | None) -> Draft | BadRecord:
    """A record whose rows have all been read: settle its values, look for what is missing."""
    first, wrong = record.rows[0], {problem.field for problem in record.problems}
    for column in template.columns:
        if column.required and column.name not in record.values and column.name not in wrong:
            record.problem(first, Reason.MISSING_FIELD, column.name)
    fields = _settled(record, template)
    if COVERS_TO in fields and last_day is LastDay.INCLUSIVE:
        fields[COVERS_TO] = days.following(str(fields[COVERS_TO]))
    if windows.is_odd(fields):
        record.remark(first, Reason.ODD_WINDOW, COVERS_TO)
    if template.has_persons and fields.get("purpose") == "protection":
        fields.setdefault("protected", True)
    if record.problems:
        problems = tuple(sorted(set(record.problems), key=lambda p: (p.row, p.field, p.reason)))
        return BadRecord(tuple(record.rows), record.reference, problems, _remarks(record))
    persons, rows = tuple(record.persons), tuple(record.rows)
    return Draft(first, rows, record.reference, fields, persons, _remarks(record))


def _remarks(record: Open) -> tuple[Remark, ...]:
    return tuple(sorted(set(record.remarks), key=lambda r: (r.row, r.field, r.reason)))


def _settled(record: Open, template: Template) -> dict[str, Scalar]:
    """The fields in the one form that their columns and the currency ask for."""
    found = {name: _certain(value) for name, value in record.values.items()}
    for row, name, value, reason in record.later:
        if _certain(value) != found[name]:
            record.problem(row, reason, name)
    currency = str(found.get("currency", ""))
    fields: dict[str, Scalar] = {}
    for name in (column.name for column in template.columns if column.name in found):
        value = found[name]
        if not isinstance(value, Number):
            fields[name] = value
        elif name == "quantity" or not currency:
            fields[name] = value.text
        else:
            try:
                fields[name] = numbers.amount(value, currency, name)
            except Refusal as refusal:
                record.problem(record.rows[0], refusal.reason, refusal.field)
    return fields


def _certain(value: Value) -> Scalar | Number:
    return value.settled() if isinstance(value, Doubt) else value


def strictly(record: Draft | BadRecord) -> Draft | BadRecord:
    """A record whose warnings are problems."""
    if not record.remarks:
        return record
    known = record.problems if isinstance(record, BadRecord) else ()
    found = [RowProblem(r.row, r.reference, r.reason, r.field, r.hint) for r in record.remarks]
    return BadRecord(record.rows, record.reference, (*known, *found))
