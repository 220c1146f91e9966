"""The fold and the oracle say the same of 1,000 random histories (half of those of `make test`)."""

from tests.oracle.proving import prove

HISTORIES = 1_000


def test_a_thousand_histories() -> None:
    assert prove(HISTORIES, first_seed=2) >= HISTORIES
