"""What each organisation sent, and why something was refused, in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Final

from dash import html

from dashboards import formats, queries
from dashboards.address import Filters
from dashboards.parts import Child, Page, card, head_cell, nothing, num, table
from dashboards.shell import status_line
from dashboards.views.epochs import assurance, level_and_epoch
from events.rejection import Reason, explain
from office.health import Health
from projections.queries import Source, ViewRow

COUNTED: Final = ("records", "accepted", "duplicate", "rejected")
SHOWN_ID: Final = 8


def submissions(page: Page, source: Source, health: Health) -> list[Child]:
    """The screen from the views. Raises ClickHouseUnavailable."""
    partner = Filters.of(page.search).partner
    names = {row["org"]: row["name"] for row in source.rows(queries.PARTNERS)}
    rows = source.rows(queries.BY_PARTNER)
    if not rows:
        empty = nothing(
            page.say("nothing_sent"),
            page.say("nothing_sent_text"),
            html.A(page.say("to_overview"), href="/"),
        )
        return [status_line(page, health), html.Section(empty, className="card")]
    return [
        status_line(page, health, [_chosen(page, partner, names)]),
        assurance(page, source.rows(queries.ASSURANCE, partner=partner)),
        by_partner(page, rows, names),
        rejections(page, source.rows(queries.REJECTIONS, partner=partner)),
        latest(page, source.rows(queries.SUBMISSIONS, partner=partner)),
    ]


def _chosen(page: Page, partner: str, names: Mapping[str, str]) -> Child:
    if not partner:
        return None
    clear = html.A(page.say("clear_filters"), href="/submissions")
    return html.Span([f"{page.say('partner')}: ", num(names.get(partner, partner)), " ", clear])


def by_partner(page: Page, rows: Sequence[ViewRow], names: Mapping[str, str]) -> html.Section:
    """One row an organisation; its name leads to its own rejections."""
    heads = [
        head_cell(page.say("partner")),
        head_cell(page.say("submissions"), end=True),
        *(head_cell(page.say(key), end=True) for key in COUNTED),
        head_cell(page.say("rejected_share"), end=True),
        head_cell(page.say("last_sent")),
    ]
    cells = [
        [
            _partner(row["org"], names),
            num(page.count(row["submissions"])),
            *(num(page.count(row[key])) for key in COUNTED),
            num(formats.share(page.lang, row["rejected"], row["records"])),
            num(formats.day(page.lang, row["last_day"])),
        ]
        for row in rows
    ]
    body = table(heads, cells, caption=page.say("by_partner"))
    return card(page.say("by_partner"), body, subtitle=page.say("by_partner_sub"), flush=True)


def _partner(org: str, names: Mapping[str, str]) -> Child:
    if org not in names:  # the administration, or what a refused message claimed to be
        return num(org or formats.NONE)
    return html.A(num(names[org] or org), href=f"/submissions?partner={org}")


def rejections(page: Page, rows: Sequence[ViewRow]) -> html.Section:
    """Reasons as sentences that say what to do; never the value that was wrong."""
    if not rows:
        body: Child = html.Div(html.P(page.say("no_rejections"), className="s m"), className="bd")
    else:
        heads = [
            head_cell(page.say("partner")),
            head_cell(page.say("reason")),
            head_cell(page.say("records"), end=True),
            head_cell(page.say("last_sent")),
        ]
        cells = [
            [
                num(row["org"] or formats.NONE),
                html.Div(
                    [
                        reason(page, row["reason"], row["field"]),
                        html.Div(num(row["reason"], "mono"), className="xs f"),
                    ]
                ),
                num(page.count(row["records"])),
                num(formats.day(page.lang, row["last_day"])),
            ]
            for row in rows
        ]
        body = table(heads, cells, caption=page.say("rejections"))
    return card(
        page.say("rejections"),
        body,
        subtitle=page.say("rejections_sub"),
        flush=True,
        name="reasons",
    )


def reason(page: Page, code: str, field: str) -> str:
    """A reason as a sentence; a code that is newer than this page stands for itself."""
    return explain(Reason(code), field, page.lang) if code in set(Reason) else code


def latest(page: Page, rows: Sequence[ViewRow]) -> html.Section:
    """The newest submissions, one row a message."""
    heads = [
        head_cell(page.say("day")),
        head_cell(page.say("submission")),
        head_cell(page.say("partner")),
        *(head_cell(page.say(key), end=True) for key in COUNTED),
        head_cell(page.say("assurance_epoch")),
        head_cell(page.say("reason")),
    ]
    cells = [
        [
            num(formats.day(page.lang, row["received_day"])),
            num(row["submission_id"][:SHOWN_ID] or formats.NONE, "mono"),
            num(row["org"] or formats.NONE),
            *(num(page.count(row[key])) for key in COUNTED),
            level_and_epoch(page, row),
            reason(page, row["reason"], row["field"]) if row["reason"] else formats.NONE,
        ]
        for row in rows
    ]
    body = table(heads, cells, caption=page.say("latest"), name="lines")
    return card(page.say("latest"), body, flush=True)
