"""Numbers that too many households list. Source: docs/domain.md, "suspect identifier".

Such a number opens a case, and goes on counting: only a signed quarantine switches it off.
"""

from collections.abc import Iterable

from events.ids import suspect_case_id
from processors.registry import keys
from processors.registry.case import Case
from processors.registry.index import token_value
from processors.registry.links import type_of
from processors.registry.memory import Cause, RegistryState
from processors.registry.records import Assistance


def watch(state: RegistryState, cause: Cause, record: Assistance, listed: Iterable[str]) -> None:
    """Open a case for each of these strong tokens that has become suspect by this record."""
    rules = state.rules_on(state.common.today)
    for token in sorted(listed):
        value = token_value(state, token)
        if keys.count_of(value) <= rules.suspect_households:
            continue
        if keys.flags_of(value) & keys.QUARANTINED or _open_case(state, token):
            continue
        households = _households(state, token, value, state.common.today - rules.suspect_days)
        if len(households) > rules.suspect_households:
            beside = sorted(_in_other_epochs(record, token))
            known = next(filter(None, (_open_case(state, one) for one in beside)), None)
            case = known or _open(state, cause, record, token, households)
            state.overlay.put(keys.suspect_key(token), case.key)
            _flag(state, token, on=True)


def _open_case(state: RegistryState, token: str) -> Case | None:
    """The case about a number, if there is one that is not closed."""
    if not keys.flags_of(token_value(state, token)) & keys.SUSPECT:
        return None
    key = state.overlay.get(keys.suspect_key(token))
    case = state.case(key[1:].hex()) if key else None
    return case if case and case.households else None


def _households(
    state: RegistryState, token: str, value: bytes, after: int
) -> list[list[Assistance]]:
    """The records that list a token and came after a day, by household.

    Two of them are of one household if they share another strong token, or list no other. What
    stands beside it on the same person and is of its type is no other: it is the same number
    in another epoch.
    """
    found = keys.keys_of(value, keys.codes_of((keys.ASSISTANCE,)))
    state.load(found)
    groups: list[tuple[frozenset[str], list[Assistance]]] = []
    for key in sorted(found):
        record = state.assistance(key)
        if record is None or record.came_on <= after:
            continue
        same = _in_other_epochs(record, token) | {token}
        others, members = record.strong - same or frozenset((token,)), [record]
        apart = []
        for tokens, records in groups:
            if tokens & others:
                others, members = others | tokens, members + records
            else:
                apart.append((tokens, records))
        groups = [*apart, (others, members)]
    return [records for _, records in groups]


def _in_other_epochs(record: Assistance, token: str) -> set[str]:
    """What is of its type on the same person."""
    return {
        one
        for _, strong, _ in record.people
        if token in strong
        for one in strong
        if one != token and type_of(one) == type_of(token)
    }


def _open(
    state: RegistryState,
    cause: Cause,
    record: Assistance,
    token: str,
    households: list[list[Assistance]],
) -> Case:
    subject = next(n for n, (_, strong, _) in enumerate(record.people) if token in strong)
    state.common.cases += 1
    case = Case(
        case_id=suspect_case_id(cause.seq, cause.index, subject),
        order=state.common.cases,
        purpose="",
        person=list(keys.person_of(token_value(state, token))),
        opened_day=state.common.day,
        kind="suspect-identifier",
        programmes=sorted({r.content["programme"] for records in households for r in records}),
        households=len(households),
    )
    state.cases[case.case_id] = state.touched[case.case_id] = case
    return case


def close(state: RegistryState, token: str) -> None:
    """A number is switched off: its case, if there is one, is closed."""
    key = state.overlay.get(keys.suspect_key(token))
    case = state.case(key[1:].hex()) if key else None
    if case is None:
        return
    case.households = 0
    state.touched[case.case_id] = case
    state.overlay.put(keys.suspect_key(token), None)
    _flag(state, token, on=False)


def _flag(state: RegistryState, token: str, *, on: bool) -> None:
    flagged = keys.with_flag(token_value(state, token), keys.SUSPECT, on)
    state.overlay.put(keys.token_key(token), flagged)
