"""The index of tokens: who a token stands for, and which live records list it."""

from typing import Any

from processors.registry import state as st
from processors.registry.memory import RegistryState
from processors.registry.rules import outer_window
from processors.registry.state import Assistance, Entry, Person


def person_of_tokens(state: RegistryState, tokens: list[str], newcomer: Person) -> Person:
    """Who the tokens stand for; a token seen for the first time stands for this subject."""
    known = []
    for key in map(st.token_key, tokens):
        value = state.overlay.get(key)
        if value is None:
            state.overlay.put(key, st.encode_token(newcomer, []))
        else:
            known.append(st.token_person(value))
    return min(known, default=newcomer)


def entry_of(record: Assistance) -> Entry | None:
    """The record's place in the index: none for a record that can neither match nor block."""
    if record.protected or not (record.delivered or record.planned):
        return None
    transfer = record.transfer()
    return Entry(record.key[1:], st.PURPOSE_CODES[transfer.purpose], outer_window(transfer))


def reindex(state: RegistryState, record: Assistance, old: Entry | None, before: set[str]) -> None:
    """Move the record's entries from the tokens it listed (`before`) to those it lists now."""
    new, after = entry_of(record), set(record.tokens)
    if (old, before) == (new, after):
        return
    before, after = before if old else set(), after if new else set()
    if new and not before:
        entry = st.encode_entry(new)
        for key in map(st.token_key, sorted(after)):
            state.overlay.put(key, _known(state, key) + entry)
        return
    for token in sorted(before | after):
        key = st.token_key(token)
        value = _known(state, key)
        if token in before:
            value = st.without_entry(value, record.key[1:])
        if new and token in after:
            value += st.encode_entry(new)
        state.overlay.put(key, value)


def others(state: RegistryState, record: Assistance) -> list[Assistance]:
    """The live records that could meet this one, and all that it has findings with."""
    keys = state.linked(record)
    mine = entry_of(record)
    if mine:
        for token in record.tokens:
            keys.update(st.keys_that_may_meet(_known(state, st.token_key(token)), mine))
    keys.discard(record.key)
    state.load(keys)
    found = [other for key in keys if (other := state.assistance(key))]
    return sorted(found, key=lambda other: (other.org, other.assistance_id))


def _known(state: RegistryState, key: bytes) -> bytes:
    value = state.overlay.get(key)
    if value is None:
        raise ValueError("a token that a known record lists does not stand in the store")
    return value


def people_of(subjects: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """(role, strong tokens) of each subject."""
    return [(subject["role"], st.strong_tokens(subject)) for subject in subjects]
