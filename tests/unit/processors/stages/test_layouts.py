"""State of another layout: set aside by the stage, folded anew, removed when that has caught up."""

import asyncio
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
import pytest

from events.outputs import RegistryOutput
from events.stage_signing import content_of
from infra import heart
from infra.journal import Standing
from infra.rocksdb import RocksStore, StoreDamaged
from infra.settings import Settings
from infra.stage import Delivery
from processors.overlay import Overlay
from processors.registry import keys
from processors.registry.memory import RegistryState
from processors.stages import registry
from processors.stages.layouts import CatchUp, open_store
from processors.stages.registry import RegistryStage
from tests.kit import System
from tests.stage_keys import put_stage_keys


def played(store: Any) -> System:
    system = System.ready(registry_store=store)
    system.say("KIZ TEMEL k1 basic-needs/cash/m 6000 2025-01 R=P01 M=P02")
    system.say("STK NAKIT s1 basic-needs/cash/m 8000 2025-01 R=P01 M=P02")
    return system


def make_older(folder: Path, layout: int = 1) -> None:
    """The state in a folder says that a version with this layout wrote it."""
    store = RocksStore(folder)
    (value,) = store.get_many([keys.COMMON])
    assert value is not None
    store.write({keys.COMMON: orjson.dumps(orjson.loads(value) | {"layout": layout})})
    store.close()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class Producer:
    """Keeps what was said."""

    def __init__(self) -> None:
        self.said: list[RegistryOutput] = []

    async def send_and_wait(self, _topic: str, value: bytes, **_: Any) -> None:
        self.said.append(orjson.loads(content_of(value)))


class Keys:
    """Hands out a system's keys."""

    def __init__(self, system: System) -> None:
        self._system = system

    async def start(self) -> None:
        """Nothing."""

    async def skip_to(self, _offset: int) -> None:
        """Nothing."""

    async def keys(self, block: Any) -> bytes | None:
        return self._system.keys.get(block.keys_id)

    async def stand_ins(self) -> dict[str, str]:
        """Nobody was erased."""
        return {}

    def left(self, _block: Any) -> dict[int, Any]:
        """Nobody was erased."""
        return {}


def folded_anew(
    settings: Settings, system: System, said: int, blocks: Iterable[bytes], patch: Any
) -> tuple[list[RegistryOutput], list[list[str]]]:
    """The stage on a journal of these blocks: what it says, and its folders after each block."""
    folder = settings.stage_folder("registry")
    values = list(blocks)

    async def nothing(*_: Any) -> None: ...

    async def last(*_: Any) -> int:
        return said

    async def end(*_: Any) -> int:
        return len(values)

    for name, fake in {
        "check_cursor": nothing, "check_said": nothing, "last_said": last, "end_of": end,
        "standing": lambda *_: Standing(),
    }.items():  # fmt: skip
        patch.setattr(registry, name, fake)
    store = open_store(folder, RegistryState)
    put_stage_keys(settings)
    stage, producer = RegistryStage(settings, store), Producer()
    stage._producer, stage._keys = producer, Keys(system)  # type: ignore[assignment]
    folders = []

    async def play() -> None:
        assert await stage.prepare() == {"aid-journal": 0}
        for offset, value in enumerate(values):
            folders.append(names(folder.parent))
            await stage.take(Delivery("aid-journal", offset, 0, (), value))
        folders.append(names(folder.parent))

    asyncio.run(play())
    store.close()
    return producer.said, folders


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_it_is_set_aside_and_folded_anew_to_the_same(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder = settings.stage_folder("registry")
    before = RocksStore(folder)
    system = played(before)
    before.close()
    make_older(folder)
    caplog.set_level(logging.INFO)
    said, folders = folded_anew(settings, system, -1, system.blocks, monkeypatch)
    assert said == system.outputs
    aside = ["registry", "registry.layout-1"]
    assert folders == [*[aside] * len(system.blocks), ["registry"]]
    texts = [record.getMessage() for record in caplog.records]
    assert "registry: its layout is 1, this version's is 4; set aside" in "\n".join(texts)
    percents = [text for text in texts if " %" in text]
    assert len(percents) == len(system.blocks) - 1
    assert percents[0].endswith(f"(1 of {len(system.blocks)})")
    # and the state is the one that these blocks leave
    store = RocksStore(folder)
    assert RegistryState(Overlay(store)).common.head_digest == system.registry.common.head_digest
    store.close()


@pytest.mark.parametrize("when", ["at the start", "while it folds"])
def test_a_damaged_state_is_set_aside_and_folded_anew_to_the_same(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    when: str,
) -> None:
    folder = settings.stage_folder("registry")
    before = RocksStore(folder)
    system = played(before)
    before.close()
    if when == "at the start":
        for manifest in folder.glob("MANIFEST-*"):
            manifest.write_bytes(b"")
    else:
        flip(folder)
        with pytest.raises(StoreDamaged):  # a stage that reads it ends, and is started again
            open_store(folder, lambda _overlay: None).get_many([keys.COMMON])
    caplog.set_level(logging.INFO)
    said, folders = folded_anew(settings, system, -1, system.blocks, monkeypatch)
    assert said == system.outputs
    assert folders[0] == ["registry", "registry.damaged"]
    assert folders[-1] == ["registry"]
    text = "\n".join(record.getMessage() for record in caplog.records)
    assert "set aside as registry.damaged, folded anew" in text
    assert "registry: folded 50 %" in text or "(1 of " in text
    assert heart.of("registry").beat().word is not heart.Word.REFOLDING, "it is done"
    store = RocksStore(folder)
    assert RegistryState(Overlay(store)).common.head_digest == system.registry.common.head_digest
    store.close()


def flip(folder: Path) -> None:
    """Bytes of the table's blocks, none of its end, which is read when it is opened."""
    (table,) = folder.glob("*.sst")
    content = bytearray(table.read_bytes())
    for place in range(20, len(content) * 6 // 10, 100):
        content[place] ^= 1
    table.write_bytes(content)


def test_what_was_said_is_not_said_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = settings.stage_folder("registry")
    before = RocksStore(folder)
    system = played(before)
    before.close()
    make_older(folder)
    last = system.outputs[-2]["seq"]
    said, _ = folded_anew(settings, system, last, system.blocks, monkeypatch)
    assert said == system.outputs[-1:]


def test_a_state_of_this_layout_stays_where_it_is(tmp_path: Path) -> None:
    store = RocksStore(tmp_path / "registry")
    played(store)
    store.close()
    again = open_store(tmp_path / "registry", RegistryState)
    assert again.get_many([keys.COMMON])[0]
    again.close()
    assert names(tmp_path) == ["registry"]


def test_of_two_that_were_set_aside_the_older_one_goes(tmp_path: Path) -> None:
    folder = tmp_path / "registry"
    for layout in (0, 1):
        store = RocksStore(folder)
        played(store)
        store.close()
        make_older(folder, layout)
        open_store(folder, RegistryState).close()
    assert names(tmp_path) == ["registry", "registry.layout-1"]


def test_nothing_is_removed_before_the_end_is_reached(tmp_path: Path) -> None:
    aside = tmp_path / "registry.layout-1"
    aside.mkdir()
    progress = CatchUp(tmp_path / "registry", 10)
    progress.at(9)
    assert aside.exists()
    progress.at(10)
    assert not aside.exists()
