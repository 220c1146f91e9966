"""The list of findings: filters in the address, sorted and paged by the server."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from dash import html

from dashboards import districts, formats, queries
from dashboards.address import KINDS, PAGE_ROWS, STATUSES, Filters
from dashboards.parts import Child, Page, labelled, nothing, num, status_badge, strength, two_lines
from dashboards.words import codes
from projections.queries import Source, ViewRow

Options = Sequence[tuple[str, str]]
# column: (words, sort key or '', stands at the end edge)
COLUMNS: Final = (
    ("kind_purpose", "kind", False),
    ("status", "", False),
    ("strength", "", False),
    ("partners", "", False),
    ("overlap", "overlap", False),
    ("district", "district", False),
    ("amount_col", "amount", True),
    ("opened", "opened", False),
    ("finding", "", False),
)
SHOWN_ID: Final = 8


def findings(page: Page, source: Source) -> list[Child]:
    """The screen from the views. Raises ClickHouseUnavailable."""
    filters = Filters.of(page.search)
    values = filters.parameters()
    (counted,) = source.rows(queries.COUNT, **values)
    total = int(counted["findings"])
    rows = source.rows(
        queries.LISTS[filters.sort, filters.order], **values, limit=PAGE_ROWS, offset=filters.offset
    )
    body: Child = listing(page, filters, rows) if rows else _empty(page, filters)
    card = [filter_form(page, filters, source), body, pager(page, filters, total)]
    return [html.Section(card, className="card")]


def filter_form(page: Page, filters: Filters, source: Source) -> html.Form:
    """A plain form: what it sends is the address."""
    partners = [(row["org"], row["name"] or row["org"]) for row in source.rows(queries.PARTNERS)]
    pcodes = {row["district"] for row in source.rows(queries.DISTRICTS)} | {filters.district}
    places = [(code, districts.name(code)) for code in pcodes if code]
    months = [
        (row["month"], formats.month(page.lang, date.fromisoformat(f"{row['month']}-01")))
        for row in source.rows(queries.MONTHS)
    ]
    statuses = [
        (code, page.say("any") if code == "all" else page.word("status", code)) for code in STATUSES
    ]
    chosen = [
        _select(page, "kind", "kind", filters.kind, _words(page, "kind", KINDS)),
        _select(page, "status", "status", filters.status, statuses, has_any=False),
        _select(
            page, "purpose", "purpose", filters.purpose, _words(page, "purpose", codes("purpose"))
        ),
        _select(
            page,
            "district",
            "district",
            filters.district,
            sorted(places, key=lambda place: formats.turkish_key(place[1])),
        ),
        _select(
            page,
            "partner",
            "partner",
            filters.partner,
            sorted(partners, key=lambda partner: formats.turkish_key(partner[1])),
        ),
        _select(page, "month", "opened_month", filters.month, months),
    ]
    clear = html.A(page.say("clear_filters"), href="/findings", className="s")
    return html.Form(
        [
            *chosen,
            html.Button(page.say("apply"), className="btn p", type="submit"),
            clear if filters.is_narrow else None,
        ],
        action="/findings",
        method="get",
        className="filters",
        role="search",
    )


def _words(page: Page, family: str, given: Sequence[str]) -> list[tuple[str, str]]:
    return [(code, page.word(family, code)) for code in given]


def _select(
    page: Page, name: str, label: str, value: str, options: Options, *, has_any: bool = True
) -> html.Label:
    shown = [("", page.say("any")), *options] if has_any else list(options)
    if value not in {code for code, _ in shown}:
        shown.append((value, value))
    made = [html.Option(text, value=code, selected=code == value) for code, text in shown]
    return html.Label([page.say(label), html.Select(made, name=name, id=f"filter-{name}")])


def listing(page: Page, filters: Filters, rows: Sequence[ViewRow]) -> html.Div:
    """The rows of one page of the list."""
    heads = [_head(page, filters, *column) for column in COLUMNS]
    body = [html.Tr([*_cells(page, row)]) for row in rows]
    return html.Div(
        html.Table(
            [
                html.Caption(page.say("findings"), className="hide"),
                html.Thead(html.Tr(heads)),
                html.Tbody(body),
            ],
            className="list",
        ),
        className="scroll",
    )


def _head(page: Page, filters: Filters, key: str, sort: str, end: bool) -> html.Th:
    name = "r" if end else ""
    if not sort:
        return html.Th(page.say(key), scope="col", className=name)
    current = filters.sort == sort
    order = "asc" if current and filters.order == "desc" else "desc"
    text: list[Child] = [page.say(key)]
    more: dict[str, Any] = {}
    if current:
        text.append(" ↓" if filters.order == "desc" else " ↑")
        more["aria-sort"] = "descending" if filters.order == "desc" else "ascending"
    link = html.A(
        text,
        href=filters.href(sort=sort, order=order, page=1),
        title=page.word("sorted", order),
    )
    return html.Th(link, scope="col", className=name, **more)


def _cells(page: Page, row: ViewRow) -> list[html.Td]:
    lang = page.lang
    start, end = row["overlap_from"], row["overlap_to"]
    days = page.say("days", n=(end - start).days) if start and end else formats.NONE
    overlap = formats.period(lang, start, end)
    if start and not end:  # a gap has a day and no end
        overlap = page.say("lone_since", day=formats.day(lang, start))
    second = row["org_b"] if row["org_b"] != row["org_a"] else page.say("check_org")
    link = html.A(
        num(row["finding_id"][:SHOWN_ID].upper(), "mono"), href=f"/findings/{row['finding_id']}"
    )
    money = formats.with_currency(lang, row["amount_at_risk"], row["currency"], exact=True)
    return [
        html.Td(two_lines(page.word("kind", row["kind"]), page.word("purpose", row["purpose"]))),
        html.Td(status_badge(page, row["status"])),
        html.Td(strength(page, row["strength"])),
        html.Td(two_lines(num(row["org_a"]), num(second))),
        html.Td(two_lines(num(overlap), num(days))),
        html.Td(districts.name(row["district"])),
        html.Td(num(money), className="r"),
        html.Td(num(formats.day(lang, row["opened_day"]))),
        html.Td(link),
    ]


def pager(page: Page, filters: Filters, total: int) -> html.Nav:
    """How many there are, why there is no sum, and the way to the next page."""
    pages = max(1, -(-total // PAGE_ROWS))
    back, on = filters.page > 1, filters.page < pages
    links = [
        html.A(page.say("previous"), href=filters.href(page=min(filters.page - 1, pages)))
        if back
        else None,
        html.Span(
            num(page.say("page_of", a=filters.page, b=pages)),
        ),
        html.A(page.say("next"), href=filters.href(page=filters.page + 1), rel="next")
        if on
        else None,
    ]
    return html.Nav(
        [
            html.Span(page.say("n_findings", n=total), id="total"),
            html.Span(page.say("no_sum")),
            html.Span(links, className="row"),
        ],
        className="pager",
        **labelled(page.say("findings")),
    )


def _empty(page: Page, filters: Filters) -> html.Div:
    looked = [
        page.word("kind", filters.kind) if filters.kind else "",
        page.word("status", filters.status) if filters.status != "all" else "",
        page.word("purpose", filters.purpose) if filters.purpose else "",
        districts.name(filters.district) if filters.district else "",
        filters.partner,
        filters.month,
    ]
    what = page.say("empty_looked", what=" · ".join(text for text in looked if text) or "–")
    title = page.say("empty_title" if filters.is_narrow else "empty_plain")
    return nothing(title, what, html.A(page.say("clear_filters"), href="/findings?status=all"))
