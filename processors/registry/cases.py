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
from processors.registry.days import iso, next_month, ordinal
from processors.registry.index import side
from processors.registry.memory import Cause, RegistryState
from processors.registry.records import Fact
from processors.registry.revising import keep
from processors.registry.rules import at_beneficiary, effective_window, in_base_currency

PAIRS: Final = ("double-coverage", "repeated-payment")
LIVE: Final = ("open", "confirmed")
_ORDER_BYTES: Final = 4
_ENTRY_BYTES: Final = _ORDER_BYTES + 16


def _place(state: RegistryState, finding: FindingRevision, facts: list[Fact]) -> Case:
    """Put a finding that was opened or changed where it belongs."""
    case = state.case(finding["case_id"]) if finding["case_id"] else None
    members = _members(state, finding, facts)
    if case is None:
        case = _oldest(state, members) or _open(state, finding)
        finding["case_id"] = case.case_id
        keep(state, finding)
    for member in members:
        _join(state, case, member)
    if finding["status"] in LIVE:
        counts = finding["kind"] in PAIRS and finding["strength"] == links.CERTAIN
        names = [fact.key.hex() for fact in facts]
        case.pairs[finding["finding_id"]] = (names[0], names[-1], counts)
        said = {fact.content["programme"] for fact in facts if "programme" in fact.content}
        case.programmes = sorted({*case.programmes, *said})
    else:
        case.pairs.pop(finding["finding_id"], None)
    return case


def _members(state: RegistryState, finding: FindingRevision, facts: list[Fact]) -> list[bytes]:
    """Where a case of the recipients (or beneficiaries) of these facts would be found.

    They are told by their numbers; one without a number by the fact itself.
    """
    rules = next((r for r in state.rules if r.version == finding["policy"]), state.rules[0])
    at = at_beneficiary(finding["purpose"], rules)
    prefix = b"k" + keys.PURPOSE_CODES[finding["purpose"]].to_bytes()
    found: set[bytes] = set()
    for fact in facts:
        numbers = [
            token for place in side(state, fact).served(at) for token in fact.people[place][1]
        ]
        found.update(prefix + keys.token_key(token)[1:] for token in numbers)
        if not numbers:
            found.add(prefix + fact.key)
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


def _oldest(state: RegistryState, members: list[bytes]) -> Case | None:
    found = [one for member in members for one in _entries(state, member)]
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


def _join(state: RegistryState, case: Case, member: bytes) -> None:
    if (case.order, case.case_id) not in _entries(state, member):
        entry = case.order.to_bytes(_ORDER_BYTES) + bytes.fromhex(case.case_id)
        state.overlay.put(member, (state.overlay.get(member) or b"") + entry)


# -- once an item is folded ----------------------------------------------------------------------


def settle(state: RegistryState, out: RegistryOutput, cause: Cause) -> None:
    """Put the item's findings into cases, in text order, and say what changed in those."""
    moved, state.moved = state.moved, []
    touched: dict[str, Case] = {}
    for finding, facts in sorted(moved, key=lambda one: _order(one[0])):
        case = _place(state, finding, facts)
        touched[case.case_id] = case
    for case in touched.values():
        _say_excess(state, out, case)
        _say_case(state, out, cause, case)


def _order(finding: FindingRevision) -> tuple[str, ...]:
    names = ("kind", "org_a", "assistance_a", "org_b", "assistance_b")
    return tuple(str(finding[name]) for name in names)  # type: ignore[literal-required]


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
    now = _excess(state, case)
    for month in sorted(case.excess.keys() | now.keys()):
        currency = _currency(state, ordinal(month))
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
    shares = [_share(state, bytes.fromhex(name)) for name in names]
    return {
        iso(month): None if amount is None else money.from_minor(amount, _currency(state, month))
        for month, amount in excess.by_month(shares, [frozenset(one) for one in conflicts]).items()
    }


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
