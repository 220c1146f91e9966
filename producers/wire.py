"""The partner's connection to the broker: submissions out, its own receipts in.

`Wire` is the port (a fake in the unit tests); `KafkaWire` is kafka-python with acks=all.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from kafka import TopicPartition
from kafka.errors import KafkaError

from events.catalog import Topic, receipts_topic
from infra import disk, kafka
from infra.errors import SystemUnavailable
from infra.settings import Settings

CLOSE_SECONDS: Final = 10.0

Headers = Sequence[tuple[str, bytes]]
Clock = Callable[[], float]


class Wire(Protocol):
    """One partner's line to the system. Every method may raise SystemUnavailable."""

    def listen(self) -> bool:
        """Stand at the end of the partner's receipts; False if it has no such topic."""
        ...

    def send(self, headers: Headers, value: bytes) -> None:
        """Hand over one submission, after those before it. A failure shows here or in `poll`."""
        ...

    def poll(self, seconds: float) -> list[bytes]:
        """The receipts that came since, after waiting at most `seconds` for the first."""
        ...

    def close(self) -> None:
        """Give up the connection."""
        ...


class KafkaWire:
    """`Wire` on a Kafka cluster.

    Raises SystemUnavailable if no broker answers, or if this machine's own has no room.
    """

    def __init__(self, settings: Settings, org: str) -> None:
        self._topic = settings.topic(Topic.SUBMISSIONS)
        self._receipts = TopicPartition(settings.topic(receipts_topic(org)), 0)
        self._unsettled: list[Any] = []
        disk.check(settings)
        try:
            self._consumer = kafka.consumer(settings)
            self._producer = kafka.producer(settings)
        except kafka.KafkaUnavailable as error:
            raise _unavailable(error) from error

    def listen(self) -> bool:
        """Stand at the end of the partner's receipts; False if it has no such topic."""
        try:
            if not self._consumer.partitions_for_topic(self._receipts.topic):
                return False
            self._consumer.assign([self._receipts])
            end = kafka.end_offset(self._consumer, self._receipts.topic)
            self._consumer.seek(self._receipts, end)
        except KafkaError as error:
            raise _unavailable(error) from error
        return True

    def send(self, headers: Headers, value: bytes) -> None:
        """Hand over one submission, after those before it."""
        try:
            future = self._producer.send(
                self._topic, value=value, headers=list(headers), partition=0
            )
        except KafkaError as error:
            raise _unavailable(error) from error
        self._unsettled.append(future)
        self._settle()

    def poll(self, seconds: float) -> list[bytes]:
        """The receipts that came since, after waiting at most `seconds` for the first."""
        self._settle()
        try:
            found = self._consumer.poll(timeout_ms=int(seconds * 1000))
        except KafkaError as error:
            raise _unavailable(error) from error
        return [message.value for messages in found.values() for message in messages]

    def close(self) -> None:
        """Give up the connection; what was not acknowledged is sent again by the next run."""
        self._producer.close(timeout=CLOSE_SECONDS)
        self._consumer.close()

    def _settle(self) -> None:
        waiting = []
        for future in self._unsettled:
            if not future.is_done:
                waiting.append(future)
            elif future.failed():
                raise _unavailable(future.exception)
        self._unsettled = waiting


def monotonic() -> float:
    """Seconds of a clock that never goes back, for time limits only."""
    return time.monotonic()


def _unavailable(error: BaseException) -> SystemUnavailable:
    return SystemUnavailable(
        f"The broker does not answer ({type(error).__name__})."
        " Nothing is lost; running the command again is safe."
    )
