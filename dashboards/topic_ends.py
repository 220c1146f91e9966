"""Where the topics end on the broker. A shell."""

from typing import Final

from dashboards.health import FINDINGS, JOURNAL, SUBMISSIONS
from events.catalog import Topic
from events.codec import TICK_VALUE
from infra.settings import Settings
from infra.topic_reader import TopicReader

TOPICS: Final = {
    SUBMISSIONS: Topic.SUBMISSIONS,
    JOURNAL: Topic.JOURNAL,
    FINDINGS: Topic.FINDINGS,
}
LOOKS_BACK: Final = (1, 32, 2_000)
"""Messages from the end: in a day without submissions stand 1,440 markers, one a minute."""
WAIT_MS: Final = 500


def topic_ends(settings: Settings) -> dict[str, int]:
    """Offset of the message that comes next, by topic; of submissions: after the last that says
    something. Intake takes the markers of its clock behind it, too, but makes no block of them, so
    they would seem to wait for the whole night. Raises KafkaUnavailable.
    """
    reader = TopicReader(settings, TOPICS)
    try:
        ends = reader.ends()
        return ends | {SUBMISSIONS: _after_the_last_word(reader, ends[SUBMISSIONS])}
    finally:
        reader.close()


def _after_the_last_word(reader: TopicReader, end: int) -> int:
    first, _ = reader.bounds(SUBMISSIONS)
    for other in (JOURNAL, FINDINGS):
        reader.hold(other, True)
    known = end
    for back in LOOKS_BACK:
        start = max(first, end - back)
        seen = _values(reader, start, known)
        words = [offset for offset, value in seen.items() if value != TICK_VALUE]
        if words:
            return max(words) + 1
        if len(seen) < known - start:
            return known  # not all could be read: rather too much than too little
        known = start
    return known


def _values(reader: TopicReader, start: int, stop: int) -> dict[int, bytes | None]:
    """Offset → value of the submissions from `start` to before `stop`, as far as they come."""
    found: dict[int, bytes | None] = {}
    if start < stop:
        reader.seek(SUBMISSIONS, start)
    while len(found) < stop - start and (came := reader.poll(WAIT_MS)):
        found |= {offset: value for _, offset, value in came if offset < stop}
        if came[-1][1] >= stop:
            break
    return found
