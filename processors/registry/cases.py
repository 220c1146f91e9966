"""Cases: one family and one purpose, however many findings and instalments.

A finding joins the oldest case of its purpose that has one of its recipients
(beneficiary purposes: beneficiaries), else it opens one. What the case had too much of
is computed once an item is folded, for the cases that the item touched.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from events import money
from events.ids import case_id
from events.outputs import CaseRevision, ExcessRow, FindingRevision, PartyRow, RegistryOutput
from processors.registry import excess, keys, links, parties, standing
from processors.registry.case import Case, CaseFinding
from processors.registry.days import iso, next_month, ordinal
from processors.registry.memory import Cause, FindingAtHand, RegistryState
from processors.registry.revising import restate
from processors.registry.rules import Rules, effective_window, in_base_currency, to_base

_COMPARED: Final = (
    "status", "programmes", "findings", "decide_by", "notified_day", "late", "parties",
)  # fmt: skip
"""A revision of a case is made if and only if one of these changed."""


def _place(state: RegistryState, at_hand: FindingAtHand) -> Case:
    """Put a finding that was opened or changed where it belongs."""
    finding, facts = at_hand.finding, at_hand.facts
    case = state.case(finding["case_id"]) if finding["case_id"] else None
    people = standing.people_of(state, finding, facts)
    if case is not None and case.purpose != finding["purpose"]:
        # it is about another purpose now, and leaves what it was in
        case.leave(finding["finding_id"])
        case.appeals.pop(finding["finding_id"], None)
        state.touched[case.case_id] = case
        case = None
    if case is None:
        case = _oldest(state, _members(finding, people)) or _open(state, finding)
        finding["case_id"] = case.case_id
    if finding["status"] != "withdrawn":
        # what its facts are about now may be why it no longer stands
        _widen_by(state, case, at_hand, people)
    standing.settle(state, case, at_hand)
    case.leave(finding["finding_id"])
    if finding["status"] == "open":
        case.open[finding["finding_id"]] = CaseFinding.of(finding)
    if case_id(finding["finding_id"]) == case.case_id:
        case.district = finding["district"]
    return case


def _widen_by(
    state: RegistryState, case: Case, at_hand: FindingAtHand, people: list[list[str]]
) -> None:
    """The recipients and programmes of a finding are the case's from now on."""
    for member in _members(at_hand.finding, people):
        _join(state, case, member, people)
    case.programmes = sorted({*case.programmes, *standing.programmes_of(at_hand.facts)})


def _members(finding: FindingRevision, people: list[list[str]]) -> list[bytes]:
    """Where a case of these recipients (or beneficiaries) of a finding would be found."""
    names = sorted({name for who in people for name in who})
    return [keys.cases_key(finding["purpose"], bytes.fromhex(name)) for name in names]


def _oldest(state: RegistryState, members: list[bytes]) -> Case | None:
    found = [one for member in members for one in keys.cases_in(state.overlay.get(member))]
    return state.case(min(found)[1]) if found else None


def _open(state: RegistryState, finding: FindingRevision) -> Case:
    state.common.cases += 1
    name = case_id(finding["finding_id"])
    state.cases[name] = Case(
        case_id=name,
        order=state.common.cases,
        purpose=finding["purpose"],
        person=finding["person"],
        opened_day=state.common.day,
    )
    return state.cases[name]


def _join(state: RegistryState, case: Case, member: bytes, people: list[list[str]]) -> None:
    name = member[2:].hex()
    if name in case.members:
        return
    case.join(name, {one for who in people if name in who for one in who})
    if (case.order, case.case_id) not in keys.cases_in(state.overlay.get(member)):
        entry = case.order.to_bytes(keys.ORDER_BYTES) + bytes.fromhex(case.case_id)
        state.overlay.put(member, (state.overlay.get(member) or b"") + entry)


# -- once an item is folded ----------------------------------------------------------------------


def settle(state: RegistryState, out: RegistryOutput, cause: Cause) -> None:
    """Put the item's findings into cases, in text order, and say what changed in those."""
    for at_hand in sorted(state.revised.values(), key=lambda one: _order(one.finding)):
        if at_hand.finding["kind"] == "over-cap":
            standing.settle(state, None, at_hand)
            continue
        if not at_hand.before and at_hand.finding["status"] == "withdrawn":
            continue  # what one item opened and withdrew was in no case
        case = _place(state, at_hand)
        state.touched[case.case_id] = case
    for seen in state.unchanged.values():
        _widen(state, out, cause, seen)
    touched, state.touched = state.touched, {}
    state.revised.clear()
    state.unchanged.clear()
    for case in touched.values():
        parties.follow(state, out, case)
        _append_excess(state, out, case)
        append_case(state, out, cause, case)


def _widen(state: RegistryState, out: RegistryOutput, cause: Cause, seen: FindingAtHand) -> None:
    """The facts of a finding that stands as it stood have other programmes or people now.

    A dismissal may no longer cover it by that.
    """
    case = state.case(seen.finding["case_id"]) if seen.finding["case_id"] else None
    if case is None or seen.finding["finding_id"] in state.revised:
        return
    _widen_by(state, case, seen, standing.people_of(state, seen.finding, seen.facts))
    state.touched[case.case_id] = case
    last = seen.finding
    if standing.reopens(
        state, case, FindingAtHand(FindingRevision(**last), seen.facts, seen.before)
    ):
        reopened = restate(state, out, cause, last, "open")
        case.open[reopened["finding_id"]] = CaseFinding.of(reopened)


def _order(finding: FindingRevision) -> tuple[str, ...]:
    names = ("kind", "org_a", "assistance_a", "org_b", "assistance_b")
    return tuple(str(finding[name]) for name in names)  # type: ignore[literal-required]


def begin_day(state: RegistryState, out: RegistryOutput, cause: Cause) -> None:
    """What falls due in cases on the day that begins, once its gaps and lapses are settled."""
    due, state.due_cases = state.due_cases, []
    for key in due:
        case = state.case(key[1:].hex())
        if case is None:
            raise ValueError("a case falls due that does not stand in the store")
        parties.begin_day(state, out, cause, case)
    settle(state, out, cause)


def append_case(state: RegistryState, out: RegistryOutput, cause: Cause, case: Case) -> None:
    """Say a case anew, if what is said of it has changed."""
    fresh = CaseRevision(
        case_id=case.case_id,
        kind=case.kind,  # type: ignore[typeddict-item]  # one of the two
        revision=case.revision + 1,
        purpose=case.purpose,
        status="open" if case.open or case.appeals or case.households else "closed",
        person=case.person,
        programmes=case.programmes,
        findings=len(case.open) or case.households,
        decide_by=_day(case.decide_by),
        notified_day=_day(case.notified),
        late=case.late(state.common.today),  # type: ignore[typeddict-item]  # one of the three
        parties=[_party(case, org) for org in sorted(case.parties)],
        opened_day=case.opened_day,
        changed_day=state.common.day,
        caused_by=[cause.seq, cause.index],
    )
    content = [fresh[name] for name in _COMPARED]
    if content != case.last:
        case.revision, case.last = case.revision + 1, content
        out["cases"].append(fresh)


def _party(case: Case, org: str) -> PartyRow:
    party = case.parties[org]
    return PartyRow(
        org=org,
        asked_day=iso(party.since),
        acknowledge_by=iso(party.acknowledge_by),
        acknowledged_day=_day(party.acknowledged),
        reply_by=iso(party.reply_by),
        replied_day=_day(party.replied),
        fact=party.fact,
    )


def _day(day: int) -> str:
    return iso(day) if day else ""


def _append_excess(state: RegistryState, out: RegistryOutput, case: Case) -> None:
    confirmed = _certain_pairs(case.confirmed)
    pairs = confirmed + _certain_pairs(case.open)
    now = _excess(state, pairs)
    sure = now if pairs == confirmed else _excess(state, confirmed)
    for month in sorted(case.excess.keys() | now.keys() | sure.keys()):
        currency = _currency(state, ordinal(month))
        nothing = money.from_minor(0, currency)
        amounts = now.get(month, nothing), sure.get(month, nothing)
        row = [*amounts, case.district]
        if case.excess.get(month) == row:
            continue
        case.excess[month] = row
        out["excess"].append(
            ExcessRow(
                case_id=case.case_id,
                purpose=case.purpose,
                month=month,
                amount=amounts[0],
                amount_confirmed=amounts[1],
                currency=currency,
                district=case.district,
            )
        )


def _certain_pairs(findings: Mapping[str, CaseFinding]) -> list[tuple[str, str]]:
    """The store keys of the records of each, in hex."""
    return [
        (one.a, one.b) for one in findings.values() if one.is_pair and one.strength == links.CERTAIN
    ]


def total_excess(state: RegistryState, case: Case, rules: Rules) -> Fraction | None:
    """What a case has too much of in all months, over its open and its confirmed pairs.

    In minor units of the base currency of `rules`; None if nobody knows.
    """
    total = Fraction(0)
    pairs = _certain_pairs(case.confirmed) + _certain_pairs(case.open)
    for month, amount in _by_month(state, pairs).items():
        if amount is None:
            return None
        share = to_base(Fraction(amount), _currency(state, month), rules)
        if share is None:
            return None
        total += share
    return total


def _excess(state: RegistryState, pairs: list[tuple[str, str]]) -> dict[str, str | None]:
    """ISO first day of each month → amount; None where an amount has no rate."""
    return {
        iso(month): None if amount is None else money.from_minor(amount, _currency(state, month))
        for month, amount in _by_month(state, pairs).items()
    }


def _by_month(state: RegistryState, pairs: list[tuple[str, str]]) -> dict[int, int | None]:
    """First day of each month → minor units of its currency."""
    names = sorted({name for pair in pairs for name in pair})
    places = {name: place for place, name in enumerate(names)}
    conflicts: list[set[int]] = [set() for _ in names]
    for a, b in pairs:
        conflicts[places[a]].add(places[b])
        conflicts[places[b]].add(places[a])
    state.load(bytes.fromhex(name) for name in names)
    shares = [_share(state, bytes.fromhex(name)) for name in names]
    return excess.by_month(shares, [frozenset(one) for one in conflicts])


def _share(state: RegistryState, key: bytes) -> excess.Share:
    record = state.assistance(key)
    if record is None:
        raise ValueError("a case lists a record that does not stand in the store")
    transfer = record.transfer()
    rules = state.rules_on(transfer.declared.start)
    window = effective_window(transfer, rules)
    return excess.Share(window, in_base_currency(transfer, Fraction(1, window.days), rules))


def _currency(state: RegistryState, month: int) -> str:
    return state.rules_on(next_month(month) - 1).base_currency
