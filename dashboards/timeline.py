"""Two records on one axis: bars, the hatched overlap, days of payment, today. Pure.

Built of boxes placed by logical properties, so that time runs in reading direction in both
directions of writing and both themes without being drawn twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from dash import html

from dashboards import formats
from dashboards.parts import HIDDEN, Page, num
from dashboards.views.why import Checks, days
from projections.queries import ViewRow

PADDING_DAYS: Final = 4
MAX_TICKS: Final = 7
LABEL_FLIP: Final = 50.0
"""Percent of the axis from which a label stands before its mark, not behind."""
TICK_FLIP: Final = 90.0
"""The same of the names of months above it."""
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


@dataclass(frozen=True, slots=True)
class Lane:
    """A record on the axis, if it may be seen, and the days that the policy counts for it."""

    letter: str
    org: str
    record: ViewRow | None
    window: tuple[date, date] | None

    @property
    def beyond(self) -> list[tuple[date, date]]:
        """The counted days before and after those that the record covers."""
        if self.record is None or self.window is None:
            return []
        before = self.window[0], self.record["covers_from"]
        after = self.record["covers_to"], self.window[1]
        return [(start, end) for start, end in (before, after) if start < end]


def lanes_of(finding: ViewRow, checks: Checks, records: Sequence[ViewRow | None]) -> list[Lane]:
    """Two lanes with the windows that were recorded with the finding, or what shows of them."""
    return [
        Lane(side.upper(), finding[f"org_{side}"], record, _window(finding, checks, side, record))
        for side, record in zip("ab", records, strict=True)
    ]


def _window(
    finding: ViewRow, checks: Checks, side: str, record: ViewRow | None
) -> tuple[date, date] | None:
    """Before windows were recorded: as far as the overlap reaches beyond the covered days."""
    if record is None:
        return None
    start, end = record["covers_from"], record["covers_to"]
    if checks and finding["status"] != "withdrawn":
        return days(checks[f"window_{side}"])
    return min(start, finding["overlap_from"] or start), max(end, finding["overlap_to"] or end)


def axis_of(lanes: Sequence[Lane], finding: ViewRow) -> Axis:
    """An axis that holds both records, their windows and the day it was found."""
    shown: list[date] = [finding["opened_day"]]
    for lane in lanes:
        if lane.record is not None:
            shown += [lane.record["covers_from"], lane.record["covers_to"], *(lane.window or ())]
            shown += [lane.record["event_date"]] if lane.record["event_date"] else []
    padding = timedelta(days=PADDING_DAYS)
    return Axis(min(shown) - padding, max(shown) + padding)


def timeline(
    page: Page,
    finding: ViewRow,
    checks: Checks,
    records: Sequence[ViewRow | None],
    today: date | None,
) -> html.Div:
    """The picture and the sentence that says the same."""
    lanes = lanes_of(finding, checks, records)
    axis = axis_of(lanes, finding)
    overlap = formats.period(page.lang, finding["overlap_from"], finding["overlap_to"])
    a, b = (_covers(page, lane.record) for lane in lanes)
    drawn = [part for lane in lanes for part in _lane(page, axis, lane)]
    picture = html.Div(
        [_grid(page, axis, finding, today), *drawn, *_finding_lane(page, axis, finding)],
        className="time",
        **HIDDEN,
    )
    sentence = page.say("timeline_text", a=a, b=b, o=overlap)
    dashed = any(lane.beyond for lane in lanes)
    return html.Div(
        [
            picture,
            html.P(sentence, className="s m", id="timeline-text"),
            html.P(page.say("dots_note"), className="xs f"),
            html.P(page.say("effective_note"), className="xs f") if dashed else None,
        ]
    )


def _covers(page: Page, record: ViewRow | None) -> str:
    if record is None:
        return page.say("record_gone")
    return formats.period(page.lang, record["covers_from"], record["covers_to"])


def _grid(page: Page, axis: Axis, finding: ViewRow, today: date | None) -> html.Div:
    marks: list[Any] = [
        html.Div(
            html.Span(num(f"{day.day} {formats.month(page.lang, day, short=True)}")),
            className="tick end" if axis.at(day) > TICK_FLIP else "tick",
            style={"insetInlineStart": f"{axis.at(day)}%"},
        )
        for day in axis.ticks()
    ]
    if finding["overlap_from"] and finding["overlap_to"]:
        marks += _overlap(page, axis, finding, finding["overlap_from"], finding["overlap_to"])
    if today is not None and axis.start <= today < axis.end:
        label = html.Span([page.say("today"), " ", num(formats.day(page.lang, today))])
        where = axis.at(today)
        name = "now end" if where > LABEL_FLIP else "now"
        marks.append(html.Div(label, className=name, style={"insetInlineStart": f"{where}%"}))
    return html.Div(marks, className="grid")


def _overlap(page: Page, axis: Axis, finding: ViewRow, start: date, end: date) -> list[html.Div]:
    """The hatched days, with their number and their money between the lanes."""
    days = page.say("days", n=(end - start).days)
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


def _lane(page: Page, axis: Axis, lane: Lane) -> list[Any]:
    letter, record = lane.letter, lane.record
    name: list[Any] = [html.Span(letter, className=f"{letter}-word"), " ", num(lane.org)]
    who = html.Div(name, className="who")
    if record is None:
        return [who, html.Div(page.say("record_gone"), className="plot s f")]
    money = formats.with_currency(page.lang, record["amount"], record["currency"], exact=True)
    inside: list[Any] = []
    for start, end in lane.beyond:
        place = "before" if end <= record["covers_from"] else "after"
        inside.append(_box(axis, start, end, f"bar effective {place} {letter}"))
    inside.append(_box(axis, record["covers_from"], record["covers_to"], f"bar {letter}", money))
    if record["event_date"]:
        inside.append(_dot(axis, record["event_date"]))
    return [who, html.Div(inside, className="plot")]


def _finding_lane(page: Page, axis: Axis, finding: ViewRow) -> list[Any]:
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
