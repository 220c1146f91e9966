"""How many strangers a setting links in a large register: an invented population.

Everybody in it is another person, so each pair that reaches the threshold is false. Names
are drawn by rank, as names spread (Zipf), from the lists of `lab.population.names` and
tests/vectors/names, surnames widened by common endings.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations
from random import Random
from typing import Final

from events.dates import Birth
from events.weak import TYPES, weak_identifiers
from lab.population import names
from tests.matching.linking import Setting
from tests.matching.pairs import Pair, pairs

PEOPLE: Final = 200_000
STEEP: Final = 10
FLAT: Final = 100
SEED: Final = 9
ARABIC: Final = 0.65
YEAR_ALONE: Final = 0.08
BORN: Final = range(1941, 2007)

_ENDINGS: Final = ("", "oğlu", "er", "soy", "türk", "taş", "gil", "can", "kaya", "demir", "han")
_ARTICLES: Final = ("", "El ")


@dataclass(frozen=True, slots=True)
class Names:
    """Names by rank, and their weights added up."""

    written: Sequence[str]
    sums: Sequence[float]

    def one(self, rng: Random) -> str:
        """A name, the first ones more often."""
        return rng.choices(self.written, cum_weights=self.sums)[0]


Pools = dict[bool, tuple[Names, Names]]
"""Is Arabic → given names and surnames."""


def ranked(written: Sequence[str], offset: int) -> Names:
    """The first is the most common one; the r-th is drawn with a part like 1 / (r + offset)."""
    unique = list(dict.fromkeys(written))
    parts = (1 / (rank + offset) for rank in range(1, len(unique) + 1))
    return Names(unique, list(accumulate(parts)))


def steeper() -> Pools:
    """A few names are very common."""
    return pools(STEEP)


def flatter() -> Pools:
    """Names spread more evenly."""
    return pools(FLAT)


def pools(offset: int) -> Pools:
    """The names of both communities."""
    known = pairs()
    turkish = [*_mixed(names.TURKISH_MEN, names.TURKISH_WOMEN), *_of("tr", known)]
    arabic = [
        *_mixed([one for _, one in names.ARABIC_MEN], [one for _, one in names.ARABIC_WOMEN]),
        *_of("ar", known),
    ]
    families = [one for _, one in names.ARABIC_SURNAMES]
    stems = (*names.TURKISH_SURNAMES, *turkish)
    nisbas = [article + one for article in _ARTICLES for one in arabic]
    surnames = {
        False: [stem + ending for ending in _ENDINGS for stem in stems],
        True: [*families, *nisbas],
    }
    return {
        is_arabic: (ranked(given, offset), ranked(surnames[is_arabic], offset))
        for is_arabic, given in ((False, turkish), (True, arabic))
    }


def _mixed(men: Sequence[str], women: Sequence[str]) -> list[str]:
    """Both lists by rank; the longer one's rest last."""
    ranks = max(len(men), len(women))
    return [
        one for rank in range(ranks) for one in (*men[rank : rank + 1], *women[rank : rank + 1])
    ]


def _of(language: str, known: list[Pair]) -> list[str]:
    """One Latin spelling of each pair of a language."""
    return [one.a for one in known if language in one.languages and one.a[0] < "\u0370"]


def shared_by_strangers(
    of: Pools, people: int = PEOPLE, seed: int = SEED
) -> tuple[Counter[frozenset[str]], int]:
    """(the types that two of the people share → number of such pairs, how many people)."""
    rng = Random(seed)
    holders: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    place = {kind: number for number, kind in enumerate(TYPES)}
    for person in range(people):
        given, family = of[rng.random() < ARABIC]
        typed = weak_identifiers(given.one(rng), family.one(rng), _birth(rng))
        for kind, text in typed:
            holders[place[kind], text].append(person)
    masks: defaultdict[int, int] = defaultdict(int)
    for (number, _), found in holders.items():
        for a, b in combinations(found, 2):
            masks[a * people + b] |= 1 << number
    patterns = {
        frozenset(kind for kind in TYPES if mask >> place[kind] & 1): count
        for mask, count in Counter(masks.values()).items()
    }
    return Counter(patterns), people


def _birth(rng: Random) -> Birth:
    year = rng.choice(BORN)
    if rng.random() < YEAR_ALONE:
        return Birth(year)
    return Birth(year, rng.randint(1, 12), rng.randint(1, 28))


def false_links(patterns: Counter[frozenset[str]], setting: Setting) -> int:
    """How many pairs of strangers the setting links."""
    return sum(count for kinds, count in patterns.items() if setting.links(kinds))
