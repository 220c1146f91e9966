"""How often a worker looks for garbage in cycles."""

import gc
from typing import Final

COLLECT_AFTER: Final = 200_000


def collect_rarely() -> None:
    """Let the cyclic collector look at what a few blocks made, not at each of them.

    A block is 100,000 objects that all go with it and have no cycles; looking for some took
    a third of intake's time (docs/PERFORMANCE.md).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 100)
