"""Two records on one axis: bars, the hatched overlap, days of payment, today. Pure.

Built of boxes placed by logical properties, so that time runs in reading direction in both
directions of writing and both themes without being drawn twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from dash import html

from dashboards import formats
from dashboards.parts import HIDDEN, Page, num

PADDING_DAYS: Final = 4
MAX_TICKS: Final = 7
LABEL_FLIP: Final = 70.0
"""Percent of the axis from which a label stands before its mark, not behind."""
NARROW: Final = 12.0
"""Percent of the axis below which a bar's amount stands behind the bar, not inside."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A span of days, half open."""

    start: date
    end: date

    def at(self, day: date) -> float:
        """Percent of the way from start to end."""
        return round(100 * (day - self.start).days / (self.end - self.start).days, 3)

    def ticks(self) -> list[date]:
        """First days of months within, thinned to a handful."""
        found, day = [], date(self.start.year, self.start.month, 1)
        while day < self.end:
            if day >= self.start:
                found.append(day)
            day = (day + timedelta(days=31)).replace(day=1)
        step = -(-len(found) // MAX_TICKS) or 1
        return found[::step]


def axis_of(records: list[Mapping[str, Any] | None], finding: Mapping[str, Any]) -> Axis:
    """An axis that holds both records, the overlap and the day it was found."""
    days: list[date] = [finding["opened_day"]]
    days += [finding[name] for name in ("overlap_from", "overlap_to") if finding[name]]
    for record in records:
        if record is not None:
            days += [record["covers_from"], record["covers_to"]]
            days += [record["event_date"]] if record["event_date"] else []
    padding = timedelta(days=PADDING_DAYS)
    return Axis(min(days) - padding, max(days) + padding)


def timeline(
    page: Page,
    finding: Mapping[str, Any],
    a: Mapping[str, Any] | None,
    b: Mapping[str, Any] | None,
    today: date | None,
) -> html.Div:
    """The picture and the sentence that says the same."""
    axis = axis_of([a, b], finding)
    overlap = formats.period(page.lang, finding["overlap_from"], finding["overlap_to"])
    lanes = [
        part
        for letter, org, record in (("A", finding["org_a"], a), ("B", finding["org_b"], b))
        for part in _lane(page, axis, letter, org, record, finding)
    ]
    sentence = page.say(
        "timeline_text", a=_covers(page, a), b=_covers(page, b), o=f"\u2068{overlap}\u2069"
    )
    picture = html.Div(
        [_grid(page, axis, finding, today), *lanes, *_finding_lane(page, axis, finding)],
        className="time",
        **HIDDEN,
    )
    dashed = any(_extended(record, finding) for record in (a, b))
    return html.Div(
        [
            picture,
            html.P(sentence, className="s m", id="timeline-text"),
            html.P(page.say("dots_note"), className="xs f"),
            html.P(page.say("effective_note"), className="xs f") if dashed else None,
        ]
    )


def _covers(page: Page, record: Mapping[str, Any] | None) -> str:
    if record is None:
        return page.say("record_gone")
    text = formats.period(page.lang, record["covers_from"], record["covers_to"])
    return f"\u2068{text}\u2069"


def _grid(page: Page, axis: Axis, finding: Mapping[str, Any], today: date | None) -> html.Div:
    marks: list[Any] = [
        html.Div(
            html.Span(num(f"{day.day} {formats.month(page.lang, day, short=True)}")),
            className="tick",
            style={"insetInlineStart": f"{axis.at(day)}%"},
        )
        for day in axis.ticks()
    ]
    if finding["overlap_from"] and finding["overlap_to"]:
        marks += _overlap(page, axis, finding, finding["overlap_from"], finding["overlap_to"])
    if today is not None and axis.start <= today < axis.end:
        label = html.Span([page.say("today"), " ", num(formats.day(page.lang, today))])
        place = {"insetInlineStart": f"{axis.at(today)}%"}
        marks.append(html.Div(label, className="now", style=place))
    return html.Div(marks, className="grid")


def _overlap(
    page: Page, axis: Axis, finding: Mapping[str, Any], start: date, end: date
) -> list[html.Div]:
    """The hatched days, with their number and their money between the lanes."""
    days = formats.quantity(page.lang, (end - start).days, "day")
    money = formats.with_currency(
        page.lang, finding["amount_at_risk"], finding["currency"], exact=True
    )
    middle = (axis.at(start) + axis.at(end)) / 2
    label = html.Div(
        [num(days), " · ", num(money)] if finding["amount_at_risk"] is not None else num(days),
        className="lap o",
        style={"insetInlineStart": f"{middle:.3f}%"},
    )
    return [_box(axis, start, end, "hatch"), label]


def _lane(
    page: Page,
    axis: Axis,
    letter: str,
    org: str,
    record: Mapping[str, Any] | None,
    finding: Mapping[str, Any],
) -> list[Any]:
    who = html.Div([html.Span(letter, className=f"{letter}-word"), " ", num(org)], className="who")
    if record is None:
        return [who, html.Div(page.say("record_gone"), className="plot s f")]
    money = formats.with_currency(page.lang, record["amount"], record["currency"], exact=True)
    inside: list[Any] = []
    extended = _extended(record, finding)
    if extended is not None:
        inside.append(_box(axis, record["covers_to"], extended, f"bar effective {letter}"))
    inside.append(_box(axis, record["covers_from"], record["covers_to"], f"bar {letter}", money))
    if record["event_date"]:
        inside.append(_dot(axis, record["event_date"]))
    return [who, html.Div(inside, className="plot")]


def _extended(record: Mapping[str, Any] | None, finding: Mapping[str, Any]) -> date | None:
    """The end of the overlap where it lies beyond the covered days: the effective window."""
    end: date | None = finding["overlap_to"]
    return end if record is not None and end is not None and end > record["covers_to"] else None


def _finding_lane(page: Page, axis: Axis, finding: Mapping[str, Any]) -> list[Any]:
    opened: date = finding["opened_day"]
    where = axis.at(opened)
    text = page.say("opened_on", day=formats.day(page.lang, opened))
    label = html.Span(
        num(text),
        className="mark end" if where > LABEL_FLIP else "mark",
        style={"insetInlineStart": f"{where}%"},
    )
    who = html.Div(page.say("finding"), className="who")
    return [who, html.Div([_dot(axis, opened), label], className="plot")]


def _box(axis: Axis, start: date, end: date, name: str, text: str = "") -> html.Div:
    left, width = axis.at(start), axis.at(end) - axis.at(start)
    return html.Div(
        num(text) if text else None,
        className=f"{name} narrow" if text and width < NARROW else name,
        style={"insetInlineStart": f"{left}%", "width": f"{width:.3f}%"},
    )


def _dot(axis: Axis, day: date) -> html.Div:
    return html.Div(className="dot", style={"insetInlineStart": f"{axis.at(day)}%"})
