"""Is what the stages said what follows from the log? The use case behind `tekil verify`."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from events.model import Genesis
from infra.errors import SystemUnavailable, UsageProblem
from infra.genesis import load_genesis
from infra.ports import Store
from infra.rocksdb import RocksStore, StoreDamaged
from infra.settings import Settings
from office.verifying.logs import KafkaLogs, Logs
from office.verifying.place import KEY, Place
from office.verifying.rows import Projected, Tables
from office.verifying.run import Ends, Progress, Reading, Verified, why_anew
from office.verifying.store import Buffer
from processors.layout import OtherLayout
from projections.person_key import FILE as PERSON_KEY_FILE
from projections.person_key import person_ref_key
from projections.stored import StoredTables

STORE: Final = "store"
LOCK: Final = "verify.lock"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. `anew`: from the first message; `tables`: ClickHouse too."""

    anew: bool = False
    tables: bool = True


def verify(
    settings: Settings, wanted: Wanted, progress: Progress, say: Callable[[str], None]
) -> Verified:
    """Read everything again; `say` gets a line if it has to begin anew.

    Raises Difference for the first thing that is not as it should be, SystemUnavailable,
    UsageProblem.
    """
    with _alone(settings) as folder:
        source = Source(lambda: RocksStore(folder / STORE), lambda: _remove(folder), say)
        tables = StoredTables(settings) if wanted.tables else None
        try:
            person_key = _person_key(settings) if tables else b""
            logs, genesis = KafkaLogs(settings), load_genesis(settings)
            return verified(logs, source, tables, wanted.anew, progress, genesis, person_key)
        finally:
            if tables is not None:
                tables.close()


@dataclass(frozen=True, slots=True)
class Source:
    """The reading's own store: how it is opened, removed, and who is told that it was."""

    open: Callable[[], Store]
    remove: Callable[[], None]
    say: Callable[[str], None]


def verified(
    logs: Logs,
    source: Source,
    tables: Tables | None,
    anew: bool,
    progress: Progress,
    genesis: Genesis | None = None,
    person_key: bytes = b"",
) -> Verified:
    """The same of topics and tables that are given. Raises Difference, SystemUnavailable."""
    projected = Projected.of(tables) if tables is not None else None
    ends = Ends.of(logs)
    if anew:
        source.remove()
    reading = _reading(logs, ends, source, progress, genesis)
    try:
        reading.read_journal()
        reading.read_receipts()
        found = reading.result(projected)
        if tables is not None and projected is not None:
            found.rows = sum(reading.read_tables(tables, projected, person_key).values())
        return found
    finally:
        reading.close()


def _reading(
    logs: Logs, ends: Ends, source: Source, progress: Progress, genesis: Genesis | None
) -> Reading:
    """A reading that goes on where the last one was; from the beginning, if that cannot be."""
    opened: Buffer | None = None
    try:
        opened = Buffer(source.open())
        place, why = _kept(opened)
        why = why or why_anew(place, logs, ends)
        if not why:
            return Reading(logs, ends, opened, place, progress, genesis)
    except (OtherLayout, StoreDamaged) as error:
        why = str(error)
    except BaseException:
        if opened is not None:
            opened.close()
        raise
    source.say(f"begins anew: {why}")
    if opened is not None:
        opened.close()
    source.remove()
    opened = Buffer(source.open())
    return Reading(logs, ends, opened, Place(), progress, genesis)


def _kept(buffer: Buffer) -> tuple[Place, str]:
    value = buffer.get(KEY)
    if value is None:
        return Place(), ""
    place = Place.decode(value)
    return place or Place(), "" if place else "an older program kept what the last reading knew"


# -- this machine --------------------------------------------------------------------------------


@contextmanager
def _alone(settings: Settings) -> Iterator[Path]:
    """The folder of the reading's store, which one process uses at a time."""
    folder = settings.folder("run") / "verify"
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = os.open(folder / LOCK, os.O_RDONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
    except BlockingIOError:
        raise SystemUnavailable("another `tekil verify` runs here: wait for it") from None
    finally:
        os.close(lock)


def _remove(folder: Path) -> None:
    if (folder / STORE).exists():
        shutil.rmtree(folder / STORE)


def _person_key(settings: Settings) -> bytes:
    """The key of person_ref, which is not made here. UsageProblem if this machine has none."""
    path = settings.shared_folder("keys") / PERSON_KEY_FILE
    if not path.exists():
        raise UsageProblem(f"{path} is missing: run it where the projector runs, or --skip tables")
    return person_ref_key(settings)
