"""The index of tokens: who a token stands for, and which live facts list it."""

from collections.abc import Iterable
from functools import partial
from typing import Final

import orjson

from processors.registry import keys, links
from processors.registry.keys import Entry, Person
from processors.registry.links import RECIPIENT, SHARED, Aliases, LinkView, view_of
from processors.registry.memory import RegistryState
from processors.registry.records import Assistance, Enrolment, Fact, Listed, Need
from processors.registry.rules import Window

_UNLISTED = keys.new_token((0, 0, 0))
_NOBODY = Aliases(frozenset(), frozenset(), frozenset())
DECIDED: Final = "="
"""How the voice of a decision begins among organisations that say a succession."""
_ALWAYS = Window(0, 0xFFFF_FFFF)
_TOLD_APART: Final = keys.SUCCEEDED | keys.QUARANTINED
"""A token with one of these flags does not stand for its person by itself."""


def person_of_tokens(state: RegistryState, tokens: list[str], newcomer: Person) -> Person:
    """Who the tokens stand for; a token seen for the first time stands for this subject.

    If one of its type beside it is known already it is the same number in another epoch, and
    stands for whom that one stands for.
    """
    known: dict[str, Person] = {}
    fresh = []
    for token in tokens:
        value = state.overlay.get(keys.token_key(token))
        if value is None:
            fresh.append(token)
        else:
            kind, person = links.type_of(token), keys.person_of(value)
            known[kind] = min(person, known.get(kind, person))
    for token in fresh:
        person = known.get(links.type_of(token), newcomer)
        state.overlay.put(keys.token_key(token), keys.new_token(person))
    return min(known.values(), default=newcomer)


def persons_of(state: RegistryState, people: list[Listed], seq: int, index: int) -> list[Person]:
    """Who each listed person is."""
    return [
        person_of_tokens(state, strong, (seq, index, number))
        for number, (_, strong, _) in enumerate(people)
    ]


# -- which facts list a token --------------------------------------------------------------------


def entry_of(fact: Fact) -> Entry | None:
    """The fact's place in the index: none for one that can neither match, block, meet nor lack."""
    if fact.protected or not fact.people:  # nobody stands in what was erased
        return None
    if isinstance(fact, Assistance):
        return _entry(fact) if fact.delivered or fact.planned else None
    if isinstance(fact, Need | Enrolment) and fact.purpose:
        return Entry(fact.key, keys.PURPOSE_CODES[fact.purpose], _ALWAYS)
    return None


def _entry(record: Assistance) -> Entry:
    return Entry(record.key, keys.PURPOSE_CODES[record.content["purpose"]], record.outer())


class Place:
    """Where a fact stands in the index now: taken before a change, compared after it."""

    def __init__(self, state: RegistryState, fact: Fact) -> None:
        self.entry = entry_of(fact) if fact.top else None
        self.strong: frozenset[str] = fact.strong if self.entry else frozenset()
        self.loose: dict[str, bytes] = _holders(state, fact, self.entry) if self.entry else {}


def _holders(state: RegistryState, fact: Fact, entry: Entry) -> dict[str, bytes]:
    """Loose token → its encoded holder in this fact."""
    tokens = fact.loose
    if not tokens:
        return {}
    listed = next(strong for role, strong, _ in fact.people if role == RECIPIENT)
    # a number in quarantine makes nobody the same recipient
    numbers = [number for number in listed if not _is_quarantined(state, number)]
    delivered = isinstance(fact, Assistance) and fact.delivered
    holder = keys.encode_holder(keys.Holder(entry, delivered, tuple(numbers)))
    return dict.fromkeys(tokens, holder)


def reindex(state: RegistryState, fact: Fact, before: Place) -> list[str]:
    """Move the fact's entries to where it stands now.

    Returns the telephones and accounts that became crowded, or no longer are, by it.
    """
    after = Place(state, fact)
    if (before.entry, before.strong) != (after.entry, after.strong):
        _move_strong(state, fact, before, after)
    crowded = []
    for token in before.loose.keys() | after.loose.keys():
        old, new = before.loose.get(token, b""), after.loose.get(token, b"")
        if old != new and _move_loose(state, fact, token, old, new):
            crowded.append(token)
    return sorted(crowded)


def _move_strong(state: RegistryState, fact: Fact, before: Place, after: Place) -> None:
    old = keys.encode_entry(before.entry) if before.entry else b""
    new = keys.encode_entry(after.entry) if after.entry else b""
    is_gap = fact.KIND != keys.ASSISTANCE
    for token in before.strong | after.strong:
        value = token_value(state, token)
        if token in before.strong:
            value = keys.without_entry(value, old)
        if token in after.strong:
            value += new
            if is_gap:
                value = keys.with_flag(value, keys.LISTS_GAPS, on=True)
        state.overlay.put(keys.token_key(token), value)


def _move_loose(state: RegistryState, fact: Fact, token: str, old: bytes, new: bytes) -> bool:
    key = keys.loose_key(token)
    value = state.overlay.get(key) or keys.NOBODY_HAS_IT
    is_counted = token.startswith(SHARED)
    at_hand = keys.moved_holder(value, old, new, is_counted=is_counted)
    if fact.KIND != keys.ASSISTANCE:
        at_hand = keys.with_loose_flag(at_hand, keys.LISTS_GAPS, on=True)
    state.overlay.put(key, at_hand)
    if not is_counted:
        return False
    was, now = keys.sharers(value), keys.sharers(at_hand)
    limits = {rules.shared_recipients for rules in state.rules}
    return any((was < limit) != (now < limit) for limit in limits)


def token_value(state: RegistryState, token: str) -> bytes:
    """The value of a strong token; that of a token which nobody lists, if it is not known."""
    return state.overlay.get(keys.token_key(token)) or _UNLISTED


# -- what a token stands for ---------------------------------------------------------------------


def _is_quarantined(state: RegistryState, token: str) -> bool:
    return bool(keys.flags_of(token_value(state, token)) & keys.QUARANTINED)


def aliases(state: RegistryState, token: str) -> Aliases | None:
    """What stands for the same person as a token; None if it alone does."""
    flags = keys.flags_of(token_value(state, token))
    if not flags & _TOLD_APART:
        return None
    if flags & keys.QUARANTINED:
        return _NOBODY
    own = frozenset((token,))
    beside = {
        other: _bodies(by)
        for other, by in successions(state, token).items()
        if not _is_quarantined(state, other)
    }
    sure = frozenset(other for other, bodies in beside.items() if bodies > 1)
    return Aliases(own, own | sure, own | frozenset(beside))


def _bodies(by: Iterable[str]) -> int:
    """How many say it: each organisation, and one more if a decision does, or several."""
    return len({DECIDED if who.startswith(DECIDED) else who for who in by})


def successions(state: RegistryState, token: str) -> dict[str, dict[str, int]]:
    """Other token → who says that one succeeded the other, each with a count of statements."""
    value = state.overlay.get(keys.alias_key(token))
    found: dict[str, dict[str, int]] = orjson.loads(value) if value else {}
    return found


def is_off(state: RegistryState, token: str) -> bool:
    """True if a case number or weak token is in quarantine."""
    value = state.overlay.get(keys.loose_key(token))
    return value is not None and bool(keys.loose_flags(value) & keys.QUARANTINED)


def sharers(state: RegistryState, token: str) -> int:
    """How many recipients of live delivered records share a telephone or account."""
    value = state.overlay.get(keys.loose_key(token))
    return keys.sharers(value) if value else 0


def _is_hopeless(state: RegistryState, token: str) -> bool:
    """True for a telephone that says nothing under any policy."""
    if not token.startswith(SHARED):
        return False
    return sharers(state, token) >= max(rules.shared_recipients for rules in state.rules)


def is_named(state: RegistryState, fact: Fact, at_beneficiary: bool) -> bool:
    """True if those whom a fact is for have a strong token that may be matched."""
    return links.is_named(fact.people, at_beneficiary, partial(_is_quarantined, state))


def view(state: RegistryState, fact: Fact) -> LinkView:
    """A fact as links see it now."""
    found = state.views.get(fact.key)
    if found is None:
        found = state.views[fact.key] = view_of(
            fact.people, partial(aliases, state), partial(is_off, state), partial(sharers, state)
        )
    return found


# -- who else ------------------------------------------------------------------------------------


def standing_for_token(state: RegistryState, token: str) -> frozenset[str] | tuple[str, ...]:
    """The strong tokens under which facts about the same person may lie."""
    known = aliases(state, token)
    return (token,) if known is None else known.vouched


def _lists_about(state: RegistryState, fact: Fact) -> list[bytes]:
    """The values of the strong tokens under which facts about the same people may lie."""
    found = []
    for token in fact.strong:
        value = token_value(state, token)
        if not keys.flags_of(value) & _TOLD_APART:
            found.append(value)
        else:
            found += [token_value(state, one) for one in standing_for_token(state, token)]
    return found


def others(state: RegistryState, record: Assistance) -> list[Assistance]:
    """The live records that could meet this one, and all that it has findings with."""
    found = set(state.listed(keys.beside(keys.LINKED, record.key)))
    if not record.protected:
        # also for what is cancelled: a version that comes late is answered as if it stood
        mine, codes = record.outer(), _codes_that_may_meet(state, record)
        for value in _lists_about(state, record):
            found.update(keys.keys_that_may_meet(value, mine, codes))
        for token in record.loose:
            held = state.overlay.get(keys.loose_key(token))
            if held is not None and not _is_hopeless(state, token):
                found.update(keys.loose_keys_that_may_meet(held, mine, codes))
    if not found:
        return []
    found.discard(record.key)
    state.load(found)
    # what is erased stands as it was last said
    known = (state.assistance(key) for key in found)
    records = [other for other in known if other and other.people]
    return sorted(records, key=lambda other: other.order)


def _codes_that_may_meet(state: RegistryState, record: Assistance) -> keys.Codes:
    """How assistances are marked that some policy could pair with this one.

    An entry does not name its programme: where one is excluded, all purposes are looked at.
    """
    purpose, programme = record.content["purpose"], record.content["programme"]
    if any(programme in rules.excludes for rules in state.rules):
        return keys.codes_of((keys.ASSISTANCE,))
    parts = (rules.parts.get(purpose, frozenset()) for rules in state.rules)
    return keys.codes_of((keys.ASSISTANCE,), frozenset((purpose,)).union(*parts))


def assistances_about(
    state: RegistryState, fact: Fact, purposes: frozenset[str]
) -> list[Assistance]:
    """The live assistances for some purposes that list one of the same people."""
    found = _facts_about(state, fact, keys.codes_of((keys.ASSISTANCE,), purposes), 0)
    return [one for one in found if isinstance(one, Assistance)]


def gaps_about(
    state: RegistryState,
    fact: Fact,
    purposes: frozenset[str],
    kinds: tuple[bytes, ...] = (keys.NEED, keys.ENROLMENT),
) -> list[Need | Enrolment]:
    """The live needs and enrolments for some purposes that list one of the same people."""
    found = _facts_about(state, fact, keys.codes_of(kinds, purposes), keys.LISTS_GAPS)
    return [one for one in found if isinstance(one, Need | Enrolment)]


def _facts_about(state: RegistryState, fact: Fact, codes: keys.Codes, flag: int) -> list[Fact]:
    """The live facts so marked; a token that has not the flag (if one is given) lists none."""
    found: set[bytes] = set()
    for value in _lists_about(state, fact):
        if not flag or keys.flags_of(value) & flag:
            found.update(keys.keys_of(value, codes))
    for token in fact.loose:
        held = state.overlay.get(keys.loose_key(token)) if token.startswith("case.") else None
        if held is not None and (not flag or keys.loose_flags(held) & flag):
            found.update(keys.loose_keys_of(held, codes))
    if not found:
        return []
    found.discard(fact.key)
    state.load(found)
    known = [other for key in found if (other := state.any_fact(key))]
    return sorted(known, key=lambda other: other.order)
