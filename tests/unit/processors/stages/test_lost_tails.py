"""A stage that lost less than the last message of a topic, or what its last block does not name."""

import asyncio
from pathlib import Path

import pytest

from events.attributed import end_of_output
from events.catalog import Topic
from events.journal import ChainBroken, Head
from events.outputs import split
from events.trust import Trust
from infra.settings import Settings
from infra.stage import Delivery, Stops
from processors.stages import intake
from processors.stages.intake import IntakeStage
from processors.stages.receipts import ReceiptsStage
from tests.fakes.store import MemoryStore
from tests.kit import System
from tests.unit.processors.stages.test_rebalance import Journal


def test_intake_knows_how_far_keys_go_without_keys_at_its_head(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = {Topic.KEYS: 4}

    async def nothing(*_: object) -> None: ...

    async def bounds(_: Settings, topic: str) -> tuple[int, int]:
        return 3, ends[Topic(topic)]  # an erasure wrote the keys again from there on

    monkeypatch.setattr(intake, "check_cursor", nothing)
    monkeypatch.setattr("processors.stages.base.bounds_of", bounds)
    stage = IntakeStage(Settings(home=tmp_path), MemoryStore(), None, Stops(tmp_path / "stops"))
    stage._state.world.keys_offset = 5
    with pytest.raises(ChainBroken, match="aid-keys ends at 4, 5 is needed"):
        asyncio.run(stage._fold_to_end())


def test_an_output_was_said_once_its_last_part_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("events.outputs.ROWS_PER_PART", 1)
    system = System.ready()
    for org, name in (("KIZ", "k1"), ("STK", "s1"), ("BEL", "b1")):
        system.say(f"{org} TEMEL {name} basic-needs/cash/m 6000 2025-01 R=P01")
    first, *_, last = split(system.outputs[-1])
    trust: Trust = system.registry.common.trust
    assert end_of_output(system.signed_output(first), trust) is None
    assert end_of_output(system.signed_output(last), trust) == last


@pytest.mark.parametrize("signed", [True, False])
def test_receipts_stop_at_an_answer_whose_block_is_gone(tmp_path: Path, signed: bool) -> None:
    """Only the registry can have signed it; what nobody need sign was made up."""
    system = System(signed=signed)
    system.register("KIZ")
    stage = ReceiptsStage(Settings(home=tmp_path))
    stage._journal = Journal(system)  # type: ignore[assignment]
    stage._producer = object()
    stage._journal.standing.head = Head(1, "0" * 64)
    last = system.outputs[-1]
    delivery = Delivery(Topic.FINDINGS, 1, 0, (), system.signed_output(last))
    if signed:
        with pytest.raises(ChainBroken, match="answers block 1, which is not in the journal"):
            asyncio.run(stage.take(delivery))
    else:
        asyncio.run(stage.take(delivery))
        assert stage.skipped == 1
