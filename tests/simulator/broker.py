"""A broker in memory: topics with one partition, whose append times are the only clock."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from tests.simulator.loop import VirtualLoop

STRANGER: Final = "stranger"
OFFICE: Final = "office"
Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A message in a topic. `by` says who really wrote it, which no reader can see.

    Both libraries' records have the fields that the product reads: these names.
    """

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    by: str


@dataclass
class Log:
    """One topic. An offset without an entry is a hole, as a transaction's marker leaves one."""

    entries: dict[int, Entry] = field(default_factory=dict)
    begin: int = 0
    end: int = 0

    def of(self, *writers: str) -> list[Entry]:
        """What these wrote, in order."""
        return [entry for entry in self.entries.values() if entry.by in writers]

    def read(self, start: int, most: int, end: int | None = None) -> tuple[list[Entry], int]:
        """Up to `most` entries from `start` on, and the offset behind them and behind holes."""
        found: list[Entry] = []
        position, stop = start, self.end if end is None else min(end, self.end)
        while position < stop and len(found) < most:
            entry = self.entries.get(position)
            if entry is not None:
                found.append(entry)
            position += 1
        while position < stop and position not in self.entries:
            position += 1
        return found, position


class Broker:
    """All topics of one schedule."""

    def __init__(self, loop: VirtualLoop, begin_ms: int) -> None:
        self.loop = loop
        self.logs: dict[str, Log] = {}
        self.clock_ms = begin_ms
        """Append time at the loop's time 0; a fault may move it."""
        self.restored = 0
        """How often a backup took the place of all topics."""
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def now_ms(self) -> int:
        """The append time of what is appended now."""
        return self.clock_ms + int(self.loop.now * 1000)

    def make(self, *topics: str) -> None:
        """Make the topics that are missing."""
        for topic in topics:
            self.logs.setdefault(topic, Log())

    def append(
        self, topic: str, value: bytes | None, *, by: str, key: bytes | None = None,
        headers: Headers = (),
    ) -> int:  # fmt: skip
        """Append a message; its offset."""
        log = self.logs[topic]
        offset = log.end
        log.entries[offset] = Entry(offset, self.now_ms, key, value, headers, by)
        log.end += 1
        self.told()
        return offset

    def hole(self, topic: str) -> None:
        """An offset that is never delivered."""
        self.logs[topic].end += 1
        self.told()

    def told(self) -> None:
        """Wake who waits for something to read."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def news(self) -> None:
        """Wait until something was appended anywhere."""
        future = self.loop.create_future()
        self._waiting.append(future)
        await future

    def restore(self, logs: dict[str, Log]) -> None:
        """Everything is as a backup holds it; what is under way to it gets lost."""
        self.logs = logs
        self.restored += 1
        self.told()

    def copy(self) -> dict[str, Log]:
        """What a backup holds."""
        return {name: Log(dict(log.entries), log.begin, log.end) for name, log in self.logs.items()}
