"""Findings: found, opened, revised, withdrawn. A revision is made only when something changed."""

from dataclasses import dataclass
from typing import Final

from events import money
from events.ids import finding_id
from events.outputs import FindingKind, FindingRevision, RegistryOutput
from processors.registry import checks, keys, links
from processors.registry.days import iso
from processors.registry.index import others, view
from processors.registry.memory import Cause, RegistryState
from processors.registry.records import Assistance
from processors.registry.revising import opened, revise
from processors.registry.rules import Overlap, Rules, judge


@dataclass(frozen=True, slots=True)
class Meet:
    """What a record and another one would be if both were delivered; None: they may both stand."""

    other: Assistance
    overlap: Overlap | None = None
    link: links.Link | None = None


PAIRS: Final[tuple[FindingKind, ...]] = ("double-coverage", "repeated-payment")


def meets_of(state: RegistryState, record: Assistance) -> list[Meet]:
    """Every record that this one could meet or has a finding with, judged."""
    candidates = others(state, record)
    if not candidates:
        return []
    mine = view(state, record)
    return [_meet(state, record, mine, other) for other in candidates]


def _meet(state: RegistryState, a: Assistance, mine: links.LinkView, b: Assistance) -> Meet:
    nothing = Meet(b)
    if a.protected or b.protected:
        return nothing
    one, two = a.transfer(), b.transfer()
    rules = state.rules_on(max(one.declared.start, two.declared.start))
    overlap = judge(one, two, rules)
    if overlap is None or _may_both_pay(state, a, b, overlap):
        return nothing
    link = links.link(mine, view(state, b), overlap.at_beneficiary, rules)
    if link and overlap.by == "as-part":
        link = links.as_part(link)
    return Meet(b, overlap, link) if link else nothing


def _may_both_pay(state: RegistryState, a: Assistance, b: Assistance, overlap: Overlap) -> bool:
    """True if the programmes complement each other.

    Two owners' word does not undo what both bodies signed: that theirs exclude each other.
    """
    if overlap.by == "excluding-programmes":
        return False
    return state.complementary(a.transfer().programme, b.transfer().programme)


def revise_findings(
    state: RegistryState, out: RegistryOutput, record: Assistance, cause: Cause, meets: list[Meet]
) -> None:
    """Open, revise or withdraw the findings of this record with each other one."""
    place = keys.beside(keys.LINKED, record.key)
    linked = set(state.listed(place))
    for meet in meets:
        other = meet.other
        a, b = sorted((record, other), key=lambda r: r.order)
        stands = meet.overlap if a.delivered and b.delivered else None
        hit = _Pair(a, b, stands, meet.link) if stands and meet.link else None
        known = other.key in linked
        for kind in PAIRS:
            if known or (stands and stands.kind == kind):
                fid = finding_id(kind, *a.order, *b.order)
                fresh = _finding(state, fid, hit) if hit and hit.overlap.kind == kind else None
                revise(state, out, cause, fid, fresh, [a, b])
        if stands and not known:
            state.enlist(place, other.key)
            state.enlist(keys.beside(keys.LINKED, other.key), record.key)


def revise_again(
    state: RegistryState, out: RegistryOutput, record: Assistance, cause: Cause
) -> None:
    """Judge a record's pairs anew after something that both depend on has changed."""
    revise_findings(state, out, record, cause, meets_of(state, record))


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two delivered records that may not stand together."""

    a: Assistance
    b: Assistance
    overlap: Overlap
    link: links.Link


def _finding(state: RegistryState, fid: str, pair: _Pair) -> FindingRevision:
    a, b, overlap = pair.a, pair.b, pair.overlap
    rules = state.rules_of(overlap.policy)
    place = links.shared_place(view(state, a), view(state, b), overlap.at_beneficiary)
    at_risk = overlap.amount_at_risk
    made = checks.of_pair((a, view(state, a)), (b, view(state, b)), pair.link, overlap, rules)
    found = opened(fid, overlap.kind, a, place, rules.version, made)
    found["strength"] = pair.link.strength
    found["org_b"], found["assistance_b"] = b.order
    found["overlap_from"], found["overlap_to"] = iso(overlap.window.start), iso(overlap.window.end)
    found["currency"] = overlap.currency
    if at_risk is not None:
        found["amount_at_risk"] = money.from_minor(at_risk, overlap.currency)
    found["late_org"] = _late(a, b, rules)
    return found


def _late(a: Assistance, b: Assistance, rules: Rules) -> str:
    """The organisation whose upload came last and late: in time, it would have been a warning."""
    later = max((a, b), key=lambda record: record.paid_at)
    return later.org if later.days_to_upload > rules.upload_late_days else ""
