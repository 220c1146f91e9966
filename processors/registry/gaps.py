"""Gaps: an assessed need that nobody met in time, an ended coverage that nobody took over.

A gap stands by itself (due, not met, not deferred); of the gaps of one person and purpose
only the earliest is a finding. Decided when one of the facts changes and on the day when
it falls due, never by looking at everything.
"""

from dataclasses import dataclass
from typing import Final

from events.outputs import FindingKind, FindingRevision, RegistryOutput, finding_id
from processors.registry import keys, links
from processors.registry.days import iso, ordinal
from processors.registry.index import facts_about, side
from processors.registry.memory import Cause, RegistryState
from processors.registry.records import Assistance, Enrolment, Fact, Need
from processors.registry.revising import revise
from processors.registry.rules import Rules, at_beneficiary, effective_window

KINDS: Final = (keys.NEED, keys.ENROLMENT)
MEETING: Final = (links.CERTAIN, links.PROBABLE)
Gap = Need | Enrolment


def since(gap: Gap) -> int | None:
    """The day from which help is missing; None for an enrolment that goes on."""
    name = "assessed_on" if isinstance(gap, Need) else "ended_on"
    day = gap.content.get(name)
    return ordinal(day) if day else None


def due_on(state: RegistryState, gap: Gap) -> int | None:
    """The day on which a gap would be one; None if it never is."""
    start = since(gap)
    if start is None or gap.protected or not gap.purpose:
        return None
    rules = state.rules_on(start)
    if isinstance(gap, Need):
        if gap.content.get("closed_on"):
            return None
        days = rules.unmet_days.get(gap.purpose)
        return None if days is None else start + days
    return start + rules.lapsed_days if gap.content["end_reason"] in rules.lapsed_reasons else None


def gaps_about(state: RegistryState, record: Assistance) -> list[Gap]:
    """The needs and enrolments that an assistance could meet or defer."""
    purposes = _needs_met_by(state.rules_on(state.world.today), record.transfer().purpose)
    found = [fact for kind in KINDS for fact in facts_about(state, record, kind, purposes)]
    return [fact for fact in found if isinstance(fact, Need | Enrolment)]


def _needs_met_by(rules: Rules, purpose: str) -> frozenset[str]:
    return frozenset(need for need in keys.PURPOSES if purpose in rules.met_by(need))


@dataclass(slots=True)
class _Scene:
    """One evaluation: each gap's standing is found out once."""

    state: RegistryState
    standing: dict[bytes, bool]

    def stands(self, gap: Gap) -> bool:
        if gap.key not in self.standing:
            self.standing[gap.key] = _stands(self.state, gap)
        return self.standing[gap.key]


def evaluate(state: RegistryState, out: RegistryOutput, cause: Cause, seeds: list[Gap]) -> None:
    """Open, revise or close the findings of these gaps, and of others of the same people."""
    scene = _Scene(state, {})
    touched: dict[bytes, Gap] = {}
    for seed in seeds:
        touched[seed.key] = seed
        touched.update((gap.key, gap) for gap in same_person(state, seed))
    for gap in sorted(touched.values(), key=lambda gap: (gap.order, gap.key)):
        fid = finding_id(_kind(gap), gap.org, gap.record_id, "", "")
        is_first = scene.stands(gap) and not any(
            scene.stands(other) and _rank(other) < _rank(gap) for other in same_person(state, gap)
        )
        revise(state, out, cause, fid, _finding(state, fid, gap) if is_first else None)


def _kind(gap: Gap) -> FindingKind:
    return "unmet-need" if isinstance(gap, Need) else "lapsed-coverage"


def _rank(gap: Gap) -> tuple[int, tuple[str, str], bytes]:
    return since(gap) or 0, gap.order, gap.key


def same_person(state: RegistryState, gap: Gap) -> list[Gap]:
    """Other needs and enrolments of the same person and purpose."""
    rules = state.rules_on(since(gap) or state.world.today)
    at = at_beneficiary(gap.purpose, rules)
    mine = _sure(state, gap, at)
    purposes = frozenset((gap.purpose,))
    found = [fact for kind in KINDS for fact in facts_about(state, gap, kind, purposes)]
    return [
        fact
        for fact in found
        if isinstance(fact, Need | Enrolment) and mine & _sure(state, fact, at)
    ]


def _sure(state: RegistryState, fact: Fact, at: bool) -> set[str]:
    one = side(state, fact)
    return {token for place in one.served(at) for token in one.sure[place]}


def _stands(state: RegistryState, gap: Gap) -> bool:
    """True if help is missing: due, not met, not about to be met."""
    due, start = due_on(state, gap), since(gap)
    if due is None or start is None or state.world.today < due:
        return False
    rules = state.rules_on(start)
    at = at_beneficiary(gap.purpose, rules)
    mine = side(state, gap)
    for fact in facts_about(state, gap, keys.ASSISTANCE, rules.met_by(gap.purpose)):
        if (
            isinstance(fact, Assistance)
            and _helps(state, fact, start)
            and _linked(state, mine, fact, at, rules)
        ):
            return False
    return not (isinstance(gap, Enrolment) and _begins_again(state, gap, start, at, rules))


def _helps(state: RegistryState, record: Assistance, start: int) -> bool:
    """True if the record meets or defers what has been missing since `start`."""
    if not (record.delivered or record.holds(state.world.today)):
        return False
    transfer = record.transfer()
    return effective_window(transfer, state.rules_on(transfer.declared.start)).end > start


def _linked(state: RegistryState, mine: links.Side, fact: Fact, at: bool, rules: Rules) -> bool:
    found = links.strength(mine, side(state, fact), at, rules.weak_weights, rules.weak_threshold)
    return found in MEETING


def _begins_again(state: RegistryState, gap: Enrolment, start: int, at: bool, rules: Rules) -> bool:
    """True if an enrolment for the same purpose began when this one ended, or later."""
    mine = side(state, gap)
    return any(
        isinstance(fact, Enrolment)
        and ordinal(fact.content["started_on"]) >= start
        and _linked(state, mine, fact, at, rules)
        for fact in facts_about(state, gap, keys.ENROLMENT, rules.met_by(gap.purpose))
    )


def _finding(state: RegistryState, fid: str, gap: Gap) -> FindingRevision:
    start = since(gap)
    if start is None:
        raise ValueError("a gap without a day")
    rules = state.rules_on(start)
    place = side(state, gap).served(at_beneficiary(gap.purpose, rules))[0]
    return FindingRevision(
        finding_id=fid,
        case_id="",
        revision=0,
        kind=_kind(gap),
        strength="certain",
        status="open",
        person=list(gap.persons[place]),
        org_a=gap.org,
        assistance_a=gap.record_id,
        org_b="",
        assistance_b="",
        purpose=gap.purpose,
        overlap_from=iso(start),
        overlap_to="",
        amount_at_risk=None,
        currency="",
        district=gap.content.get("district", ""),
        opened_day="",
        changed_day="",
        caused_by=[],
        policy=rules.version,
        records=[],
    )
