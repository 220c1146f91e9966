"""From a message to rows: pure functions, no clock, no I/O.

A row is a tuple in the order of its table's columns. Amounts become Decimal, days
date. The sealed subjects of a record are never looked at, and of epochs not the tokens of
their placeholders: nothing here is or contains a token.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson

from events.catalog import identity_of
from events.journal import Block
from events.model import ADMINISTRATION, FIRST_DAY

Row = tuple[Any, ...]
Rows = dict[str, list[Row]]
"""Table name → rows."""


as_day = lru_cache(maxsize=8_192)(date.fromisoformat)
as_decimal = lru_cache(maxsize=8_192)(Decimal)


def maybe_day(text: str | None) -> date | None:
    """The day of a text; None for none."""
    return as_day(text) if text else None


def maybe_decimal(text: str | None) -> Decimal | None:
    """The amount of a text; None for none."""
    return as_decimal(text) if text else None


# -- the journal ---------------------------------------------------------------------------


class _BlockReader:
    """Walks the items of one block; lives for one call of `block_rows`."""

    def __init__(self, block: Block, day: date | None, message_offset: int) -> None:
        self.block = block
        self.message_offset = message_offset
        self.rows: Rows = {}
        self.today = day
        self.ticks = self.messages = 0
        self.submitted = self.accepted = self.duplicate = self.rejected = 0
        # the submission being read
        self.org = self.submission_id = self.assurance = self.epoch = ""
        self.offset = -1
        self.sub: tuple[Any, ...] | None = None
        self.counts = [0, 0, 0]

    @property
    def day(self) -> date:
        """The last tick before the item at hand."""
        if self.today is None:
            raise ValueError(f"block {self.block.seq} has facts before the first day")
        return self.today

    def put(self, table: str, row: Row) -> None:
        self.rows.setdefault(table, []).append(row)

    def read(self) -> None:
        for index, item in enumerate(self.block.items):
            match item["t"]:
                case "rec":
                    self.counts[0] += 1
                    self._record(index, item)
                case "dup":
                    self.counts[1] += 1
                case "rej":
                    self.counts[2] += 1
                    self._rejected(item)
                case "sub":
                    self._close_submission()
                    self._open_submission(item)
                case "bad":
                    self._close_submission()
                    self._refused_message(item)
                case "tick":
                    self.today = as_day(item["day"])
                    self.ticks += 1
                case "genesis":
                    self.today = as_day(item["genesis"]["first_day"])
                    first = {"version": 1, "in_force_from": FIRST_DAY.isoformat()}
                    self.org = ADMINISTRATION
                    self._policy(index, first | {"rules": item["genesis"]["policy"]})
                    self._first_epochs(item["genesis"].get("epochs", ()))
                case other:
                    raise ValueError(f"block {self.block.seq} has an item of kind {other!r}")
        self._close_submission()
        self._block()

    def _open_submission(self, item: dict[str, Any]) -> None:
        manifest = orjson.loads(item["manifest"])
        self.org, self.submission_id = manifest["org"], manifest["submission_id"]
        self.assurance, self.offset = manifest["assurance"], item["offset"]
        self.epoch = manifest["tokens_epoch"]
        records = len(manifest["digests"])
        self.sub = (self.epoch, records, self.day)
        self.counts = [0, 0, 0]
        self.messages += 1
        self.submitted += records

    def _close_submission(self) -> None:
        if self.sub is None:
            return
        epoch, records, day = self.sub
        accepted, duplicate, rejected = self.counts
        self.sub = None
        self.accepted += accepted
        self.duplicate += duplicate
        self.rejected += rejected
        row = (self.block.seq, self.offset, self.org, self.submission_id, self.assurance, epoch)
        self.put("submissions", (*row, records, accepted, duplicate, rejected, "", "", day))

    def _refused_message(self, item: dict[str, Any]) -> None:
        seq, day, records = self.block.seq, self.day, item["records"]
        offset, org, submission_id = item["offset"], item["org"], item["id"]
        reason, field = item["reason"], item["field"]
        self.messages += 1
        self.submitted += records
        self.rejected += records
        self.put(
            "submissions",
            (seq, offset, org, submission_id, "", "", records, 0, 0, records, reason, field, day),
        )
        self.put(
            "rejections",
            (seq, offset, 0, org, submission_id, records, reason, field, "", "", 0, day),
        )

    def _rejected(self, item: dict[str, Any]) -> None:
        head = (self.block.seq, self.offset, item["row"], self.org, self.submission_id, 1)
        about = (item.get("kind", ""), item.get("id", ""), item.get("version", 0))
        self.put("rejections", (*head, item["reason"], item["field"], *about, self.day))

    def _record(self, index: int, item: dict[str, Any]) -> None:
        record = item["rec"]
        match record["kind"]:
            case "assistance":
                self.put("assistance", self._assistance(index, item["row"], record))
            case "need":
                self.put("needs", self._need(index, record))
            case "enrolment":
                self.put("enrolments", self._enrolment(index, record))
            case "programme":
                self.put("programmes", self._programme(index, record))
            case "partner":
                name, mailbox = record["name"], record["mailbox"]
                where = (self.block.seq, index, self.day)
                self.put("partners", (record["org"], record["version"], name, mailbox, *where))
            case "policy":
                self._policy(index, record)
            case "succession" | "quarantine":
                self.put("number_facts", self._number_fact(index, record))
            case "token-epoch":
                said = (record["version"], record["public_key"], record["status"])
                self.put("epochs", (record["epoch"], *said, self.block.seq, index, self.day))
            case "evaluations":
                self.put("evaluations", self._evaluations(index, record))

    def _first_epochs(self, epochs: Sequence[dict[str, Any]]) -> None:
        """Those that genesis opens, in their order: before any record, so version 0."""
        for place, one in enumerate(epochs):
            said = (one["epoch"], 0, one["public_key"], "open")
            self.put("epochs", (*said, self.block.seq, place, self.day))

    def _number_fact(self, index: int, record: dict[str, Any]) -> Row:
        name, status = identity_of(record["kind"], record), record.get("status", "active")
        what = (record["kind"], self.org, name, record["version"], status)
        return (*what, self.assurance, self.epoch, self.block.seq, index, self.day)

    def _evaluations(self, index: int, record: dict[str, Any]) -> Row:
        what = (self.org, record["evaluations_id"], record["version"], record["server"])
        about = (as_day(record["day"]), record["org"], record["epoch"], record["evaluations"])
        return (*what, *about, self.block.seq, index, self.day)

    def _policy(self, index: int, record: dict[str, Any]) -> None:
        rules = {k: v for k, v in record["rules"].items() if k != "placeholder_tokens"}
        text = orjson.dumps(rules).decode()
        where = (self.org, self.block.seq, index, self.day)
        self.put("policies", (record["version"], as_day(record["in_force_from"]), text, *where))

    def _assistance(self, index: int, row_no: int, record: dict[str, Any]) -> Row:
        get = record.get
        return (
            self.org,
            record["assistance_id"],
            record["version"],
            record["stage"],
            record["programme"],
            record["purpose"],
            get("level", "household"),
            record["modality"],
            get("delivery_mechanism", "other"),
            record["frequency"],
            get("instalment_no"),
            get("instalment_of"),
            as_day(record["covers_from"]),
            as_day(record["covers_to"]),
            maybe_day(get("event_date")),
            as_decimal(record["amount"]),
            record["currency"],
            get("value_estimated", False),
            maybe_decimal(get("quantity")),
            get("unit", ""),
            get("household_size"),
            maybe_day(get("household_as_of")),
            record["district"],
            get("protected", False),
            get("override_reason", ""),
            maybe_decimal(get("returned_amount")),
            get("returned_reason", ""),
            get("replaces", ""),
            get("lawful_basis_code", ""),
            self.assurance,
            self.submission_id,
            self.offset,
            row_no,
            self.block.seq,
            index,
            self.day,
            self.epoch,
        )

    def _need(self, index: int, record: dict[str, Any]) -> Row:
        return (
            self.org,
            record["need_id"],
            record["version"],
            record["purpose"],
            as_day(record["assessed_on"]),
            maybe_day(record.get("closed_on")),
            record["district"],
            record.get("household_size"),
            record.get("protected", False),
            self.assurance,
            self.block.seq,
            index,
            self.day,
            self.epoch,
        )

    def _enrolment(self, index: int, record: dict[str, Any]) -> Row:
        return (
            self.org,
            record["enrolment_id"],
            record["version"],
            record["programme"],
            as_day(record["started_on"]),
            maybe_day(record.get("ended_on")),
            record.get("end_reason", ""),
            record.get("district", ""),
            record.get("protected", False),
            self.assurance,
            self.block.seq,
            index,
            self.day,
            self.epoch,
        )

    def _programme(self, index: int, record: dict[str, Any]) -> Row:
        get = record.get
        return (
            record["programme"],
            record["version"],
            record["owner"],
            get("donor", ""),
            get("purpose", ""),
            maybe_decimal(get("budget")),
            get("currency", ""),
            maybe_day(get("starts")),
            maybe_day(get("ends")),
            get("complements", []),
            self.org,
            self.block.seq,
            index,
            self.day,
        )

    def _block(self) -> None:
        block = self.block
        counts = (self.submitted, self.accepted, self.duplicate, self.rejected)
        assistance = len(self.rows.get("assistance", ()))
        head = (block.seq, block.prev, block.digest, *block.source, self.day, block.clock_ms)
        what = (self.ticks, self.messages, *counts, assistance, self.message_offset)
        self.put("blocks", (*head, *what))


def block_rows(block: Block, day: date | None, message_offset: int) -> tuple[Rows, date]:
    """The rows of an accepted block, and the day in force after it.

    `day` is the day in force before the block (None before genesis),
    `message_offset` the block's offset in aid-journal.
    Raises ValueError for an item of unknown kind or a fact before the first day.
    """
    reader = _BlockReader(block, day, message_offset)
    reader.read()
    return reader.rows, reader.day
