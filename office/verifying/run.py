"""`tekil verify`: one plain loop over the topics, from where the last run was. A shell.

If the process dies, or is stopped: what it knows of many blocks, its counts and its place are one
atomic write, so the next run goes on at the last of these. A run that finds a difference writes
nothing behind it, so the next one finds it again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Final

from events.attributed import output_of, place_of, receipt_of
from events.catalog import Topic, receipts_topic
from events.codec import dumps
from events.erasure import MARK, erased_by
from events.journal import block_digest
from events.model import Genesis, SigningStage
from events.outputs import RegistryOutput, split
from events.trust import FalseBlock, Trust
from events.upcast import NotImplementedVersion
from infra.journal import Standing
from infra.key_messages import KeysNow
from office.verifying import receipts, rows, said
from office.verifying.blocks import Door, Keys, LastUnder, Taken, block_of
from office.verifying.differences import Difference, Said
from office.verifying.logs import Logs, Stream
from office.verifying.place import KEY, Counts, Place
from office.verifying.said import Owed, Voice
from office.verifying.store import Buffer, Part
from processors import intake
from processors.overlay import Overlay
from processors.receipts import joined
from processors.registry.fold import fold_block
from processors.registry.memory import RegistryState
from projections.follow import FINDINGS, JOURNAL

FLUSH_RECORDS: Final = 5_000
Progress = Callable[[str, int, int], None]
"""What is read, how much of it is done, how much there is."""


@dataclass(frozen=True, slots=True)
class Ends:
    """The topics as they are at the beginning: offset of the first message, and of the next.

    What is said about a message is asked for before it: so all that it is about is there.
    """

    early: dict[str, int]
    """The ends of the topics of receipts, before any of `topics`: what one of them holds by then,
    the others hold up to the block before, in `topics`."""
    topics: dict[str, tuple[int, int]]
    partners: dict[str, str]
    """Topic of receipts → organisation."""

    @classmethod
    def of(cls, logs: Logs) -> "Ends":
        """As they are now. KafkaUnavailable."""
        first = [receipts_topic(org) for org in logs.partners()]
        early = {topic: end for topic, (_, end) in zip(first, logs.bounds(*first), strict=True)}
        partners = {receipts_topic(org): org for org in logs.partners()}
        order = (*partners, Topic.FINDINGS, Topic.JOURNAL, Topic.KEYS, Topic.SUBMISSIONS)
        return cls(early, dict(zip(order, logs.bounds(*order), strict=True)), partners)


@dataclass(slots=True)
class Verified:
    """What was found to be right: one row for each thing that was looked at."""

    counts: Counts
    not_yet: dict[str, int] = field(default_factory=dict)
    """Topic, or source of tables → what its stage has not said or written yet."""
    rows: int | None = None
    """Rows of tables; None if they were left out."""


class Reading:
    """One run. `buffer` is its own store, in which `place` says where the last run was."""

    def __init__(
        self,
        logs: Logs,
        ends: Ends,
        buffer: Buffer,
        place: Place,
        progress: Progress,
        genesis: Genesis | None = None,
    ) -> None:
        """Raises processors.layout.OtherLayout if an older program wrote the store."""
        self._logs, self._ends, self._buffer, self._place = logs, ends, buffer, place
        self._streams: list[Stream] = []
        self._progress = progress
        self._parts = Part(buffer, b"i"), Part(buffer, b"r")
        self._intake = intake.IntakeState(Overlay(self._parts[0]))
        self._registry = RegistryState(Overlay(self._parts[1]))
        self._genesis = genesis
        self._unwritten = 0
        self._trust, self._last = self._at_end()
        self._findings = said.Topic(buffer, place, self._registrys(), self._last)
        self._receipts: dict[str, said.Topic] = {}

    # -- who may say what -----------------------------------------------------------------------

    def _at_end(self) -> tuple[Trust, int]:
        """The keys of stages at the journal's end, and its last block.

        They say for each block whose word counts about it: a key knows where it began and ended.
        """
        common = self._registry.common
        found = Standing(self._place.offsets.get(Topic.JOURNAL, 0), common.head)
        found.trust = common.trust.copy()
        try:
            for message in self._stream(Topic.JOURNAL).until(self._ends.topics[Topic.JOURNAL][1]):
                found.take(message)
        except (FalseBlock, NotImplementedVersion, ValueError, LookupError, TypeError):
            pass  # the reading comes to that block, and says what is wrong with it
        return found.trust, found.head.seq - 1

    def _registrys(self) -> Voice:
        def read(value: bytes | None) -> said.Message | None:
            output = output_of(value, self._trust)
            return None if output is None else said.Message(place_of(output), output["seq"])

        must = partial(self._trust.must_sign, SigningStage.REGISTRY, Topic.FINDINGS)
        return Voice(Topic.FINDINGS, read, must)

    def _receipts_to(self, org: str) -> Voice:
        def read(value: bytes | None) -> said.Message | None:
            receipt = receipt_of(value, org, self._trust)
            return None if receipt is None else said.Message(str(receipt["seq"]), receipt["seq"])

        topic = receipts_topic(org)
        must = partial(self._trust.must_sign, SigningStage.RECEIPTS, topic)
        return Voice(topic, read, must, lambda m, content: receipts.is_idle(org, m.seq, content))

    def _of(self, org: str) -> said.Topic:
        """What is owed to an organisation."""
        if org not in self._receipts:
            voice = self._receipts_to(org)
            self._receipts[org] = said.Topic(self._buffer, self._place, voice, self._last)
        return self._receipts[org]

    # -- the journal, and what the registry said of it ------------------------------------------

    def read_journal(self) -> None:
        """Blocks, dispositions, keys, fold and outputs, up to the end. Raises Difference."""
        journal, outputs = self._stream(Topic.JOURNAL), self._stream(Topic.FINDINGS)
        keys, door = self._keys(), self._door()
        first, end = self._ends.topics[Topic.JOURNAL]
        for message in journal.until(end):
            self._progress("blocks", message.offset - first, end - first)
            head = self._registry.common.head
            taken = block_of(message, self._registry.common.trust, head)
            self._place.offsets[Topic.JOURNAL] = message.offset + 1
            if taken is None:
                self._place.counts.skip(Topic.JOURNAL)
                continue
            keys.open(taken, self._registry.common.trust)
            output = self._folded(taken, door)
            self._owe(taken, output)
            self._place.counts.outputs += self._findings.follow(outputs, to_end=False)
            self._written(taken)
        self._place.counts.outputs += self._findings.follow(outputs, to_end=True)
        self.flush()
        self._progress("blocks", end - first, end - first)

    def _stream(self, topic: str, start: int | None = None) -> Stream:
        """A topic from `start`, or from where it was left."""
        first, end = self._ends.topics[topic]
        begin = self._place.offsets.get(topic, 0) if start is None else start
        self._streams.append(Stream(self._logs, topic, max(first, begin), end))
        return self._streams[-1]

    def _keys(self) -> Keys:
        self._keys_stream = self._stream(Topic.KEYS)
        whole = LastUnder(self._stream(Topic.KEYS, 0))
        begin, _ = self._ends.topics[Topic.KEYS]
        common = self._registry.common
        if begin and not common.head_seq:
            common.stand_ins = dict(self._now.again.remains.stand_ins)
        return Keys(self._keys_stream, self._place.counts, whole, begin, lambda: self._now)

    @cached_property
    def _now(self) -> KeysNow:
        """aid-keys as an erasure wrote it again: all of it, and what the whole journal erased."""
        found, erasures = Standing(), []
        for message in self._logs.scan(Topic.JOURNAL, *self._ends.topics[Topic.JOURNAL]):
            if (block := found.take(message, (MARK,))) is not None:
                erasures.append(block)
        messages = self._logs.scan(Topic.KEYS, *self._ends.topics[Topic.KEYS])
        return KeysNow(messages, self._trust, erased_by(erasures))

    def _door(self) -> Door:
        first, _ = self._ends.topics[Topic.SUBMISSIONS]
        stream = self._stream(Topic.SUBMISSIONS, self._intake.world.source_next)
        return Door(self._intake, stream, first, self._place.counts, self._genesis)

    def _folded(self, taken: Taken, door: Door) -> RegistryOutput:
        block = taken.block
        try:
            door.check(taken)
            names = self._registry.common.stand_ins
            output = fold_block(self._registry, block, partial(taken.people, names))
        except (ValueError, LookupError, TypeError) as error:
            told = Said(f"{type(error).__name__}: {error}")
            raise Difference(
                Topic.JOURNAL, taken.offset, block.seq, Said("a block that can be folded"), told
            ) from error
        self._parts[0].write(self._intake.save())
        self._parts[1].write(self._registry.save())
        return output

    def _owe(self, taken: Taken, output: RegistryOutput) -> None:
        flags = Owed.OLD if taken.is_old else Owed(0)
        for message in split(output):
            self._findings.owe(place_of(message), dumps(message), flags)
        proofs = receipts.proofs_of(taken.block, taken.sent)
        for receipt, more in receipts.receipts_for(output, self._place.joined, proofs):
            seq = str(receipt["seq"])
            self._of(receipt["org"]).owe(seq, dumps(receipt), flags | more)
        for org in joined(output):
            self._place.joined.setdefault(org, output["seq"])

    def _written(self, taken: Taken) -> None:
        block, place = taken.block, self._place
        place.head_offset, place.head_digest = taken.offset, block.digest
        key = rows.BLOCK_SPACE + block.seq.to_bytes(8, "big")
        self._buffer.write({key: taken.offset.to_bytes(8, "big") + bytes.fromhex(block.digest)})
        self._unwritten += len(block.items)
        if self._unwritten >= FLUSH_RECORDS:
            self.flush()

    def flush(self) -> None:
        """Bring all that is known to the disk, in one write."""
        self._place.offsets[Topic.KEYS] = self._keys_stream.position
        self._buffer.write({KEY: self._place.encode()})
        self._buffer.flush()
        self._unwritten = 0

    # -- what the partners were told ------------------------------------------------------------

    def read_receipts(self) -> None:
        """Every partner's topic, up to its end. Raises Difference."""
        partners = self._ends.partners
        for number, (topic, org) in enumerate(partners.items()):
            self._progress("partners", number, len(partners))
            told, (first, end) = self._of(org), self._ends.topics[topic]
            told.early_end = self._ends.early.get(topic, 0)
            told.lost = self._place.offsets.get(topic, 0) < first
            self._place.counts.receipts += told.follow(self._stream(topic), to_end=True)
            if told.lost and first == end:
                told.expire()
            self._place.newest_told = max(self._place.newest_told, told.newest)
            self.flush()
        self._progress("partners", len(partners), len(partners))
        self._check_told()

    def _check_told(self) -> None:
        """What was not told, although a later block was: by any topic, as they are told in turn."""
        orgs = {*self._ends.partners.values(), *self._place.joined}
        waiting = [told for org in sorted(orgs) if (told := self._of(org)).waiting]
        late = [told for told in waiting if said.seq_of(told.head) < self._place.newest_told]
        if late:
            first = min(late, key=lambda told: said.seq_of(told.head))
            raise first.missing(self._ends.topics.get(first.name, (0, 0))[1])

    # -- the tables -----------------------------------------------------------------------------

    def read_tables(
        self, tables: rows.Tables, projected: rows.Projected, person_key: bytes
    ) -> dict[str, int]:
        """The rows of all tables; how many of each source. Raises Difference."""
        rows.check_newest(projected, self._last)
        said_to = said.seq_of(self._findings.head) if self._findings.waiting else self._last + 1
        of_journal = rows.Comparison(tables, self._place, JOURNAL)
        end = min(projected.journal, self._last + 1)
        stream = self._stream(Topic.JOURNAL, of_journal.at.offset)
        for seq in rows.journal_rows(of_journal, self._buffer, stream, end):
            self._compared("rows of blocks", seq, end)
        of_findings = rows.Comparison(tables, self._place, FINDINGS)
        end = min(projected.findings, said_to)
        stream = self._stream(Topic.FINDINGS, of_findings.at.offset)
        for seq in rows.findings_rows(of_findings, self._buffer, stream, end, person_key):
            self._compared("rows of outputs", seq, end)
        found = {source: self._place.rows[source].count for source in (JOURNAL, FINDINGS)}
        self._place.rows.clear()
        self.flush()
        return found

    def _compared(self, what: str, seq: int, end: int) -> None:
        self._progress(what, seq, end)
        self.flush()

    def close(self) -> None:
        """Give all connections back: left to the interpreter's end, a client waits for a thread
        that is gone."""
        for stream in self._streams:
            stream.close()
        self._buffer.close()

    # -- what came of it ------------------------------------------------------------------------

    def result(self, projected: rows.Projected | None) -> Verified:
        """The counts, and what was not said or written yet."""
        not_yet = {Topic.FINDINGS: self._findings.waiting} | {
            told.name: told.waiting for told in self._receipts.values()
        }
        if projected is not None:
            not_yet |= {
                JOURNAL: max(0, self._last + 1 - projected.journal),
                FINDINGS: max(0, self._last + 1 - projected.findings),
            }
        return Verified(self._place.counts, {str(name): n for name, n in not_yet.items() if n})


def why_anew(place: Place, logs: Logs, ends: Ends) -> str:
    """Why a reading cannot go on where the last one was; '' if it can. KafkaUnavailable."""
    if place.head_offset >= 0:
        first, end = ends.topics[Topic.JOURNAL]
        stream = Stream(logs, Topic.JOURNAL, max(first, place.head_offset), end)
        found: Any = stream.take()
        stream.close()
        if found is None or _digest(found) != (place.head_offset, place.head_digest):
            return f"aid-journal holds another block at offset {place.head_offset}"
    for topic, offset in place.offsets.items():
        if topic not in ends.topics or offset > ends.topics[topic][1]:
            return f"{topic} no longer reaches to offset {offset}, where the last reading was"
    return ""


def _digest(message: Any) -> tuple[int, str]:
    return message.offset, block_digest(message.value or b"")
