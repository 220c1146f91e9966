"""The folder of the embedded ClickHouse: gone, or damaged by a full disk, it begins anew and empty.

All that is in it follows from the topics, and the projector makes it again.
"""

import logging
import os
import shutil
import time
from pathlib import Path
from typing import Final

from infra import disk
from infra.settings import Settings
from infra.stage import Exit

log = logging.getLogger(__name__)

SECONDS: Final = 2.0
_AFTERWARDS_SECONDS: Final = 60.0
"""What a full disk did may be seen some time after there is room again."""
_TWICE: Final = 2
_DEFINITIONS: Final = ("metadata/*.sql", "store/*/*/*.sql")


def empty_definitions(folder: Path) -> list[Path]:
    """Tables whose definition the disk did not keep: the engine does not start with them."""
    found = []
    for pattern in _DEFINITIONS:
        for path in folder.glob(pattern):
            try:
                if path.stat().st_size == 0:
                    found.append(path)
            except FileNotFoundError:
                continue  # dropped meanwhile
    return found


def begin_anew_if_damaged(folder: Path) -> bool:
    """Remove the folder if the engine could not start with it. True if it was so."""
    damaged = empty_definitions(folder) if folder.is_dir() else []
    if damaged:
        log.critical("the disk did not keep %d definitions: beginning empty", len(damaged))
        shutil.rmtree(folder)
    return bool(damaged)


def watch(settings: Settings, folder: Path) -> None:
    """End the process when its folder is gone or damaged: started again, it begins anew.

    An engine without its files answers, and forgets what it is given.
    """
    made = folder.stat().st_ino
    watched_until, seen = 0.0, 0
    while True:
        time.sleep(SECONDS)
        try:
            is_there = folder.stat().st_ino == made
            if disk.look(settings).level is disk.Level.FULL:
                watched_until = time.monotonic() + _AFTERWARDS_SECONDS
            # twice in a row, as a file is empty for a moment while it is written
            damaged = time.monotonic() < watched_until and bool(empty_definitions(folder))
            seen = seen + 1 if damaged else 0
        except FileNotFoundError:
            is_there = False
        except OSError as error:
            log.error("%s cannot be looked at: %s", folder, error)
            continue
        if not is_there:
            log.critical("%s was removed: stopping, to begin with an empty one", folder)
            os._exit(Exit.UNAVAILABLE)
        if seen >= _TWICE:
            log.critical("the disk did not keep definitions of %s: stopping", folder)
            os._exit(Exit.UNAVAILABLE)
