"""Puts the simulator's world where the stages look for the real one."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, NoReturn
from unittest.mock import patch

from events import signing
from infra import disk
from infra.disk import Level, Room
from infra.settings import Settings
from tests.simulator import clients, stores
from tests.simulator import world as worlds
from tests.simulator.processes import current

ROWS_PER_PART: Final = 1
"""So few, that an output of two findings comes in several messages."""

MAX_WAITING_BYTES: Final = 1_500
"""So few, that a message has to wait until there is room for it."""


class _Words(logging.Handler):
    """Keeps a process's last words: why it ends."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.last = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            self.last += f" ({record.exc_info[1]})"


_words = _Words(logging.CRITICAL)


def _exit(code: int) -> NoReturn:
    current().die(int(code), _words.last)


def _look(settings: Settings) -> Room:
    is_full = "room" in worlds.world().lacking
    return Room(Path(), 1, 100, Level.FULL if is_full else Level.FINE)


class _Secrets:
    """Draws from the seed what intake draws from the machine."""

    def token_bytes(self, size: int) -> bytes:
        """Bytes that nobody else draws."""
        return worlds.world().chance.randbytes(size)

    def token_hex(self, size: int) -> str:
        """The same in hex."""
        return self.token_bytes(size).hex()


def _replaced() -> dict[str, Any]:
    found: dict[str, Any] = {
        f"processors.stages.{stage}.async_producer": clients.async_producer
        for stage in ("intake", "registry", "receipts")
    }
    return found | {
        "processors.stages.base.async_consumer": clients.async_consumer,
        "infra.scan.consumer": clients.consumer,
        "infra.topic_reader.consumer": clients.consumer,
        "infra.kafka.admin_client": clients.admin_client,
        "infra.journal.put": stores.put,
        "infra.stage.safe_files": SimpleNamespace(put=stores.put),
        "infra.stage.os": SimpleNamespace(_exit=_exit),
        "processors.stages.intake.secrets": _Secrets(),
        "processors.stages.intake.MAX_WAITING_BYTES": MAX_WAITING_BYTES,
        # the same bytes have the same answer: half of a schedule's time
        "events.signing.verify": lru_cache(maxsize=20_000)(signing.verify),
        "projections.writer.check_schema": lambda client: None,
        "events.outputs.ROWS_PER_PART": ROWS_PER_PART,
    }


@contextmanager
def installed() -> Iterator[None]:
    """While it lasts, stages run in `worlds.world()`, and say nothing."""
    logger = logging.getLogger("tekil")
    before = logger.level, logger.propagate
    patches = [patch(name, fake) for name, fake in _replaced().items()]
    patches.append(patch.object(disk, "look", _look))
    logger.addHandler(_words)
    logger.setLevel(logging.CRITICAL)
    logger.propagate = False
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in reversed(patches):
            one.stop()
        logger.removeHandler(_words)
        logger.setLevel(before[0])
        logger.propagate = before[1]
