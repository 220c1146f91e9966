"""What people say of a case: steps, decisions, appeals. Source: docs/decisions/0013."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from events.model import ADMINISTRATION, SUPERVISOR
from events.model.case import ADVERSE
from events.outputs import DecisionRow, Effect, FindingRevision, RegistryOutput
from processors.registry import due, identities, index, links
from processors.registry.aid import judge_anew
from processors.registry.case import PAIRS, Case, CaseFinding, Dismissal
from processors.registry.cases import total_excess
from processors.registry.index import successions, view
from processors.registry.keys import record_key
from processors.registry.memory import Cause, RegistryState
from processors.registry.parties import tell
from processors.registry.records import Assistance, Listed
from processors.registry.revising import DECIDED, known_finding, restate
from processors.registry.rules import CaseRules, matched_at_beneficiary, to_base
from processors.registry.standing import StatusHistory, history_of, keep_history

_STATUS: Final = {"confirm": "confirmed", "dismiss": "dismissed"}
_ENOUGH_PEOPLE: Final = 2
"""Where aid stops, and where a large sum is confirmed."""


@dataclass(frozen=True, slots=True)
class _Act:
    """A statement, and what it is about as that stands."""

    cause: Cause
    rec: dict[str, Any]
    finding: FindingRevision
    case: Case | None
    history: StatusHistory


def fold(
    state: RegistryState,
    out: RegistryOutput,
    cause: Cause,
    rec: dict[str, Any],
    people: list[Listed],
) -> None:
    """A decision or an appeal; what comes of it is said, also if nothing does."""
    finding = known_finding(state, rec["finding_id"])
    case = state.case(finding["case_id"]) if finding and finding["case_id"] else None
    is_decision = rec["kind"] == "decision"
    effect: Effect = "unknown-finding"
    if finding is not None:
        act = _Act(cause, rec, finding, case, history_of(state, finding["finding_id"]))
        effect = _decide(state, out, act) if is_decision else _appeal(state, act)
    if case is not None:
        state.touched[case.case_id] = case
    out["decisions"].append(
        DecisionRow(
            decision_id=rec["decision_id" if is_decision else "appeal_id"],
            version=rec["version"],
            act="decision" if is_decision else "appeal",
            finding_id=rec["finding_id"],
            revision=rec["revision"],
            case_id=case.case_id if case else "",
            org=cause.org,
            user=cause.user,
            role=cause.role,
            decision=rec["decision"] if is_decision else "",
            reason=rec["reason" if is_decision else "ground"],
            effect=effect,
            day=state.common.day,
            caused_by=[cause.seq, cause.index],
        )
    )


def fold_step(
    state: RegistryState,
    out: RegistryOutput,
    cause: Cause,
    rec: dict[str, Any],
    people: list[Listed],
) -> None:
    """A step in a case; one of no known case changes nothing."""
    case = state.case(rec["case_id"])
    if case is None:
        return
    party, today = case.parties.get(cause.org), state.common.today
    if rec["step"] == "notified":
        if cause.org == ADMINISTRATION:
            case.notified = case.notified or today
    elif party is not None:
        party.acknowledged = party.acknowledged or today
        if rec["step"] == "replied":
            party.replied, party.fact = today, rec["fact"]
    state.touched[case.case_id] = case


# -- decisions -----------------------------------------------------------------------------------


def _decide(state: RegistryState, out: RegistryOutput, act: _Act) -> Effect:
    refusal = _refusal(state, act)
    if refusal:
        return refusal
    finding, history, after = act.finding, act.history, _STATUS[act.rec["decision"]]
    stops_aid = _stops_aid(act)
    if stops_aid or _is_large(state, act):
        is_enough = _is_enough(act)
        keep_history(state, finding["finding_id"], history)
        if stops_aid and not _has_notice(state, act.case):
            return "notice-missing"
        if not is_enough:
            return "waits-for-second"
    if finding["status"] != after:
        history.decided = state.common.today
    history.appealed = 0
    if act.case is not None:
        act.case.appeals.pop(finding["finding_id"], None)
        act.case.leave(finding["finding_id"])
        _remember(state, act.case, act, after)
    _vouch_for_numbers(state, out, act, is_one=after == "confirmed")
    keep_history(state, finding["finding_id"], history)
    newest = known_finding(state, finding["finding_id"]) or finding
    if newest["status"] != "withdrawn":
        # what the item made of it by the way is no revision that opens it again
        state.revised.pop(finding["finding_id"], None)
        fresh = restate(state, out, act.cause, newest, after)
        if act.case is not None and after == "confirmed" and fresh["kind"] in PAIRS:
            act.case.confirmed[fresh["finding_id"]] = CaseFinding.of(fresh)
        tell(state, out, fresh, act.rec["reason"])
    return "applied"


def _refusal(state: RegistryState, act: _Act) -> Effect | None:
    status, rec = act.finding["status"], act.rec
    if rec["revision"] != act.finding["revision"]:
        return "stale-revision"
    if act.cause.org == SUPERVISOR:
        if not act.history.appealed:
            return "no-appeal"
    elif status != "open" and not (status == "confirmed" and rec["decision"] == "dismiss"):
        return "not-open"
    return None


def _stops_aid(act: _Act) -> bool:
    """True if a family's aid would change by this that was not decided before."""
    return act.rec["reason"] in ADVERSE and act.finding["status"] != "confirmed"


def _is_large(state: RegistryState, act: _Act) -> bool:
    """True if this confirms in a case that has too much by more than one person may confirm.

    Where nobody knows how much it is, it may be more.
    """
    rules = state.rules_on(state.common.today)
    if act.rec["decision"] != "confirm" or act.finding["status"] == "confirmed":
        return False
    if rules.two_people_above is None or act.case is None:
        return False
    minor, currency = rules.two_people_above
    most, total = to_base(Fraction(minor), currency, rules), total_excess(state, act.case, rules)
    return most is None or total is None or total > most


def _has_notice(state: RegistryState, case: Case | None) -> bool:
    if case is None or not case.notified:
        return False
    return state.common.today >= case.notified + state.rules_on(case.notified).cases.notice


def _is_enough(act: _Act) -> bool:
    """Count this account's voice; True if enough have said the same of the same revision."""
    rec, history = act.rec, act.history
    if history.revision != rec["revision"]:
        history.revision, history.voices = rec["revision"], {}
    # of one body: the supervisor's word is no second one of the administration's
    who = history.voices.setdefault(f"{act.cause.org} {rec['reason']}", [])
    if act.cause.user not in who:
        who.append(act.cause.user)
    return len(who) >= _ENOUGH_PEOPLE


def _rules(state: RegistryState) -> CaseRules:
    return state.rules_on(state.common.today).cases


def _remember(state: RegistryState, case: Case, act: _Act, after: str) -> None:
    """What the case remembers of a decision about a pair."""
    finding, history = act.finding, act.history
    if finding["kind"] not in PAIRS:
        return
    if after == "dismissed":
        until = state.common.today + _rules(state).dismissal
        case.dismissals.append(Dismissal([*case.programmes], len(case.members), until))
        history.dismissal, history.dismissed_in = len(case.dismissals) - 1, case.case_id
    elif finding["status"] == "dismissed":
        remembers = state.case(history.dismissed_in)
        if remembers is not None:
            remembers.dismissals[history.dismissal].until = 0


def _vouch_for_numbers(
    state: RegistryState, out: RegistryOutput, act: _Act, *, is_one: bool
) -> None:
    """A confirmed probable pair confirms the successions between the two recipients."""
    finding, history = act.finding, act.history
    if is_one and finding["kind"] in PAIRS and finding["strength"] == links.PROBABLE:
        pairs = _succeeded(state, finding)
    elif not is_one:
        pairs = [(one, other) for one, other in history.confirms]
    else:
        return
    history.confirms = [[one, other] for one, other in pairs] if is_one else []
    if pairs:
        voice = index.DECIDED + finding["finding_id"]
        changed = identities.vouch(state, pairs, voice, on=is_one)
        judge_anew(state, out, act.cause, changed)


def _succeeded(state: RegistryState, finding: FindingRevision) -> list[tuple[str, str]]:
    """The numbers of the two recipients of which somebody says that they are one person's."""
    records: list[Assistance] = []
    for org, name in (
        (finding["org_a"], finding["assistance_a"]),
        (finding["org_b"], finding["assistance_b"]),
    ):
        record = state.assistance(record_key(org, name))
        if record is None:
            raise ValueError("a finding names a record that does not stand in the store")
        records.append(record)
    one, two = (record.transfer() for record in records)
    at = matched_at_beneficiary(one, two, state.rules_of(finding["policy"]))
    numbers = [
        {token for place in view(state, record).served(at) for token in record.people[place][1]}
        for record in records
    ]
    return sorted(
        (one, other)
        for one in numbers[0]
        for other in successions(state, one)
        if other in numbers[1]
    )


# -- appeals -------------------------------------------------------------------------------------


def _appeal(state: RegistryState, act: _Act) -> Effect:
    finding, history, today = act.finding, act.history, state.common.today
    if act.rec["revision"] != finding["revision"]:
        return "stale-revision"
    if finding["status"] not in DECIDED:
        return "not-decided"
    sides = {finding["org_a"], finding["org_b"], *(org for org, _ in finding["records"])}
    if act.cause.org not in {ADMINISTRATION, *sides}:
        return "not-a-side"
    if history.appealed:
        return "already-appealed"
    if today > history.decided + state.rules_on(history.decided).cases.appeal:
        return "too-late"
    history.appealed = today
    keep_history(state, finding["finding_id"], history)
    if act.case is not None:
        by = today + _rules(state).appeal_answer
        act.case.appeals[finding["finding_id"]] = by
        due.put(state, by + 1, act.case.key)
    return "applied"
