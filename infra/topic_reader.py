"""Several one-partition topics read together, without a consumer group or committed offsets."""

import time
from collections.abc import Mapping, Sequence
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
    Offsets are asked for on one more connection: behind a fetch that waits for messages a
    broker would answer half a second later. Who only asks opens no other.
    """

    def __init__(self, settings: Settings, topics: Mapping[str, str]) -> None:
        """`topics` is source → base name of its topic; `poll` gives sources in this order.

        Raises KafkaUnavailable, also when a topic does not exist yet.
        """
        self._partitions = {
            source: TopicPartition(settings.topic(topic), 0) for source, topic in topics.items()
        }
        self._settings = settings
        self._held: set[str] = set()
        self._consumers: dict[str, Any] = {}
        self._asking: Any = consumer(settings)
        try:
            for partition in self._partitions.values():
                if not self._asking.partitions_for_topic(partition.topic):
                    raise KafkaUnavailable(
                        f"{settings.bootstrap} has no topic {partition.topic}: run `tekil up`"
                    )
        except KafkaError as error:
            self.close()
            raise self._unavailable(error) from error
        except BaseException:
            self.close()
            raise

    def bounds(self, source: str) -> tuple[int, int]:
        """Offset of the first message that is still there, and of the next that will come.

        Raises KafkaUnavailable.
        """
        return self._offsets("beginning", [source])[source], self._offsets("end", [source])[source]

    def ends(self) -> dict[str, int]:
        """Source → offset of the next message that will come. Raises KafkaUnavailable."""
        return self._offsets("end", list(self._partitions))

    def _offsets(self, which: str, sources: Sequence[str]) -> dict[str, int]:
        wanted = [self._partitions[source] for source in sources]
        ask = self._asking.end_offsets if which == "end" else self._asking.beginning_offsets
        try:
            found = ask(wanted, timeout_ms=METADATA_MS)
        except KafkaError as error:
            raise self._unavailable(error) from error
        return {source: int(found[self._partitions[source]]) for source in sources}

    def _unavailable(self, error: KafkaError) -> KafkaUnavailable:
        return KafkaUnavailable(f"{self._settings.bootstrap}: {error}")

    def _consumer(self, source: str) -> Any:
        """The source's own consumer; it stands at the first message until it is told otherwise."""
        if source not in self._consumers:
            first = self._offsets("beginning", [source])[source]
            client = consumer(self._settings)
            client.assign([self._partitions[source]])
            client.seek(self._partitions[source], first)  # without a position every poll fails
            self._consumers[source] = client
        return self._consumers[source]

    def read_one(self, source: str, offset: int) -> bytes | None:
        """The message at `offset`, which is within the bounds. Moves the position.

        Raises KafkaUnavailable if it does not arrive in time.
        """
        client, partition = self._consumer(source), self._partitions[source]
        try:
            client.seek(partition, offset)
            for record in client.poll(READ_ONE_MS, max_records=1).get(partition, ()):
                if record.offset == offset:
                    value: bytes | None = record.value
                    return value
        except KafkaError as error:
            raise self._unavailable(error) from error
        raise KafkaUnavailable(f"message {offset} of {partition.topic} did not arrive")

    def seek(self, source: str, offset: int) -> None:
        """The next poll reads from here."""
        self._consumer(source).seek(self._partitions[source], offset)

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
        return [source for source in self._partitions if source not in self._held]

    def _take(self, source: str, wait_ms: int) -> list[Message]:
        polled = self._consumer(source).poll(wait_ms, max_records=POLL_MESSAGES)
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
        for client in (self._asking, *self._consumers.values()):
            client.close()
