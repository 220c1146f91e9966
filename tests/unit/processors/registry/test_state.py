"""The registry's state in the store: its letters, and the layout of the version that wrote it."""

import ast
from collections import Counter
from pathlib import Path

import orjson
import pytest

import processors.registry
from events.model import Purpose
from processors.layout import OtherLayout
from processors.overlay import Overlay
from processors.registry import keys
from processors.registry.common import LAYOUT
from processors.registry.fold import fold_block
from processors.registry.memory import RegistryState
from processors.registry.rules import Window
from tests.fakes.store import MemoryStore
from tests.kit import System


def world_of(system: System) -> tuple[MemoryStore, dict[str, object]]:
    store = system.registry_store
    assert isinstance(store, MemoryStore)
    return store, orjson.loads(store.data[keys.COMMON])


def test_what_this_version_wrote_is_read() -> None:
    system = System.ready()
    store, _ = world_of(system)
    assert RegistryState(Overlay(store)).common == system.registry.common


@pytest.mark.parametrize("layout", [0, LAYOUT - 1, LAYOUT + 1])
def test_what_another_version_wrote_is_refused(layout: int) -> None:
    store, world = world_of(System.ready())
    store.data[keys.COMMON] = orjson.dumps(world | {"layout": layout})
    with pytest.raises(OtherLayout, match=f"its layout is {layout}, this version's is {LAYOUT}"):
        RegistryState(Overlay(store))


def test_what_was_written_before_layouts_were_counted_is_refused() -> None:
    store, world = world_of(System.ready())
    del world["layout"]
    store.data[keys.COMMON] = orjson.dumps(world)
    with pytest.raises(OtherLayout):
        RegistryState(Overlay(store))


class ReadOnly:
    """A store that may be looked at: a shadow fold runs beside the one that writes."""

    def __init__(self, store: MemoryStore) -> None:
        self.get_many = store.get_many

    def write(self, changes: object) -> None:
        raise AssertionError("a shadow fold writes nothing")

    def close(self) -> None:
        """Nothing to release."""


def test_a_shadow_fold_says_the_same_and_writes_nothing() -> None:
    system = System.ready()
    store, _ = world_of(system)
    shadow = RegistryState(Overlay(ReadOnly(store)))
    known = len(system.blocks)
    before = dict(store.data)
    system.registry_store = MemoryStore()  # what follows is not written where the shadow reads
    system.say("KIZ TEMEL k1 basic-needs/cash/m 6000 2025-01 R=P01 M=P02")
    for value in system.blocks[known:]:
        block = shadow.common.trust.read(value, shadow.common.head)
        assert block is not None
        output = fold_block(shadow, block, system.opener)
    assert output == system.outputs[-1]
    assert store.data == before


# -- letters -------------------------------------------------------------------------------------


def named_letters() -> dict[str, bytes]:
    found = {n: v for n, v in vars(keys).items() if isinstance(v, bytes) and len(v) == 1}
    return {name: value for name, value in found.items() if not name.startswith("_")}


def test_every_letter_stands_in_the_table_and_none_stands_twice() -> None:
    letters = named_letters()
    assert Counter(letters.values()).most_common(1)[0][1] == 1
    assert set(letters.values()) == set(keys.LETTERS)
    assert len(letters) >= 21


def test_no_other_module_makes_up_a_letter() -> None:
    (folder,) = processors.registry.__path__
    looked_at = 0
    for path in sorted(Path(folder).glob("*.py")):
        constants = [
            node.value
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, bytes)
        ]
        looked_at += len(constants)
        if path.name != "keys.py":
            assert not [one for one in constants if one and one != b"{}"], path.name
    assert looked_at > len(keys.LETTERS)


def test_what_the_fold_writes_lies_under_letters_of_the_table() -> None:
    system = System.ready()
    system.say("KIZ TEMEL k1 basic-needs/cash/m 6000 2025-01 R=P01 M=P02")
    system.say("STK NAKIT s1 basic-needs/cash/m 8000 2025-01 R=P01 M=P02")
    store, _ = world_of(system)
    letters = {key[:1] for key in store.data}
    assert {keys.COMMON, keys.ASSISTANCE, keys.TOKEN, keys.LINKED, keys.FINDING} <= letters
    assert letters <= set(keys.LETTERS)


def test_a_code_holds_256_kinds_with_256_purposes_each() -> None:
    """A marker of one byte had room for four kinds: the fifth would have stopped the registry."""
    codes = {keys.code_of(kind, purpose) for kind in range(256) for purpose in (0, 1, 63, 64, 255)}
    assert len(codes) == 256 * 5
    entry = keys.Entry(b"r" + bytes(16), 255, Window(1, 2))
    value = keys.new_token((0, 0, 0)) + keys.encode_entry(entry)
    code = keys.code_of(keys.KINDS.index(b"r"), 255)
    assert keys.keys_that_may_meet(value, entry.outer, {code: b"r"}) == [entry.key]
    assert keys.keys_that_may_meet(value, entry.outer, {code - 1: b"r"}) == []
    assert keys.keys_that_may_meet(value, Window(2, 3), {code: b"r"}) == []


def test_what_stands_in_the_store_by_its_place_keeps_its_place() -> None:
    """A place that moves makes old entries mean another kind or purpose: append only."""
    assert keys.KINDS[:3] == (b"r", b"n", b"e")
    assert [purpose.value for purpose in Purpose][: len(PURPOSES)] == PURPOSES


PURPOSES = [
    "basic-needs", "rent", "food", "hygiene", "winterisation", "education", "livelihood",
    "health", "protection", "other",
]  # fmt: skip
