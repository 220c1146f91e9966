"""Where the topics end on the broker. A shell."""

from typing import Final

from kafka.errors import KafkaError

from events.catalog import Topic
from events.codec import TICK_VALUE
from infra.kafka import KafkaUnavailable
from infra.settings import Settings
from infra.topic_reader import TopicReader
from office.health import FINDINGS, JOURNAL, SUBMISSIONS

TOPICS: Final = {
    SUBMISSIONS: Topic.SUBMISSIONS,
    JOURNAL: Topic.JOURNAL,
    FINDINGS: Topic.FINDINGS,
}
WAIT_MS: Final = 2_000


def topic_ends(settings: Settings, taken: int) -> dict[str, int]:
    """Offset of the message that comes next, by topic. Raises KafkaUnavailable.

    `taken` is the offset of the first submission that stands in no block. If nothing but markers
    of intake's clock came since, it is the end: intake takes them, too, but makes no block of
    them, so each minute of a quiet night would seem to leave one more message waiting.
    """
    reader = TopicReader(settings, TOPICS)
    try:
        ends = reader.ends()
        if taken < ends[SUBMISSIONS] and _only_markers(reader, taken, ends[SUBMISSIONS]):
            ends[SUBMISSIONS] = taken
        return ends
    except KafkaError as error:
        raise KafkaUnavailable(f"{settings.bootstrap}: {error}") from error
    finally:
        reader.close()


def _only_markers(reader: TopicReader, start: int, end: int) -> bool:
    """False at the first submission, or where not all could be read: rather too much waits.

    A submission whose value is a marker's, `{}`, is taken for one: it is refused whole.
    """
    for other in (JOURNAL, FINDINGS):
        reader.hold(other, True)
    reader.seek(SUBMISSIONS, start)
    while start < end:
        came = reader.poll(WAIT_MS)
        if not came or any(value != TICK_VALUE for _, _, value in came):
            return False
        start = came[-1][1] + 1
    return True
