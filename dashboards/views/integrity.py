"""Is the system well: the journal's position, what waits, counts that must agree, key epochs."""

from typing import Final

from dash import html

from dashboards import formats, queries
from dashboards.parts import (
    Child,
    Page,
    badge,
    card,
    head_cell,
    nothing,
    num,
    table,
    tile,
)
from dashboards.shell import age_line, block_age, block_time, status_line
from dashboards.views.epochs import epochs, evaluations, laggards
from dashboards.words import codes
from office.health import Foreign, Health
from projections.queries import Source, ViewRow

SHOWN_HEAD: Final = 12
HERE: Final = "/integrity"


def integrity(page: Page, source: Source, health: Health) -> list[Child]:
    """The screen from the system's figures and the views. Raises ClickHouseUnavailable."""
    if not health.block_ms:
        way_out = html.A(page.say("retry"), href=HERE)
        empty = nothing(page.say("nothing_yet"), page.say("nothing_sent_text"), way_out)
        return [html.Section(empty, className="card"), stages(page, health)]
    return [
        status_line(page, health),
        tiles(page, health),
        stages(page, health),
        checks(page, health),
        foreign(page, health),
        epochs(page, source.rows(queries.EPOCHS)),
        laggards(page, source.rows(queries.LAGGARDS)),
        evaluations(page, source.rows(queries.EVALUATIONS)),
    ]


def tiles(page: Page, health: Health) -> html.Section:
    """Position, age, what waits, what was skipped, how many checks hold."""
    old = age_line(page, health)
    known = [stage.waiting for stage in health.stages]
    waiting = formats.NONE if None in known else page.count(sum(n or 0 for n in known))
    agree = page.say("n_of_m", a=health.agreeing, b=len(health.checks))
    now = page.say("today")
    sound = html.Div(
        page.say("all_agree" if health.is_sound else "not_agree"),
        className="a" if health.is_sound else "a late",
    )
    tick = page.say("last_tick")
    made = [
        tile(
            page.say("position"),
            now,
            page.count(health.seq),
            "",
            page.say("head", digest=f"{health.head[:SHOWN_HEAD]}…"),
            old,
            HERE,
        ),
        tile(
            page.say("block_age"),
            now,
            block_age(page, health),
            "",
            block_time(page, health),
            old,
            HERE,
        ),
        tile(tick, now, formats.day(page.lang, health.last_tick), "", "", old, HERE),
        tile(page.say("lag"), now, waiting, page.say("messages"), "", None, HERE),
        tile(page.say("checks"), now, page.count(health.agreeing), "", agree, sound, HERE),
    ]
    return html.Section(html.Div(made, className="tiles position"), className="card")


def stages(page: Page, health: Health) -> html.Section:
    """What waits for each stage and what it skipped."""
    heads = [
        head_cell(page.say("stage")),
        head_cell(page.say("waiting_for"), end=True),
        head_cell(page.say("skipped"), end=True),
    ]
    rows = [
        [
            page.word("worker", stage.name),
            num(page.say("unknown") if stage.waiting is None else page.count(stage.waiting)),
            num(formats.NONE if stage.skipped is None else page.count(stage.skipped)),
        ]
        for stage in health.stages
    ]
    silent = any(stage.waiting is None for stage in health.stages)
    notes = [
        html.P(page.say("broker_silent"), className="s late") if silent else None,
        html.P(page.say("skipped_note"), className="xs f"),
    ]
    body = [
        table(heads, rows, caption=page.say("stages_title")),
        html.Div(notes, className="bd"),
    ]
    return card(page.say("stages_title"), body, subtitle=page.say("stages_sub"), flush=True)


def foreign(page: Page, health: Health) -> html.Section:
    """What did not count in each topic: never hidden, and in colour while it is new."""
    heads = [
        head_cell(page.say("topic")),
        head_cell(page.say("foreign_count"), end=True),
        head_cell(page.say("said_before"), end=True),
        head_cell(page.say("last_seen"), end=True),
        head_cell(page.say("outcome")),
    ]
    rows = [
        [
            page.word("topic", one.topic),
            num(page.count(one.foreign)),
            num(page.count(one.repeated)),
            num(formats.day(page.lang, one.last_day)),
            _news(page, one),
        ]
        for one in health.foreign
    ]
    title = page.say("foreign_title")
    note = html.P(page.say("foreign_note"), className="xs f")
    body = [table(heads, rows, caption=title), html.Div(note, className="bd")]
    return card(title, body, subtitle=page.say("foreign_sub"), flush=True, name="foreign")


def _news(page: Page, one: Foreign) -> html.Span:
    if one.is_new:
        return badge(f"⚠ {page.say('foreign_new')}", "late")
    return badge(page.say("foreign_old")) if one.foreign else badge(page.say("foreign_none"), "ok")


def checks(page: Page, health: Health) -> html.Section:
    """Each check in words with its two counts."""
    heads = [
        head_cell(page.say("checks")),
        head_cell(page.say("expected"), end=True),
        head_cell(page.say("found"), end=True),
        head_cell(page.say("outcome")),
    ]
    rows = [
        [
            page.word("check", check["check_name"]),
            num(page.count(check["left_count"])),
            num(page.count(check["right_count"])),
            badge(f"✓ {page.say('agrees')}", "ok")
            if check["ok"]
            else badge(f"⚠ {page.say('disagrees')}", "late"),
        ]
        for check in sorted(health.checks, key=_rank)
    ]
    body = table(heads, rows, caption=page.say("checks_title"))
    return card(
        page.say("checks_title"), body, subtitle=page.say("checks_sub"), flush=True, name="checks"
    )


def _rank(check: ViewRow) -> tuple[bool, int, str]:
    """What fails first, then in the order of the catalogue: the view's rows have none."""
    known, name = codes("check"), check["check_name"]
    return bool(check["ok"]), known.index(name) if name in known else len(known), name
