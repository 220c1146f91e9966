"""Who is asked about a case, and what happens when a day passes. Source: docs/decisions/0013."""

from typing import Final

from events.ids import missed_id
from events.outputs import DecisionRow, FindingRevision, Notice, NoticeKind, RegistryOutput
from processors.registry import due
from processors.registry.case import ASKED, PAIRS, Case, Dismissal, Party
from processors.registry.days import iso
from processors.registry.memory import Cause, RegistryState
from processors.registry.revising import known_finding, restate
from processors.registry.standing import history_of, keep_history

MISSED: Final = "deadline-missed"


def follow(state: RegistryState, out: RegistryOutput, case: Case) -> None:
    """Ask whom the case concerns now, and no longer whom it does not."""
    today, rules = state.common.today, state.rules_on(state.common.today).cases
    wanted: dict[str, str] = {}
    for fid, one in case.open.items():
        for org in one.orgs if one.is_asked else ():
            wanted.setdefault(org, fid)
    for org in case.parties.keys() - wanted.keys():
        del case.parties[org]
    for org in sorted(wanted.keys() - case.parties.keys()):
        party = Party.asked_on(today, lambda day: state.rules_on(day).cases)
        case.parties[org] = party
        due.put(state, party.acknowledge_by + 1, case.key)
        due.put(state, party.reply_by + 1, case.key)
        finding = known_finding(state, wanted[org])
        if finding is None:
            raise ValueError("a case lists a finding that does not stand in the store")
        _ask(state, out, org, finding, party)
    if not any(one.is_pair for one in case.open.values()):
        if case.asked:
            case.asked = case.decide_by = case.notified = 0
    elif not case.asked:
        case.asked, case.decide_by = today, today + rules.decision
        due.put(state, case.decide_by + 1, case.key)


def begin_day(state: RegistryState, out: RegistryOutput, cause: Cause, case: Case) -> None:
    """Dismiss, in the family's favour, what partners who are late were asked about."""
    today = state.common.today
    for org in sorted(org for org, party in case.parties.items() if party.is_late(today)):
        hit = [fid for fid, one in case.open.items() if one.is_asked and org in one.orgs]
        if not hit:
            continue  # another one's silence has dismissed them
        until = today + state.rules_on(today).cases.dismissal
        case.dismissals.append(Dismissal([*case.programmes], len(case.members), until, org))
        out["decisions"].append(_missed(state, cause, case, org))
        for fid in hit:
            finding = known_finding(state, fid)
            if finding is None:
                raise ValueError("a case lists a finding that does not stand in the store")
            del case.open[fid]
            history = history_of(state, fid)
            history.decided, history.dismissal = today, len(case.dismissals) - 1
            history.dismissed_in = case.case_id
            keep_history(state, fid, history)
            tell(state, out, restate(state, out, cause, finding, "dismissed"), MISSED)
    state.touched[case.case_id] = case


def _missed(state: RegistryState, cause: Cause, case: Case, org: str) -> DecisionRow:
    return DecisionRow(
        decision_id=missed_id(case.case_id, org, state.common.day),
        version=1,
        act="deadline",
        finding_id="",
        revision=0,
        case_id=case.case_id,
        org=org,
        user="",
        role="",
        decision="dismiss",
        reason=MISSED,
        effect="applied",
        day=state.common.day,
        caused_by=[cause.seq, cause.index],
    )


# -- what partners are told ----------------------------------------------------------------------


def tell(state: RegistryState, out: RegistryOutput, said: FindingRevision, reason: str) -> None:
    """Tell both sides what became of a finding; nobody of a link that answers do not disclose."""
    if said["kind"] not in PAIRS or said["strength"] not in ASKED:
        return
    sides = {said["org_b"]: said["assistance_b"], said["org_a"]: said["assistance_a"]}
    for org in sorted(sides):
        kind: NoticeKind = "confirmed" if said["status"] == "confirmed" else "dismissed"
        out["notices"].append(_notice(state, org, sides[org], kind, said, reason=reason))


def _ask(
    state: RegistryState, out: RegistryOutput, org: str, finding: FindingRevision, party: Party
) -> None:
    is_a = org == finding["org_a"]
    name = finding["assistance_a"] if is_a else finding["assistance_b"]
    by = iso(party.acknowledge_by)
    out["notices"].append(_notice(state, org, name, "case-opened", finding, by=by))


def _notice(
    state: RegistryState, org: str, name: str, kind: NoticeKind, finding: FindingRevision,
    *, reason: str = "", by: str = "",
) -> Notice:  # fmt: skip
    return Notice(
        org=org,
        assistance_id=name,
        version=0,
        kind=kind,
        day=state.common.day,
        case_id=finding["case_id"],
        finding_id=finding["finding_id"],
        revision=finding["revision"],
        reason=reason,
        by=by,
    )
