"""What stands in a topic of findings, and how it compares with the truth."""

from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from kafka import KafkaConsumer, TopicPartition

from lab.bench.simple.job import Pair

POLL_MS: Final = 5
FETCH_BYTES: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class Compared:
    """Findings against the truth, counted."""

    expected: int
    lost: int
    wrong: int
    repeated: int
    """Stated once more than once, as a reader sees it."""

    @property
    def equal(self) -> bool:
        """True if each finding was stated, and none that is not one."""
        return self.lost == self.wrong == 0


@dataclass(slots=True)
class Messages:
    """All messages of a topic of findings so far, in order."""

    seqs: list[int] = field(default_factory=list)
    append_ms: list[int] = field(default_factory=list)
    pairs: list[list[Pair]] = field(default_factory=list)

    @property
    def highest(self) -> int:
        """The highest seq so far; -1 before the first."""
        return max(self.seqs, default=-1)

    @property
    def seconds(self) -> float:
        """From the first message's append to the last's, by the broker's clock."""
        return max(0.001, (max(self.append_ms) - self.append_ms[0]) / 1000)

    def once_a_seq(self) -> "Messages":
        """As a reader sees it that keeps one message a seq. ValueError if two differ."""
        kept = Messages()
        first: dict[int, list[Pair]] = {}
        for seq, ms, pairs in zip(self.seqs, self.append_ms, self.pairs, strict=True):
            if first.setdefault(seq, pairs) is not pairs:
                if first[seq] != pairs:
                    raise ValueError(f"two different messages under seq {seq}")
                continue
            kept.add(seq, ms, pairs)
        return kept

    def add(self, seq: int, append_ms: int, pairs: list[Pair]) -> None:
        """One more message."""
        self.seqs.append(seq)
        self.append_ms.append(append_ms)
        self.pairs.append(pairs)

    def compared(self, truth: set[Pair]) -> Compared:
        """Lost, wrong, repeated."""
        every = [pair for pairs in self.pairs for pair in pairs]
        found = set(every)
        return Compared(len(truth), len(truth - found), len(found - truth), len(every) - len(found))


class Reader:
    """Reads a topic of findings as it grows; committed messages only, if asked."""

    def __init__(self, bootstrap: str, topic: str, *, committed: bool = False) -> None:
        self._client: Any = KafkaConsumer(
            bootstrap_servers=bootstrap,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed" if committed else "read_uncommitted",
            fetch_max_bytes=FETCH_BYTES,
            max_partition_fetch_bytes=FETCH_BYTES,
        )
        self._client.assign([TopicPartition(topic, 0)])
        self.messages = Messages()

    def look(self) -> Messages:
        """What has come by now, too."""
        for records in self._client.poll(timeout_ms=POLL_MS).values():
            for record in records:
                value = orjson.loads(record.value)
                pairs = [(a, b) for a, b in value["pairs"]]
                self.messages.add(value["seq"], record.timestamp, pairs)
        return self.messages

    def close(self) -> None:
        """Give up the connection."""
        self._client.close()
