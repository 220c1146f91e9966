"""What a finding's status is, once it is known what it is about. Source: docs/decisions/0013.

A pair that appears may be dismissed at birth, by what was dismissed before in its case;
what was decided stays decided as long as it covers what the finding is about.
"""

from dataclasses import dataclass, field

import orjson

from events.outputs import FindingRevision
from processors.registry import keys
from processors.registry.case import PAIRS, Case, Dismissal
from processors.registry.index import view
from processors.registry.memory import FindingAtHand, RegistryState
from processors.registry.records import Fact
from processors.registry.revising import DECIDED, keep
from processors.registry.rules import at_beneficiary


@dataclass(slots=True)
class StatusHistory:
    """How a finding came to its status, and who has said what of it."""

    decided: int = 0
    dismissal: int = 0
    """Place of the dismissal that covers it among those of the case `dismissed_in`."""
    dismissed_in: str = ""
    revision: int = 0
    voices: dict[str, list[str]] = field(default_factory=dict)
    """Body and reason → accounts that said it of `revision`."""
    appealed: int = 0
    confirms: list[list[str]] = field(default_factory=list)
    """Pairs of numbers that the decision says to be one person's."""


def _key(finding_id: str) -> bytes:
    return keys.HISTORY + finding_id.encode()


def history_of(state: RegistryState, finding_id: str) -> StatusHistory:
    """What is remembered of a finding; an empty one if nothing was said of it."""
    value = state.overlay.get(_key(finding_id))
    return StatusHistory(**orjson.loads(value)) if value else StatusHistory()


def keep_history(state: RegistryState, finding_id: str, history: StatusHistory) -> None:
    """Remember it."""
    state.overlay.put(_key(finding_id), orjson.dumps(history))


def settle(state: RegistryState, case: Case | None, at_hand: FindingAtHand) -> None:
    """Set the status of a finding that appeared, was revised or withdrawn."""
    finding, before = at_hand.finding, at_hand.before
    if before in DECIDED:
        _end_appeal(state, case, finding["finding_id"])
    if finding["status"] == "withdrawn":
        return
    if finding["kind"] not in PAIRS or case is None:
        finding["status"] = "dismissed" if before == "dismissed" else "open"
    elif before == "open":
        finding["status"] = "open"
    elif before == "dismissed" and _is_still_covered(state, at_hand):
        finding["status"] = "dismissed"
    else:
        _be_born(state, case, at_hand)
    keep(state, finding)


def reopens(state: RegistryState, case: Case, seen: FindingAtHand) -> bool:
    """True if a dismissed pair is about somebody or something that its dismissal lacks.

    Of a finding that stands as it stood; whatever its dismissal covers no longer, it is open.
    """
    if seen.before != "dismissed" or seen.finding["kind"] not in PAIRS:
        return False
    if _is_still_covered(state, seen):
        return False
    _be_born(state, case, seen)
    if seen.finding["status"] == "dismissed":
        return False
    _end_appeal(state, case, seen.finding["finding_id"])
    return True


def _end_appeal(state: RegistryState, case: Case | None, finding_id: str) -> None:
    history = history_of(state, finding_id)
    if history.appealed:
        history.appealed = 0
        keep_history(state, finding_id, history)
    if case is not None:
        case.appeals.pop(finding_id, None)


def _is_still_covered(state: RegistryState, at_hand: FindingAtHand) -> bool:
    """True if the dismissal that dismissed it covers it, in whatever case that was."""
    history = history_of(state, at_hand.finding["finding_id"])
    case = state.case(history.dismissed_in)
    return case is None or _covers(state, case, case.dismissals[history.dismissal], at_hand)


def _be_born(state: RegistryState, case: Case, at_hand: FindingAtHand) -> None:
    """Open, unless a dismissal of the case covers it."""
    finding, today = at_hand.finding, state.common.today
    for place, dismissal in enumerate(case.dismissals):
        if today < dismissal.until and _covers(state, case, dismissal, at_hand):
            finding["status"] = "dismissed"
            history = history_of(state, finding["finding_id"])
            history.decided, history.dismissal, history.dismissed_in = today, place, case.case_id
            keep_history(state, finding["finding_id"], history)
            return
    finding["status"] = "open"


def _covers(state: RegistryState, case: Case, dismissal: Dismissal, at_hand: FindingAtHand) -> bool:
    """True if neither a programme nor a recipient of the pair is new to the dismissal."""
    finding = at_hand.finding
    if dismissal.org not in ("", finding["org_a"], finding["org_b"]):
        return False
    if not programmes_of(at_hand.facts) <= set(dismissal.programmes):
        return False
    known = set(case.members[: dismissal.members])
    return all(not known.isdisjoint(who) for who in people_of(state, finding, at_hand.facts))


def programmes_of(facts: list[Fact]) -> set[str]:
    """The programmes that paid."""
    return {fact.content["programme"] for fact in facts if fact.KIND == keys.ASSISTANCE}


def people_of(state: RegistryState, finding: FindingRevision, facts: list[Fact]) -> list[list[str]]:
    """The recipients (beneficiaries) of these facts, each by the names that a case knows it by.

    They are told by their numbers that are not in quarantine; one without any by the fact itself.
    """
    at = at_beneficiary(finding["purpose"], state.rules_of(finding["policy"]))
    found = []
    for fact in facts:
        seen = view(state, fact)
        for place in seen.served(at):
            numbers = sorted(keys.token_key(token)[1:].hex() for token in seen.own[place])
            found.append(numbers or [fact.key.hex()])
    return found
