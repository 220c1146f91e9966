"""What all four stages are: their names, their protocol, how they end, and how often they may.

A stage reads topics from its own cursor and answers for each message before the cursor moves.
Who runs it (Faust for three, the projector's own loop) calls `prepare`, then `take` for each
message, both inside `ends_hard`.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Final, NoReturn, Protocol

import orjson

from events.journal import ChainBroken
from infra import safe_files
from infra.errors import SystemUnavailable, outage
from infra.settings import Settings

log = logging.getLogger("tekil.stage")

MAX_STOPS: Final = 3
CHECKSUM_ERRORS: Final = ("CorruptRecordException", "CorruptRecordError")
"""aiokafka's and kafka-python's; neither counts them among what may pass."""


class StageName(StrEnum):
    """The stages in the order of a record's way; their processes and state are called so too."""

    INTAKE = "intake"
    REGISTRY = "registry"
    RECEIPTS = "receipts"
    PROJECTOR = "projector"


class Exit(IntEnum):
    """Why a stage's process ended (sysexits.h where it has a word). Only the last one stays so."""

    UNAVAILABLE = 69  # the broker or ClickHouse does not answer
    UNEXPECTED = 70
    GAP = 71  # a message is missing in what was read
    FOREIGN = 72  # somebody else wrote where this stage alone writes
    STAYS_STOPPED = 78  # an operator must look before it is started again


Cursor = Mapping[str, int]
"""Topic → offset of the next message that a stage takes."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as a stage is given it."""

    topic: str
    offset: int
    append_ms: int
    headers: tuple[tuple[str, bytes], ...]
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a stage is in one topic: its next message, and the next that will be written."""

    source: str
    next_offset: int
    end_offset: int

    @property
    def messages(self) -> int:
        """How many messages wait."""
        return max(0, self.end_offset - self.next_offset)


class Stage(Protocol):
    """One stage. Those that share a process with others are asynchronous."""

    @property
    def name(self) -> str:
        """As in `StageName`."""
        ...

    @property
    def topics(self) -> tuple[str, ...]:
        """What it reads, as `Delivery.topic` names it."""
        ...

    def prepare(self) -> Cursor | Awaitable[Cursor]:
        """Check the logs against the state, or fold it anew; where to go on.

        It may be called again at any time. Raises ChainBroken if a log was rewritten.
        """
        ...

    def take(self, delivery: Delivery) -> Awaitable[None] | None:
        """Take the next message of a topic; when its cursor moves, the stage answers for it."""
        ...


class AsyncStage(Stage, Protocol):
    """A stage for an event loop."""

    async def prepare(self) -> Cursor:
        """As `Stage.prepare`."""
        ...

    async def take(self, delivery: Delivery) -> None:
        """As `Stage.take`; when it returns, the stage answers for the message."""
        ...


# -- how a stage ends ----------------------------------------------------------------------------


class Stops:
    """Counts how often a stage stopped at one place, across restarts, in a small file.

    Three stops at one place, and it stays stopped until a person acts.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def of(cls, settings: Settings, stage: str) -> "Stops":
        """Those of a stage, beside its state."""
        return cls(settings.stage_folder(stage).with_suffix(".stops"))

    def count(self, place: str) -> int:
        """How often the stage has stopped at `place` in a row."""
        if not self._path.exists():
            return 0
        try:
            saved = orjson.loads(self._path.read_bytes())
        except orjson.JSONDecodeError:
            return 0  # half written by an older program, on a full disk
        return int(saved["count"]) if saved["place"] == place else 0

    def add(self, place: str) -> bool:
        """Count one more stop; True if that was one too many.

        Where the disk takes no count, it is as if it had not stopped: it is tried again.
        """
        try:
            count = self.count(place) + 1
            safe_files.put(self._path, orjson.dumps({"place": place, "count": count}))
        except OSError as error:
            log.error("a stop at %s cannot be counted: %s", place, error)
            return False
        return count >= MAX_STOPS


def leave(code: Exit, why: str, error: BaseException | None = None) -> NoReturn:
    """End the process at once, before any cursor can move. The supervisor starts it again."""
    try:
        log.critical("stopping hard (exit %d): %s", code, why, exc_info=error)
        for handler in logging.getLogger().handlers:
            handler.flush()
        sys.stderr.flush()
    finally:  # a full disk takes no last words, and must not keep it alive
        os._exit(code)


@contextmanager
def ends_hard(
    stage: str, stops: Stops | None = None, place: Callable[[], str] = str
) -> Iterator[None]:
    """Whatever is raised inside ends the process, with the exit that belongs to it.

    An outage of the broker, of ClickHouse or of this machine's disk passes, so it counts for no
    place in `stops`.
    """
    try:
        yield
    except asyncio.CancelledError:
        raise
    except ChainBroken as broken:
        leave(Exit.STAYS_STOPPED, f"{stage}: {broken}")
    except BaseException as error:  # noqa: BLE001 - whatever it is, the cursor must not move
        at = place()
        why = f"{stage} at {at or 'its start'}: {type(error).__name__}"
        if type(error).__name__ in CHECKSUM_ERRORS:
            leave(Exit.STAYS_STOPPED, damaged(f"{stage} at {at or 'its start'}: {error}"))
        if lacking := outage(error):
            leave(Exit.UNAVAILABLE, f"{why}: {lacking}", error)
        # both Kafka libraries mark what may pass as retriable
        if isinstance(error, SystemUnavailable) or getattr(error, "retriable", False):
            leave(Exit.UNAVAILABLE, why, error)
        often = stops is not None and stops.add(at)
        leave(Exit.STAYS_STOPPED if often else Exit.UNEXPECTED, why, error)


def damaged(where: str) -> str:
    """What is said of a message whose checksum is wrong."""
    return (
        f"{where}. A file of the broker's log is damaged. Nothing more is written. "
        "See docs/runbook.md, 'A file of the log is damaged'."
    )


def rewritten(what: str) -> ChainBroken:
    """The error of a log that is not the one that was read."""
    return ChainBroken(
        f"the log was rewritten: {what}. "
        "Nothing more is written. See docs/runbook.md, 'The log was rewritten'."
    )


def log_to_stderr(settings: Settings) -> None:
    """What a stage logs, in one format; of its clients the warnings alone."""
    logging.basicConfig(
        stream=sys.stderr,
        level=settings.log_level,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    for noisy in ("aiokafka", "kafka", "faust"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
