"""State that cannot be used: set aside, and folded anew from the journal, which is the truth.

It has the layout of an older program, or RocksDB found it damaged. If the process dies here: the
folder that was set aside stays beside the new one, and the stage goes on where the new one's
cursor stands. Source: docs/decisions/0022 and 0031.
"""

import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from infra import heart
from infra.ports import Store
from infra.rocksdb import DAMAGED, RocksStore, StoreDamaged
from processors.layout import OtherLayout
from processors.overlay import Overlay

log = logging.getLogger("tekil.stage")

_LAYOUT: Final = ".layout-"
_DAMAGED: Final = ".damaged"


def open_store(folder: Path, read: Callable[[Overlay], object]) -> Store:
    """A stage's store, empty if what lay in `folder` is damaged or unknown to `read`.

    That then lies beside it as `<folder>.damaged` or `<folder>.layout-N`, until the fold has
    caught up.
    """
    if (folder / DAMAGED).exists():
        return _anew(folder, _DAMAGED, "it was found damaged")
    try:
        store = RocksStore(folder)
    except StoreDamaged as damaged:
        return _anew(folder, _DAMAGED, str(damaged))
    try:
        read(Overlay(store))
    except OtherLayout as other:
        store.close()
        return _anew(folder, f"{_LAYOUT}{other.found}", str(other))
    except StoreDamaged as damaged:
        store.close()
        return _anew(folder, _DAMAGED, str(damaged))
    return store


def _anew(folder: Path, ending: str, why: str) -> Store:
    for old in [*_aside(folder)]:
        _drop(old)
    aside = folder.with_name(folder.name + ending)
    folder.rename(aside)
    log.warning("%s: %s; set aside as %s, folded anew", folder.name, why, aside.name)
    return RocksStore(folder)


def _aside(folder: Path) -> Iterator[Path]:
    yield from folder.parent.glob(f"{folder.name}{_LAYOUT}*")
    yield from folder.parent.glob(f"{folder.name}{_DAMAGED}")


def _drop(old: Path) -> None:
    shutil.rmtree(old)
    log.info("removed %s", old.name)


class CatchUp:
    """Says how far a fold has come on its way to the end that its log had when it started.

    There the state that was set aside, if there is one, has done its service: it holds what may
    have been erased since, so it is removed.
    """

    def __init__(self, folder: Path, end: int) -> None:
        self._folder, self._end, self._percent = folder, end, 0
        self._heart = heart.of(folder.name.partition("-")[0])  # a second worker is `registry-b`

    @property
    def is_anew(self) -> bool:
        """Whether a state was set aside, and the fold is not there yet."""
        return any(_aside(self._folder))

    def at(self, position: int) -> None:
        """The fold goes on at `position` of its log."""
        if self._end < 0:
            return
        self._heart.refolds(position, self._end)
        if position >= self._end:
            self._end = -1
            for old in [*_aside(self._folder)]:
                _drop(old)
        elif (percent := 100 * position // self._end) > self._percent:
            self._percent = percent
            log.info("%s: folded %d %% (%d of %d)", self._folder.name, percent, position, self._end)
