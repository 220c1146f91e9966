"""Why two records met, or what a gap and a sum were held against: what the registry recorded.

Pure. Nothing here is worked out anew: a check that was not recorded with the finding is not shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from dash import html

from dashboards import formats
from dashboards.parts import Page, card, num
from dashboards.words import codes
from projections.queries import ViewRow

Checks = Mapping[str, Any]
"""What stands in the column `checks`: PairChecks, GapChecks or SumChecks of events/outputs.py."""
Line = tuple[str, str]
"""What was checked, and what was found."""
WEAK: Final = "weak"
EXCLUDING: Final = "excluding-programmes"


def why(page: Page, found: ViewRow, checks: Checks, policy: Sequence[ViewRow]) -> html.Section:
    """The checks as they were recorded with the finding, and the policy that they follow."""
    version = page.say("policy_version", n=found["policy"])
    if policy:
        version += " · " + page.say(
            "in_force", day=formats.day(page.lang, policy[0]["in_force_from"])
        )
    past = found["status"] == "withdrawn"
    items = [
        html.Li([html.Span(text), html.Span(num(fact), className="m")])
        for text, fact in lines(page, found, checks, policy)
    ]
    body = [
        html.P(page.say("withdrawn_note"), className="s m") if past and items else None,
        html.Ul(items, className="why past" if past else "why")
        if items
        else html.P(page.say("no_checks"), className="s m"),
    ]
    return card(
        page.say("why" if found["org_b"] else "why_alone"),
        body,
        subtitle=version,
        name="policy",
    )


def lines(page: Page, found: ViewRow, checks: Checks, policy: Sequence[ViewRow]) -> Iterator[Line]:
    """Each check that was recorded; none for a finding older than the recording."""
    if "link" in checks:
        yield from _pair(page, found, checks, policy)
    elif "due" in checks:
        met_by = " · ".join(page.word("purpose", purpose) for purpose in checks["met_by"])
        yield page.say("check_met_by"), met_by
        yield page.say("check_wait"), page.say("days", n=checks["wait_days"])
        yield page.say("check_due"), formats.day(page.lang, date.fromisoformat(checks["due"]))
    elif "cap" in checks:
        yield page.say("check_size"), page.say("people", n=checks["size"])
        for name in ("cap", "total"):
            money = formats.with_currency(
                page.lang, Decimal(checks[name]), found["currency"], exact=True
            )
            yield page.word("sum", name), money


def _pair(page: Page, found: ViewRow, checks: Checks, policy: Sequence[ViewRow]) -> Iterator[Line]:
    yield page.word("link", checks["link"]), page.word("strength", found["strength"])
    people = [
        (f"A {page.word('role', a)} ↔ B {page.word('role', b)}", page.word("token", _token(kind)))
        for a, b, kind in checks["subjects"]
    ]
    yield from dict.fromkeys(people)  # many types of names and birth have one word
    if checks["succession"]:
        yield page.word("succession", checks["succession"]), ""
    if checks["link"] == WEAK:
        threshold = page.count(checks["threshold"])
        yield page.say("check_weight", least=threshold), page.count(checks["weight"])
    by = checks.get("meets_by", "purpose")  # older ones do not say it
    met = ("matched_as", checks["matched_as"]) if by == "purpose" else ("meets_by", by)
    yield page.word(*met), page.word("purpose", found["purpose"])
    if by != EXCLUDING:
        classes, place = policy[0]["modality_classes"] if policy else [], checks["modality_class"]
        members = classes[place] if place < len(classes) else []
        yield page.say("check_form"), " · ".join(page.word("modality", one) for one in members)
    for letter, name in (("A", "window_a"), ("B", "window_b")):
        yield page.say("check_window", which=letter), formats.period(page.lang, *days(checks[name]))
    least = page.say("days", n=checks["least_overlap_days"])
    yield page.say("check_overlap", least=least), page.say("days", n=checks["overlap_days"])
    if checks["same_programme"]:
        yield page.say("check_programme"), ""
    else:
        same = found["org_a"] == found["org_b"]
        yield page.say("check_org" if same else "check_orgs"), ""
        if by != EXCLUDING:
            yield page.say("check_complement"), ""


def days(window: Sequence[str]) -> tuple[date, date]:
    """A recorded window [from, to) as days."""
    start, end = window
    return date.fromisoformat(start), date.fromisoformat(end)


def _token(kind: str) -> str:
    """Which word a token's type has: its own, or that of its family."""
    if kind in codes("token"):
        return kind
    if kind.endswith(".passport"):
        return "passport"
    family = kind.partition(".")[0]
    return family if family in ("case", WEAK) else kind
