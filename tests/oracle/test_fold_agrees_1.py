"""The fold and the oracle say the same of 500 random histories: a third of `make test`."""

from collections import Counter

from tests.oracle.proving import prove, too_rare

HISTORIES = 500


def test_five_hundred_histories() -> None:
    counted: Counter[str] = Counter()
    assert prove(HISTORIES, first_seed=1, counted=counted) >= HISTORIES
    assert too_rare(HISTORIES, counted) == []
