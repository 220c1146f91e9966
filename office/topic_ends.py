"""Where the topics end on the broker. A shell."""

from typing import Final

from events.catalog import Topic
from events.codec import TICK_VALUE
from infra.scan import bounds, scan
from infra.settings import Settings
from office.health import FINDINGS, JOURNAL, SUBMISSIONS

TOPICS: Final = {
    SUBMISSIONS: Topic.SUBMISSIONS,
    JOURNAL: Topic.JOURNAL,
    FINDINGS: Topic.FINDINGS,
}


def topic_ends(settings: Settings, taken: int) -> dict[str, int]:
    """Offset of the message that comes next, by topic. Raises KafkaUnavailable.

    `taken` is the offset of the first submission that stands in no block. If nothing but markers
    of intake's clock came since, it is the end: intake takes them, too, but makes no block of
    them, so each minute of a quiet night would seem to leave one more message waiting. (A
    submission whose value is a marker's, `{}`, is taken for one: it is refused whole.)
    """
    found = bounds(settings, *TOPICS.values())
    ends = {name: end for name, (_, end) in zip(TOPICS, found, strict=True)}
    waiting = scan(settings, Topic.SUBMISSIONS, taken, ends[SUBMISSIONS])
    if taken < ends[SUBMISSIONS] and all(message.value == TICK_VALUE for message in waiting):
        ends[SUBMISSIONS] = taken
    return ends
