"""Whom two records share, and how sure that is. Pure.

certain   the same recipient (beneficiary purposes: the same beneficiary), or each
          record's recipient listed in the other
probable  one recipient listed in the other, two or more shared members, a shared case
          number, or a certain link by a succession that only one organisation has said
possible  one shared member, a telephone or account, or weak tokens of enough weight

Links are never chained over households. Source: docs/domain.md, "Two records meet when".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

CERTAIN: Final = "certain"
PROBABLE: Final = "probable"
POSSIBLE: Final = "possible"
RANKS: Final = {"": 0, POSSIBLE: 1, PROBABLE: 2, CERTAIN: 3}
RECIPIENT: Final = "recipient"
BENEFICIARY: Final = "beneficiary"
SHARED: Final = ("weak.phone:", "weak.iban:")
_CASE: Final = "case."

Tokens = frozenset[str]
People = tuple[Tokens, ...]


@dataclass(frozen=True, slots=True)
class Aliases:
    """The tokens that stand for the same person as one token: surely, or as one body says."""

    sure: Tokens
    said: Tokens


@dataclass(frozen=True, slots=True)
class Side:
    """One record as links see it. `sure` and `said` hold the tokens of each listed person,
    without and with unconfirmed successions; `roles` go with them.
    """

    roles: tuple[str, ...]
    sure: tuple[Tokens, ...]
    said: tuple[Tokens, ...]
    case: Tokens
    loose: tuple[Tokens, ...]

    def served(self, at_beneficiary: bool) -> list[int]:
        """The places of those whom the record is for: its recipient, or its beneficiaries.

        A record without a beneficiary is one for its recipient.
        """
        if at_beneficiary and BENEFICIARY in self.roles:
            return [place for place, role in enumerate(self.roles) if role == BENEFICIARY]
        return [self.roles.index(RECIPIENT)]

    def weak(self, at_beneficiary: bool) -> Tokens:
        """The weak tokens of those whom the record is for."""
        return _union(self.loose, self.served(at_beneficiary))


def side_of(
    people: list[tuple[str, list[str], list[str]]],
    aliases: Callable[[str], Aliases],
    is_crowded: Callable[[str], bool],
) -> Side:
    """A record's people with what their tokens stand for now.

    `aliases` says what a strong token stands for (nothing if it is in quarantine);
    `is_crowded` if too many people share a telephone or account.
    """
    sure, said, loose = [], [], []
    case: set[str] = set()
    for _, strong, others in people:
        found = [aliases(token) for token in strong]
        sure.append(frozenset(t for one in found for t in one.sure))
        said.append(frozenset(t for one in found for t in one.said))
        case.update(token for token in others if token.startswith(_CASE))
        loose.append(frozenset(t for t in others if not t.startswith(_CASE) and not is_crowded(t)))
    roles = tuple(role for role, _, _ in people)
    return Side(roles, tuple(sure), tuple(said), frozenset(case), tuple(loose))


def strength(
    a: Side, b: Side, at_beneficiary: bool, weights: Mapping[str, int], threshold: int
) -> str:
    """CERTAIN, PROBABLE, POSSIBLE, or '' where the two share nobody as far as is known."""
    known = _by_numbers(a, b, a.sure, b.sure, at_beneficiary)
    if known == CERTAIN:
        return CERTAIN
    if (a.said, b.said) != (a.sure, b.sure):
        said = _by_numbers(a, b, a.said, b.said, at_beneficiary)
        known = _stronger(known, PROBABLE if said == CERTAIN else said)
    if known != PROBABLE and not at_beneficiary and a.case & b.case:
        return PROBABLE
    if known:
        return known
    shared = a.weak(at_beneficiary) & b.weak(at_beneficiary)
    return _by_weak_tokens(shared, weights, threshold)


def _by_numbers(a: Side, b: Side, of_a: People, of_b: People, at_beneficiary: bool) -> str:
    served_a = _union(of_a, a.served(at_beneficiary))
    served_b = _union(of_b, b.served(at_beneficiary))
    if served_a & served_b:
        return CERTAIN
    if at_beneficiary:
        return ""
    all_a, all_b = frozenset().union(*of_a), frozenset().union(*of_b)
    a_in_b, b_in_a = bool(served_a & all_b), bool(served_b & all_a)
    if a_in_b and b_in_a:
        return CERTAIN
    shared = min(_meeting(of_a, all_b), _meeting(of_b, all_a))
    if a_in_b or b_in_a or shared > 1:
        return PROBABLE
    return POSSIBLE if shared else ""


def _by_weak_tokens(shared: Tokens, weights: Mapping[str, int], threshold: int) -> str:
    if any(token.startswith(SHARED) for token in shared):
        return POSSIBLE
    weight = sum(weights.get(token.rpartition(":")[0], 0) for token in shared)
    return POSSIBLE if shared and weight >= threshold else ""


def _union(people: tuple[Tokens, ...], places: list[int]) -> Tokens:
    return frozenset().union(*(people[place] for place in places))


def _meeting(people: tuple[Tokens, ...], others: Tokens) -> int:
    """How many of the people have a number among those of the other record."""
    return sum(bool(tokens & others) for tokens in people)


def _stronger(a: str, b: str) -> str:
    return max(a, b, key=RANKS.__getitem__)


def is_named(side: Side, at_beneficiary: bool) -> bool:
    """True if those whom the record is for have a strong token that may be matched."""
    return any(side.sure[place] for place in side.served(at_beneficiary))


def shared_place(a: Side, b: Side, at_beneficiary: bool) -> int:
    """Whom of `a` a finding is about: the beneficiary that both share, else the recipient."""
    places = a.served(at_beneficiary)
    if at_beneficiary:
        others = _union(b.said, b.served(True)) | _union(b.loose, b.served(True))
        places = [p for p in places if (a.said[p] | a.loose[p]) & others] or places
    return places[0]
