"""The first screen: how much came in, what is open, how it was answered. Never a sum of pairs."""

from collections.abc import Iterable, Sequence
from typing import Final

from dash import html

from dashboards import formats, queries
from dashboards.parts import (
    HIDDEN,
    Child,
    Page,
    card,
    head_cell,
    named,
    nothing,
    num,
    shares,
    table,
    tile,
)
from dashboards.shell import age_line, status_line
from dashboards.words import codes
from office.health import Health
from projections.queries import Source, ViewRow

KINDS: Final = ("double-coverage", "repeated-payment")
COLUMN_PIXELS: Final = 150
NO_EXCESS: Final[ViewRow] = {"amount": None, "confirmed": None, "currency": ""}


def overview(page: Page, source: Source, health: Health) -> list[Child]:
    """The screen from the views. Raises ClickHouseUnavailable."""
    (totals,), (sent,) = source.rows(queries.TOTALS), source.rows(queries.SUBMITTED)
    verdicts = source.rows(queries.VERDICTS)
    if not sent["submissions"]:
        text = page.say("nothing_sent_text")
        empty = nothing(page.say("nothing_sent"), text, html.A(page.say("retry"), href="/"))
        return [status_line(page, health), html.Section(empty, className="card")]
    open_rows = source.rows(queries.OPEN_BY_KIND)
    money = source.rows(queries.EXCESS), source.rows(queries.PREVENTED)
    return [
        status_line(page, health, _facts(page, totals, sent, verdicts)),
        tiles(page, totals, open_rows, money, health),
        html.Div(
            [months(page, source.rows(queries.BY_MONTH)), answers(page, verdicts)],
            className="two",
        ),
        html.Div([amounts(page, open_rows), excess(page, money[0])], className="two even"),
    ]


def _facts(page: Page, totals: ViewRow, sent: ViewRow, verdicts: Sequence[ViewRow]) -> list[str]:
    found = {row["verdict"]: row["records"] for row in verdicts}
    share = formats.share(page.lang, found.get("uncheckable", 0), sum(found.values()))
    return [
        page.say("partners_n", n=totals["organisations"]),
        page.say("accepted_rejected", a=sent["accepted"], b=sent["rejected"]),
        page.say("uncheckable_share", share=share),
    ]


def tiles(
    page: Page,
    totals: ViewRow,
    open_rows: Sequence[ViewRow],
    money: tuple[Sequence[ViewRow], Sequence[ViewRow]],
    health: Health,
) -> html.Section:
    """Five numbers in one card, each a link to its list."""
    old = age_line(page, health)
    today, n = page.say("today"), page.count
    made = [
        tile(
            page.say("t_records"),
            today,
            n(totals["records"]),
            "",
            page.say("delivered_planned", a=n(totals["delivered"]), b=n(totals["planned"])),
            old,
            "/submissions",
        ),
        _excess(page, money[0], old),
    ]
    for kind in KINDS:
        rows = [row for row in open_rows if row["kind"] == kind]
        made.append(
            tile(
                page.word("kind", kind),
                page.say("open_word"),
                n(sum(row["findings"] for row in rows)),
                "",
                _median(page, rows),
                old,
                f"/findings?kind={kind}",
            )
        )
    made.append(_prevented(page, money[1], old))
    return html.Section(html.Div(made, className="tiles"), className="card")


def _median(page: Page, rows: Sequence[ViewRow]) -> str:
    valued = [row for row in rows if row["valued"]]
    if not valued:
        return page.say("none_open" if not rows else "no_amount")
    money = formats.with_currency(page.lang, valued[0]["middle"], valued[0]["currency"])
    return page.say("median_of", money=money)


def _excess(page: Page, rows: Sequence[ViewRow], old: Child) -> html.A:
    """What families got beyond what may stand together, in months that are over."""
    first = next((row for row in rows if row["period"] == "over"), NO_EXCESS)
    return tile(
        page.say("t_excess"),
        page.say("months_over"),
        formats.amount(page.lang, first["amount"], first["currency"]),
        page.word("currency", first["currency"]) if first["currency"] else "",
        page.say("confirmed_part", money=_money(page, first, "confirmed")),
        old,
        "/findings?sort=amount&order=desc",
    )


def excess(page: Page, rows: Sequence[ViewRow]) -> html.Section:
    """The same by period, with what is confirmed of it: by case, so it may be summed."""
    heads = [head_cell(page.say("months"))]
    heads += [head_cell(page.say(key), end=True) for key in ("beyond", "of_it_confirmed", "cases")]
    cells = [
        [
            page.word("period", row["period"]),
            num(_money(page, row, "amount")),
            num(_money(page, row, "confirmed")),
            num(page.count(row["cases"])),
        ]
        for row in rows
        if row["cases"]
    ]
    unknown = sum(row["unknown"] for row in rows if row["period"] == "all")
    body: Child = table(heads, cells, caption=page.say("excess_title"))
    if not cells:
        body = html.Div(html.P(page.say("no_excess"), className="s m"), className="bd")
    note = html.P(page.say("unknown_amounts", n=unknown), className="s m bd") if unknown else None
    return card(
        page.say("excess_title"),
        [body, note],
        subtitle=page.say("excess_sub"),
        flush=True,
        name="excess",
    )


def _money(page: Page, row: ViewRow, name: str) -> str:
    return formats.with_currency(page.lang, row[name], row["currency"], exact=True)


def _prevented(page: Page, rows: Sequence[ViewRow], old: Child) -> html.A:
    """Plans given up after a warning: each counts once, so these amounts may be summed."""
    first: ViewRow = rows[0] if rows else {"amount": None, "currency": "", "payments": 0}
    return tile(
        page.say("t_prevented"),
        page.say("in_total"),
        formats.amount(page.lang, first["amount"], first["currency"]),
        page.word("currency", first["currency"]) if first["currency"] else "",
        page.say("payments_given_up", n=first["payments"]),
        old,
        "/submissions",
    )


def months(page: Page, rows: Sequence[ViewRow]) -> html.Section:
    """Columns by month with their numbers, and the same as a table."""
    ordered = sorted(rows, key=lambda row: row["month"])
    largest = max((row["double"] + row["repeated"] for row in ordered), default=0) or 1
    columns = [
        html.Div(
            [
                html.B(num(page.count(row["double"] + row["repeated"]))),
                _segment(row["repeated"], largest, KINDS[1]),
                _segment(row["double"], largest, KINDS[0]),
            ]
        )
        for row in ordered
    ]
    axis = [html.Span(formats.month(page.lang, row["month"], short=True)) for row in ordered]
    heads = [
        head_cell(page.say("month")),
        *(head_cell(page.word("kind", kind), end=True) for kind in KINDS),
    ]
    cells = [
        [
            formats.month(page.lang, row["month"]),
            num(page.count(row["double"])),
            num(page.count(row["repeated"])),
        ]
        for row in ordered
    ]
    twin = html.Details(
        [
            html.Summary(page.say("as_table")),
            table(heads, cells, caption=page.say("by_month_title")),
        ]
    )
    picture = [
        html.Div(columns, className="months", **HIDDEN),
        html.Div(axis, className="axis", **HIDDEN),
        twin,
    ]
    words = [named(page.word("kind", kind), kind) for kind in KINDS]
    return card(
        page.say("by_month_title"),
        picture,
        subtitle=page.say("by_month_sub"),
        aside=html.Div(words, className="row s"),
    )


def _segment(number: int, largest: int, name: str) -> html.I:
    return html.I(className=name, style={"height": f"{COLUMN_PIXELS * number / largest:.1f}px"})


def answers(page: Page, rows: Iterable[ViewRow]) -> html.Section:
    """Shares of verdicts as one bar, spelled out in a table."""
    found = {row["verdict"]: int(row["records"]) for row in rows}
    order = [*codes("verdict"), *(code for code in found if code not in codes("verdict"))]
    whole = sum(found.values())
    heads = [
        head_cell(page.say("answer")),
        head_cell(page.say("records"), end=True),
        head_cell(page.say("share"), end=True),
    ]
    cells = [
        [
            named(page.word("verdict", code), code),
            num(page.count(found.get(code, 0))),
            num(formats.share(page.lang, found.get(code, 0), whole)),
        ]
        for code in order
    ]
    body = [
        shares((code, found.get(code, 0)) for code in order),
        table(heads, cells, caption=page.say("verdicts_title")),
    ]
    return card(page.say("verdicts_title"), body, subtitle=page.say("verdicts_sub"))


def amounts(page: Page, rows: Sequence[ViewRow]) -> html.Section:
    """Quartiles of what one pair costs, by kind and currency; no total on purpose."""
    heads = [
        head_cell(page.say("kind")),
        head_cell(page.say("findings"), end=True),
        *(
            head_cell(page.say(key), end=True)
            for key in ("quarter", "middle", "three_quarters", "largest")
        ),
    ]
    cells = [
        [
            page.word("kind", row["kind"]),
            num(page.count(row["findings"])),
            *(
                num(formats.with_currency(page.lang, row[name] if row["valued"] else None, money))
                for name in ("quarter", "middle", "three_quarters", "largest")
            ),
        ]
        for row in rows
        for money in (row["currency"],)
    ]
    body: Child = table(heads, cells, caption=page.say("amounts_title"))
    if not rows:
        body = html.Div(html.P(page.say("none_open"), className="s m"), className="bd")
    return card(page.say("amounts_title"), body, subtitle=page.say("amounts_sub"), flush=True)
