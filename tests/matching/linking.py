"""Which records are one person, judged by their tokens alone, and how often that is right."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

from events.weak import NAMES, NAMES_BIRTH
from tests.matching.febrl import IDENTIFIER, Place, Record, true_pairs

DIFFERS: Final = f"differs:{IDENTIFIER}"
"""Stands among what a pair shares if both have a number, and not the same one."""
OF_THE_NUMBER: Final = (IDENTIFIER, DIFFERS)

THRESHOLDS: Final = range(12, 25, 2)
WEIGHTS: Final = range(0, 26, 2)
MIN_GAIN: Final = 0.0015
"""What a weight must gain to leave its log-likelihood ratio: some four pairs of FEBRL 1 and 2."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Type → weight in bits, and the sum from which two records are one person."""

    weights: Mapping[str, int]
    threshold: int

    def without(self, *types: str) -> "Setting":
        """The same without these types."""
        kept = {kind: weight for kind, weight in self.weights.items() if kind not in types}
        return Setting(kept, self.threshold)


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


@dataclass(frozen=True, slots=True)
class Shared:
    """What the pairs of a data set share: (types, is one person) → number of pairs."""

    patterns: Counter[tuple[frozenset[str], bool]]
    true: int
    pairs: int


def shared(some: list[Record]) -> Shared:
    """What each pair shares, of all pairs that share a token (the blocking) or are one person."""
    holders: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for place, record in enumerate(some):
        for typed in record.tokens.items():
            holders[typed].append(place)
    types: defaultdict[Place, set[str]] = defaultdict(set)
    for (kind, _), places in holders.items():
        for pair in combinations(places, 2):
            types[pair].add(kind)
    true = true_pairs(some)
    for pair in true:
        types[pair]  # a true pair that shares nothing is counted too
    patterns = Counter(
        (frozenset(_counted(kinds, some, pair)), pair in true) for pair, kinds in types.items()
    )
    return Shared(patterns, len(true), math.comb(len(some), 2))


def _counted(kinds: set[str], some: list[Record], pair: Place) -> set[str]:
    """Names alone say something only where a date is missing: else the dates have spoken."""
    a, b = (some[place].tokens for place in pair)
    if NAMES_BIRTH in a and NAMES_BIRTH in b:
        kinds = kinds - {NAMES}
    if IDENTIFIER in a and IDENTIFIER in b and IDENTIFIER not in kinds:
        kinds = kinds | {DIFFERS}
    return kinds


def score(data: Shared, setting: Setting) -> Score:
    """How right the setting is on a data set."""
    right = wrong = 0
    for (kinds, is_one), count in data.patterns.items():
        if sum(setting.weights.get(kind, 0) for kind in kinds) >= setting.threshold:
            right, wrong = (right + count, wrong) if is_one else (right, wrong + count)
    return Score(right, wrong, data.true)


def fitted(data: Iterable[Shared], types: Sequence[str]) -> Setting:
    """Weights and threshold from data sets whose true pairs are known.

    A type's weight begins as log2(m/u) rounded, m and u the part of the true and of the
    other pairs that share it (Fellegi and Sunter 1969; half a pair is added to u's count,
    as none may share it). The types are not independent, so from there each weight in turn
    moves to what is better by at least MIN_GAIN: the sum, over these data sets together, of
    F1 with and without the identifier. Of the thresholds the highest of the best is taken.
    """
    together = _added(list(data))
    weights = {kind: _weight(together, kind) for kind in types}
    weights[DIFFERS] = _weight_of_differing(together)
    settings = [_climbed(together, Setting(weights, threshold)) for threshold in THRESHOLDS]
    return max(settings, key=lambda one: (round(_goodness(together, one), 9), one.threshold))


def _goodness(data: Shared, setting: Setting) -> float:
    return score(data, setting).f1 + score(data, setting.without(*OF_THE_NUMBER)).f1


def _climbed(data: Shared, start: Setting) -> Setting:
    best, reached = start, _goodness(data, start)
    moved = True
    while moved:
        moved = False
        for kind in (one for one in start.weights if one != DIFFERS):
            for weight in WEIGHTS:
                other = replace(best, weights={**best.weights, kind: weight})
                if (good := _goodness(data, other)) > reached + MIN_GAIN:
                    best, reached, moved = other, good, True
    return best


def _added(data: list[Shared]) -> Shared:
    patterns: Counter[tuple[frozenset[str], bool]] = Counter()
    for one in data:
        patterns.update(one.patterns)
    return Shared(patterns, sum(one.true for one in data), sum(one.pairs for one in data))


def _weight(data: Shared, kind: str) -> int:
    counts = Counter[bool]()
    for (kinds, is_one), count in data.patterns.items():
        if kind in kinds:
            counts[is_one] += count
    if not counts[True]:
        return 0
    m = counts[True] / data.true
    u = (counts[False] + 0.5) / (data.pairs - data.true)
    return max(0, round(math.log2(m / u)))


def _weight_of_differing(data: Shared) -> int:
    """log2 of the true pairs' part; of all others practically each has two numbers (u = 1)."""
    count = sum(n for (kinds, is_one), n in data.patterns.items() if is_one and DIFFERS in kinds)
    return round(math.log2(count / data.true)) if count else 0
