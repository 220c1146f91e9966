"""Whom two records share, and how sure that is. Pure.

certain   the same recipient (beneficiary purposes: the same beneficiary), or each
          record's recipient listed in the other
probable  one recipient listed in the other, two or more shared members, a shared case
          number, or a certain link by a succession that only one organisation has said
possible  one shared member, a telephone or account, or weak tokens of enough weight (of more,
          if the policy says so, between two people whose numbers of one type differ)

Links are never chained over households. Source: docs/domain.md, "Two records meet when".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, get_args

from events.outputs import LinkName, Strength
from processors.registry.rules import WeakRules

CERTAIN: Final[Strength] = "certain"
PROBABLE: Final[Strength] = "probable"
POSSIBLE: Final[Strength] = "possible"
RANKS: Final[Mapping[Strength, int]] = {POSSIBLE: 1, PROBABLE: 2, CERTAIN: 3}
RECIPIENT: Final = "recipient"
BENEFICIARY: Final = "beneficiary"
SHARED: Final = ("weak.phone:", "weak.iban:")
_CASE: Final = "case."

Tokens = frozenset[str]
People = tuple[Tokens, ...]


@dataclass(frozen=True, slots=True)
class Aliases:
    """What stands for the same person as one token: itself (nothing in quarantine), what
    succeeded or preceded it as two bodies say, and as one body says. One step, never more.
    """

    own: Tokens
    sure: Tokens
    vouched: Tokens


@dataclass(frozen=True, slots=True)
class LinkView:
    """One record as links see it: for each listed person the role and the tokens, alone and
    with what successions put beside them. Two people are one if a token of the one is among
    those that stand for the other.
    """

    roles: tuple[str, ...]
    own: tuple[Tokens, ...]
    sure: tuple[Tokens, ...]
    vouched: tuple[Tokens, ...]
    case: Tokens
    loose: tuple[Tokens, ...]
    sharers: Mapping[str, int]
    """Telephone or account → how many recipients of delivered records share it."""

    def served(self, at_beneficiary: bool) -> list[int]:
        """The places of those whom the record is for: its recipient, or its beneficiaries.

        A record without a beneficiary is one for its recipient; an erased one is for nobody.
        """
        return served(self.roles, at_beneficiary)

    def weak(self, at_beneficiary: bool) -> list[tuple[Tokens, Tokens]]:
        """Each person who counts (all listed, or the beneficiaries): weak tokens, own numbers."""
        places = self.served(True) if at_beneficiary else range(len(self.roles))
        return [(self.loose[place], self.own[place]) for place in places]


def is_named(
    people: list[tuple[str, list[str], list[str]]],
    at_beneficiary: bool,
    is_off: Callable[[str], bool],
) -> bool:
    """True if those whom a record is for have a strong token that is not in quarantine."""
    places = served([role for role, _, _ in people], at_beneficiary)
    return any(not is_off(token) for place in places for token in people[place][1])


def served(roles: Sequence[str], at_beneficiary: bool) -> list[int]:
    """See `LinkView.served`."""
    if at_beneficiary and BENEFICIARY in roles:
        return [place for place, role in enumerate(roles) if role == BENEFICIARY]
    return [place for place, role in enumerate(roles) if role == RECIPIENT]


def view_of(
    people: list[tuple[str, list[str], list[str]]],
    aliases: Callable[[str], Aliases | None],
    is_off: Callable[[str], bool],
    sharers: Callable[[str], int],
) -> LinkView:
    """A record's people with what their tokens stand for now.

    `aliases` says what stands beside a strong token (None: nothing), `is_off` if another one
    is in quarantine, `sharers` how many people share a telephone or account.
    """
    own, sure, vouched, loose = [], [], [], []
    case: set[str] = set()
    for _, strong, others in people:
        beside = [(token, aliases(token)) for token in strong]
        found = [known for _, known in beside if known is not None]
        alone = frozenset(token for token, known in beside if known is None)
        own.append(alone.union(*(one.own for one in found)))
        sure.append(alone.union(*(one.sure for one in found)))
        vouched.append(alone.union(*(one.vouched for one in found)))
        spoken = [token for token in others if not is_off(token)]
        case.update(token for token in spoken if token.startswith(_CASE))
        loose.append(frozenset(token for token in spoken if not token.startswith(_CASE)))
    roles = tuple(role for role, _, _ in people)
    shared = {token: sharers(token) for one in loose for token in one if token.startswith(SHARED)}
    return LinkView(
        roles, tuple(own), tuple(sure), tuple(vouched), frozenset(case), tuple(loose), shared
    )


NUMBERS_ALONE: Final = WeakRules({}, 1, 1, 0)
"""Weak tokens say nothing."""


class Link(NamedTuple):
    """The strongest way in which two records met, and how sure that is.

    `by_one`: it rests on a succession that one body alone has said.
    """

    name: LinkName
    strength: Strength
    by_one: bool = False


_STRENGTHS: Final[Mapping[LinkName, Strength]] = {
    "same-recipient": CERTAIN, "same-beneficiary": CERTAIN, "each-lists-other": CERTAIN,
    "one-lists-other": PROBABLE, "shared-members": PROBABLE, "case-number": PROBABLE,
    "shared-member": POSSIBLE, "telephone-or-account": POSSIBLE, "weak": POSSIBLE,
}  # fmt: skip
_LINKS: Final = {name: Link(name, _STRENGTHS[name]) for name in get_args(LinkName)}
_BY_ONE: Final = {
    name: Link(name, PROBABLE if link.strength == CERTAIN else link.strength, by_one=True)
    for name, link in _LINKS.items()
}


def as_part(link: Link) -> Link:
    """A link between records of which one is for a part of what the other is for."""
    return link._replace(strength=PROBABLE) if link.strength == CERTAIN else link


def strength(a: LinkView, b: LinkView, at_beneficiary: bool, rules: WeakRules) -> str:
    """CERTAIN, PROBABLE, POSSIBLE, or '' where the two share nobody as far as is known."""
    found = link(a, b, at_beneficiary, rules)
    return found.strength if found else ""


def link(a: LinkView, b: LinkView, at_beneficiary: bool, rules: WeakRules) -> Link | None:
    """How the two met; None where they share nobody as far as is known."""
    name = by_numbers(a, b, b.sure, at_beneficiary)
    known = _LINKS[name] if name else None
    if known and known.strength == CERTAIN:
        return known
    if b.vouched != b.sure:
        name = by_numbers(a, b, b.vouched, at_beneficiary)
        weaker = _BY_ONE[name] if name else None
        if weaker and (not known or RANKS[weaker.strength] > RANKS[known.strength]):
            known = weaker
    is_probable = known is not None and known.strength == PROBABLE
    if not is_probable and not at_beneficiary and a.case & b.case:
        return _LINKS["case-number"]
    if known:
        return known
    names = {
        how
        for weak_p, numbers_p in a.weak(at_beneficiary)
        for weak_q, numbers_q in b.weak(at_beneficiary)
        if (shared := weak_p & weak_q)
        and (how := by_weak(shared, a.sharers, rules, numbers_p, numbers_q))
    }
    return _LINKS[min(names)] if names else None  # in text order: a telephone says more


def by_numbers(a: LinkView, b: LinkView, of_b: People, at_beneficiary: bool) -> LinkName | None:
    """How `a` met `b` by numbers, if what stands for the people of `b` is `of_b`."""
    of_a = a.own
    served_a = _union(of_a, a.served(at_beneficiary))
    served_b = _union(of_b, b.served(at_beneficiary))
    if served_a & served_b:
        return "same-beneficiary" if at_beneficiary else "same-recipient"
    if at_beneficiary:
        return None
    all_a, all_b = frozenset().union(*of_a), frozenset().union(*of_b)
    a_in_b, b_in_a = bool(served_a & all_b), bool(served_b & all_a)
    if a_in_b and b_in_a:
        return "each-lists-other"
    if a_in_b or b_in_a:
        return "one-lists-other"
    shared = min(_meeting(of_a, all_b), _meeting(of_b, all_a))
    if shared > 1:
        return "shared-members"
    return "shared-member" if shared else None


def by_weak(
    shared: Tokens, sharers: Mapping[str, int], rules: WeakRules, one: Tokens, other: Tokens
) -> Literal["telephone-or-account", "weak"] | None:
    """How what two people with these numbers share makes a link possible, if it does.

    Each type counts once: two tokens of one type may be one value in two epochs. So a telephone
    that is too common in one of them says nothing in the other.
    """
    if telling(shared, sharers, rules):
        return "telephone-or-account"
    weight = weight_of(shared, rules)
    is_enough = weight >= rules.weak_threshold and (
        weight >= rules.weak_threshold_apart or not stand_apart(one, other)
    )
    return "weak" if is_enough else None


def telling(shared: Tokens, sharers: Mapping[str, int], rules: WeakRules) -> set[str]:
    """The types of the telephones and accounts among `shared` that are not too common."""
    limit = rules.shared_recipients
    contacts = {token: type_of(token) for token in shared if token.startswith(SHARED)}
    common = {kind for token, kind in contacts.items() if sharers[token] >= limit}
    return {kind for kind in contacts.values() if kind not in common}


def weight_of(shared: Tokens, rules: WeakRules) -> int:
    """What shared weak tokens weigh, each type once."""
    return sum(rules.weak_weights.get(kind, 0) for kind in {type_of(token) for token in shared})


def stand_apart(one: Tokens, other: Tokens) -> bool:
    """True if two people both have a number of one type, and share none.

    `one` and `other` are a person's own numbers without those in quarantine.
    """
    # Two epochs make no difference: who shares a weak token has tokens of its epoch, and a list
    # carries all identifiers of a person in each epoch that it speaks. Nor does a succession: who
    # is joined by one is linked by number already, and weak tokens are not asked.
    types = {type_of(token) for token in one}
    return not types.isdisjoint(map(type_of, other)) and not one & other


def type_of(token: str) -> str:
    """The type of a token; one value has a token of its type in each epoch."""
    return token.rpartition(":")[0]


def _union(people: tuple[Tokens, ...], places: list[int]) -> Tokens:
    return frozenset().union(*(people[place] for place in places))


def _meeting(people: tuple[Tokens, ...], others: Tokens) -> int:
    """How many of the people have a number among those of the other record."""
    return sum(bool(tokens & others) for tokens in people)


def shared_place(a: LinkView, b: LinkView, at_beneficiary: bool) -> int:
    """Whom of `a` a finding is about: the beneficiary that both share, else the recipient."""
    places = a.served(at_beneficiary)
    if at_beneficiary:
        others = _union(b.vouched, b.served(True)) | _union(b.loose, b.served(True))
        places = [p for p in places if (a.own[p] | a.loose[p]) & others] or places
    return places[0]
