"""All messages of many topics, as they stand now."""

from collections.abc import Callable, Iterator
from typing import Any

from kafka import TopicPartition

from infra import kafka
from infra.settings import Settings

POLL_MS = 2_000
IDLE_POLLS = 15


def messages(services: Settings, wanted: Callable[[str], bool]) -> Iterator[Any]:
    """Every message of the topics whose names are wanted, unpacked by the client."""
    client = kafka.consumer(services)
    try:
        topics = [TopicPartition(name, 0) for name in client.topics() if wanted(name)]
        client.assign(topics)
        client.seek_to_beginning(*topics)
        ends = client.end_offsets(topics)
        left = {topic for topic in topics if client.position(topic) < ends[topic]}
        idle = 0
        while left:
            found = client.poll(timeout_ms=POLL_MS, max_records=5_000)
            idle = 0 if found else idle + 1
            assert idle < IDLE_POLLS, f"nothing comes from {sorted(left)}"
            for records in found.values():
                yield from records
            left = {topic for topic in left if client.position(topic) < ends[topic]}
    finally:
        client.close()
