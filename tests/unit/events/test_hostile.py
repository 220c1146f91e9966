"""Whatever anybody writes to a topic: no reader is stopped by it, and nothing of it counts."""

import functools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from events import codec
from events.attributed import claimed_output, output_of, receipt_of
from events.stage_signing import content_of
from tests.hostile import messages
from tests.kit import System, public_hex


@functools.lru_cache
def system(signed: bool) -> System:
    """A journal with people in it; its last block is what a writer would like to replace."""
    found = System.ready(signed=signed)
    found.say("KIZ TEMEL k1 basic-needs/cash/m 6000 2025-01 R=P01 M=P02")
    found.control("key", org="NEW", public_key=public_hex("NEW"))
    return found


def next_header(told: System) -> dict[str, Any]:
    head = told.intake.world.head
    return {"v": 2, "seq": head.seq, "prev": head.digest, "items": 0, "source": [0, 0]}


@st.composite
def hostile(draw: st.DrawFn, signed: bool) -> bytes:
    """Anything, beside what this journal holds."""
    told = system(signed)
    real = [*told.blocks, *(told.signed_output(output) for output in told.outputs)]
    return draw(messages(next_header(told), real))


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
