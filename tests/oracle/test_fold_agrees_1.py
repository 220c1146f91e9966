"""The fold and the oracle say the same of 1,000 random histories (half of those of `make test`)."""

from collections import Counter

from tests.oracle.proving import prove, too_rare

HISTORIES = 1_000


def test_a_thousand_histories() -> None:
    counted: Counter[str] = Counter()
    assert prove(HISTORIES, first_seed=1, counted=counted) >= HISTORIES
    assert too_rare(HISTORIES, counted) == []
