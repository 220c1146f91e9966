"""The frame of every screen: side bar, top bar, states of the whole page. Pure."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from dash import html

from dashboards import formats
from dashboards.parts import HIDDEN, Child, Page, age_class, labelled, nothing, num
from events.texts import LANGS, Lang
from office.health import Health

SECTIONS: Final = (
    ("overview", "/"),
    ("findings", "/findings"),
    ("submissions", "/submissions"),
    ("integrity", "/integrity"),
)


def section_of(path: str) -> str:
    """Which section an address belongs to; '' for none."""
    if path == "/":
        return "overview"
    for key, href in SECTIONS[1:]:
        if path == href or path.startswith(f"{href}/"):
            return key
    return ""


def shell(
    page: Page,
    title: Child,
    body: Sequence[Child],
    health: Health | None,
    open_findings: int | None,
) -> html.Div:
    """The whole screen around a view."""
    main = html.Main(list(body), id="main", className="main", tabIndex=-1)
    foot = html.Footer(page.say("zone"), className="foot-note")
    return html.Div(
        [
            html.A(page.say("skip"), href="#main", className="skip"),
            _nav(page, health, open_findings),
            html.Div([_top(page, title), main, foot]),
        ],
        className="shell",
    )


def _nav(page: Page, health: Health | None, open_findings: int | None) -> html.Nav:
    here = section_of(page.path)
    links = []
    for key, href in SECTIONS:
        counted = open_findings is not None and key == "findings"
        number = html.Span(num(page.count(open_findings or 0)), className="n") if counted else None
        current: dict[str, Any] = {"aria-current": "page"} if key == here else {}
        links.append(html.A([page.say(key), number], href=href, **current))
    logo = html.Div([html.I(**HIDDEN), "Tekil"], className="logo")
    return html.Nav(
        [logo, *links, _foot(page, health)], className="nav", **labelled(page.say("sections"))
    )


def _foot(page: Page, health: Health | None) -> html.Div | None:
    if health is None or not health.checks:
        return None
    sound = health.is_sound
    word = ("✓ " if sound else "⚠ ") + page.say("all_agree" if sound else "not_agree")
    return html.Div(
        [
            html.Div(word, className="" if sound else "late"),
            html.Div(num(page.say("sequence", n=health.seq))),
        ],
        className="foot",
    )


def _top(page: Page, title: Child) -> html.Header:
    following = f"{page.path}{page.search}"
    other = "light" if page.theme == "dark" else "dark"
    langs = [_language(page, lang, following) for lang in LANGS]
    leave = html.Form(
        html.Button(page.say("logout"), className="btn q", type="submit"),
        action="/logout",
        method="post",
    )
    return html.Header(
        [
            html.Div(title, className="grow"),
            html.Div(langs, className="langs", role="group", **labelled(page.say("language"))),
            html.A(
                page.say(other),
                href="/set?" + urlencode({"theme": other, "next": following}),
                className="btn q",
            ),
            html.Span(num(page.user), className="s m"),
            leave,
        ],
        className="top",
    )


def _language(page: Page, lang: Lang, following: str) -> html.A:
    current: dict[str, Any] = {"aria-current": "true"} if lang == page.lang else {}
    href = "/set?" + urlencode({"lang": lang, "next": following})
    return html.A(lang.upper(), href=href, lang=lang, **current)


def status_line(page: Page, health: Health, more: Sequence[Child] = ()) -> html.Div:
    """Processed up to when, how old that is, and other facts of the moment."""
    if not health.block_ms:
        return html.Div(html.Span(page.say("nothing_yet")), className="line")
    seconds = health.age_seconds(page.now_ms)
    facts: list[Child] = [
        html.Span(
            [
                page.say("processed", when=block_time(page, health)),
                f" ({block_age(page, health)})",
            ],
            className=age_class(seconds),
        )
    ]
    if health.last_tick:
        day = formats.day(page.lang, health.last_tick)
        facts.append(html.Span(page.say("day_of_journal", day=day)))
    return html.Div([*facts, *(html.Span(fact) for fact in more if fact)], className="line")


def block_time(page: Page, health: Health) -> str:
    """When the newest block was made; in test mode the clock knows days alone."""
    if health.is_day_clock:
        return formats.day(page.lang, formats.local_day(health.block_ms))
    return formats.instant(page.lang, health.block_ms)


def block_age(page: Page, health: Health) -> str:
    """How old the newest block is."""
    seconds = health.age_seconds(page.now_ms)
    if health.is_day_clock and seconds < formats.DAY_SECONDS:
        return page.say("today")
    return formats.age(page.lang, seconds)


def age_line(page: Page, health: Health) -> html.Div:
    """The age under a number; it turns soon, then late."""
    name = age_class(health.age_seconds(page.now_ms))
    return html.Div(block_age(page, health), className=f"a {name}".strip())


def failed(page: Page, last_good_ms: int, code: str) -> html.Section:
    """What failed, that records are safe, the last good time, a way on and a reference."""
    last = (
        page.say("last_good", when=formats.instant(page.lang, last_good_ms))
        if last_good_ms
        else page.say("no_good")
    )
    when = formats.instant(page.lang, page.now_ms)
    return html.Section(
        html.Div(
            [
                html.H2(["⚠ ", page.say("error_title")]),
                html.P([page.say("error_text"), " ", last], className="s m"),
                html.Div(
                    [
                        html.A(
                            page.say("retry"), href=f"{page.path}{page.search}", className="btn"
                        ),
                        num(f"{code} · {when}", "mono xs f"),
                    ],
                    className="row",
                ),
            ],
            className="nothing",
            role="alert",
        ),
        className="card",
    )


def unknown(page: Page) -> html.Section:
    """An address that leads nowhere."""
    way_out = html.A(page.say("to_overview"), href="/")
    return html.Section(nothing(page.say("no_page"), "", way_out), className="card")
