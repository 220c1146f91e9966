"""Intake takes nothing while the disk is full, says so, and goes on by itself. No mount needed."""

import asyncio
import dataclasses
from pathlib import Path

import pytest

from infra import disk, heart
from infra.disk import Level
from infra.settings import Settings
from infra.stage import Stops
from processors.stages import intake
from processors.stages.intake import IntakeStage
from tests.fakes.store import MemoryStore


def test_it_pauses_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # the limit is above all that is free
    settings = Settings(home=tmp_path, disk_stop_percent=100, disk_stop_bytes=2**62)
    stage = IntakeStage(settings, MemoryStore(), None, Stops(tmp_path / "x.stops"))
    full = disk.look(settings)
    assert full.level is Level.FULL
    monkeypatch.setattr(intake, "ROOM_SECONDS", 0.01)
    monkeypatch.setattr(heart, "HELD_SECONDS", 0.0)
    beats = heart.of("intake")

    async def play() -> None:
        waiting = asyncio.create_task(stage._room())
        await asyncio.sleep(0.05)
        assert not waiting.done()
        assert beats.beat().word == "blocked"
        assert beats.beat().reason.startswith("the disk is full: ")
        monkeypatch.setattr(disk, "look", lambda _: dataclasses.replace(full, level=Level.LOW))
        await asyncio.wait_for(waiting, 30)
        assert beats.beat().word != "blocked"

    asyncio.run(play())
