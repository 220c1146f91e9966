"""Whose word counts: the keys of senders and stages, and what is read by them."""

from dataclasses import asdict
from typing import Any

import orjson
import pytest

from events import codec, signing
from events.attributed import claimed_output, output_of, receipt_of
from events.catalog import Topic, receipts_topic
from events.journal import Head, decode_block, encode_block
from events.model import SigningStage
from events.stage_signing import content_of, signed
from events.trust import FIRST, FalseBlock, Trust
from tests.kit import System, chain, private_key, public_hex

INTAKE, REGISTRY, RECEIPTS = SigningStage


def key(name: str, stage: str = "intake", **more: Any) -> dict[str, Any]:
    return {
        "kind": "stage-key",
        "stage": stage,
        "public_key": public_hex(name),
        "version": 1,
    } | more


def id_of(name: str) -> str:
    return signing.key_id(bytes.fromhex(public_hex(name)))


def block(head: Head, *items: dict[str, Any]) -> bytes:
    return encode_block(
        head=head, source=(0, 0), clock_ms=0, keys_id="", keys_offset=-1, items=items
    )


# -- keys of stages ------------------------------------------------------------------------------


def test_a_key_counts_from_the_block_behind_the_one_that_names_it_to_the_one_that_ends_it() -> None:
    trust = Trust()
    trust.add_stage(key("one"), FIRST)
    trust.add_stage(key("two"), 5)
    trust.add_stage(key("one", version=2, status="revoked"), 7)
    able = {seq: trust.able(INTAKE, Topic.JOURNAL, seq) for seq in (0, 5, 6, 7, 8)}
    one, two = id_of("one"), id_of("two")
    assert able == {0: [one], 5: [one], 6: [one, two], 7: [one, two], 8: [two]}
    # what is said about a block is said after it was folded
    able = {seq: trust.able(INTAKE, Topic.FINDINGS, seq) for seq in (4, 5, 6, 7)}
    assert able == {4: [one], 5: [one, two], 6: [one, two], 7: [two]}
    assert trust.active(INTAKE) == [two]


def test_what_ended_a_key_stays_whatever_comes_later() -> None:
    trust = Trust()
    trust.add_stage(key("one"), 3)
    trust.add_stage(key("one", version=2, status="revoked"), 7)
    for version in (1, 2, 3):
        trust.add_stage(key("one", version=version), 9)
    assert (trust.stages[id_of("one")]["begins"], trust.stages[id_of("one")]["ends"]) == (3, 7)


def test_a_stage_must_sign_once_it_has_a_key_and_no_other_stage_for_it() -> None:
    trust = Trust()
    trust.add_stage(key("one"), 3)
    said = b"{}"
    assert trust.admits(INTAKE, Topic.JOURNAL, 3, said), "the block that introduces the first key"
    assert not trust.admits(INTAKE, Topic.JOURNAL, 4, said)
    assert trust.admits(REGISTRY, Topic.FINDINGS, 9, said), "it never had one"
    by_one = signed(private_key("one"), Topic.JOURNAL, "4", said)
    assert trust.admits(INTAKE, Topic.JOURNAL, 4, by_one)
    trust.add_stage(key("r", "registry"), 4)
    as_registry = signed(private_key("one"), Topic.FINDINGS, "5.0", said)
    assert not trust.admits(REGISTRY, Topic.FINDINGS, 5, as_registry, "5.0")


def test_it_comes_back_from_json() -> None:
    system = System.ready()
    trust = system.intake.world.trust
    assert Trust(**orjson.loads(orjson.dumps(asdict(trust)))) == trust
    assert trust == system.registry.common.trust
    twin = trust.copy()
    twin.add_stage(key("new"), 1)
    assert twin != trust


def test_what_folds_and_what_only_follows_trust_the_same() -> None:
    system = System.ready()
    system.control("key", 2, org="KIZ", public_key=public_hex("KIZ"), status="revoked")
    system.control("stage-key", stage="registry", public_key=public_hex("next"))
    followed = Trust()
    for one in chain(system.blocks):
        followed.fold(one)
    assert followed == system.registry.common.trust


# -- blocks --------------------------------------------------------------------------------------


def test_a_block_without_intakes_signature_does_not_follow() -> None:
    system = System.ready()
    world = system.intake.world
    tick = block(world.head, {"t": "tick", "day": "2025-01-02"})
    seq = str(world.head_seq)
    for value in (
        tick,
        signed(private_key("registry"), Topic.JOURNAL, seq, tick),
        signed(private_key("KIZ"), Topic.JOURNAL, seq, tick),
        signed(private_key("intake"), Topic.FINDINGS, seq, tick),
        signed(private_key("intake"), Topic.JOURNAL, "1", tick),
        system.blocks[-1],
        None,
    ):
        assert world.trust.read(value, world.head) is None
        assert not world.trust.counts(value, world.head)
    good = system.signed_block(tick, world.head_seq)
    assert world.trust.counts(good, world.head)
    assert world.trust.read(good, world.head) == decode_block(good)


def test_a_first_block_is_signed_by_a_key_that_it_names_itself() -> None:
    value = System().blocks[0]
    assert Trust().read(value, Head()) is not None
    assert Trust().read(content_of(value), Head()) is None
    stolen = signed(private_key("thief"), Topic.JOURNAL, "0", content_of(value))
    assert Trust().read(stolen, Head()) is None


@pytest.mark.parametrize("sig", ["eA==", "", "not base64", "A" * 86 + "=="])
def test_a_block_of_intakes_that_no_sender_signed_stops_its_reader(sig: str) -> None:
    """Not poison, but a broken or stolen intake: nothing of it may be passed over in silence."""
    system = System.ready()
    world = system.intake.world
    sub = next(item for item in reversed(system.items()) if item["t"] == "sub")
    forged = system.signed_block(block(world.head, sub | {"sig": sig}), world.head_seq)
    with pytest.raises(FalseBlock, match="no sender signed"):
        world.trust.read(forged, world.head)


def test_an_ended_key_signs_no_later_submission_and_its_earlier_ones_stay() -> None:
    system = System.ready()
    system.say("KIZ TEMEL k1 rent/cash/m 600 2025-05 R=P01")
    sub = next(item for item in reversed(system.items()) if item["t"] == "sub")
    system.control("key", 2, org="KIZ", public_key=public_hex("KIZ"), status="revoked")
    assert len(chain(system.blocks)) == len(system.blocks)
    world = system.intake.world
    again = system.signed_block(block(world.head, sub), world.head_seq)
    with pytest.raises(FalseBlock):
        world.trust.read(again, world.head)


def test_no_message_counts_unsigned_because_it_claims_a_block_before_the_first() -> None:
    system = System.ready()
    trust, output = system.registry.common.trust, system.outputs[1]
    for seq in (-1, -2, -(1 << 60)):
        assert output_of(codec.dumps({**output, "seq": seq}), trust) is None
        told = {"v": 1, "org": "KIZ", "seq": seq, "submissions": [], "notices": []}
        assert receipt_of(codec.dumps(told), "KIZ", trust) is None
        assert not trust.admits(RECEIPTS, receipts_topic("KIZ"), seq, b"{}")
        assert not trust.admits(INTAKE, Topic.JOURNAL, seq, b"{}")


# -- a journal of before 0029 --------------------------------------------------------------------


def test_an_old_journal_is_read_unsigned_up_to_its_first_key_and_never_after_it() -> None:
    system = System.ready(signed=False)
    world = system.intake.world
    assert len(chain(system.blocks)) == len(system.blocks)
    row = system.control("stage-key", stage="intake", public_key=public_hex(INTAKE))
    assert row["disposition"] == "accepted"
    tick = block(world.head, {"t": "tick", "day": "2025-01-02"})
    assert world.trust.read(tick, world.head) is None
    signed_tick = signed(private_key(INTAKE), Topic.JOURNAL, str(world.head_seq), tick)
    assert world.trust.read(signed_tick, world.head) is not None


def a_rec(**rec: Any) -> bytes:
    item = {"t": "rec", "row": 1, "k": 0, "sealed": "eA==", "rec": rec}
    return b"\n" + codec.dumps(item)


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"\n{}",
        b"\n[]",
        b'\n{"t":"sub","offset":1,"manifest":"","sig":""}',
        b'\n{"t":"new"}',
        b'\n{"t":["tick"]}',
        b'\n{"t":"tick"}',
        b'\n{"t":"tick","day":"tomorrow"}',
        b'\n{"t":"genesis","genesis":{}}',
        b'\n{"t":"bad","offset":1}',
        b'\n{"t":"rej","row":1,"reason":"malformed-record","field":""}',
        a_rec(kind="assistance", version=1),
        a_rec(kind="spell"),
        a_rec(kind="genesis"),
    ],
)
def test_in_an_old_journal_what_is_damaged_or_false_is_passed_over(junk: bytes) -> None:
    system = System.ready(signed=False)
    head = system.intake.world.head
    header = {"v": 1, "seq": head.seq, "prev": head.digest, "source": [0, 0], "clock_ms": 0}
    header |= {"keys": "", "keys_offset": -1, "items": 1}
    follows = codec.dumps(header)
    assert system.intake.world.trust.read(follows + junk, head) is None
    tick = b'\n{"t":"tick","day":"2025-01-02"}'
    assert system.intake.world.trust.read(follows + tick, head) is not None, "it is the junk"


@pytest.mark.parametrize("name", ["row", "k", "sealed", "rec"])
def test_a_record_without_one_of_its_fields_is_passed_over_in_an_old_journal(name: str) -> None:
    """Under a manifest that was copied: its signature is right, whatever stands below it."""
    system = System.ready(signed=False)
    system.say("KIZ TEMEL k1 rent/cash/m 600 2025-05 R=P01")
    trust, head = system.intake.world.trust, system.intake.world.head
    sub, rec = [item for item in chain(system.blocks)[-1].items if item["t"] in ("sub", "rec")]
    assert trust.read(block(head, sub, rec), head) is not None
    assert trust.read(block(head, rec, sub), head) is None, "it belongs to no submission"
    without = {key: value for key, value in rec.items() if key != name}
    assert trust.read(block(head, sub, without), head) is None
    for field in ("assistance_id", "version", "amount", "kind"):
        fields = {key: value for key, value in rec["rec"].items() if key != field}
        assert trust.read(block(head, sub, rec | {"rec": fields}), head) is None


# -- messages that were said before --------------------------------------------------------------


def test_what_intake_signed_and_does_not_follow_is_a_repeat_and_else_foreign() -> None:
    system = System.ready()
    trust, head = system.intake.world.trust, system.intake.world.head
    tick = block(Head(head.seq, "f" * 64), {"t": "tick", "day": "2025-01-02"})
    for value, is_repeat in (
        (system.blocks[0], True),
        (system.blocks[-1], True),
        (system.signed_block(tick, head.seq), True),
        (tick, False),
        (content_of(system.blocks[-1]), False),
        (system.signed_block(block(Head(head.seq + 1)), head.seq + 1), False),
        (b'{"seq":-1}', False),
        (b'{"seq":true}', False),
        (b"{}", False),
        (b"", False),
        (None, False),
    ):
        assert trust.is_repeat(value, head) is is_repeat, value


def test_in_an_old_journal_a_block_of_before_is_a_repeat_and_junk_is_foreign() -> None:
    system = System.ready(signed=False)
    trust, head = system.intake.world.trust, system.intake.world.head
    assert trust.is_repeat(system.blocks[-1], head)
    assert not trust.is_repeat(b'{"seq":0}', head)


# -- what is said about blocks -------------------------------------------------------------------


def test_outputs_and_receipts_are_the_systems_or_nothing() -> None:
    system = System.ready()
    trust, output = system.registry.common.trust, system.outputs[1]
    good = system.signed_output(output)
    assert output_of(good, trust) == output
    assert output_of(codec.dumps(output), trust) is None
    moved = signed(private_key(REGISTRY), Topic.FINDINGS, "9.0", codec.dumps(output))
    assert output_of(moved, trust) is None
    receipt = codec.dumps({"v": 1, "org": "KIZ", "seq": 1, "submissions": [], "notices": []})
    told = system.signed_receipt("KIZ", 1, receipt)
    assert receipt_of(told, "KIZ", trust) == orjson.loads(receipt)
    assert receipt_of(receipt, "KIZ", trust) is None
    assert receipt_of(told, "STK", trust) is None
    to_other = signed(private_key(RECEIPTS), receipts_topic("STK"), "1", receipt)
    assert receipt_of(to_other, "KIZ", trust) is None


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"\xff",
        b"[]",
        b"null",
        b"7",
        b'{"seq":1}',
        b'{"v":1,"seq":"1","part":0,"parts":1}',
    ],
)
def test_what_is_no_output_is_none(value: bytes | None) -> None:
    assert claimed_output(value) is None
    assert output_of(value, Trust()) is None
    assert receipt_of(value, "KIZ", Trust()) is None
