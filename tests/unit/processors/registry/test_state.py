"""The registry's state in the store: read by the version that wrote it, refused by another."""

import orjson
import pytest

from processors.layout import OtherLayout
from processors.overlay import Overlay
from processors.registry import keys
from processors.registry.memory import RegistryState
from processors.registry.world import LAYOUT
from tests.fakes.store import MemoryStore
from tests.kit import System


def world_of(system: System) -> tuple[MemoryStore, dict[str, object]]:
    store = system.registry_store
    assert isinstance(store, MemoryStore)
    return store, orjson.loads(store.data[keys.WORLD])


def test_what_this_version_wrote_is_read() -> None:
    system = System.ready()
    store, _ = world_of(system)
    assert RegistryState(Overlay(store)).world == system.registry.world


@pytest.mark.parametrize("layout", [0, LAYOUT + 1])
def test_what_another_version_wrote_is_refused(layout: int) -> None:
    store, world = world_of(System.ready())
    store.data[keys.WORLD] = orjson.dumps(world | {"layout": layout})
    with pytest.raises(OtherLayout, match=f"its layout is {layout}, this version's is {LAYOUT}"):
        RegistryState(Overlay(store))


def test_what_was_written_before_layouts_were_counted_is_refused() -> None:
    store, world = world_of(System.ready())
    del world["layout"]
    store.data[keys.WORLD] = orjson.dumps(world)
    with pytest.raises(OtherLayout):
        RegistryState(Overlay(store))
