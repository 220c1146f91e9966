"""Pairs of records that may not stand together: found, opened, revised, withdrawn."""

from dataclasses import dataclass
from typing import Final

from events import money
from events.codec import dumps
from events.outputs import FindingKind, FindingRevision, RegistryOutput, finding_id
from processors.registry import links
from processors.registry import state as st
from processors.registry.index import others
from processors.registry.memory import Cause, RegistryState
from processors.registry.rules import CERTAIN, Overlap, at_beneficiary, in_force, judge
from processors.registry.state import Assistance

Meets = list[tuple[Assistance, Overlap | None]]
"""Other records with what they and this one would be if both were delivered."""

KINDS: Final[tuple[FindingKind, ...]] = ("double-coverage", "repeated-payment")


def meets_of(state: RegistryState, record: Assistance) -> Meets:
    """Every record that this one could meet or has a finding with, judged."""
    return [(other, _meet(state, record, other)) for other in others(state, record)]


def _meet(state: RegistryState, a: Assistance, b: Assistance) -> Overlap | None:
    """What the two would be if both were delivered."""
    if a.protected or b.protected:
        return None
    one, two = a.transfer(), b.transfer()
    rules = in_force(state.rules, max(one.declared.start, two.declared.start))
    if rules is None or state.complementary(one.programme, two.programme):
        return None
    overlap = judge(one, two, rules)
    if overlap is None or not links.certain(a, b, at_beneficiary(one.purpose, rules)):
        return None
    return overlap


def revise_findings(
    state: RegistryState, out: RegistryOutput, record: Assistance, cause: Cause, meets: Meets
) -> None:
    """Open, revise or withdraw the findings of this record with each other one."""
    linked = state.linked(record)
    for other, overlap in meets:
        a, b = sorted((record, other), key=lambda r: (r.org, r.assistance_id))
        stands = overlap if a.delivered and b.delivered else None
        known = other.key in linked
        for kind in KINDS:
            hit = stands if stands and stands.kind == kind else None
            if hit or known:
                fid = finding_id(kind, a.org, a.assistance_id, b.org, b.assistance_id)
                _revise(state, out, cause, _Pair(fid, kind, a, b), hit)
        if stands and not known:
            state.link(record, other)


@dataclass(frozen=True, slots=True)
class _Pair:
    finding_id: str
    kind: FindingKind
    a: Assistance
    b: Assistance


def _revise(
    state: RegistryState, out: RegistryOutput, cause: Cause, pair: _Pair, overlap: Overlap | None
) -> None:
    key = st.finding_key(pair.finding_id)
    value = state.overlay.get(key)
    last = st.decode_finding(value) if value else None
    if overlap is None:
        if last is None:
            return
        fresh = FindingRevision(**last)
        fresh["status"] = "withdrawn"
    else:
        fresh = _finding(state, pair, overlap, last)
    if last is not None and all(fresh[k] == last[k] for k in _SAID):
        return
    fresh["revision"] = last["revision"] + 1 if last else 1
    fresh["changed_day"] = state.world.day
    fresh["caused_by"] = [cause.seq, cause.index]
    out["findings"].append(fresh)
    state.overlay.put(key, dumps(fresh))


_SAID: Final = (
    "strength",
    "status",
    "purpose",
    "overlap_from",
    "overlap_to",
    "amount_at_risk",
    "currency",
    "district",
)
"""A revision is made if and only if one of these changed."""


def _finding(
    state: RegistryState, pair: _Pair, overlap: Overlap, last: FindingRevision | None
) -> FindingRevision:
    a, b = pair.a, pair.b
    purpose = a.content["purpose"]
    rules = next(rules for rules in state.rules if rules.version == overlap.policy)
    at_risk = overlap.amount_at_risk
    return FindingRevision(
        finding_id=pair.finding_id,
        revision=0,
        kind=pair.kind,
        strength=CERTAIN,
        status="open",
        person=list(links.person_of(a, b, at_beneficiary(purpose, rules))),
        org_a=a.org,
        assistance_a=a.assistance_id,
        org_b=b.org,
        assistance_b=b.assistance_id,
        purpose=purpose,
        overlap_from=st.iso(overlap.window.start),
        overlap_to=st.iso(overlap.window.end),
        amount_at_risk=None if at_risk is None else money.from_minor(at_risk, overlap.currency),
        currency=overlap.currency,
        district=a.content["district"],
        opened_day=last["opened_day"] if last else state.world.day,
        changed_day="",
        caused_by=[],
        policy=overlap.policy,
    )
