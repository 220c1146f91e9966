"""The topics as `tekil verify` reads them: from here to there, each message once. A shell."""

from collections.abc import Generator, Iterator
from typing import Any, Protocol

from infra.kafka import KafkaUnavailable, receipts_topics
from infra.scan import bounds, damaged_at, scan
from infra.settings import Settings
from infra.stage import CHECKSUM_ERRORS
from office.verifying.differences import Difference, Said


class Logs(Protocol):
    """`KafkaLogs` is one; the tests have one made of lists. `topic` is a name of the catalogue."""

    def bounds(self, *topics: str) -> list[tuple[int, int]]:
        """Offset of each topic's first message and of the next that will come, one by one."""
        ...

    def scan(self, topic: str, start: int, end: int) -> Iterator[Any]:
        """The messages (kafka-python's records) of [start, end) that are there."""
        ...

    def partners(self) -> list[str]:
        """The organisations that have a topic of receipts, sorted."""
        ...


class KafkaLogs:
    """The topics of a system. All raise KafkaUnavailable."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def bounds(self, *topics: str) -> list[tuple[int, int]]:
        """See `Logs.bounds`."""
        return bounds(self._settings, *topics)

    def scan(self, topic: str, start: int, end: int) -> Iterator[Any]:
        """See `Logs.scan`. A wrong checksum is a Difference."""
        try:
            yield from scan(self._settings, topic, start, end)
        except KafkaUnavailable as error:
            if type(error.__cause__).__name__ not in CHECKSUM_ERRORS:
                raise
            offset = damaged_at(self._settings, self._settings.topic(topic), start)
            raise Difference(
                topic, offset, -1, Said("what was written"), Said("a wrong checksum")
            ) from error

    def partners(self) -> list[str]:
        """See `Logs.partners`."""
        return sorted(receipts_topics(self._settings))


class Stream:
    """One topic, read once and in order. `position` is the offset of the next message."""

    def __init__(self, logs: Logs, topic: str, start: int, end: int) -> None:
        self.topic, self.position, self.end = topic, start, end
        self._logs = logs
        self._messages: Iterator[Any] | None = None
        self._ahead: Any = None

    def peek(self) -> Any:
        """The next message; None at the end."""
        if self._ahead is None and self.position < self.end:
            if self._messages is None:
                self._messages = self._logs.scan(self.topic, self.position, self.end)
            self._ahead = next(self._messages, None)
            self.position = self.end if self._ahead is None else self._ahead.offset
        return self._ahead

    def take(self) -> Any:
        """The next message, and go on behind it; None at the end."""
        message, self._ahead = self.peek(), None
        if message is not None:
            self.position = message.offset + 1
        return message

    def until(self, end: int) -> Iterator[Any]:
        """The messages before offset `end`."""
        while (message := self.peek()) is not None and message.offset < end:
            yield self.take()

    def close(self) -> None:
        """Give the connection back, if the topic was not read to its end."""
        if isinstance(self._messages, Generator):
            self._messages.close()
