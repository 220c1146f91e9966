"""The small parts that views are made of. Pure: words and numbers → Dash components."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dash import html

from dashboards import words
from events.texts import Lang

Child = Any
"""What Dash takes as a child: text, a component, or a list of them."""

LONG_CHARS: Final = 10
"""More than so many do not fit a tile in the size of numbers: a day, most of all in Arabic."""
HIDDEN: Final[dict[str, Any]] = {"aria-hidden": "true"}
"""Of a picture whose sentence or table stands beside it."""

STRENGTHS: Final = {"certain": 3, "probable": 2, "possible": 1}
SOON_SECONDS: Final = 15 * 60
LATE_SECONDS: Final = 2 * 3_600


@dataclass(frozen=True, slots=True)
class Page:
    """What every view knows of the reader and of the moment."""

    lang: Lang
    theme: str
    user: str
    now_ms: int
    path: str
    search: str

    def say(self, key: str, **values: str | int) -> str:
        """Words in the reader's language."""
        return words.say(self.lang, key, **values)

    def word(self, family: str, code: str) -> str:
        """The word for a code."""
        return words.word(self.lang, family, code)

    def count(self, number: int) -> str:
        """A number in the reader's form."""
        return words.count(self.lang, number)


def labelled(text: str) -> dict[str, Any]:
    """The name of a region for those who do not see it."""
    return {"aria-label": text}


def num(text: str, class_name: str = "") -> html.Bdi:
    """A number, id or date, kept apart from the direction of the text around it."""
    return html.Bdi(text, className=class_name)


def card(
    title: str,
    body: Child,
    *,
    subtitle: str = "",
    aside: Child = None,
    flush: bool = False,
    name: str = "",
) -> html.Section:
    """A card with its head; `flush` for a table that runs to the edges."""
    head = html.Div(
        [html.H2(title), html.P(subtitle, className="s f") if subtitle else None],
    )
    return html.Section(
        [
            html.Div([head, aside], className="hd"),
            html.Div(body, className="scroll" if flush else "bd"),
        ],
        className=f"card {name}".strip(),
    )


def tile(
    label: str, period: str, number: str, unit: str, fact: str, age: Child, href: str
) -> html.A:
    """A number with its month, a second fact and its age; a link to its list."""
    size = "v long" if len(number) > LONG_CHARS else "v"
    return html.A(
        [
            html.Div([html.Span(label), html.Small(period)], className="l"),
            html.Div([num(number), html.Small(unit) if unit else None], className=size),
            html.Div(fact, className="d"),
            age,
        ],
        href=href,
        className="tile",
    )


def age_class(seconds: float) -> str:
    """How an age is coloured: '' while fresh, then soon, then late."""
    if seconds >= LATE_SECONDS:
        return "late"
    return "soon" if seconds >= SOON_SECONDS else ""


def named(text: str, name: str) -> html.Span:
    """A word with the square of its colour."""
    return html.Span([html.I(className=f"sq {name}", **HIDDEN), text])


def shares(parts: Iterable[tuple[str, int]], size: str = "") -> html.Div:
    """One bar of (colour, number) beside each other; a table or a word says the same."""
    shown = [
        html.I(className=name, style={"flexGrow": str(number), "flexBasis": "0"})
        for name, number in parts
        if number
    ]
    return html.Div(shown, className=f"shares {size}".strip(), **HIDDEN)


def badge(text: str, meaning: str = "") -> html.Span:
    """A word on its tint."""
    return html.Span(text, className=f"bdg {meaning}".strip())


def status_badge(page: Page, status: str) -> html.Span:
    """Open in accent, all else neutral."""
    return badge(page.word("status", status), "accent" if status == "open" else "")


def strength(page: Page, code: str) -> html.Span:
    """Three bars and a word, always ink."""
    full = STRENGTHS.get(code, 0)
    bars = [html.B(className="" if n < full else "e") for n in range(3)]
    return html.Span([html.I(bars, **HIDDEN), page.word("strength", code)], className="str")


def head_cell(text: str, *, end: bool = False) -> html.Th:
    """The head of a column."""
    return html.Th(text, scope="col", className="r" if end else "")


def table(
    heads: Sequence[html.Th], rows: Iterable[Sequence[Child]], *, caption: str, name: str = ""
) -> html.Table:
    """A table; cells of columns whose head stands at the end edge stand there too."""
    ends = [getattr(head, "className", "") == "r" for head in heads]
    body = [
        html.Tr([html.Td(cell, className="r" if ends[n] else "") for n, cell in enumerate(row)])
        for row in rows
    ]
    return html.Table(
        [
            html.Caption(caption, className="hide"),
            html.Thead(html.Tr(list(heads))),
            html.Tbody(body),
        ],
        className=name,
    )


def nothing(title: str, text: str, way_out: Child) -> html.Div:
    """The empty state: what was looked for, and one way out."""
    return html.Div(
        [html.H2(title), html.P(text, className="s m"), way_out], className="nothing", role="status"
    )


def two_lines(first: Child, second: Child) -> list[Child]:
    """A cell of two lines."""
    return [first, html.Small(second)]


def separated(parts: Iterable[Child]) -> list[Child]:
    """Facts of one line, each in a span of its own."""
    return [part if isinstance(part, html.Span) else html.Span(part) for part in parts if part]
