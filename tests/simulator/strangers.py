"""What anybody who may write to the topics writes: forged, repeated, poisoned."""

import random
from collections.abc import Callable
from typing import Final

import orjson

from events.catalog import Topic, receipts_topic
from events.codec import dumps
from events.journal import GENESIS_PREVIOUS, Head, encode_block
from events.model import SigningStage
from events.stage_signing import content_of, signed
from tests.chaos.load import ORGS
from tests.e2e import forging
from tests.kit import private_key
from tests.simulator import truth
from tests.simulator.broker import OFFICE, STRANGER, Broker, Entry

RUBBISH: Final = (
    None, b"", b"\xff\xfe\x00", b"{", b"[]", b"null", b"7", b'"seq"', b"{}", b'{"seq":null}',
    b"[" * 2_000, b'{"seq":1e400,"prev":0}', b'{"seq":true,"prev":[]}', b"\n" * 40,
    b'{"v":1,"seq":-1,"part":0,"parts":1}', b"x\n" + b"0" * 16 + b"." + b"0" * 128,
)  # fmt: skip
HUGE: Final = 1_000_000_000
TRAILER: Final = b"\n" + b"0" * 16 + b"." + b"0" * 128


class Stranger:
    """Writes one message after the other, each fit for the moment."""

    def __init__(self, broker: Broker, chance: random.Random) -> None:
        self._broker, self._chance = broker, chance
        self.lost: list[Entry] = []
        """Blocks of a journal that a backup took the place of."""
        self._acts: tuple[Callable[[], None], ...] = (
            self._journal, self._journal, self._journal, self._findings, self._findings,
            self._keys, self._keys, self._receipts, self._receipts, self._submissions,
            self._rubbish, self._rubbish, self._rubbish, self._again,
        )  # fmt: skip

    def act(self) -> None:
        """Write something, once there is a journal."""
        if truth.chain(self._broker):
            self._chance.choice(self._acts)()

    def _write(self, topic: str, value: bytes | None, key: bytes | None = None) -> None:
        if topic in self._broker.logs:
            self._broker.append(topic, value, by=STRANGER, key=key)

    def _signed(self, topic: str, place: str, content: bytes, own: SigningStage) -> bytes:
        """By nobody, by himself, by another stage, or with a signature that is none."""
        others = [stage for stage in SigningStage if stage is not own]
        return self._chance.choice([
            content,
            content,
            content + TRAILER,
            forging.by_thief(topic, place, content),
            signed(private_key(self._chance.choice(others)), topic, place, content),
            signed(private_key(own), Topic.SUBMISSIONS, place, content),
        ])  # fmt: skip

    # -- by topic -------------------------------------------------------------------------------

    def _place(self) -> tuple[forging.Place, truth.TrueBlock]:
        last = truth.chain(self._broker)[-1]
        return forging.Place(Head(last.seq + 1, last.digest), last.value), last

    def _journal(self) -> None:
        place, last = self._place()
        head = place.head
        day = self._chance.choice(["2025-01-02", "2031-01-01"])
        tick = encode_block(
            head=head, source=(last.source[1], last.source[1] + 1), clock_ms=0, keys_id="",
            keys_offset=-1, items=[{"t": "tick", "day": day}],
        )  # fmt: skip
        header = {"v": 2, "seq": head.seq, "prev": head.digest}
        poison = dumps(header), dumps(header | {"items": 0}), dumps(header) + b"\nx"
        block = self._chance.choice([tick, tick, forging.stolen_root(place), *poison])
        value = self._signed(Topic.JOURNAL, str(head.seq), block, SigningStage.INTAKE)
        if self._chance.random() < 0.15:  # a real signature under other words
            value = block + last.value[len(content_of(last.value)) :]
        self._write(Topic.JOURNAL, value)

    def _findings(self) -> None:
        last = self._place()[1].seq
        seq = self._chance.choice([last, last, last + 1, last + 1, 0, HUGE])
        lists = {"findings": [{"finding_id": "f" * 32, "revision": 1, "status": "open"}]}
        submissions = [{"org": "KIZ"}]
        output = self._chance.choice([
            forging.output(seq),
            forging.output(seq, **lists),
            forging.output(seq, submissions=submissions),
            forging.output(seq, part=1, parts=2),
            forging.output(seq, part=0, parts=3),
        ])  # fmt: skip
        part = orjson.loads(output)["part"]
        place = f"{seq}.{part}"
        self._write(
            Topic.FINDINGS, self._signed(Topic.FINDINGS, place, output, SigningStage.REGISTRY)
        )

    def _keys(self) -> None:
        """Under the name of a block's keys: what erased it once."""
        real = self._broker.logs[Topic.KEYS].of("intake")
        one = self._chance.choice(real) if real else None
        zeros = bytes(32 * 3)
        if one is None or one.value is None or self._chance.random() < 0.2:
            key = self._chance.choice([b"\xff\xfe", b"", b"0" * 32, None])
            self._write(Topic.KEYS, self._chance.choice([zeros, None, b"x"]), key)
            return
        zeros = bytes(len(content_of(one.value)))
        name = (one.key or b"").decode()
        value = self._chance.choice([
            None,
            zeros,
            self._signed(Topic.KEYS, name, zeros, SigningStage.INTAKE),
            zeros + one.value[len(zeros) :],
        ])  # fmt: skip
        self._write(Topic.KEYS, value, one.key)

    def _receipts(self) -> None:
        org = self._chance.choice(ORGS)
        topic = receipts_topic(org)
        seq = self._place()[1].seq + self._chance.choice([0, 1, 5, HUGE])
        told = {
            "v": 1, "receipt_id": "0" * 32, "org": org, "seq": seq, "submissions": [], "notices": []
        }  # fmt: skip
        self._write(topic, self._signed(topic, str(seq), dumps(told), SigningStage.RECEIPTS))

    def _submissions(self) -> None:
        sent = self._broker.logs[Topic.SUBMISSIONS].of(OFFICE)
        if not sent:
            return
        one = self._chance.choice(sent)
        headers = tuple((name, b"x" if name == "tekil-sig" else v) for name, v in one.headers)
        value = (one.value or b"").replace(b"2025", b"2026")
        headers, value = self._chance.choice([
            (headers, one.value or b""),
            (one.headers, value),
            (one.headers[:2], value),
            ((("ce_type", b"\xff"), ("", b"")), value),
            (one.headers, one.value or b""),
        ])  # fmt: skip
        self._broker.append(Topic.SUBMISSIONS, value, by=STRANGER, headers=headers)

    def _rubbish(self) -> None:
        topics = [Topic.JOURNAL, Topic.FINDINGS, Topic.KEYS, Topic.SUBMISSIONS]
        topic = self._chance.choice([*topics, *sorted(self._broker.logs)])
        key = self._chance.choice([None, b"\xff\xfe", b"k"])
        self._write(topic, self._chance.choice(RUBBISH), key)

    def _again(self) -> None:
        """A real message once more, in its topic or in another one."""
        topics = sorted(self._broker.logs)
        topic = self._chance.choice(topics)
        entries = [*self._broker.logs[topic].entries.values()]
        if entries:
            one = self._chance.choice(entries)
            to = topic if self._chance.random() < 0.6 else self._chance.choice(topics)
            self._write(to, one.value, one.key)

    def replay(self) -> None:
        """Blocks of a time that never was, behind a backup: each signed, and at its seq.

        None that would follow: that one would count, as if the backup had held it.
        """
        known = {GENESIS_PREVIOUS, *(block.digest for block in truth.chain(self._broker))}
        for entry in self.lost:
            header = orjson.loads((entry.value or b"").split(b"\n", 1)[0])
            if header["prev"] not in known:
                self._write(Topic.JOURNAL, entry.value)
