"""What the partners of a system were answered, as it stands in their topics of receipts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from kafka import TopicPartition

from events.catalog import Topic
from infra import kafka
from infra.settings import Settings

ROW = {"row", "disposition", "kind", "id", "version", "reason", "field", "answer"}
ANSWER = {
    "verdict", "basis", "purpose", "window_from", "window_to", "focal", "policy", "assurance",
    "answered_day",
}  # fmt: skip
VERDICTS = {"clear", "covered", "review", "uncheckable"}
BASES = {"", "delivered", "reserved"}


@dataclass(frozen=True)
class Answered:
    """A row of a receipt that holds a verdict."""

    submission: str
    row: dict[str, Any]

    def problems(self) -> Iterator[str]:
        """What is not as documented (property 7 of docs/scenarios.md)."""
        answer = self.row["answer"]
        if set(self.row) != ROW or set(answer) != ANSWER or not self.submission:
            yield f"fields: {sorted(self.row)} {sorted(answer)}"
        if answer["verdict"] not in VERDICTS or answer["basis"] not in BASES:
            yield f"words: {answer}"
        is_certain = answer["verdict"] == "covered"
        window = (answer["window_from"], answer["window_to"])
        if not is_certain and any(day and not day.endswith("-01") for day in window):
            yield f"a window finer than the month: {answer}"
        if bool(answer["focal"]) != is_certain:
            yield f"a contact without certainty, or certainty without one: {answer}"


def answers_of(settings: Settings) -> list[Answered]:
    """Every verdict that any partner of a system was given."""
    client = kafka.consumer(settings)
    try:
        prefix = settings.topic(Topic.RECEIPTS)
        topics = [TopicPartition(name, 0) for name in client.topics() if name.startswith(prefix)]
        client.assign(topics)
        client.seek_to_beginning(*topics)
        ends = client.end_offsets(topics)
        found = []
        while any(client.position(topic) < end for topic, end in ends.items()):
            for records in client.poll(timeout_ms=2000).values():
                for message in records:
                    found += list(_answered(orjson.loads(message.value)))
        return found
    finally:
        client.close()


def _answered(receipt: dict[str, Any]) -> Iterator[Answered]:
    for submission in receipt["submissions"]:
        for row in submission["rows"]:
            if row["answer"] is not None:
                yield Answered(submission["submission_id"], row)
