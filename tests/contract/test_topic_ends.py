"""What waits for intake, on a real broker: the markers of its clock do not."""

from contextlib import closing

import pytest

from dashboards.health import JOURNAL, SUBMISSIONS
from dashboards.topic_ends import topic_ends
from events.catalog import Topic
from events.codec import TICK_VALUE
from infra import kafka
from infra.settings import Settings

WORD = b"a submission"


@pytest.mark.parametrize(
    ("said", "end"),
    [
        ([], 0),
        ([WORD], 1),
        ([WORD, *[TICK_VALUE] * 3], 1),
        ([WORD, TICK_VALUE, WORD, *[TICK_VALUE] * 90], 3),
        ([TICK_VALUE] * 40, 0),
    ],
)
def test_markers_behind_the_last_word_do_not_wait(
    services: Settings, request: pytest.FixtureRequest, said: list[bytes], end: int
) -> None:
    number = request.node.callspec.indices["said"]
    settings = services.model_copy(update={"namespace": f"ends{number}"})
    kafka.ensure_topics(settings)
    with closing(kafka.producer(settings)) as producer:
        for value in said:
            producer.send(settings.topic(Topic.SUBMISSIONS), value=value, partition=0)
        producer.flush()
    found = topic_ends(settings)
    assert (found[SUBMISSIONS], found[JOURNAL]) == (end, 0)
