"""A broker and a registry in one object, for the SDK's unit tests.

What it cannot do: partitions, crashes of a broker, other partners. It keeps the two rules
that the SDK leans on: a version sent again with the same content is a duplicate with the
first answer, and with other content an id-conflict.
"""

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from events import codec
from events.catalog import identity
from events.model import Record
from events.outputs import Answer, Row, SubmissionOutcome
from events.rejection import Reason, Refusal
from infra.settings import Settings

ANSWER: Answer = {
    "verdict": "clear",
    "basis": "",
    "purpose": "basic-needs",
    "window_from": "",
    "window_to": "",
    "focal": "",
    "policy": 1,
    "assurance": "hmac",
    "answered_day": "2026-05-01",
}


class FakeSystem:
    """Answers submissions. `mute` = how many it takes without an answer; `refuse` by record."""

    def __init__(self, *, known: bool = True) -> None:
        self.known = known
        self.mute = 0
        self.refuse: Callable[[Any], Reason | None] = lambda record: None
        self.refuse_message: Reason | None = None
        self.messages: list[tuple[Sequence[tuple[str, bytes]], bytes]] = []
        self.lines: list[bytes] = []
        self._versions: dict[tuple[tuple[str, str], int], tuple[bytes, Answer | None]] = {}
        self._receipts: list[bytes] = []

    def connect(self, settings: Settings, org: str) -> "FakeSystem":
        """The `connect` argument of a Publisher."""
        return self

    def listen(self) -> bool:
        """True if the partner is registered; earlier receipts are not seen again."""
        self._receipts.clear()
        return self.known

    def send(self, headers: Sequence[tuple[str, bytes]], value: bytes) -> None:
        """Take and answer one submission."""
        self.messages.append((headers, value))
        envelope = codec.open_envelope(headers, value)
        self.lines += envelope.lines
        if self.mute:
            self.mute -= 1
            return
        rows = [self._row(number, line) for number, line in enumerate(envelope.lines, 1)]
        refused = self.refuse_message
        outcome: SubmissionOutcome = {
            "org": envelope.manifest.org,
            "submission_id": envelope.manifest.submission_id,
            "offset": len(self.messages),
            "assurance": envelope.manifest.assurance.value,
            "records": len(rows),
            "reason": refused.value if refused else "",
            "field": "",
            "rows": [] if refused else rows,
        }
        receipt: dict[str, Any] = {"v": 1, "receipt_id": "", "org": envelope.manifest.org, "seq": 1}
        receipt["submissions"] = [outcome]
        self._receipts.append(orjson.dumps(receipt))

    def poll(self, seconds: float) -> list[bytes]:
        """All receipts that wait."""
        found, self._receipts = self._receipts, []
        return found

    def close(self) -> None:
        """Nothing to give up."""

    def records(self) -> list[Any]:
        """Every record received, parsed, in order."""
        return [codec.parse_record(line) for line in self.lines]

    def _row(self, number: int, line: bytes) -> Row:
        record = codec.parse_record(line)
        kind, id_ = identity(record)
        row: Row = {
            "row": number, "disposition": "accepted", "kind": kind, "id": id_,
            "version": record.version, "reason": "", "field": "", "answer": None,
        }  # fmt: skip
        try:
            row["disposition"], row["answer"] = self._take((kind, id_), record)
        except Refusal as refusal:
            row["disposition"], row["reason"] = "rejected", refusal.reason.value
        return row

    def _take(self, thing: tuple[str, str], record: Record) -> tuple[Any, Answer | None]:
        reason = self.refuse(record)
        if reason:
            raise Refusal(reason)
        content = codec.content_hash(*codec.public_and_subjects(record))
        asked = record.kind == "inquiry" or getattr(record, "stage", "") in ("planned", "delivered")
        answer = ANSWER if asked else None
        before = self._versions.setdefault((thing, record.version), (content, answer))
        if before[0] != content:
            raise Refusal(Reason.ID_CONFLICT)
        if before[0] is content:
            return "accepted", answer
        return "duplicate", before[1]
