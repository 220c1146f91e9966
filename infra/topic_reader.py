"""Several one-partition topics read together, without a consumer group or committed offsets."""

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


class TopicReader:
    """Some topics of a namespace, each source read from where its reader says."""

    def __init__(self, settings: Settings, topics: Mapping[str, str]) -> None:
        """`topics` is source → base name of its topic; `poll` gives sources in this order.

        Raises KafkaUnavailable, also when a topic does not exist yet.
        """
        self._partitions = {
            source: TopicPartition(settings.topic(topic), 0) for source, topic in topics.items()
        }
        self._where = settings.bootstrap
        self._consumer: Any = consumer(settings)
        try:
            for partition in self._partitions.values():
                if not self._consumer.partitions_for_topic(partition.topic):
                    raise KafkaUnavailable(
                        f"{self._where} has no topic {partition.topic}: run `tekil up`"
                    )
            self._consumer.assign(list(self._partitions.values()))
        except KafkaError as error:
            self._consumer.close()
            raise KafkaUnavailable(f"{self._where}: {error}") from error
        except KafkaUnavailable:
            self._consumer.close()
            raise

    def bounds(self, source: str) -> tuple[int, int]:
        """Offset of the first message that is still there, and of the next that will come.

        Raises KafkaUnavailable.
        """
        partition = self._partitions[source]
        try:
            first = self._consumer.beginning_offsets([partition], timeout_ms=METADATA_MS)
            end = self._consumer.end_offsets([partition], timeout_ms=METADATA_MS)
        except KafkaError as error:
            raise KafkaUnavailable(f"{self._where}: {error}") from error
        return int(first[partition]), int(end[partition])

    def read_one(self, source: str, offset: int) -> bytes | None:
        """The message at `offset`, which is within the bounds. Moves the position.

        Raises KafkaUnavailable if it does not arrive in time.
        """
        partition = self._partitions[source]
        others = [p for p in self._partitions.values() if p != partition]
        self._consumer.pause(*others)
        try:
            self._consumer.seek(partition, offset)
            for record in self._consumer.poll(READ_ONE_MS, max_records=1).get(partition, ()):
                if record.offset == offset:
                    value: bytes | None = record.value
                    return value
        except KafkaError as error:
            raise KafkaUnavailable(f"{self._where}: {error}") from error
        finally:
            self._consumer.resume(*others)
        raise KafkaUnavailable(f"message {offset} of {partition.topic} did not arrive")

    def seek(self, source: str, offset: int) -> None:
        """The next poll reads from here."""
        self._consumer.seek(self._partitions[source], offset)

    def poll(self, timeout_ms: int) -> list[Message]:
        """Messages that are there, in the order of each topic; waits if there are none.

        An offset that is not there is an error of kafka-python, never a jump.
        """
        found = self._consumer.poll(timeout_ms, max_records=POLL_MESSAGES)
        return [
            (source, record.offset, record.value)
            for source, partition in self._partitions.items()
            for record in found.get(partition, ())
        ]

    def hold(self, source: str, on: bool) -> None:
        """Stop or go on reading one topic."""
        change = self._consumer.pause if on else self._consumer.resume
        change(self._partitions[source])

    def close(self) -> None:
        """Give the connection back."""
        self._consumer.close()
