"""Which records are one person, judged by their tokens alone, and how often that is right.

The rule is the registry's (processors/registry/links.py): two people may be one if they
share the number, or if the weights of the types that they share reach a threshold: a second,
higher one where both have a number and the two differ.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple

from tests.matching.febrl import IDENTIFIER, Record, true_pairs


@dataclass(frozen=True, slots=True)
class Setting:
    """Type → weight, and the sum from which two records are one person.

    `apart` is that sum where both have a number and the numbers differ; None: the same.
    """

    weights: Mapping[str, int]
    threshold: int
    apart: int | None = None

    def only(self, types: Iterable[str]) -> "Setting":
        """The same with these types alone."""
        kept = {kind: self.weights[kind] for kind in types if kind in self.weights}
        return replace(self, weights=kept)

    def with_number(self) -> "Setting":
        """The same where the number is a token too; a shared one is enough."""
        return replace(self, weights={**self.weights, IDENTIFIER: self.threshold})

    def links(self, kinds: Iterable[str], differ: bool = False) -> bool:
        """True if sharing these types is enough for two whose numbers `differ`, or do not.

        Without the number as a token nobody knows that they differ.
        """
        needed = self.threshold
        if differ and self.apart is not None and IDENTIFIER in self.weights:
            needed = self.apart
        return sum(self.weights.get(kind, 0) for kind in kinds) >= needed


@dataclass(frozen=True, slots=True)
class Score:
    """Pairs said to be one person and being so, said without being so, and all that are."""

    right: int
    wrong: int
    true: int

    @property
    def precision(self) -> float:
        """The part of the said pairs that is right; 1 if nothing was said."""
        said = self.right + self.wrong
        return self.right / said if said else 1.0

    @property
    def recall(self) -> float:
        """The part of the true pairs that was said."""
        return self.right / self.true

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.right / (2 * self.right + self.wrong + self.true - self.right)


class Pattern(NamedTuple):
    """What a pair of records shares, and what it is."""

    kinds: frozenset[str]
    differ: bool
    """Both have a number, and not the same one."""
    is_one: bool
    """They are one person."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What the pairs of a data set share: pattern → number of pairs."""

    patterns: Counter[Pattern]
    true: int
    """How many pairs are one person."""
    rest: int
    """How many other pairs share nothing."""


def shared(some: list[Record], across: bool = False) -> Shared:
    """What each pair shares, of all pairs that share a token (the blocking) or are one person.

    With `across` only pairs of records of two files count: one file is linked to the other.
    """
    pairs_of = _across(some) if across else math.comb(len(some), 2)
    holders: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for place, record in enumerate(some):
        for typed in record.tokens:
            holders[typed].append(place)
    types: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
    for (kind, _), places in holders.items():
        for a, b in combinations(places, 2):
            if not across or some[a].file != some[b].file:
                types[a, b].add(kind)
    true = {(a, b) for a, b in true_pairs(some) if not across or some[a].file != some[b].file}
    for pair in true:
        types[pair]  # a true pair that shares nothing is counted too
    numbers = [{typed for typed in record.tokens if typed[0] == IDENTIFIER} for record in some]
    patterns = Counter(
        Pattern(frozenset(kinds), _differ(numbers[a], numbers[b]), (a, b) in true)
        for (a, b), kinds in types.items()
    )
    return Shared(patterns, len(true), pairs_of - len(types))


def _differ(one: Set[tuple[str, str]], other: Set[tuple[str, str]]) -> bool:
    return bool(one and other) and not one & other


def _across(some: list[Record]) -> int:
    """How many pairs are of two files."""
    sizes = Counter(record.file for record in some).values()
    return sum(a * b for a, b in combinations(sizes, 2))


def added(data: Iterable[Shared]) -> Shared:
    """Several data sets as one; people of different sets are not compared."""
    patterns: Counter[Pattern] = Counter()
    true = rest = 0
    for one in data:
        patterns.update(one.patterns)
        true, rest = true + one.true, rest + one.rest
    return Shared(patterns, true, rest)


def score(data: Shared, setting: Setting) -> Score:
    """How right the setting is on a data set."""
    said: Counter[bool] = Counter()
    for (kinds, differ, is_one), count in data.patterns.items():
        if setting.links(kinds, differ):
            said[is_one] += count
    return Score(said[True], said[False], data.true)


SCALE = 10
"""A fitted weight is this often its logistic coefficient, rounded."""
SHRINKING = 0.5
STEPS = 600
FIRST_STEP = 0.05


def fitted(data: Shared, types: Sequence[str]) -> Setting:
    """Weights and thresholds from pairs of which is known whether they are one person.

    Weights: a logistic regression over the shared types with no coefficient below zero and
    the squares' sum times SHRINKING / 2 as a penalty. Threshold: the highest of those with the
    best sum of F1 with and without the number. Then, with both fixed, `apart`: of the sums from
    the threshold on the one with the best F1 with the number, the lowest of several; one more than
    all weights stands for never.
    """
    found = _regressed(_grouped(data, types), len(types))
    weights = {kind: round(SCALE * one) for kind, one in zip(types, found, strict=True)}
    settings = [Setting(weights, sum_) for sum_ in range(1, sum(weights.values()) + 1)]
    best = max(settings, key=lambda one: (round(goodness(data, one), 9), one.threshold))
    higher = (replace(best, apart=sum_) for sum_ in range(best.threshold, _never(best) + 1))
    return max(higher, key=lambda one: round(score(data, one.with_number()).f1, 9))


def _never(setting: Setting) -> int:
    return sum(setting.weights.values()) + 1


def goodness(data: Shared, setting: Setting) -> float:
    """F1 with the number, and F1 without, added."""
    return score(data, setting.with_number()).f1 + score(data, setting).f1


Group = tuple[tuple[int, ...], bool, int]


def _grouped(data: Shared, types: Sequence[str]) -> list[Group]:
    """(places of the shared types, is one person, how many pairs).

    A pair that does not share the number counts twice: with the number and without, the
    other types have to tell it.
    """
    groups: Counter[tuple[tuple[int, ...], bool]] = Counter({((), False): 2 * data.rest})
    for (kinds, _, is_one), count in data.patterns.items():
        groups[tuple(place for place, kind in enumerate(types) if kind in kinds), is_one] += (
            count if IDENTIFIER in kinds else 2 * count
        )
    return [(places, is_one, count) for (places, is_one), count in sorted(groups.items())]


def _regressed(groups: list[Group], size: int) -> list[float]:
    """The coefficients; by gradients with momentum (Adam), each step kept at zero or above."""
    found = [1.0] * size + [-3.0]  # the last is the constant
    mean, square = [0.0] * (size + 1), [0.0] * (size + 1)
    for step in range(1, STEPS + 1):
        slope = [SHRINKING * one for one in found[:-1]] + [0.0]
        for places, is_one, count in groups:
            sum_ = found[-1] + sum(found[place] for place in places)
            error = count * (1 / (1 + math.exp(-sum_)) - is_one)
            slope[-1] += error
            for place in places:
                slope[place] += error
        for place, one in enumerate(slope):
            mean[place] = 0.9 * mean[place] + 0.1 * one
            square[place] = 0.999 * square[place] + 0.001 * one * one
            size_ = math.sqrt(square[place] / (1 - 0.999**step)) + 1e-8
            found[place] -= FIRST_STEP * mean[place] / (1 - 0.9**step) / size_
            if place < size:
                found[place] = max(0.0, found[place])
    return found[:-1]
