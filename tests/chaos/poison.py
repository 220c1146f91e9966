"""Messages that nobody who may signed, of every kind that was thought of, into every topic."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson
from kafka import KafkaProducer

from events.catalog import Topic, receipts_topic
from events.journal import Head, block_digest
from events.model import ADMINISTRATION
from infra import kafka
from infra.genesis import load_genesis
from infra.scan import bounds, scan
from infra.settings import Settings
from tests.chaos.genuine import Genuine
from tests.chaos.load import ORGS
from tests.e2e import forging
from tests.e2e.forging import MILLIONS, Place, by_thief
from tests.hostile import NoText, drawn, messages

RECENT = 40
"""So many messages of a topic are looked at: those that a writer would like to replace."""
GENERATED = 8
LARGE_BYTES = 400_000
JUNK = (None, b"", b"{}", b"[]", b"null", b'{"seq":1000000000}', b"not json", b"[" * LARGE_BYTES)
HEADERS: tuple[list[tuple[str, bytes]], ...] = (
    [], [], [("ce_type", b"\xff")], [("tekil-sig", b"QUFBQQ==")], [(NoText("x"), b"v")],
    [("", b"")],
)  # fmt: skip


@dataclass(frozen=True)
class Drop:
    """One message to be written: into which topic (the catalogue's name), and what."""

    topic: str
    value: bytes | None
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes]] = ()


def poison(settings: Settings, seed: int) -> list[Drop]:
    """One round of it for all topics, in some order, made from what stands in them now."""
    return Recent(settings).drops(seed)


def write(settings: Settings, drops: Sequence[Drop]) -> None:
    """Into the topics, all of them, without waiting in between."""
    producer: KafkaProducer = kafka.producer(settings)
    try:
        sent = [
            producer.send(
                settings.topic(drop.topic),
                value=drop.value,
                key=drop.key if drop.value is not None else drop.key or b"a tombstone's name",
                headers=list(drop.headers),
                partition=0,
            )
            for drop in drops
        ]
        for one in sent:
            one.get(timeout=60)
    finally:
        producer.close()


class Recent:
    """The last messages of each topic, and what may be made of them."""

    def __init__(self, settings: Settings) -> None:
        self.receipts = tuple(receipts_topic(org) for org in (*ORGS, ADMINISTRATION))
        topics = (Topic.SUBMISSIONS, Topic.JOURNAL, Topic.KEYS, Topic.FINDINGS, *self.receipts)
        self.records = {
            topic: list(scan(settings, topic, max(first, end - RECENT), end))
            for topic, (first, end) in zip(topics, bounds(settings, *topics), strict=True)
        }
        genesis = load_genesis(settings)
        assert genesis is not None
        self.place = self._place(Genuine(genesis))

    def _place(self, genuine: Genuine) -> Place:
        """Where the journal stood a moment ago."""
        blocks = [(genuine.block(r.value), r.value) for r in self.records[Topic.JOURNAL]]
        seq, last = max((said["seq"], value) for said, value in blocks if said)
        return Place(Head(seq + 1, block_digest(last)), last)

    def values(self, topic: str) -> list[bytes]:
        """The last messages of a topic that have a value."""
        return [record.value for record in self.records[topic] if record.value]

    def drops(self, seed: int) -> list[Drop]:
        """All kinds into all topics; the same seed makes the same of the same messages."""
        chance = random.Random(seed)
        found = [
            *self._submissions(chance),
            *self._journal(),
            *self._keys(),
            *self._findings(),
            *self._receipts(),
        ]
        for topic in self.records:
            found += [
                Drop(topic, v, headers=chance.choice(HEADERS)) for v in self._any(topic, seed)
            ]
        chance.shuffle(found)
        return found

    def _any(self, topic: str, seed: int) -> Iterator[bytes | None]:
        """Junk, and what the unit tests' generator makes beside what stands there."""
        yield from JUNK
        head = self.place.head
        header = {"v": 2, "seq": head.seq, "prev": head.digest, "items": 0, "source": [0, 0]}
        yield from drawn(messages(header, self.values(topic) or [b"{}"]), GENERATED, seed)

    def _submissions(self, chance: random.Random) -> Iterator[Drop]:
        """What partners sent: again, under others' headers, under none."""
        real = [record for record in self.records[Topic.SUBMISSIONS] if record.value]
        for record in chance.sample(real, min(4, len(real))):
            other = chance.choice(real)
            mixed = chance.sample(list(record.headers), len(record.headers))
            for headers in (record.headers, other.headers, mixed, record.headers * 2, []):
                yield Drop(Topic.SUBMISSIONS, record.value, headers=headers)
        yield Drop(Topic.SUBMISSIONS, b"{}", headers=[("ce_type", b"tekil.tick.v1")])

    def _journal(self) -> Iterator[Drop]:
        """The next block, by somebody else; and the blocks of before."""
        head = self.place.head
        for version in (1, 2, 99):
            follows = f'{{"v":{version},"seq":{head.seq},"prev":"{head.digest}"}}'
            yield Drop(Topic.JOURNAL, follows.encode())
        stolen = forging.stolen_root(self.place)
        yield Drop(Topic.JOURNAL, stolen)
        yield Drop(Topic.JOURNAL, by_thief(Topic.JOURNAL, str(head.seq), stolen))
        yield Drop(Topic.JOURNAL, self.place.last)
        yield Drop(Topic.JOURNAL, self.values(Topic.JOURNAL)[0])

    def _keys(self) -> Iterator[Drop]:
        """Erasures that nobody signed, and overwritten keys."""
        for record in self.records[Topic.KEYS][-4:]:
            for value in (None, bytes(64), b"9" * 64, (record.value or b"")[:-1]):
                yield Drop(Topic.KEYS, value, record.key)
            named = (record.key or b"").decode(errors="replace")
            yield Drop(Topic.KEYS, by_thief(Topic.KEYS, named, b"9" * 64), record.key)
        yield Drop(Topic.KEYS, b"1", b"\xff\xfe")

    def _findings(self) -> Iterator[Drop]:
        """Findings of millions, for the next block and for others."""
        seq = self.place.head.seq
        again = forging.output(seq - 1, findings=[{"amount_at_risk": MILLIONS}])
        for value, number in (
            (forging.invented_finding(self.place), seq), (again, seq - 1),
            (forging.output(10**9), 10**9),
        ):  # fmt: skip
            yield Drop(Topic.FINDINGS, value)
            yield Drop(Topic.FINDINGS, by_thief(Topic.FINDINGS, f"{number}.0", value))
        yield Drop(Topic.FINDINGS, self.place.last)

    def _receipts(self) -> Iterator[Drop]:
        """What a partner would pay by: another's receipt, the last one altered, an invented one."""
        for topic, org in zip(self.receipts, (*ORGS, ADMINISTRATION), strict=True):
            seq = self.place.head.seq
            said = orjson.dumps({"v": 1, "org": org, "seq": seq, "submissions": []})
            far = orjson.dumps({"v": 1, "org": org, "seq": 10**9})
            for value in (said, far, by_thief(topic, str(seq), said)):
                yield Drop(topic, value)
            for other in self.receipts:
                for value in self.values(other)[-1:]:
                    yield Drop(topic, value)
                    yield Drop(topic, forging.covered(value))
