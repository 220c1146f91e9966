"""A one-partition topic read once, from here to there, without a group: for commands."""

import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any, Final

from kafka import TopicPartition
from kafka.errors import CorruptRecordError, KafkaError

from infra.kafka import KafkaUnavailable, consumer
from infra.settings import Settings

PATIENCE_MS: Final = 10_000


class NoSuchTopic(KafkaUnavailable):
    """The broker answers, and has no such topic."""


def bounds(settings: Settings, *topics: str) -> list[tuple[int, int]]:
    """Offset of each topic's first message, and of the next that will come.

    `topics` are names of the catalogue. Raises KafkaUnavailable.
    """
    with closing(consumer(settings)) as client:
        partitions = (TopicPartition(settings.topic(topic), 0) for topic in topics)
        return [_bounds(settings, client, partition) for partition in partitions]


def scan(settings: Settings, topic: str, start: int = 0, end: int | None = None) -> Iterator[Any]:
    """The messages (kafka-python's records) of [start, end) that are there; all of now without end.

    Raises KafkaUnavailable, also if nothing comes for ten seconds.
    """
    partition = TopicPartition(settings.topic(topic), 0)
    with closing(consumer(settings)) as client:
        first, last = _bounds(settings, client, partition)
        position, stop = max(start, first), last if end is None else min(end, last)
        try:
            client.assign([partition])
            client.seek(partition, position)
            while position < stop:
                for record in client.poll(PATIENCE_MS).get(partition, ()):
                    if record.offset < stop:
                        yield record
                if client.position(partition) == position:
                    raise KafkaUnavailable(f"{partition.topic} does not answer at {position}")
                position = client.position(partition)
        except KafkaError as error:
            raise KafkaUnavailable(f"{settings.bootstrap}: {type(error).__name__}") from error


def damaged_at(settings: Settings, name: str, start: int) -> int:
    """Offset of the first message from `start` on whose checksum is wrong; -1 if there is none.

    `name` is the broker's own name of the topic. Raises KafkaUnavailable.
    """
    partition = TopicPartition(name, 0)
    with closing(consumer(settings)) as client:
        first, last = _bounds(settings, client, partition)
        client.assign([partition])
        client.seek(partition, max(first, start))
        try:
            while client.position(partition) < last and client.poll(PATIENCE_MS):
                continue
        except CorruptRecordError as error:
            found = re.search(r"at offset (\d+)", str(error))  # kafka-python says it in words
            return int(found[1]) if found else client.position(partition)
        except KafkaError as error:
            raise KafkaUnavailable(f"{settings.bootstrap}: {type(error).__name__}") from error
    return -1


def _bounds(settings: Settings, client: Any, partition: TopicPartition) -> tuple[int, int]:
    try:
        if not client.partitions_for_topic(partition.topic):
            raise NoSuchTopic(f"{settings.bootstrap} has no topic {partition.topic}: `tekil up`")
        first, last = client.beginning_offsets([partition]), client.end_offsets([partition])
    except KafkaError as error:
        raise KafkaUnavailable(f"{settings.bootstrap}: {type(error).__name__}") from error
    return int(first[partition]), int(last[partition])
