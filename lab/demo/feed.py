"""One line to the system for all organisations of the demo.

The SDK's parts (batching, signing), with one producer instead of one for each
organisation: so the order in which the days are sent is the order of the log.
"""

from collections.abc import Iterable
from typing import Any, Final, Protocol

import orjson
from kafka.errors import KafkaError

from events.catalog import Topic, receipts_topic
from events.outputs import Receipt
from events.stage_signing import content_of
from infra import kafka
from infra.errors import SystemUnavailable
from infra.settings import Settings
from infra.topic_reader import TopicReader

CLOSE_SECONDS: Final = 10.0
DRAIN_SECONDS: Final = 0.2
Headers = list[tuple[str, bytes]]


class Wire(Protocol):
    """What the driver needs; a fake in the unit tests."""

    def send(self, headers: Headers, value: bytes) -> None:
        """Hand over one submission, after those before it. Raises SystemUnavailable."""
        ...

    def receipts(self, seconds: float) -> list[Receipt]:
        """What came since; waits at most `seconds` for the first. Raises SystemUnavailable."""
        ...

    def drained(self) -> list[Receipt]:
        """All that stands in the log now and was not given yet. Raises SystemUnavailable."""
        ...


class Feed:
    """`Wire` on Kafka. Raises KafkaUnavailable, also if an organisation has no receipts yet."""

    def __init__(self, settings: Settings, orgs: Iterable[str]) -> None:
        self._topic = settings.topic(Topic.SUBMISSIONS)
        self._error: BaseException | None = None
        self._receipts = TopicReader(settings, {org: receipts_topic(org) for org in orgs})
        self._next = self._receipts.ends()
        for org, end in self._next.items():
            self._receipts.seek(org, end)
        self._producer: Any = kafka.producer(settings)

    def send(self, headers: Headers, value: bytes) -> None:
        """Hand over one submission, after those before it."""
        self._check()
        try:
            sent = self._producer.send(self._topic, value=value, headers=headers, partition=0)
        except KafkaError as error:
            raise _unavailable(error) from error
        sent.add_errback(self._failed)

    def receipts(self, seconds: float) -> list[Receipt]:
        """What came since; waits at most `seconds` for the first."""
        self._check()
        try:
            found = self._receipts.poll(int(seconds * 1000))
        except KafkaError as error:
            raise _unavailable(error) from error
        for org, offset, _ in found:
            self._next[org] = offset + 1
        return [orjson.loads(content_of(value)) for _, _, value in found if value]

    def drained(self) -> list[Receipt]:
        """All that stands in the log now and was not given yet."""
        ends = self._receipts.ends()
        found: list[Receipt] = []
        while any(self._next[org] < end for org, end in ends.items()):
            found += self.receipts(DRAIN_SECONDS)
        return found

    def close(self) -> None:
        """Give up both connections."""
        self._producer.close(timeout=CLOSE_SECONDS)
        self._receipts.close()

    def _failed(self, error: BaseException) -> None:
        self._error = error

    def _check(self) -> None:
        if self._error is not None:
            raise _unavailable(self._error)


def _unavailable(error: BaseException) -> SystemUnavailable:
    return SystemUnavailable(f"The broker does not answer ({type(error).__name__}).")
