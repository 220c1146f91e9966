"""Several one-partition topics read together, without a consumer group or committed offsets."""

import time
from collections.abc import Mapping
from typing import Any, Final

from kafka import TopicPartition
from kafka.errors import KafkaError

from infra.kafka import KafkaUnavailable, consumer
from infra.settings import Settings

Message = tuple[str, int, bytes | None]
"""Name of the source, offset, value."""

METADATA_MS: Final = 10_000
READ_ONE_MS: Final = 10_000
POLL_MESSAGES: Final = 200
SLICE_MS: Final = 10
"""How long one topic is waited for before the next is looked at."""


class TopicReader:
    """Some topics of a namespace, each source read from where its reader says.

    One consumer a source: kafka-python 3.0.12 never again fetches a partition that was
    paused with records in its buffer while another one was drained, so nothing is paused.
    """

    def __init__(self, settings: Settings, topics: Mapping[str, str]) -> None:
        """`topics` is source → base name of its topic; `poll` gives sources in this order.

        Raises KafkaUnavailable, also when a topic does not exist yet.
        """
        self._partitions = {
            source: TopicPartition(settings.topic(topic), 0) for source, topic in topics.items()
        }
        self._where = settings.bootstrap
        self._held: set[str] = set()
        self._consumers: dict[str, Any] = {}
        try:
            for source, partition in self._partitions.items():
                self._consumers[source] = self._assigned(settings, partition)
        except KafkaError as error:
            self.close()
            raise KafkaUnavailable(f"{self._where}: {error}") from error
        except KafkaUnavailable:
            self.close()
            raise

    def _assigned(self, settings: Settings, partition: TopicPartition) -> Any:
        client = consumer(settings)
        try:
            if not client.partitions_for_topic(partition.topic):
                raise KafkaUnavailable(
                    f"{self._where} has no topic {partition.topic}: run `tekil up`"
                )
            client.assign([partition])
            first = client.beginning_offsets([partition], timeout_ms=METADATA_MS)[partition]
            client.seek(partition, first)  # without a position every poll fails
        except BaseException:
            client.close()
            raise
        return client

    def bounds(self, source: str) -> tuple[int, int]:
        """Offset of the first message that is still there, and of the next that will come.

        Raises KafkaUnavailable.
        """
        client, partition = self._consumers[source], self._partitions[source]
        try:
            first = client.beginning_offsets([partition], timeout_ms=METADATA_MS)
        except KafkaError as error:
            raise KafkaUnavailable(f"{self._where}: {error}") from error
        return int(first[partition]), self.end(source)

    def end(self, source: str) -> int:
        """Offset of the next message that will come. Raises KafkaUnavailable."""
        client, partition = self._consumers[source], self._partitions[source]
        try:
            found = client.end_offsets([partition], timeout_ms=METADATA_MS)
        except KafkaError as error:
            raise KafkaUnavailable(f"{self._where}: {error}") from error
        return int(found[partition])

    def read_one(self, source: str, offset: int) -> bytes | None:
        """The message at `offset`, which is within the bounds. Moves the position.

        Raises KafkaUnavailable if it does not arrive in time.
        """
        client, partition = self._consumers[source], self._partitions[source]
        try:
            client.seek(partition, offset)
            for record in client.poll(READ_ONE_MS, max_records=1).get(partition, ()):
                if record.offset == offset:
                    value: bytes | None = record.value
                    return value
        except KafkaError as error:
            raise KafkaUnavailable(f"{self._where}: {error}") from error
        raise KafkaUnavailable(f"message {offset} of {partition.topic} did not arrive")

    def seek(self, source: str, offset: int) -> None:
        """The next poll reads from here."""
        self._consumers[source].seek(self._partitions[source], offset)

    def poll(self, timeout_ms: int) -> list[Message]:
        """Messages that are there, in the order of each topic; waits if there are none.

        An offset that is not there is an error of kafka-python, never a jump.
        """
        deadline = time.monotonic() + timeout_ms / 1000
        wait_ms = 0
        while True:
            found = [
                message for source in self._reading() for message in self._take(source, wait_ms)
            ]
            if found or time.monotonic() >= deadline:
                return found
            wait_ms = SLICE_MS

    def _reading(self) -> list[str]:
        return [source for source in self._consumers if source not in self._held]

    def _take(self, source: str, wait_ms: int) -> list[Message]:
        polled = self._consumers[source].poll(wait_ms, max_records=POLL_MESSAGES)
        records = polled.get(self._partitions[source], ())
        return [(source, record.offset, record.value) for record in records]

    def hold(self, source: str, on: bool) -> None:
        """Stop or go on reading one topic."""
        if on:
            self._held.add(source)
        else:
            self._held.discard(source)

    def close(self) -> None:
        """Give the connections back."""
        for client in self._consumers.values():
            client.close()
