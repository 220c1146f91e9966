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

from events.attributed import claimed_output, is_said
from events.catalog import Topic
from events.journal import GENESIS_PREVIOUS, ChainBroken, Head
from events.model import SigningStage
from events.outputs import Assembler, RegistryOutput
from events.trust import Trust
from projections.block_rows import block_facts
from projections.foreign import FOREIGN, REPEAT, skipped_fact
from projections.output_rows import output_facts
from projections.tables import TABLE_GROUPS
from projections.tables.columns import Fact, Facts
from projections.tables.foreign import FOREIGN_MESSAGES

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
    trust: str = ""
    """Whose word counts behind it (`events.trust`), as JSON; of the journal's cursor alone."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message of aid-findings whose turn has not come. `output` is None for one that is none."""

    offset: int
    value: bytes
    output: RegistryOutput | None


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
        self._trust = Trust(**orjson.loads(journal.trust)) if journal.trust else Trust()
        self._waiting: deque[Waiting] = deque()
        self._batch = Batch()
        self._assembler = Assembler()
        self._passed = 0
        """Messages that do not count among the parts of an output that is not whole yet."""

    @property
    def pending_rows(self) -> int:
        """Rows taken since the last flush."""
        return self._batch.count

    @property
    def waiting(self) -> int:
        """Answers whose block has not been read yet."""
        return len(self._waiting)

    @property
    def trust(self) -> Trust:
        """Whose word counts behind the last block that was read."""
        return self._trust

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
            self._waiting.append(Waiting(offset, value or b"", claimed_output(value)))
        self._drain()

    def journal_ends_here(self) -> None:
        """No block of the answers that wait is there: they were made up.

        Raises ChainBroken for one that the registry signed: then the journal lost its end.
        """
        while self._waiting:
            message = self._waiting[0]
            if message.output is not None and self._is_signed(message.output, message.value):
                raise ChainBroken(f"aid-findings answers block {message.output['seq']}, it is gone")
            self._skip(FOREIGN)
            self._drain()

    def _is_signed(self, output: RegistryOutput, value: bytes) -> bool:
        must = self._trust.must_sign(SigningStage.REGISTRY, Topic.FINDINGS, output["seq"])
        return must and is_said(output, value, self._trust)

    def _take_block(self, offset: int, value: bytes | None) -> None:
        at = self.journal
        block = self._trust.read(value, Head(at.next_seq, at.head))
        if block is None:
            is_own = self._trust.is_repeat(value, Head(at.next_seq, at.head))
            self._note(JOURNAL, offset, REPEAT if is_own else FOREIGN, at.day)
            self.journal = replace(
                at,
                next_offset=offset + 1,
                last_message=message_digest(value),
                skipped=at.skipped + 1,
            )
            return
        trust = at.trust
        if self._trust.fold(block):
            trust = orjson.dumps(asdict(self._trust)).decode()
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
            trust=trust,
        )

    def _drain(self) -> None:
        while self._waiting:
            message = self._waiting[0]
            if message.output is not None and message.output["seq"] >= self.journal.next_seq:
                return
            if message.output is None or not is_said(message.output, message.value, self._trust):
                self._skip(FOREIGN)
            else:
                self._answer(message, message.output)

    def _answer(self, message: Waiting, part: RegistryOutput) -> None:
        at = self.findings
        if part["seq"] > at.next_seq:
            raise OutputGap(
                f"aid-findings offset {message.offset} answers block {part['seq']},"
                f" expected {at.next_seq}"
            )
        if part["seq"] < at.next_seq:
            self._skip(REPEAT)
            return
        output = part if part["parts"] == 1 else self._assembler.add(part)
        moved = self._behind(self._waiting.popleft())
        if output is None:
            return  # a projector that starts anew needs all parts: the cursor stays before them
        self._batch.add(output_facts(output, self._person_key, message.offset))
        self.findings = replace(
            moved,
            next_seq=output["seq"] + 1,
            head=output["block"],
            day=date.fromisoformat(output["day"]),
            skipped=moved.skipped + self._passed,
        )
        self._passed = 0

    def _skip(self, kind: str) -> None:
        self._note(FINDINGS, self._waiting[0].offset, kind, self.findings.day)
        moved = self._behind(self._waiting.popleft())
        if self._assembler.is_waiting:
            self._passed += 1
        else:
            self.findings = replace(moved, skipped=moved.skipped + 1)

    def _note(self, topic: str, offset: int, kind: str, day: date | None) -> None:
        """A message that does not count is a row, too; if it is read again, the same row."""
        self._batch.add({FOREIGN_MESSAGES.name: [skipped_fact(topic, offset, kind, day)]})

    def _behind(self, message: Waiting) -> Cursor:
        last = message_digest(message.value)
        return replace(self.findings, next_offset=message.offset + 1, last_message=last)


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
        if source == JOURNAL and not all(cursor.trust for cursor in cursors):
            return Cursor(source)  # of before 0029: it does not say whose word counts
        return min(cursors, key=lambda cursor: cursor.next_offset)

    return least(JOURNAL), least(FINDINGS)
