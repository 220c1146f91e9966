"""Randomness that a test can repeat."""

import hashlib
from collections.abc import Iterable

from keyserver.oprf.group import RandomBytes


def stream(seed: int) -> RandomBytes:
    """Bytes from a seed, other ones at each call."""
    drawn = 0

    def random(count: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return hashlib.shake_256(f"{seed} {drawn}".encode()).digest(count)

    return random


def given(scalars: Iterable[bytes]) -> RandomBytes:
    """Draws that reduce to these scalars, one after the other; StopIteration after the last."""
    left = iter(scalars)

    def random(count: int) -> bytes:
        return next(left).ljust(count, b"\0")

    return random
