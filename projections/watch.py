"""Looking through the topics that are not projected, for messages that are not ours.

If the process dies here: between the rows and the place, the same messages are looked at again and
give the same rows. What was judged was judged with all keys and blocks of the journal that stood
there before it.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, Protocol

from clickhouse_connect.driver.client import Client

from events.catalog import Topic
from events.model import SigningStage
from events.trust import Trust
from infra.side_topics import Stretch
from projections.foreign import OWN, kind_of_keys, kind_of_receipt, skipped_fact
from projections.tables import WATCHED
from projections.tables.columns import Fact

log = logging.getLogger("tekil.projector")

KEYS: Final = "keys"
RECEIPTS: Final = "receipts"


class Topics(Protocol):
    """`infra.side_topics.SideTopics` is one."""

    def bounds(self) -> dict[str, tuple[int, int]]:
        """Base name → first and next offset of each topic that is looked through."""
        ...

    def read(self, wanted: Mapping[str, tuple[int, int]]) -> dict[str, Stretch]:
        """Something of each topic from its start on, before its end."""
        ...


class Names(Protocol):
    """What the blocks that were written say of aid-keys."""

    def named(self, first: int, last: int) -> Mapping[int, str]:
        """Offset → id of the keys that blocks name there, from one offset to another."""
        ...

    def last_offset(self) -> int:
        """The last offset that a block names; -1 if none does."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """How far a topic was looked through; `next_seq` is of receipts."""

    next_offset: int = 0
    next_seq: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of the journal: its keys, how many blocks, the message that comes next."""

    trust: Trust
    blocks: int
    next_offset: int
    day: date | None


@dataclass(slots=True)
class Seen:
    """Rows of one round, and where it leads: the places hold once the rows are written."""

    facts: list[Fact] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)

    @property
    def place_facts(self) -> list[Fact]:
        """The sources of `_watched`'s rows."""
        return [
            ({}, {"topic": topic, "next_offset": at.next_offset, "next_seq": at.next_seq})
            for topic, at in self.places.items()
        ]


class Watch:
    """Where each topic was looked through to. `look`, `judge`, write what it gives, `wrote`."""

    def __init__(self, topics: Topics, names: Names, places: Mapping[str, Place]) -> None:
        self._topics, self._names = topics, names
        self._places = dict(places)
        self._ends: dict[str, int] = {}
        self._needed = 0

    @property
    def is_busy(self) -> bool:
        """True while messages wait that were there at the last look."""
        return bool(self._ends)

    def look(self, journal_end: Callable[[], int]) -> None:
        """See what came. What stands in the journal by then has to be known before it is judged."""
        if self._ends:
            return
        for topic, (first, end) in self._topics.bounds().items():
            at = self._places.get(topic, Place())
            if end < at.next_offset:
                log.warning("%s was made anew: it ends at %d now", topic, end)
                at = Place()
            self._places[topic] = replace(at, next_offset=max(at.next_offset, first))
            if end > self._places[topic].next_offset:
                self._ends[topic] = end
        if self._ends:
            self._needed = journal_end()

    def judge(self, known: Standing) -> Seen | None:
        """A round of what waits; None if nothing does, or the journal was not read far enough."""
        if not self._ends or known.next_offset < self._needed:
            return None
        seen = Seen()
        wanted = {
            topic: (self._places[topic].next_offset, self._end(topic, end, known))
            for topic, end in self._ends.items()
        }
        read = {topic: (start, end) for topic, (start, end) in wanted.items() if start < end}
        for topic, stretch in self._topics.read(read).items() if read else ():
            judge = self._judge_keys if topic == Topic.KEYS else self._judge_receipts
            seen.places[topic] = judge(topic, stretch, known, seen.facts)
        for topic, (start, end) in wanted.items():
            if seen.places.get(topic, Place(start)).next_offset >= end:
                del self._ends[topic]
        return seen

    def wrote(self, seen: Seen) -> None:
        """What was seen is acknowledged."""
        self._places |= seen.places

    def _end(self, topic: str, end: int, known: Standing) -> int:
        """Whose an unsigned message of aid-keys is, only its block says, which comes after it."""
        if topic != Topic.KEYS:
            return end
        if known.trust.must_sign(SigningStage.INTAKE, Topic.KEYS, known.blocks):
            return end
        return min(end, self._names.last_offset() + 1)

    def _judge_keys(
        self, topic: str, stretch: Stretch, known: Standing, facts: list[Fact]
    ) -> Place:
        records = stretch.records
        named: Mapping[int, str] = {}
        # a journal that was signed from its second block on needs no names: they are all read
        if records and not known.trust.must_sign(SigningStage.INTAKE, Topic.KEYS, 1):
            named = self._names.named(records[0].offset, records[-1].offset)
        for one in records:
            kind = kind_of_keys(one.offset, one.key, one.value, known.trust, named)
            if kind != OWN:
                facts.append(skipped_fact(KEYS, one.offset, kind, known.day))
        return Place(stretch.next_offset)

    def _judge_receipts(
        self, topic: str, stretch: Stretch, known: Standing, facts: list[Fact]
    ) -> Place:
        org = topic.removeprefix(f"{Topic.RECEIPTS}-").upper()
        next_seq = self._places[topic].next_seq
        for one in stretch.records:
            kind, next_seq = kind_of_receipt(org, one.value, known.trust, next_seq, known.blocks)
            if kind != OWN:
                facts.append(skipped_fact(RECEIPTS, one.offset, kind, known.day, org))
        return Place(stretch.next_offset, next_seq)


def tell(facts: Sequence[Fact]) -> None:
    """Name what did not count in the log, a line a topic: whoever floods it, fills no disk."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for _, at in facts:
        place = at["kind"], at["topic"], at["org"]
        found.setdefault(place, []).append(at["message_offset"])
    for (kind, topic, org), offsets in found.items():
        log.warning(
            "%s %s: %d messages do not count (%s), offsets %d to %d",
            topic, org, len(offsets), kind, offsets[0], offsets[-1],
        )  # fmt: skip


# -- from ClickHouse -------------------------------------------------------------------------


def places_of(client: Client) -> dict[str, Place]:
    """Where each topic was looked through to, by the rows. Raises the library's Error."""
    rows = client.query(f"SELECT topic, next_offset, next_seq FROM {WATCHED.name} FINAL")
    return {
        row["topic"]: Place(row["next_offset"], row["next_seq"]) for row in rows.named_results()
    }


class BlockNames:
    """`Names` on the table of blocks."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def named(self, first: int, last: int) -> dict[int, str]:
        """As `Names.named`. Raises the library's Error."""
        sql = (
            "SELECT keys_offset, keys_id FROM blocks"
            " WHERE keys_offset BETWEEN {first:UInt64} AND {last:UInt64}"
        )
        return dict(self._ask(sql, {"first": first, "last": last}))

    def last_offset(self) -> int:
        """As `Names.last_offset`. Raises the library's Error."""
        [(last,)] = self._ask("SELECT max(keys_offset) FROM blocks", {})
        return -1 if last is None else int(last)

    def _ask(self, sql: str, values: dict[str, Any]) -> list[Any]:
        return list(self._client.query(sql, parameters=values).result_rows)
