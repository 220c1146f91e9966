"""How identity numbers became tokens: assurance, key epochs, laggards, what servers were asked.

Pure: rows in, components out. Each picture stands beside the table that spells it out.
"""

from collections.abc import Sequence
from typing import Final

from dash import html

from dashboards import formats
from dashboards.parts import (
    HIDDEN,
    Child,
    Page,
    badge,
    card,
    head_cell,
    named,
    num,
    shares,
    table,
    two_lines,
)
from dashboards.words import codes
from projections.queries import ViewRow

NO_TOKENS: Final = "none"
SHOWN_KEY: Final = 16


def assurance(page: Page, rows: Sequence[ViewRow]) -> html.Section:
    """Records by level: one bar, spelled out in a table."""
    found = {row["level"]: row for row in rows}
    order = [*codes("assurance"), *(code for code in found if code not in codes("assurance"))]
    whole = sum(int(row["records"]) for row in rows)
    shown = [found[code] for code in order if code in found]
    heads = [
        head_cell(page.say("level")),
        *(head_cell(page.say(key), end=True) for key in ("submissions", "records", "share")),
    ]
    cells = [
        [
            named(page.word("assurance", row["level"]), f"level-{row['level']}"),
            num(page.count(row["submissions"])),
            num(page.count(row["records"])),
            num(formats.share(page.lang, row["records"], whole)),
        ]
        for row in shown
    ]
    title = page.say("assurance_title")
    body = [
        shares([(f"level-{row['level']}", row["records"]) for row in shown]),
        table(heads, cells, caption=title),
    ]
    return card(title, body, subtitle=page.say("assurance_sub"), name="assurance")


def level_and_epoch(page: Page, row: ViewRow) -> Child:
    """What one submission says of its tokens; – for one that was refused or has none."""
    if not row["assurance"] or row["tokens_epoch"] == NO_TOKENS:
        return formats.NONE
    return two_lines(page.word("assurance", row["assurance"]), num(row["tokens_epoch"], "mono"))


def epochs(page: Page, rows: Sequence[ViewRow]) -> html.Section:
    """The epochs in the order of their opening, with the key that partners pin."""
    title, subtitle = page.say("epochs_title"), page.say("epochs_sub")
    if not rows:
        return card(title, html.P(page.say("no_epochs"), className="s m"), name="epochs")
    heads = [
        head_cell(page.say(key))
        for key in ("epoch", "status", "epoch_opened", "epoch_closed", "public_key")
    ]
    cells = [
        [
            num(row["epoch"], "mono"),
            badge(page.word("epoch", row["status"]), "ok" if row["status"] == "open" else ""),
            num(formats.day(page.lang, row["opened_day"])),
            num(formats.day(page.lang, row["closed_day"])),
            num(f"{row['public_key'][:SHOWN_KEY]}…", "mono"),
        ]
        for row in rows
    ]
    return card(title, table(heads, cells, caption=title), subtitle=subtitle, flush=True)


def laggards(page: Page, rows: Sequence[ViewRow]) -> html.Section | None:
    """Whose live records would meet nobody once an epoch is closed; nothing if there is one."""
    if not rows:
        return None
    heads = [
        head_cell(page.say("partner")),
        head_cell(page.say("epoch")),
        head_cell(page.say("renewed_share")),
        head_cell(page.say("laggards"), end=True),
        head_cell(page.say("live_records"), end=True),
    ]
    cells = [
        [
            num(row["org"]),
            [num(row["epoch"], "mono"), " ", badge(page.word("epoch", row["status"]))],
            _renewed(page, row),
            two_lines(
                num(page.count(row["laggards"])),
                page.say("covering", n=row["covering"]),
            ),
            num(page.count(row["live"])),
        ]
        for row in rows
    ]
    title = page.say("laggards_title")
    body = table(heads, cells, caption=title)
    return card(title, body, subtitle=page.say("laggards_sub"), flush=True, name="laggards")


def _renewed(page: Page, row: ViewRow) -> Child:
    done = row["live"] - row["laggards"]
    behind = "behind" if row["status"] == "open" else "lost"
    bar = shares([("renewed", done), (behind, row["laggards"])], "cell")
    return [bar, num(formats.share(page.lang, done, row["live"]), "xs")]


def evaluations(page: Page, rows: Sequence[ViewRow]) -> html.Section | None:
    """Evaluations of all servers beside the records that were sent that day."""
    if not rows:
        return None
    heads = [
        head_cell(page.say("day")),
        head_cell(page.say("partner")),
        head_cell(""),
        *(
            head_cell(page.say(key), end=True)
            for key in ("evaluations", "servers", "records", "per_record")
        ),
    ]
    largest = max(row[name] for row in rows for name in ("evaluations", "records")) or 1
    cells = [
        [
            num(formats.day(page.lang, row["day"])),
            num(row["org"]),
            html.Div(
                [
                    _meter("asked", row["evaluations"], largest),
                    _meter("sent", row["records"], largest),
                ],
                className="meters",
                **HIDDEN,
            ),
            num(page.count(row["evaluations"])),
            num(page.count(row["servers"])),
            num(page.count(row["records"])),
            num(formats.ratio(page.lang, row["evaluations"], row["records"])),
        ]
        for row in rows
    ]
    words = [named(page.say("evaluations"), "asked"), named(page.say("records"), "sent")]
    title = page.say("evaluations_title")
    return card(
        title,
        table(heads, cells, caption=title),
        subtitle=page.say("evaluations_sub"),
        aside=html.Div(words, className="row s"),
        flush=True,
        name="evaluations",
    )


def _meter(name: str, number: int, largest: int) -> html.I:
    return html.I(className=name, style={"width": f"{100 * number / largest:.1f}%"})
