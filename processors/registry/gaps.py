"""Gaps: an assessed need that nobody met in time, an ended coverage that nobody took over.

A gap stands by itself (due, not met, not deferred); of the gaps of one person and purpose
only the earliest is a finding. Decided when one of the facts changes and on the day when
it falls due, never by looking at everything.
"""

from dataclasses import dataclass
from typing import Final

from events.ids import finding_id
from events.outputs import FindingKind, FindingRevision, GapChecks, RegistryOutput
from processors.registry import keys, links
from processors.registry.days import iso, ordinal
from processors.registry.index import assistances_about, gaps_about, view
from processors.registry.memory import Cause, RegistryState
from processors.registry.records import Assistance, Enrolment, Fact, Need
from processors.registry.revising import opened, revise
from processors.registry.rules import Rules, at_beneficiary, effective_window

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
    if start is None or gap.protected or not gap.purpose or not gap.people:
        return None
    rules = state.rules_on(start)
    if isinstance(gap, Need):
        days = rules.unmet_days.get(gap.purpose)
        return None if days is None else start + days
    return start + rules.lapsed_days if gap.content["end_reason"] in rules.lapsed_reasons else None


def closed_on(gap: Gap) -> int | None:
    """The day on which its organisation closed a need; None if it did not."""
    day = gap.content.get("closed_on")
    return ordinal(day) if day else None


def days_of(state: RegistryState, gap: Gap) -> list[int]:
    """The days on which something may become of a gap, whatever its purpose will be by then."""
    start, closed = since(gap), closed_on(gap)
    if start is None or gap.protected:
        return []
    rules = state.rules_on(start)
    days = rules.lapsed_days if isinstance(gap, Enrolment) else rules.unmet_days.get(gap.purpose, 0)
    return [start + days] if closed is None else [start + days, closed]


def within_reach(state: RegistryState, record: Assistance) -> list[Gap]:
    """The needs and enrolments that an assistance could meet or defer."""
    purpose = record.transfer().purpose
    return gaps_about(state, record, state.rules_on(state.common.today).meets[purpose])


@dataclass(slots=True)
class _Scene:
    """One evaluation: each gap's standing is found out once."""

    state: RegistryState
    standing: dict[bytes, bool]

    def stands(self, gap: Gap) -> bool:
        if gap.key not in self.standing:
            self.standing[gap.key] = _stands(self.state, gap)
        return self.standing[gap.key]

    def together(self, gap: Gap) -> list[Gap]:
        """The gaps of one kind that stand for the same person, this one first; also by others."""
        found, waiting = {gap.key: gap}, [gap]
        while waiting:
            for other in same_person(self.state, waiting.pop()):
                if other.key not in found and other.KIND == gap.KIND and self.stands(other):
                    found[other.key] = other
                    waiting.append(other)
        return [*found.values()]


def evaluate(state: RegistryState, out: RegistryOutput, cause: Cause, seeds: list[Gap]) -> None:
    """Open, revise or close the findings of these gaps, and of others of the same people."""
    scene = _Scene(state, {})
    touched: dict[bytes, Gap] = {}
    for seed in seeds:
        touched[seed.key] = seed
        touched.update((gap.key, gap) for gap in same_person(state, seed))
    # one person may be known by several numbers, each of them in another need
    for gap in [gap for seed in [*touched.values()] for gap in scene.together(seed)]:
        touched[gap.key] = gap
    for gap in sorted(touched.values(), key=lambda gap: (gap.order, gap.key)):
        fid = finding_id(_kind(gap), gap.org, gap.record_id, "", "")
        is_first = scene.stands(gap) and min(scene.together(gap), key=_rank) is gap
        finding = _finding(state, fid, gap) if is_first else None
        revise(state, out, cause, fid, finding, [gap])


def _kind(gap: Gap) -> FindingKind:
    return "unmet-need" if isinstance(gap, Need) else "lapsed-coverage"


def _rank(gap: Gap) -> tuple[int, tuple[str, str], bytes]:
    return since(gap) or 0, gap.order, gap.key


def same_person(state: RegistryState, gap: Gap) -> list[Gap]:
    """Other needs and enrolments of the same person and purpose."""
    rules = state.rules_on(since(gap) or state.common.today)
    at = at_beneficiary(gap.purpose, rules)
    mine = view(state, gap)
    # a succession is one step: a number of the one among those that stand for the other
    numbers = {token for place in mine.served(at) for token in mine.own[place]}
    purposes = frozenset((gap.purpose,))
    return [
        other for other in gaps_about(state, gap, purposes) if numbers & _sure(state, other, at)
    ]


def _sure(state: RegistryState, fact: Fact, at: bool) -> set[str]:
    one = view(state, fact)
    return {token for place in one.served(at) for token in one.sure[place]}


def taken_over(state: RegistryState, fact: Gap) -> list[Gap]:
    """The enrolments whose end this one could take over, surely or probably."""
    if not isinstance(fact, Enrolment) or not fact.purpose:
        return []
    purposes = state.rules_on(state.common.today).meets[fact.purpose]
    return gaps_about(state, fact, purposes, (keys.ENROLMENT,))


def _stands(state: RegistryState, gap: Gap) -> bool:
    """True if help is missing: due, not closed, not met, not about to be met."""
    due, start, closed, today = due_on(state, gap), since(gap), closed_on(gap), state.common.today
    if due is None or start is None or today < due or (closed is not None and today >= closed):
        return False
    mine = view(state, gap)
    purposes = state.rules_on(max(start, today)).met_by(gap.purpose)
    for record in assistances_about(state, gap, purposes):
        if _helps(state, gap, mine, record, start):
            return False
    return not (isinstance(gap, Enrolment) and _begins_again(state, gap, mine, start))


def _helps(
    state: RegistryState, gap: Gap, mine: links.LinkView, record: Assistance, start: int
) -> bool:
    """True if the record meets or defers what has been missing since `start`.

    What the ended programme itself paid does not take over from it; its new plan may.
    """
    transfer = record.transfer()
    rules = state.rules_on(max(start, transfer.declared.start))
    if record.delivered:
        if isinstance(gap, Enrolment) and transfer.programme == gap.content["programme"]:
            return False
    elif not record.holds(state.common.today):
        return False
    ends = effective_window(transfer, rules).end
    return ends > start and _linked(state, gap.purpose, mine, record, rules)


def _linked(
    state: RegistryState, purpose: str, mine: links.LinkView, fact: Fact, rules: Rules
) -> bool:
    found = links.strength(mine, view(state, fact), at_beneficiary(purpose, rules), rules)
    return found in MEETING


def _begins_again(state: RegistryState, gap: Enrolment, mine: links.LinkView, start: int) -> bool:
    """True if an enrolment for the same purpose began after this one had ended."""
    rules = state.rules_on(start)
    return any(
        ordinal(other.content["started_on"]) > start
        and _linked(state, gap.purpose, mine, other, rules)
        for other in gaps_about(state, gap, rules.met_by(gap.purpose), (keys.ENROLMENT,))
    )


def _finding(state: RegistryState, fid: str, gap: Gap) -> FindingRevision:
    start = since(gap)
    if start is None:
        raise ValueError("a gap without a day")
    rules = state.rules_on(start)
    place = view(state, gap).served(at_beneficiary(gap.purpose, rules))[0]
    found = opened(fid, _kind(gap), gap, place, rules.version, _checks(state, gap, start))
    found["purpose"], found["overlap_from"] = gap.purpose, iso(start)
    return found


def _checks(state: RegistryState, gap: Gap, start: int) -> GapChecks:
    due = due_on(state, gap)
    if due is None:
        raise ValueError("a gap that is never due")
    purposes = state.rules_on(max(start, state.common.today)).met_by(gap.purpose)
    return GapChecks(met_by=sorted(purposes), wait_days=due - start, due=iso(due))
