"""Erasure: people leave the index, and what stands on them alone. Source: docs/decisions/0034.

What was answered and decided stays as it was said. Nobody is suspected on what is erased: open
findings of a pair are withdrawn. Of a gap nobody is left who waits.
"""

from events.erasure import Named, count, named_in
from events.ids import finding_id
from events.model import Purpose
from events.outputs import RegistryOutput
from processors.registry import answers, gaps, keys, sums
from processors.registry.aid import judge_sharers
from processors.registry.case import Case
from processors.registry.findings import PAIRS
from processors.registry.index import Place, reindex
from processors.registry.memory import Cause, RegistryState
from processors.registry.records import Assistance, Enrolment, Fact, Listed, Need
from processors.registry.revising import known_finding, revise


def fold(
    state: RegistryState,
    out: RegistryOutput,
    cause: Cause,
    rec: dict[str, object],
    people: list[Listed],
) -> None:
    """What a body says of an erasure; once both have said it, it is done."""
    key = keys.erasure_key(str(rec["erasure_id"]))
    known, counts = count(state.overlay.get(key), cause.org, rec)
    state.overlay.put(key, known)
    for named in named_in(rec) if counts else ():
        letter = keys.LETTER_OF.get(named.kind)  # type: ignore[call-overload]  # an inquiry has none
        if letter is not None:
            _erase(state, out, cause, named, letter)


def _erase(
    state: RegistryState, out: RegistryOutput, cause: Cause, named: Named, letter: bytes
) -> None:
    fact = state.any_fact(keys.record_key(named.org, named.id, letter))
    if fact is None or not fact.people:
        return
    before, listed = Place(state, fact), sorted(fact.strong | fact.loose)
    held = isinstance(fact, Assistance) and fact.holds(state.common.today)
    summed = sums.around(state, fact) if isinstance(fact, Assistance) and before.entry else None
    fact.forget_people()
    state.change(fact)
    crowded = reindex(state, fact, before)
    state.views.clear()
    if isinstance(fact, Assistance):
        _withdraw_open(state, out, cause, fact)
        if held and not fact.delivered:
            answers.free(state, out, fact)
        for token in crowded:
            judge_sharers(state, out, cause, token, fact)
        if summed is not None:
            sums.revise_sums(state, out, cause, summed)
    elif isinstance(fact, Need | Enrolment):
        gaps.evaluate(state, out, cause, [fact])
    for token in listed:
        _forget(state, token)


def _withdraw_open(
    state: RegistryState, out: RegistryOutput, cause: Cause, fact: Assistance
) -> None:
    for key in state.listed(keys.beside(keys.LINKED, fact.key)):
        other = state.assistance(key)
        if other is None:
            raise ValueError("a record is linked that does not stand in the store")
        facts: list[Fact] = sorted((fact, other), key=lambda one: one.order)
        for kind in PAIRS:
            name = finding_id(kind, *facts[0].order, *facts[1].order)
            last = known_finding(state, name)
            if last is not None and last["status"] == "open":
                revise(state, out, cause, name, None, facts)


# -- tokens that no fact lists any more ------------------------------------------------------------


def _forget(state: RegistryState, token: str) -> None:
    """Nothing stays of a token, unless another fact lists it, or something is said of it."""
    strong, loose = keys.token_key(token), keys.loose_key(token)
    value = state.overlay.get(strong)
    if value is not None and not keys.count_of(value) and not keys.flags_of(value) & keys.TOLD:
        state.overlay.put(strong, None)
        _leave_cases(state, strong[1:])
    held = state.overlay.get(loose)
    if held is not None and not keys.loose_holders(held) and not keys.loose_flags(held) & keys.TOLD:
        state.overlay.put(loose, None)


def _leave_cases(state: RegistryState, name: bytes) -> None:
    for purpose in Purpose:
        place = keys.cases_key(purpose, name)
        for case in _cases_at(state, place):
            # its place stays: dismissals count members
            case.members = ["" if one == name.hex() else one for one in case.members]
        if state.overlay.get(place) is not None:
            state.overlay.put(place, None)


def _cases_at(state: RegistryState, place: bytes) -> list[Case]:
    found = [state.case(name) for _, name in keys.cases_in(state.overlay.get(place))]
    return [case for case in found if case is not None]
