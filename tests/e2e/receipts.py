"""What the partners of a system were answered, as it stands in their topics of receipts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from events.catalog import Topic
from events.stage_signing import content_of
from infra.settings import Settings
from tests.e2e.topics import messages

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


def answers_of(systems: Sequence[Settings]) -> list[Answered]:
    """Every verdict that any partner of any of these systems (namespaces) was given."""
    prefixes = tuple(settings.topic(Topic.RECEIPTS) for settings in systems)
    return [
        answered
        for message in messages(systems[0], lambda name: name.startswith(prefixes))
        for answered in _answered(orjson.loads(content_of(message.value)))
    ]


def _answered(receipt: dict[str, Any]) -> Iterator[Answered]:
    for submission in receipt["submissions"]:
        for row in submission["rows"]:
            if row["answer"] is not None:
                yield Answered(submission["submission_id"], row)
