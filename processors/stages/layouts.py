"""State of an older layout: set aside, and folded anew from the journal, which is the truth.

If the process dies here: the folder that was set aside stays beside the new one, and the stage
goes on where the new one's cursor stands. Source: docs/decisions/0022.
"""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from infra.ports import Store
from infra.rocksdb import RocksStore
from processors.layout import OtherLayout
from processors.overlay import Overlay

log = logging.getLogger("tekil.stage")

_ASIDE: Final = ".layout-"


def open_store(folder: Path, read: Callable[[Overlay], object]) -> Store:
    """A stage's store, empty if what lay in `folder` has a layout that `read` does not know.

    The older state then lies beside it as `<folder>.layout-N`, until the fold has caught up.
    """
    store = RocksStore(folder)
    try:
        read(Overlay(store))
    except OtherLayout as other:
        store.close()
        _drop_aside(folder)
        aside = folder.with_name(f"{folder.name}{_ASIDE}{other.found}")
        folder.rename(aside)
        log.warning("%s: %s; set aside as %s, folded anew", folder.name, other, aside.name)
        return RocksStore(folder)
    return store


def _drop_aside(folder: Path) -> None:
    for old in folder.parent.glob(f"{folder.name}{_ASIDE}*"):
        shutil.rmtree(old)
        log.info("removed %s", old.name)


class CatchUp:
    """Says how far a fold has come on its way to the end that its log had when it started.

    There the state that was set aside, if there is one, has done its service: it holds what may
    have been erased since, so it is removed.
    """

    def __init__(self, folder: Path, end: int) -> None:
        self._folder, self._end, self._percent = folder, end, 0

    @property
    def is_anew(self) -> bool:
        """Whether a state of another layout was set aside, and the fold is not there yet."""
        return any(self._folder.parent.glob(f"{self._folder.name}{_ASIDE}*"))

    def at(self, position: int) -> None:
        """The fold goes on at `position` of its log."""
        if self._end < 0:
            return
        if position >= self._end:
            self._end = -1
            _drop_aside(self._folder)
        elif (percent := 100 * position // self._end) > self._percent:
            self._percent = percent
            log.info("%s: folded %d %% (%d of %d)", self._folder.name, percent, position, self._end)
