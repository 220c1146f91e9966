"""What may stand at most, of records in conflict: against trying all sets, and how soon it ends."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.registry.heaviest import TRIES, Heaviest, TooManyTries, bits


def graph(count: int, share: float, chance: Random) -> list[int]:
    """Conflicts at random: of so large a share of the pairs."""
    against = [0] * count
    for a in range(count):
        for b in range(a):
            if chance.random() < share:
                against[a] |= 1 << b
                against[b] |= 1 << a
    return against


def families(households: int, payments: int) -> list[int]:
    """Each household's payments conflict all with all; each household's first with the next's."""
    against = [0] * (households * payments)
    for a in range(len(against)):
        for b in range(a):
            beside = a // payments == b // payments + 1 and not a % payments and not b % payments
            if a // payments == b // payments or beside:
                against[a] |= 1 << b
                against[b] |= 1 << a
    return against


def by_trying(weights: list[int], against: list[int], among: int) -> int:
    best = 0
    for chosen in range(1 << len(weights)):
        if chosen & ~among or any(against[one] & chosen for one in bits(chosen)):
            continue
        best = max(best, sum(weights[one] for one in bits(chosen)))
    return best


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 10**9), st.floats(0, 1))
def test_it_is_that_of_trying_everything(seed: int, share: float) -> None:
    chance = Random(seed)
    count = chance.randint(1, 9)
    against = graph(count, share, chance)
    weights = [chance.choice((0, 1, 1, 2, 3, chance.randint(1, 99))) for _ in range(count)]
    asked = Heaviest(weights, against)
    for among in {(1 << count) - 1, chance.getrandbits(count), chance.getrandbits(count)}:
        assert asked.among(among) == by_trying(weights, against, among)


@pytest.mark.parametrize(("households", "payments"), [(1, 200), (60, 5), (150, 2)])
def test_a_large_case_of_families_needs_no_tries(households: int, payments: int) -> None:
    against = families(households, payments)
    weights = [1_000 + place % payments for place in range(len(against))]
    asked = Heaviest(weights, against)
    found = asked.among((1 << len(against)) - 1)
    assert found == households * (1_000 + payments - 1) if payments > 1 else found
    assert asked.tries <= households


def test_what_nobody_can_look_through_is_said_and_not_waited_for() -> None:
    against = graph(150, 0.2, Random(5))
    asked = Heaviest([1_000 + place for place in range(150)], against)
    with pytest.raises(TooManyTries):
        asked.among((1 << 150) - 1)
    assert asked.tries <= TRIES + 1
