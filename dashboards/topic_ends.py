"""Where the topics end on the broker. A shell."""

from typing import Final

from dashboards.health import FINDINGS, JOURNAL, SUBMISSIONS
from events.catalog import Topic
from infra.settings import Settings
from infra.topic_reader import TopicReader

TOPICS: Final = {
    SUBMISSIONS: Topic.SUBMISSIONS,
    JOURNAL: Topic.JOURNAL,
    FINDINGS: Topic.FINDINGS,
}


def topic_ends(settings: Settings) -> dict[str, int]:
    """Offset of the message that comes next, by topic. Raises KafkaUnavailable."""
    reader = TopicReader(settings, TOPICS)
    try:
        return reader.ends()
    finally:
        reader.close()
