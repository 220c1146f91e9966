"""Whatever anybody writes to a topic: no reader is stopped by it, and nothing of it counts."""

import functools
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from events import codec
from events.attributed import claimed_output, output_of, receipt_of
from events.stage_signing import content_of
from tests.kit import System, public_hex

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@functools.lru_cache
def system(signed: bool) -> System:
    """A journal with people in it; its last block is what a writer would like to replace."""
    found = System.ready(signed=signed)
    found.say("KIZ TEMEL k1 basic-needs/cash/m 6000 2025-01 R=P01 M=P02")
    found.control("key", org="NEW", public_key=public_hex("NEW"))
    return found


def dumped(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except (orjson.JSONEncodeError, TypeError):
        return b"\xff"


def next_header(told: System) -> dict[str, Any]:
    head = told.intake.world.head
    return {"v": 2, "seq": head.seq, "prev": head.digest, "items": 0, "source": [0, 0]}


@st.composite
def hostile(draw: st.DrawFn, signed: bool) -> bytes:
    """Bytes, JSON, a header that follows with anything in it, a real message with a few changes."""
    told = system(signed)
    kind = draw(st.sampled_from(["bytes", "json", "header", "items", "changed", "again"]))
    if kind == "bytes":
        return draw(st.binary(max_size=300))
    if kind == "json":
        return dumped(draw(JSON))
    if kind == "header":
        return dumped(next_header(told) | draw(st.dictionaries(st.text(max_size=12), JSON)))
    if kind == "items":
        items = draw(st.lists(JSON, max_size=3))
        header = next_header(told) | {"items": len(items), "clock_ms": 0, "keys": ""}
        return b"\n".join([dumped(header | {"keys_offset": -1}), *map(dumped, items)])
    values = [*told.blocks, *(told.signed_output(output) for output in told.outputs)]
    value = bytearray(draw(st.sampled_from(values)))
    if kind == "changed":
        for at in draw(st.lists(st.integers(0, len(value) - 1), min_size=1, max_size=4)):
            value[at] = draw(st.integers(0, 255))
    return bytes(value)


@given(hostile(signed=True))
def test_no_message_stops_or_moves_a_reader_of_the_journal(value: bytes) -> None:
    told = system(True)
    trust, head = told.intake.world.trust, told.intake.world.head
    assert trust.read(value, head) is None
    assert not trust.counts(value, head)


@given(hostile(signed=False))
def test_nor_of_a_journal_in_which_nobody_signs_what_adds_a_key(value: bytes) -> None:
    """Of an old journal a block may be made up, but not what a sender says in it."""
    told = system(False)
    trust, head = told.intake.world.trust, told.intake.world.head
    block = trust.read(value, head)
    kinds = {item.get("rec", {}).get("kind") for item in block.items} if block else set()
    assert "key" not in kinds


@given(hostile(signed=True))
def test_no_message_stops_a_reader_of_what_is_said(value: bytes) -> None:
    told = system(True)
    trust = told.registry.common.trust
    real = [told.signed_output(output) for output in told.outputs]
    if value not in real:
        assert output_of(value, trust) is None
    assert receipt_of(value, "KIZ", trust) is None
    claimed = claimed_output(value)
    assert claimed is None or codec.dumps(claimed) or content_of(value)
