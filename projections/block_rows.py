"""From a block of the journal to facts, each the source of a row: pure, no clock, no I/O.

The sealed subjects of a record are never looked at, and of epochs not the tokens of their
placeholders: nothing here is or contains a token.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import orjson

from events.journal import Block
from events.model import ADMINISTRATION, FIRST_DAY
from projections.kinds import table_of
from projections.tables import journal
from projections.tables.columns import Facts, Item, Table, as_day

NO_ITEM: Final[Item] = {}


class _BlockReader:
    """Walks the items of one block; lives for one call of `block_facts`."""

    def __init__(self, block: Block, day: date | None) -> None:
        self.block = block
        self.facts: Facts = {}
        self.today = day
        self.totals = dict.fromkeys(
            ("ticks", "submissions", "submitted", "accepted", "duplicate", "rejected"), 0
        )
        # of the submission being read: what its rows know beside their items, and its own row
        self.context: dict[str, Any] = {}
        self.open: dict[str, Any] = {}

    @property
    def day(self) -> date:
        """The last tick before the item at hand."""
        if self.today is None:
            raise ValueError(f"block {self.block.seq} has facts before the first day")
        return self.today

    def _enter(self, **context: Any) -> None:
        """What the rows to come know beside their items."""
        self.context = {"seq": self.block.seq, "received_day": self.day, **context}

    def put(self, table: Table, item: Item, index: int = 0, **more: Any) -> dict[str, Any]:
        """One more row; returns its context."""
        context = {**self.context, "item": index, **more}
        self.facts.setdefault(table.name, []).append((item, context))
        return context

    def read(self) -> None:
        for index, item in enumerate(self.block.items):
            match item["t"]:
                case "rec":
                    self.open["accepted"] += 1
                    if table := table_of(item["rec"]["kind"]):
                        self.put(table, item["rec"], index, row_no=item["row"])
                case "dup":
                    self.open["duplicate"] += 1
                case "rej":
                    self.open["rejected"] += 1
                    self.put(journal.REJECTIONS, item, row_no=item["row"], records=1)
                case "sub":
                    self._submission(item)
                case "bad":
                    self._refused_message(item)
                case "tick":
                    self.today = as_day(item["day"])
                    self.context["received_day"] = self.today
                    self.totals["ticks"] += 1
                case "genesis":
                    self._genesis(index, item["genesis"])
                case other:
                    raise ValueError(f"block {self.block.seq} has an item of kind {other!r}")

    def _submission(self, item: Mapping[str, Any]) -> None:
        manifest = orjson.loads(item["manifest"])
        names = ("org", "submission_id", "key_id", "assurance", "tokens_epoch")
        self._enter(source_offset=item["offset"], **{name: manifest[name] for name in names})
        self._book(len(manifest["digests"]), reason="", field="")

    def _refused_message(self, item: Mapping[str, Any]) -> None:
        records, why = item["records"], {name: item[name] for name in ("reason", "field")}
        self._enter(source_offset=item["offset"], org=item["org"], submission_id=item["id"])
        self._book(records, assurance="", tokens_epoch="", **why)
        self.open["rejected"] = records
        self.put(journal.REJECTIONS, why, row_no=0, records=records)

    def _book(self, records: int, **more: Any) -> None:
        """Begin a row of `submissions`; what follows counts its dispositions in it."""
        counts = dict.fromkeys(("accepted", "duplicate", "rejected"), 0)
        self.open = self.put(journal.SUBMISSIONS, NO_ITEM, records=records, **counts, **more)
        self.totals["submissions"] += 1
        self.totals["submitted"] += records

    def _genesis(self, index: int, genesis: Mapping[str, Any]) -> None:
        """The first policy; version 0 of epochs and of stages' keys: there before any record."""
        self.today = as_day(genesis["first_day"])
        self._enter(org=ADMINISTRATION, key_id="")
        first = {"version": 1, "in_force_from": FIRST_DAY.isoformat(), "rules": genesis["policy"]}
        roles = {root["role"] for root in genesis.get("root_keys", ())}
        self.put(journal.POLICIES, first | {"supervised": "supervisor" in roles}, index)
        for place, epoch in enumerate(genesis.get("epochs", ())):
            self.put(journal.EPOCHS, epoch | {"version": 0, "status": "open"}, place)
        for place, key in enumerate(genesis.get("stage_keys", ())):
            self.put(journal.STAGE_KEYS, key | {"version": 0}, place)

    def close(self, message_offset: int) -> None:
        """The row of the block itself."""
        block = self.block
        for _, submission in self.facts.get(journal.SUBMISSIONS.name, ()):
            for name in ("accepted", "duplicate", "rejected"):
                self.totals[name] += submission[name]
        self._enter(
            prev=block.prev,
            digest=block.digest,
            source_from=block.source[0],
            source_to=block.source[1],
            day=self.day,
            clock_ms=block.clock_ms,
            assistance=len(self.facts.get(journal.ASSISTANCE.name, ())),
            message_offset=message_offset,
            keys_offset=None if block.keys_offset < 0 else block.keys_offset,
            keys_id=block.keys_id,
            **self.totals,
        )
        self.put(journal.BLOCKS, NO_ITEM)


def block_facts(block: Block, day: date | None, message_offset: int) -> tuple[Facts, date]:
    """The sources of an accepted block's rows, and the day in force after it.

    `day` is the day in force before the block (None before genesis),
    `message_offset` the block's offset in aid-journal.
    Raises ValueError for an item or a record of unknown kind or a fact before the first day.
    """
    reader = _BlockReader(block, day)
    reader.read()
    reader.close(message_offset)
    return reader.facts, reader.day
