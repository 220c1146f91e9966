"""What waits for intake, on a real broker: the markers of its clock do not."""

from contextlib import closing

import pytest

from events.catalog import Topic
from events.codec import TICK_VALUE
from infra import kafka
from infra.settings import Settings
from office.health import JOURNAL, SUBMISSIONS
from office.topic_ends import topic_ends

WORD = b"a submission"


@pytest.mark.parametrize(
    ("said", "taken", "end"),
    [
        ([], 0, 0),
        ([WORD], 0, 1),
        ([WORD], 1, 1),
        ([WORD, *[TICK_VALUE] * 3], 1, 1),
        ([WORD, TICK_VALUE, WORD, TICK_VALUE], 1, 4),
        ([WORD, *[TICK_VALUE] * 1_500], 1, 1),
        ([*[TICK_VALUE] * 300, WORD, *[TICK_VALUE] * 30], 0, 331),
    ],
)
def test_markers_since_the_last_block_do_not_wait(
    services: Settings, request: pytest.FixtureRequest, said: list[bytes], taken: int, end: int
) -> None:
    number = request.node.callspec.indices["said"]
    settings = services.model_copy(update={"namespace": f"ends{number}"})
    kafka.ensure_topics(settings)
    with closing(kafka.producer(settings, linger_ms=5)) as producer:
        for value in said:
            producer.send(settings.topic(Topic.SUBMISSIONS), value=value, partition=0)
        producer.flush()
    found = topic_ends(settings, taken)
    assert (found[SUBMISSIONS], found[JOURNAL]) == (end, 0)


def test_a_position_behind_the_end_is_no_traceback(services: Settings) -> None:
    settings = services.model_copy(update={"namespace": "endsbehind"})
    kafka.ensure_topics(settings)
    assert topic_ends(settings, 7)[SUBMISSIONS] == 0  # the broker lost its tail: stages say so
