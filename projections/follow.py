"""Following two topics: which message counts, which rows it makes, where the cursors stand. Pure.

The journal is read by the chain rule; of the registry's answers exactly the next one is
taken. An answer waits until its block was taken, so that what is said about a record is
never published before the record (and whether it is protected) is known.
"""

import hashlib
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Final

import orjson

from events import journal
from events.journal import GENESIS_PREVIOUS, Head
from events.outputs import Assembler, RegistryOutput
from projections.block_rows import block_facts
from projections.output_rows import output_facts
from projections.tables import TABLE_GROUPS
from projections.tables.columns import Fact, Facts

JOURNAL: Final = "journal"
FINDINGS: Final = "findings"


class OutputGap(Exception):
    """aid-findings jumped over a block: answers are missing."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far one source was projected.

    `next_seq` is the next block's, `head` the last block's digest, `next_offset` the next
    message's; `last_message` is the SHA-256 of the message before it, taken or skipped
    ('' at the start), `day` the day in force, `skipped` how many messages did not count.
    """

    source: str
    next_seq: int = 0
    head: str = GENESIS_PREVIOUS
    next_offset: int = 0
    last_message: str = ""
    day: date | None = None
    skipped: int = 0


def message_digest(value: bytes | None) -> str:
    """SHA-256 hex of a message as it stands in the log."""
    return hashlib.sha256(value or b"").hexdigest()


@dataclass(slots=True)
class Batch:
    """Sources of rows that are not written yet; the cursors hold only after they are."""

    facts: Facts = field(default_factory=dict)
    count: int = 0

    def add(self, facts: Facts) -> None:
        """Those of more messages, behind those that are there."""
        for table, more in facts.items():
            self.facts.setdefault(table, []).extend(more)
            self.count += len(more)


class Follower:
    """Turns messages, offered in the order of each topic, into batches of rows."""

    def __init__(self, journal: Cursor, findings: Cursor, person_key: bytes) -> None:
        self.journal = journal
        self.findings = findings
        self._person_key = person_key
        self._waiting: deque[tuple[int, str, RegistryOutput]] = deque()
        self._batch = Batch()
        self._assembler = Assembler()
        self._next_whole = findings.next_seq

    @property
    def pending_rows(self) -> int:
        """Rows taken since the last flush."""
        return self._batch.count

    @property
    def waiting(self) -> int:
        """Answers whose block has not been read yet."""
        return len(self._waiting)

    @property
    def cursors(self) -> tuple[Cursor, Cursor]:
        """Where both sources stand once the pending rows are written."""
        return self.journal, self.findings

    def flush(self) -> Batch:
        """Hand over the rows taken so far. Write them, then `cursor_facts(cursors)`."""
        batch, self._batch = self._batch, Batch()
        return batch

    def take(self, source: str, offset: int, value: bytes | None) -> None:
        """Offer the next message of a topic.

        Raises OutputGap, or ValueError/KeyError for a message that counts and is damaged.
        """
        if source == JOURNAL:
            self._take_block(offset, value)
        else:
            message: RegistryOutput = orjson.loads(value or b"")
            # a part that is sent again is skipped in `_drain`, where the cursor moves past it
            known = message["seq"] < self._next_whole
            output = message if known else self._whole(message)
            if output is not None:
                self._waiting.append((offset, message_digest(value), output))
        self._drain()

    def _whole(self, message: RegistryOutput) -> RegistryOutput | None:
        """The output that is complete with this message; None while parts are missing."""
        output = message if message["parts"] == 1 else self._assembler.add(message)
        if output is not None:
            self._next_whole = max(self._next_whole, output["seq"] + 1)
        return output

    def _take_block(self, offset: int, value: bytes | None) -> None:
        at = self.journal
        block = journal.accept(value, Head(at.next_seq, at.head))
        if block is None:
            self.journal = replace(
                at,
                next_offset=offset + 1,
                last_message=message_digest(value),
                skipped=at.skipped + 1,
            )
            return
        facts, day = block_facts(block, at.day, offset)
        self._batch.add(facts)
        self.journal = Cursor(
            source=JOURNAL,
            next_seq=block.seq + 1,
            head=block.digest,
            next_offset=offset + 1,
            last_message=block.digest,
            day=day,
            skipped=at.skipped,
        )

    def _drain(self) -> None:
        while self._waiting:
            offset, digest, output = self._waiting[0]
            at = self.findings
            if output["seq"] > at.next_seq:
                raise OutputGap(
                    f"aid-findings offset {offset} answers block {output['seq']},"
                    f" expected {at.next_seq}"
                )
            if output["seq"] == at.next_seq and output["seq"] >= self.journal.next_seq:
                return
            self._waiting.popleft()
            moved = replace(at, next_offset=offset + 1, last_message=digest)
            if output["seq"] < at.next_seq:
                self.findings = replace(moved, skipped=at.skipped + 1)
                continue
            self._batch.add(output_facts(output, self._person_key, offset))
            self.findings = replace(
                moved,
                next_seq=output["seq"] + 1,
                head=output["block"],
                day=date.fromisoformat(output["day"]),
            )


# -- cursors as rows of _cursor --------------------------------------------------------------


def cursor_facts(cursors: Iterable[Cursor]) -> list[Fact]:
    """The sources of `_cursor`'s rows: each cursor for each group of tables."""
    return [({}, asdict(c) | {"table_group": group}) for group in TABLE_GROUPS for c in cursors]


def least_cursors(rows: Iterable[Mapping[str, Any]]) -> tuple[Cursor, Cursor]:
    """Where to start: for each source the least cursor of all groups (one without is at 0)."""
    found: dict[tuple[str, str], Cursor] = {}
    for row in rows:
        values = {name: value for name, value in row.items() if name != "table_group"}
        found[row["table_group"], row["source"]] = Cursor(**values)

    def least(source: str) -> Cursor:
        cursors = [found.get((group, source), Cursor(source)) for group in TABLE_GROUPS]
        return min(cursors, key=lambda cursor: cursor.next_offset)

    return least(JOURNAL), least(FINDINGS)
