"""Hypothesis's simplest choices, each made once: it checks a new one at length when it is drawn."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")

BOOLEANS: Final = st.booleans()
integers = lru_cache(maxsize=256)(st.integers)


@lru_cache(maxsize=1_024)
def _kept(options: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    return st.sampled_from(options)


def one_of(options: Sequence[T]) -> st.SearchStrategy[T]:
    """One of these."""
    try:
        return _kept(tuple(options))
    except TypeError:
        return st.sampled_from(options)  # lists and dictionaries cannot be looked up
