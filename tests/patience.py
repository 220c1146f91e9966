"""Waiting for what will be so soon."""

import time
from collections.abc import Callable


def until(is_so: Callable[[], bool], seconds: float) -> bool:
    """Ask until it is so or the time is over; True if it is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_so():
            return True
        time.sleep(0.1)
    return False
