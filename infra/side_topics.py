"""Topics that are looked through and not followed: aid-keys, and each partner's receipts."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kafka import TopicPartition
from kafka.errors import KafkaError

from events.catalog import Topic
from infra.kafka import KafkaUnavailable, consumer
from infra.settings import Settings

ROUND_SECONDS: Final = 0.25
ROUND_MESSAGES: Final = 1_000
POLL_MS: Final = 50
ASK_MS: Final = 10_000


@dataclass(slots=True)
class Stretch:
    """What was read of a topic: kafka-python's records, and the offset behind them."""

    records: list[Any] = field(default_factory=list)
    next_offset: int = 0


class SideTopics:
    """Reads a little of many topics at once; one consumer, made when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Any = None

    def bounds(self) -> dict[str, tuple[int, int]]:
        """Base name → offset of the first message, and of the next, of each topic there is now.

        Raises KafkaUnavailable.
        """
        try:
            partitions = [self._partition(name) for name in self._names()]
            first = self._consumer().beginning_offsets(partitions, timeout_ms=ASK_MS)
            last = self._consumer().end_offsets(partitions, timeout_ms=ASK_MS)
        except KafkaError as error:
            raise self._unavailable(error) from error
        return {
            self._base(partition): (int(first[partition]), int(last[partition]))
            for partition in partitions
        }

    def read(self, wanted: Mapping[str, tuple[int, int]]) -> dict[str, Stretch]:
        """Of each topic what follows at its offset, before its end: as much as comes in a moment.

        Raises KafkaUnavailable.
        """
        ends = {self._partition(name): end for name, (_, end) in wanted.items()}
        found = {name: Stretch(next_offset=start) for name, (start, _) in wanted.items()}
        client, deadline = self._consumer(), time.monotonic() + ROUND_SECONDS
        left = ROUND_MESSAGES
        try:
            client.assign(list(ends))
            for partition in ends:
                client.seek(partition, wanted[self._base(partition)][0])
            while left > 0 and time.monotonic() < deadline:
                for partition, records in client.poll(POLL_MS, max_records=left).items():
                    inside = [one for one in records if one.offset < ends[partition]]
                    found[self._base(partition)].records += inside
                    left -= len(records)
                at = {partition: client.position(partition) for partition in ends}
                if all(at[partition] >= end for partition, end in ends.items()):
                    break
            for partition, end in ends.items():
                found[self._base(partition)].next_offset = min(client.position(partition), end)
        except KafkaError as error:
            raise self._unavailable(error) from error
        return found

    def close(self) -> None:
        """Give the connection back."""
        if self._client is not None:
            self._client.close()

    def _names(self) -> list[str]:
        prefix = f"{self._settings.topic(Topic.RECEIPTS)}-"
        cut = len(self._settings.topic(""))
        names = sorted(self._consumer().topics())
        keys = self._settings.topic(Topic.KEYS)
        ours = (name for name in names if name == keys or name.startswith(prefix))
        return [name[cut:] for name in ours if name[cut:] == name[cut:].lower()]

    def _partition(self, name: str) -> TopicPartition:
        return TopicPartition(self._settings.topic(name), 0)

    def _base(self, partition: TopicPartition) -> str:
        return str(partition.topic)[len(self._settings.topic("")) :]

    def _consumer(self) -> Any:
        if self._client is None:
            self._client = consumer(self._settings)
        return self._client

    def _unavailable(self, error: KafkaError) -> KafkaUnavailable:
        return KafkaUnavailable(f"{self._settings.bootstrap}: {error}")
