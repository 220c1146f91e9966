"""A partner's own topic of receipts, read again."""

from collections import deque
from typing import Any

import orjson
from kafka import TopicPartition
from kafka.errors import KafkaError

from events.catalog import receipts_topic
from events.rejection import Reason, Refusal
from infra.errors import SystemUnavailable, UsageProblem
from infra.kafka import consumer
from infra.settings import Settings
from producers.keys import checked_org

POLL_MS = 5_000


def read_receipts(settings: Settings, org: str, last: int) -> list[dict[str, Any]]:
    """The newest `last` submissions that ORG was answered, oldest first, each with its seq.

    Raises UsageProblem if the organisation has no topic of receipts, SystemUnavailable.
    """
    return _read(settings, org, "submissions", last)


def read_notices(settings: Settings, org: str, last: int) -> list[dict[str, Any]]:
    """The newest `last` notices to ORG, oldest first, each with its seq. Raises as the other."""
    return _read(settings, org, "notices", last)


def _read(settings: Settings, org: str, what: str, last: int) -> list[dict[str, Any]]:
    topic = TopicPartition(settings.topic(receipts_topic(checked_org(org))), 0)
    found: deque[dict[str, Any]] = deque(maxlen=max(1, last))
    client = consumer(settings)
    try:
        if not client.partitions_for_topic(topic.topic):
            raise UsageProblem.of(Refusal(Reason.UNKNOWN_PARTNER, org))
        client.assign([topic])
        position = client.beginning_offsets([topic])[topic]
        end = client.end_offsets([topic])[topic]
        client.seek(topic, position)
        while position < end:
            for record in client.poll(timeout_ms=POLL_MS).get(topic, ()):
                receipt = orjson.loads(record.value)
                found.extend({"seq": receipt["seq"], **one} for one in receipt[what])
            position = client.position(topic)
    except KafkaError as error:
        raise SystemUnavailable(f"The receipts cannot be read ({type(error).__name__}).") from error
    finally:
        client.close()
    return list(found)


def summary(submission: dict[str, Any]) -> dict[str, Any]:
    """A submission's receipt in one line."""
    said = [row["disposition"] for row in submission["rows"]]
    whole = submission["records"] if submission["reason"] else 0
    return {
        "submission_id": submission["submission_id"],
        "records": submission["records"],
        "accepted": said.count("accepted"),
        "duplicate": said.count("duplicate"),
        "rejected": said.count("rejected") + whole,
        "reason": submission["reason"],
    }
