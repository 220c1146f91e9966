"""One finding: its two records on a timeline and side by side, why they met, its history."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from dash import html

from dashboards import districts, formats, queries
from dashboards.address import finding_in
from dashboards.parts import (
    Child,
    Page,
    card,
    head_cell,
    nothing,
    num,
    separated,
    status_badge,
    strength,
    table,
)
from dashboards.timeline import timeline
from dashboards.views.why import why
from office.health import Health
from projections.queries import Query, Source, ViewRow

SHOWN_ID: Final = 8
Pair = Sequence[ViewRow | None]
"""Of record A and of record B; None where nothing is to be seen."""


def finding(page: Page, source: Source, health: Health) -> list[Child]:
    """The screen from the views. Raises ClickHouseUnavailable."""
    wanted = finding_in(page.path)
    revisions = source.rows(queries.REVISIONS, finding=wanted) if wanted else []
    if not revisions:
        way_out = html.A(page.say("to_findings"), href="/findings")
        empty = nothing(page.say("no_finding"), page.say("no_finding_text"), way_out)
        return [html.Section(empty, className="card")]
    latest = revisions[0]
    decided = source.rows(queries.DECIDED, finding=wanted, case=latest["case_id"])
    checks = json.loads(latest["checks"] or "{}")
    policy = source.rows(queries.POLICY, version=latest["policy"])
    below = html.Div(
        [history(page, revisions, decided), why(page, latest, checks, policy)], className="two"
    )
    if not latest["org_b"]:
        alone = source.rows(queries.FINDING_RECORDS, finding=wanted)
        return [heading(page, latest), lone_records(page, alone), below]
    records = _both(source, queries.RECORD, latest)
    verdicts = _both(source, queries.RECORD_VERDICT, latest)
    picture = timeline(page, latest, checks, records, health.last_tick)
    return [
        heading(page, latest),
        card(page.say("two_records"), picture),
        compare(page, latest, records, verdicts),
        below,
    ]


def _both(source: Source, query: Query, found: ViewRow) -> Pair:
    """What a query knows of the two records; None for what it does not."""
    answers = (
        source.rows(query, org=found[f"org_{side}"], assistance=found[f"assistance_{side}"])
        for side in "ab"
    )
    return [next(iter(rows), None) for rows in answers]


def heading(page: Page, found: ViewRow) -> html.Div:
    """What it is, how it stands, and what it is about in money."""
    lang, start, end = page.lang, found["overlap_from"], found["overlap_to"]
    facts = [
        status_badge(page, found["status"]),
        strength(page, found["strength"]),
        districts.name(found["district"]),
        html.Span([page.say("person"), " ", num(found["person_ref"], "mono")]),
        *(
            html.Span([page.say(name), " ", num(found[name][:SHOWN_ID], "mono")])
            for name in ("need_id", "enrolment_id")
            if found[name]
        ),
        html.Span(page.say("opened_on", day=formats.day(lang, found["opened_day"]))),
        page.say("version", n=found["revision"]),
    ]
    since = page.say("lone_since", day=formats.day(lang, start))
    covers: list[Child] = [num(since)]
    if start and end:
        days = page.say("days", n=(end - start).days)
        covers = [num(days), " · ", num(formats.period(lang, start, end))]
    money = formats.with_currency(lang, found["amount_at_risk"], found["currency"], exact=True)
    amount = html.Div([html.B(num(money)), " ", page.say("amount_word")])
    return html.Div(
        [
            html.Div(
                [
                    html.H2(
                        f"{page.word('kind', found['kind'])}: "
                        f"{page.word('purpose', found['purpose'])}"
                    ),
                    html.Div(separated(facts), className="row"),
                ]
            ),
            html.Div(
                [
                    amount if found["amount_at_risk"] is not None or end else None,
                    html.Div(covers, className="s m"),
                ],
                className="amount",
            ),
        ],
        className="case",
    )


def lone_records(page: Page, records: Sequence[ViewRow]) -> html.Section:
    """What a finding without a second record is about: a need, an end, a sum's payments."""
    heads = [head_cell(page.say(key)) for key in ("organisation", "record", "programme")]
    heads += [head_cell(page.say(key)) for key in ("purpose_form", "covered")]
    heads.append(head_cell(page.say("amount"), end=True))
    rows = []
    for one in records:
        is_payment = bool(one["programme"])
        purpose = one["purpose"] or one["needed"]
        words = [page.word("purpose", purpose)] if purpose else []
        words += [page.word("modality", one["modality"])] if one["modality"] else []
        period = formats.period(page.lang, one["covers_from"], one["covers_to"])
        money = formats.with_currency(page.lang, one["amount"], one["currency"], exact=True)
        rows.append(
            [
                num(one["org"]),
                num(one["id"][:SHOWN_ID], "mono"),
                num(one["programme"] or one["left_programme"] or formats.NONE),
                " · ".join(words) or formats.NONE,
                num(period if is_payment else formats.NONE),
                num(money if is_payment else formats.NONE),
            ]
        )
    body = table(heads, rows, caption=page.say("lone_records"))
    return card(page.say("lone_records"), body, flush=True, name="records")


def compare(page: Page, found: ViewRow, records: Pair, verdicts: Pair) -> html.Section:
    """One row a field, the two records in equal columns, = or ≠ between them."""
    heads = [
        head_cell(page.say("field")),
        _side(page, found, "a", records[0]),
        html.Th(html.Span(page.say("same"), className="hide"), scope="col"),
        _side(page, found, "b", records[1]),
    ]
    rows = []
    fields = [_fields(page, *both) for both in zip(records, verdicts, strict=True)]
    for (key, a, aside_a), (_, b, aside_b) in zip(*fields, strict=True):
        if a == b == formats.NONE:
            continue
        mark = (
            html.Span("=", className="eq", title=page.say("same"))
            if a == b
            else html.Span("≠", className="ne", title=page.say("different"))
        )
        rows.append([page.say(key), _value(a, aside_a), mark, _value(b, aside_b)])
    body = table(heads, rows, caption=page.say("compare"), name="compare")
    return card(page.say("compare"), body, flush=True, name="records")


def _side(page: Page, found: ViewRow, side: str, record: ViewRow | None) -> html.Th:
    letter = side.upper()
    name = num(found[f"assistance_{side}"][:SHOWN_ID], "mono")
    version = f" · {page.say('version', n=record['version'])}" if record else None
    return html.Th(
        [
            html.Span(letter, className=f"{letter}-word"),
            *(" ", num(found[f"org_{side}"]), " ", name, version),
        ],
        scope="col",
    )


def _value(text: str, aside: str) -> list[Child]:
    return [num(text), " ", num(aside, "f")] if aside else [num(text)]


def _fields(
    page: Page, record: ViewRow | None, verdict: ViewRow | None
) -> list[tuple[str, str, str]]:
    """Of one record: what is compared, its text (– for nothing), and what stands beside it."""
    r: Mapping[str, Any] = record if record is not None else _Blank()
    v: Mapping[str, Any] = verdict if verdict is not None else _Blank()
    lang, money = page.lang, r["currency"]
    size = page.say("people", n=r["household_size"]) if r["household_size"] else ""
    as_of = page.say("as_of", day=_day(page, r["household_as_of"])) if size else ""
    form = " · ".join(
        page.word(family, r[name])
        for family, name in (
            ("purpose", "purpose"),
            ("modality", "modality"),
            ("mechanism", "delivery_mechanism"),
        )
        if r[name]
    )
    outcome = page.word("outcome", v["outcome"])
    if r["override_reason"]:
        outcome += f" · {page.word('override', r['override_reason'])}"
    answered = _day(page, v["answered_day"]) if v["answered_day"] else ""
    length = page.say("days", n=(r["covers_to"] - r["covers_from"]).days) if record else ""
    returned = formats.with_currency(lang, r["returned_amount"], money, exact=True)
    if r["returned_reason"]:
        returned += f" · {page.word('returned', r['returned_reason'])}"
    return [
        ("programme", r["programme"] or formats.NONE, ""),
        ("purpose_form", form or formats.NONE, ""),
        ("covered", formats.period(lang, r["covers_from"], r["covers_to"]), length),
        ("amount", formats.with_currency(lang, r["amount"], money, exact=True), ""),
        ("frequency", page.word("frequency", r["frequency"]), ""),
        ("household", size or formats.NONE, as_of),
        ("district", districts.name(r["district"]), ""),
        ("answer", page.word("verdict", v["verdict"]), answered),
        ("outcome", outcome, ""),
        ("stage", page.word("stage", r["stage"]), ""),
        ("event_day", _day(page, r["event_date"]), ""),
        ("reported", _day(page, r["received_day"]), ""),
        ("returned", returned, ""),
        ("assurance", page.word("assurance", r["assurance"]), ""),
    ]


class _Blank(dict[str, Any]):
    """A record that is not visible: nothing in every field."""

    def __missing__(self, key: str) -> Any:
        blank_days = ("_day", "_date", "_from", "_to", "_as_of", "amount", "_size")
        return None if key.endswith(blank_days) else ""


def _day(page: Page, value: date | None) -> str:
    return formats.day(page.lang, value)


def history(page: Page, revisions: Sequence[ViewRow], decided: Sequence[ViewRow]) -> html.Section:
    """Every revision, newest first, why its status is what it is, and where its cause stands."""
    heads = [head_cell(page.say(key)) for key in ("day", "change", "overlap")]
    heads.append(head_cell(page.say("amount_col"), end=True))
    rows = []
    for row, before in zip(revisions, [*revisions[1:], None], strict=True):
        cause = page.say("in_journal", s=row["caused_seq"], i=row["caused_item"])
        version = page.say("version", n=row["revision"])
        what = page.say(_change(row, before), v=version, r=_reason(page, row, before, decided))
        money = formats.with_currency(page.lang, row["amount_at_risk"], row["currency"], exact=True)
        period = formats.period(page.lang, row["overlap_from"], row["overlap_to"])
        rows.append(
            [
                num(_day(page, row["changed_day"])),
                html.Div([what, html.Div(num(cause), className="xs f")]),
                num(period),
                num(money),
            ]
        )
    body = table(heads, rows, caption=page.say("history"))
    return card(page.say("history"), body, flush=True, name="history")


def _change(row: ViewRow, before: ViewRow | None) -> str:
    """The word for what a revision is beside the one before it."""
    status, last = row["status"], before["status"] if before else ""
    if status == last:
        return "history.change"
    if status == "open":
        return "history.reopened" if last else "history.open"
    return f"history.{status}"


def _reason(page: Page, row: ViewRow, before: ViewRow | None, decided: Sequence[ViewRow]) -> str:
    """Why a finding was confirmed or dismissed: a decision, a missed deadline, or an older one."""
    if before is not None:
        for one in decided:
            if one["act"] == "decision" and one["revision"] == before["revision"]:
                return page.word("reason", one["reason"])
        for one in decided:
            late = one["org"] in (row["org_a"], row["org_b"])
            if one["act"] == "deadline" and late and one["decided_day"] == row["changed_day"]:
                return f"{page.word('reason', one['reason'])} ({one['org']})"
    return page.word("reason", "remembered")
