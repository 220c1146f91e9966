"""Reading several topics by offset, on a real broker."""

from collections.abc import Iterator

import pytest

from events.catalog import Topic
from infra import kafka
from infra.settings import Settings
from infra.topic_reader import TopicReader

MESSAGES = 300


@pytest.fixture(scope="module")
def reader(services: Settings) -> Iterator[TopicReader]:
    """A reader of two topics that hold 300 messages each: their own number."""
    settings = services.model_copy(update={"namespace": "reader"})
    kafka.ensure_topics(settings)
    producer = kafka.producer(settings, linger_ms=5)
    for number in range(MESSAGES):
        for topic in (Topic.JOURNAL, Topic.FINDINGS):
            producer.send(settings.topic(topic), value=str(number).encode(), partition=0)
    producer.flush()
    producer.close()
    found = TopicReader(settings, {"journal": Topic.JOURNAL, "findings": Topic.FINDINGS})
    yield found
    found.close()


def read(reader: TopicReader, polls: int = 40) -> dict[str, list[int]]:
    """What comes until nothing more comes; a busy machine may be slow to bring the first."""
    found: dict[str, list[int]] = {"journal": [], "findings": []}
    for _ in range(polls):
        messages = reader.poll(500)
        if not messages and any(found.values()):
            break
        for source, offset, value in messages:
            assert value == str(offset).encode()
            found[source].append(offset)
    return found


def test_bounds(reader: TopicReader) -> None:
    assert reader.bounds("journal") == (0, MESSAGES)


def test_after_looking_at_single_messages_both_topics_go_on(reader: TopicReader) -> None:
    """With one paused consumer for both, the first topic was never fetched again."""
    assert reader.read_one("journal", 7) == b"7"
    assert reader.read_one("findings", 9) == b"9"
    reader.seek("journal", 8)
    reader.seek("findings", 10)
    assert read(reader) == {
        "journal": list(range(8, MESSAGES)),
        "findings": list(range(10, MESSAGES)),
    }


def test_a_held_topic_waits_and_then_goes_on(reader: TopicReader) -> None:
    reader.seek("journal", 0)
    reader.seek("findings", 0)
    reader.hold("journal", True)
    assert read(reader)["journal"] == []
    reader.hold("journal", False)
    assert read(reader) == {"journal": list(range(MESSAGES)), "findings": []}


def test_a_missing_topic_is_named(services: Settings) -> None:
    settings = services.model_copy(update={"namespace": "nothing"})
    with pytest.raises(kafka.KafkaUnavailable, match="nothing-aid-journal"):
        TopicReader(settings, {"journal": Topic.JOURNAL})
