"""Cases: one family and one purpose, however many findings and instalments.

A finding joins the oldest case of its purpose that has one of its recipients
(beneficiary purposes: beneficiaries), else it opens one. What the case had too much of
is computed once an item is folded, for the cases that the item touched.
"""

from fractions import Fraction
from typing import Final

from events import money
from events.outputs import CaseRevision, ExcessRow, FindingRevision, RegistryOutput, case_id
from processors.registry import excess, keys, links
from processors.registry.case import Case
from processors.registry.days import iso
from processors.registry.index import side
from processors.registry.memory import Cause, RegistryState
from processors.registry.records import Assistance
from processors.registry.revising import keep
from processors.registry.rules import at_beneficiary, effective_window, in_base_currency

LIVE: Final = ("open", "confirmed")
_ORDER_BYTES: Final = 4
_ENTRY_BYTES: Final = _ORDER_BYTES + 16


def _member_key(purpose: str, token: str) -> bytes:
    return b"k" + keys.PURPOSE_CODES[purpose].to_bytes() + keys.token_key(token)[1:]


def follow(
    state: RegistryState,
    out: RegistryOutput,
    cause: Cause,
    finding: FindingRevision,
    a: Assistance,
    b: Assistance,
) -> None:
    """Put a finding that was opened or changed where it belongs; the case is settled later."""
    case = state.case(finding["case_id"]) if finding["case_id"] else None
    served = _served(state, finding, a, b)
    if case is None:
        case = _oldest(state, finding["purpose"], served) or _open(state, finding)
        finding["case_id"] = case.case_id
        keep(state, finding)
    for token in served:
        _join(state, case, token)
    programmes = {a.transfer().programme, b.transfer().programme}
    if finding["status"] in LIVE:
        counts = finding["strength"] == links.CERTAIN
        case.pairs[finding["finding_id"]] = (a.key.hex(), b.key.hex(), counts)
        case.programmes = sorted({*case.programmes, *programmes})
    else:
        case.pairs.pop(finding["finding_id"], None)
    state.touched_cases[case.case_id] = None


def _served(
    state: RegistryState, finding: FindingRevision, a: Assistance, b: Assistance
) -> list[str]:
    """The tokens of the recipients (or beneficiaries) of both records."""
    rules = next((r for r in state.rules if r.version == finding["policy"]), state.rules[0])
    at = at_beneficiary(finding["purpose"], rules)
    found: set[str] = set()
    for record in (a, b):
        one = side(state, record)
        for place in one.served(at):
            found |= one.sure[place]
    return sorted(found)


def _entries(state: RegistryState, key: bytes) -> list[tuple[int, str]]:
    value = state.overlay.get(key) or b""
    return [
        (
            int.from_bytes(value[at : at + _ORDER_BYTES]),
            value[at + _ORDER_BYTES : at + _ENTRY_BYTES].hex(),
        )
        for at in range(0, len(value), _ENTRY_BYTES)
    ]


def _oldest(state: RegistryState, purpose: str, served: list[str]) -> Case | None:
    found = [one for token in served for one in _entries(state, _member_key(purpose, token))]
    return state.case(min(found)[1]) if found else None


def _open(state: RegistryState, finding: FindingRevision) -> Case:
    state.world.cases += 1
    name = case_id(finding["finding_id"])
    state.cases[name] = Case(
        case_id=name,
        order=state.world.cases,
        purpose=finding["purpose"],
        person=finding["person"],
        opened_day=state.world.day,
    )
    return state.cases[name]


def _join(state: RegistryState, case: Case, token: str) -> None:
    key = _member_key(case.purpose, token)
    if (case.order, case.case_id) not in _entries(state, key):
        entry = case.order.to_bytes(_ORDER_BYTES) + bytes.fromhex(case.case_id)
        state.overlay.put(key, (state.overlay.get(key) or b"") + entry)


# -- once an item is folded ----------------------------------------------------------------------


def settle(state: RegistryState, out: RegistryOutput, cause: Cause) -> None:
    """Say what has changed in the cases that the item touched."""
    for name in state.touched_cases:
        case = state.case(name)
        if case is None:
            raise ValueError("a finding names a case that does not stand in the store")
        _say_excess(state, out, case)
        _say_case(state, out, cause, case)
    state.touched_cases.clear()


def _say_case(state: RegistryState, out: RegistryOutput, cause: Cause, case: Case) -> None:
    status = "open" if case.pairs else "closed"
    said = [status, case.programmes, len(case.pairs)]
    if said == case.said:
        return
    case.revision, case.said = case.revision + 1, said
    out["cases"].append(
        CaseRevision(
            case_id=case.case_id,
            revision=case.revision,
            purpose=case.purpose,
            status=status,  # type: ignore[typeddict-item]  # one of the two
            person=case.person,
            programmes=case.programmes,
            findings=len(case.pairs),
            opened_day=case.opened_day,
            changed_day=state.world.day,
            caused_by=[cause.seq, cause.index],
        )
    )


def _say_excess(state: RegistryState, out: RegistryOutput, case: Case) -> None:
    currency = state.rules_on(state.world.today).base_currency
    now = _excess(state, case)
    for month in sorted(case.excess.keys() | now.keys()):
        amount = now.get(month, money.from_minor(0, currency))
        if month in case.excess and case.excess[month] == amount:
            continue
        case.excess[month] = amount
        out["excess"].append(
            ExcessRow(
                case_id=case.case_id,
                purpose=case.purpose,
                month=month,
                amount=amount,
                currency=currency,
            )
        )


def _excess(state: RegistryState, case: Case) -> dict[str, str | None]:
    """ISO first day of each month → amount; None where an amount has no rate."""
    pairs = [(a, b) for a, b, counts in case.pairs.values() if counts]
    names = sorted({name for pair in pairs for name in pair})
    places = {name: place for place, name in enumerate(names)}
    conflicts: list[set[int]] = [set() for _ in names]
    for a, b in pairs:
        conflicts[places[a]].add(places[b])
        conflicts[places[b]].add(places[a])
    state.load(bytes.fromhex(name) for name in names)
    shares, unpriced = [], False
    for name in names:
        record = state.assistance(bytes.fromhex(name))
        if record is None:
            raise ValueError("a case lists a record that does not stand in the store")
        transfer = record.transfer()
        rules = state.rules_on(transfer.declared.start)
        window = effective_window(transfer, rules)
        daily = in_base_currency(transfer, Fraction(1, window.days), rules)
        unpriced = unpriced or daily is None
        # a stand-in amount still shows in which months there is an excess of unknown size
        shares.append(excess.Share(window, Fraction(100) if daily is None else daily))
    found = excess.by_month(shares, [frozenset(one) for one in conflicts])
    base = state.rules_on(state.world.today).base_currency
    return {
        iso(month): None if unpriced else money.from_minor(amount, base)
        for month, amount in found.items()
    }
