"""Which numbers stand for one person: successions, and numbers that are switched off."""

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

import orjson

from events.codec import dumps
from processors.registry import keys, suspects
from processors.registry.index import (
    Place,
    persons_of,
    reindex,
    standing_for_token,
    successions,
    token_value,
)
from processors.registry.memory import Cause, RegistryState
from processors.registry.records import Fact, Listed


@dataclass(slots=True)
class Succession(Fact):
    """One organisation says that one number was succeeded by another."""

    KIND = keys.SUCCESSION


@dataclass(slots=True)
class Quarantine(Fact):
    """The administration has switched a number off, or on again."""

    KIND = keys.QUARANTINE


def fold(
    state: RegistryState, cause: Cause, rec: dict[str, Any], people: list[Listed]
) -> list[bytes]:
    """Take a statement; returns the store keys of the facts about the people concerned."""
    persons = persons_of(state, people, cause.seq, cause.index)
    tokens = {token for _, strong, _ in people for token in strong}
    loose = {token for _, _, others in people for token in others}
    shape = Succession if rec["kind"] == "succession" else Quarantine
    name = rec["succession_id"] if shape is Succession else rec["quarantine_id"]
    fresh = shape(cause.org, name, (cause.seq, cause.index))
    fact = state.fact(fresh.key, shape) or fresh
    # who is concerned is asked while the numbers count as before, and again after it
    concerned = about(state, fact.strong | tokens, fact.loose | loose)
    if rec["version"] > fact.top:
        places = _places(state, concerned) if shape is Quarantine else []
        # whom these facts are about is told by other numbers now
        state.renewed.update(one.key for one, _ in places)
        _set(state, fact, on=False)
        fact.take(rec["version"], rec, people, persons)
        _set(state, fact, on=True)
        state.change(fact)
        crowded = {token for one, place in places for token in reindex(state, one, place)}
        concerned |= about(state, set(), crowded)
    return sorted(concerned | about(state, fact.strong | tokens, fact.loose | loose))


def _places(state: RegistryState, concerned: set[bytes]) -> list[tuple[Fact, Place]]:
    """Where the facts stand in the index before a number is switched off or on."""
    facts = (state.any_fact(key) for key in sorted(concerned))
    return [(fact, Place(state, fact)) for fact in facts if fact]


def _set(state: RegistryState, fact: Fact, *, on: bool) -> None:
    """Let a statement as it stands count, or not."""
    if isinstance(fact, Quarantine):
        _switch(state, fact, off=on and fact.content.get("status") == "active")
        return
    by_role = {role: strong for role, strong, _ in fact.people}
    for former in by_role.get("former", []):
        for successor in by_role.get("successor", []):
            _count(state, former, successor, fact.org, 1 if on else -1)
            _count(state, successor, former, fact.org, 1 if on else -1)


def _count(state: RegistryState, one: str, other: str, org: str, by: int) -> None:
    known = successions(state, one)
    said = known.setdefault(other, {})
    said[org] = said.get(org, 0) + by
    if not said[org]:
        del said[org]
    if not said:
        del known[other]
    state.overlay.put(keys.alias_key(one), dumps(known))
    value = keys.with_flag(token_value(state, one), keys.SUCCEEDED, bool(known))
    state.overlay.put(keys.token_key(one), value)


def vouch(
    state: RegistryState, pairs: list[tuple[str, str]], voice: str, *, on: bool
) -> list[bytes]:
    """Let a voice say of pairs of numbers that they are one person's, or no longer.

    Returns the store keys of the facts about the people concerned.
    """
    tokens = {token for pair in pairs for token in pair}
    concerned = about(state, tokens, set())
    state.views.clear()
    for one, other in pairs:
        _count(state, one, other, voice, 1 if on else -1)
        _count(state, other, one, voice, 1 if on else -1)
    return sorted(concerned | about(state, tokens, set()))


def _switch(state: RegistryState, fact: Quarantine, *, off: bool) -> None:
    """A number is off while any quarantine of it is active."""
    for token in sorted(fact.strong | fact.loose):
        place = keys.OFF_BY + keys.token_key(token)[1:]
        value = state.overlay.get(place)
        active: list[str] = orjson.loads(value) if value else []
        active = sorted({*active, fact.key.hex()} if off else {*active} - {fact.key.hex()})
        state.overlay.put(place, dumps(active))
        if token in fact.strong:
            flagged = keys.with_flag(token_value(state, token), keys.QUARANTINED, bool(active))
            state.overlay.put(keys.token_key(token), flagged)
            if active:
                suspects.close(state, token)
        else:
            key = keys.loose_key(token)
            value = state.overlay.get(key) or keys.NOBODY_HAS_IT
            flagged = keys.with_loose_flag(value, keys.QUARANTINED, bool(active))
            state.overlay.put(key, flagged)


def about(state: RegistryState, tokens: Set[str], loose: Set[str]) -> set[bytes]:
    """The store keys of all facts that list one of the tokens, or what stands for it."""
    found: set[bytes] = set()
    for token in loose:
        held = state.overlay.get(keys.loose_key(token))
        found.update(keys.loose_keys_of(held, keys.codes_of()) if held else ())
    for token in {t for one in tokens for t in (one, *standing_for_token(state, one))}:
        found.update(keys.keys_of(token_value(state, token), keys.codes_of()))
    return found
