"""A rebalance (a second worker came, a session ended) while a message is being folded."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from events import codec
from events.catalog import Topic
from events.journal import ChainBroken, decode_block
from events.model import ADMINISTRATION
from events.outputs import split
from events.stage_signing import content_of
from infra.journal import Standing
from infra.settings import Settings
from infra.stage import Delivery, Stops
from processors.stages import intake, receipts, registry
from processors.stages.intake import IntakeStage
from processors.stages.receipts import ReceiptsStage
from processors.stages.registry import RegistryStage
from tests.fakes.store import MemoryStore
from tests.kit import ZERO_NONCE, System, chain, public_hex, told
from tests.stage_keys import put_stage_keys

SUBMISSIONS, JOURNAL, FINDINGS = map(str, (Topic.SUBMISSIONS, Topic.JOURNAL, Topic.FINDINGS))


class SlowProducer:
    """A producer whose broker answers when the test says so."""

    def __init__(self) -> None:
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()

    async def send_and_wait(self, *_: Any, **__: Any) -> None:
        """Wait for the test."""
        self.asked.set()
        await self.may_answer.wait()


async def nothing(*_: Any) -> None:
    """A check of a log that holds everything."""


async def no_block(*_: Any) -> int:
    """The answer of a log that is empty yet."""
    return -1


class NoKeys:
    """A reader of keys for blocks that have none."""

    async def start(self) -> None:
        """Nothing."""

    async def skip_to(self, _offset: int) -> None:
        """Nothing."""

    async def keys(self, _block: Any) -> None:
        """None."""

    async def stand_ins(self) -> dict[str, str]:
        """Nobody was erased."""
        return {}

    def left(self, _block: Any) -> dict[int, Any]:
        """Nobody was erased."""
        return {}


class Journal:
    """A system's journal, which the receipts follow; read to its end."""

    def __init__(self, system: System) -> None:
        self.standing = Standing()
        for offset, value in enumerate(system.blocks):
            self.standing.take(SimpleNamespace(offset=offset, value=value))

    async def start(self) -> None:
        """Nothing."""

    async def reads(self, _seq: int) -> list[Any]:
        return []


def test_the_registry_takes_no_half_folded_block_for_another_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = System()
    system.register("KIZ")

    async def check(
        _: Any, __: str, position: int, head_offset: int, digest: str, *more: Any
    ) -> None:
        heads = {-1: "0" * 64} | {i: b.digest for i, b in enumerate(parsed(system))}
        if heads[head_offset] != digest:
            raise ChainBroken(f"cursor ({position}, {head_offset}) names another block")

    monkeypatch.setattr(registry, "check_cursor", check)
    monkeypatch.setattr(registry, "check_said", nothing)
    for name in ("last_said", "end_of"):
        monkeypatch.setattr(registry, name, no_block)

    async def play() -> None:
        settings = Settings(home=tmp_path)
        put_stage_keys(settings)
        stage = RegistryStage(settings, MemoryStore())
        producer = SlowProducer()
        stage._producer, stage._keys = producer, NoKeys()  # type: ignore[assignment]
        assert await stage.prepare() == {JOURNAL: 0}
        taking = asyncio.create_task(stage.take(Delivery(JOURNAL, 0, 0, (), system.blocks[0])))
        await producer.asked.wait()
        again = asyncio.create_task(stage.prepare())
        await asyncio.sleep(0.01)
        producer.may_answer.set()
        await taking
        assert await again == {JOURNAL: 1}

    asyncio.run(play())


def test_receipts_jump_over_no_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = System()
    told = {"KIZ": -1}
    monkeypatch.setattr(receipts, "check_said", nothing)
    monkeypatch.setattr(receipts, "receipts_topics", lambda _settings: {"KIZ": "t"})

    async def play() -> None:
        stage = ReceiptsStage(Settings(home=tmp_path))
        producer = SlowProducer()
        stage._producer, stage._journal = producer, Journal(system)  # type: ignore[assignment]

        async def last_seq(org: str, _topic: str) -> int:
            return told[org]

        async def slow_send(_receipt: Any) -> Any:
            told["KIZ"] = 0
            producer.asked.set()
            await producer.may_answer.wait()
            return asyncio.sleep(0)

        monkeypatch.setattr(stage, "_last_seq", last_seq)
        monkeypatch.setattr(stage, "_send", slow_send)
        assert await stage.prepare() == {FINDINGS: 0}
        output = system.outputs[0]
        output["submissions"] = [{"org": "KIZ", "rows": []}]  # type: ignore[typeddict-item]
        taking = asyncio.create_task(
            stage.take(Delivery(FINDINGS, 0, 0, (), system.signed_output(output)))
        )
        await producer.asked.wait()
        again = asyncio.create_task(stage.prepare())
        await asyncio.sleep(0.05)
        producer.may_answer.set()
        await taking
        assert await again == {FINDINGS: 1}
        assert stage._next_seq == 1

    asyncio.run(play())


def test_who_joins_is_told_of_what_it_sent_into_the_same_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first message is the receipt where there is one, and a welcome that says nothing else."""
    system = System()
    registered = [
        {"kind": "partner", "org": org, "name": org, "mailbox": f"focal@{org.lower()}.example"}
        for org in ("KIZ", "STK")
    ] + [{"kind": "key", "org": "KIZ", "public_key": public_hex("KIZ")}]
    lines = [codec.dumps({"nonce": ZERO_NONCE, "version": 1} | one) for one in registered]
    ask = codec.dumps(told("ASK KIZ CASH a1 basic-needs/cash/m 2025-02 R=P01")[2])
    system.send(system.message(ADMINISTRATION, lines), system.message("KIZ", [ask]))
    monkeypatch.setattr(receipts, "check_said", nothing)
    monkeypatch.setattr(receipts, "receipts_topics", lambda _settings: {})
    monkeypatch.setattr(receipts, "ensure_topics", lambda *_: [])

    class Producer:
        """Keeps what is said."""

        def __init__(self) -> None:
            self.said: list[tuple[str, list[int]]] = []

        async def send(self, topic: str, value: bytes, **_: Any) -> Any:
            """The submissions that a topic is told of, by their offsets."""
            receipt = orjson.loads(content_of(value))
            self.said.append((topic, [one["offset"] for one in receipt["submissions"]]))
            return asyncio.sleep(0)

    async def play() -> list[tuple[str, list[int]]]:
        settings = Settings(home=tmp_path)
        put_stage_keys(settings)
        stage, producer = ReceiptsStage(settings), Producer()
        stage._producer, stage._journal = producer, Journal(system)  # type: ignore[assignment]
        await stage.prepare()
        for seq, output in enumerate(system.outputs):
            await stage.take(Delivery(FINDINGS, seq, 0, (), system.signed_output(output)))
        return producer.said

    assert asyncio.run(play()) == [("aid-receipts-kiz", [1]), ("aid-receipts-stk", [])]


def receipts_stage(
    folder: Path, monkeypatch: pytest.MonkeyPatch, system: System, last_seq: int
) -> ReceiptsStage:
    """A stage that has told KIZ, the only partner, everything up to block `last_seq`."""
    monkeypatch.setattr(receipts, "check_said", nothing)
    monkeypatch.setattr(receipts, "receipts_topics", lambda _settings: {"KIZ": "t"})
    settings = Settings(home=folder)
    put_stage_keys(settings)
    stage = ReceiptsStage(settings)
    stage._producer, stage._journal = SlowProducer(), Journal(system)  # type: ignore[assignment]

    async def last(*_: Any) -> int:
        return last_seq

    monkeypatch.setattr(stage, "_last_seq", last)
    return stage


def test_a_next_key_is_proved_also_by_who_began_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal was read to its end before: the block with the key comes no more that way."""
    system = System.ready()
    system.control("stage-key", stage="receipts", public_key=public_hex("the next of receipts"))
    untold = len(system.outputs) - 1
    monkeypatch.setattr(receipts, "blocks", lambda *_: iter(chain(system.blocks)))
    said: list[Any] = []

    async def play() -> None:
        stage = receipts_stage(tmp_path, monkeypatch, system, untold - 1)

        async def proof(sub: Any) -> str:
            return str(orjson.loads(sub["manifest"])["org"])

        async def send(receipt: Any) -> Any:
            said.append((receipt["org"], receipt["seq"], receipt["stage_keys"]))
            return asyncio.sleep(0)

        for name, made in (("_proof", proof), ("_send", send)):
            monkeypatch.setattr(stage, name, made)
        assert await stage.prepare() == {FINDINGS: untold}
        value = system.signed_output(system.outputs[untold])
        await stage.take(Delivery(FINDINGS, untold, 0, (), value))

    asyncio.run(play())
    assert said == [("KIZ", untold, [ADMINISTRATION])]


@pytest.mark.parametrize("parts", [1, 2])
def test_receipts_wait_for_the_whole_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: int
) -> None:
    """Notices are cut where there are too many for one message."""
    monkeypatch.setattr("events.outputs.ROWS_PER_PART", 2 // parts)
    system = System()
    notice = {"org": "KIZ", "kind": "freed"}
    output = system.outputs[0]
    output["notices"] = [notice | {"finding_id": str(n)} for n in range(2)]  # type: ignore[misc]
    said: list[Any] = []

    async def play() -> None:
        stage = receipts_stage(tmp_path, monkeypatch, system, -1)

        async def send(receipt: Any) -> Any:
            said.append([one["finding_id"] for one in receipt["notices"]])
            return asyncio.sleep(0)

        monkeypatch.setattr(stage, "_send", send)
        await stage.prepare()
        messages = split(output)
        assert len(messages) == parts
        for offset, part in enumerate([*messages[:1], *messages]):  # the first one twice
            value = system.signed_output(part)
            await stage.take(Delivery(FINDINGS, offset, 0, (), value))

    asyncio.run(play())
    assert said == [["0", "1"]]


def test_intake_takes_nothing_that_waited_from_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that waited for room is read again after the rebalance: taken once, in order."""
    monkeypatch.setattr(intake, "MAX_WAITING_BYTES", 10)
    monkeypatch.setattr(intake, "check_end", nothing)

    async def play() -> list[int]:
        stage = IntakeStage(Settings(home=tmp_path), MemoryStore(), None, Stops(tmp_path / "stops"))
        stage._producer = SlowProducer()
        monkeypatch.setattr(stage, "_fold_to_end", nothing)
        monkeypatch.setattr(stage, "_write_blocks", nothing)
        monkeypatch.setattr(stage, "_send_ticks", nothing)
        stage._state.world.head_seq, stage._state.world.source_next = 1, 5
        assert await stage.prepare() == {SUBMISSIONS: 5}
        await stage.take(Delivery(SUBMISSIONS, 5, 0, (), b"x" * 20))
        waits = asyncio.create_task(stage.take(Delivery(SUBMISSIONS, 6, 0, (), b"x")))
        await asyncio.sleep(0.01)
        assert not waits.done()
        assert await stage.prepare() == {SUBMISSIONS: 5}
        await asyncio.wait_for(waits, 1)
        for offset in (5, 6):
            await stage.take(Delivery(SUBMISSIONS, offset, 0, (), b"x"))
        return [message.offset for message in stage._waiting]

    assert asyncio.run(play()) == [5, 6]


def test_intake_takes_once_what_came_while_it_read_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read again after the rebalance: another worker may have taken it meanwhile."""
    monkeypatch.setattr(intake, "check_end", nothing)

    async def play() -> list[int]:
        stage = IntakeStage(Settings(home=tmp_path), MemoryStore(), None, Stops(tmp_path / "stops"))
        stage._producer = SlowProducer()
        folding, folded = asyncio.Event(), asyncio.Event()

        async def fold() -> None:
            folding.set()
            await folded.wait()

        monkeypatch.setattr(stage, "_fold_to_end", fold)
        monkeypatch.setattr(stage, "_write_blocks", nothing)
        monkeypatch.setattr(stage, "_send_ticks", nothing)
        stage._state.world.head_seq, stage._state.world.source_next, stage._expected = 1, 5, 5
        preparing = asyncio.create_task(stage.prepare())
        await folding.wait()
        await stage.take(Delivery(SUBMISSIONS, 5, 0, (), b"x"))
        folded.set()
        assert await preparing == {SUBMISSIONS: 5}
        await stage.take(Delivery(SUBMISSIONS, 5, 0, (), b"x"))
        return [message.offset for message in stage._waiting]

    assert asyncio.run(play()) == [5]


def parsed(system: System) -> list[Any]:
    """The system's blocks with their digests."""
    return [decode_block(value) for value in system.blocks]
