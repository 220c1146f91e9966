"""`tekil verify`: what a block says of submissions and keys, against what was sent."""

import base64
from typing import Any

import pytest

from events import sealing
from events.catalog import Topic
from events.codec import dumps
from events.journal import block_digest, decode_block
from events.model import Genesis
from events.stage_signing import content_of, signed
from office.verifying.differences import Difference
from tests.fakes.verified import ListLogs, ListTables
from tests.kit import System, private_key
from tests.unit.office.verifying.looking import block_with, difference, look, place, reblocked, told


def test_all_is_as_it_should_be(system: System, logs: ListLogs) -> None:
    found = look(logs, ListTables(system))
    counts = found.counts
    assert counts.blocks == len(system.blocks) == counts.outputs
    assert counts.decided == len(system.sent) == counts.submissions + 1  # the marker
    assert counts.records == len([i for i in system.items() if i["t"] in ("rec", "dup", "rej")])
    assert (counts.by_signature, counts.unopened, counts.expired) == (0, 0, 0)
    assert counts.keys == len(system.keys)
    assert counts.receipts == sum(len(logs.topics[t]) for t in logs.topics if "receipts" in t) > 8
    assert found.rows == sum(len(rows) for rows in ListTables(system).stored.values()) > 60
    assert counts.foreign == found.not_yet == {}


# -- blocks --------------------------------------------------------------------------------------


def plant(system: System, logs: ListLogs, number: int, change: Any) -> Any:
    """Another block, after which the journal ends: what follows does not hang on it."""
    logs.topics[Topic.JOURNAL][number].value = reblocked(system, number, change)
    del logs.topics[Topic.JOURNAL][number + 1 :]
    return difference(logs)


def test_a_record_with_another_amount(system: System, logs: ListLogs) -> None:
    number, index = block_with(system, "rec")

    def change(items: Any) -> None:
        items[index]["rec"]["amount"] = "999.00"

    what = plant(system, logs, number, change)
    assert place(what) == ("aid-journal", f"offset {number}", number)
    assert (what.field, what.expected, what.found) == ("amount", '"600"', '"999.00"')
    record = decode_block(system.blocks[number]).items[index]["rec"]["assistance_id"]
    assert what.record.startswith(f"item {index} org=KIZ submission_id=")
    assert what.record.endswith(f" row=1 kind=assistance id={record} version=2")


def test_a_refusal_for_another_reason(system: System, logs: ListLogs) -> None:
    number, index = block_with(system, "rej")

    def change(items: Any) -> None:
        items[index]["reason"] = "unknown-kind"

    what = plant(system, logs, number, change)
    assert (what.field, what.expected, what.found) == (
        "reason",
        '"unknown-programme"',
        '"unknown-kind"',
    )


def test_a_refused_record_that_was_taken(system: System, logs: ListLogs) -> None:
    number, index = block_with(system, "rej")

    def change(items: Any) -> None:
        items[index] = {"t": "dup", "row": 1, "kind": "assistance", "id": "x", "version": 1}

    what = plant(system, logs, number, change)
    assert (what.field, what.expected, what.found) == ("disposition", '"rej"', '"dup"')


def test_a_message_that_was_left_out(system: System, logs: ListLogs) -> None:
    number, index = block_with(system, "bad")
    what = plant(system, logs, number, lambda items: items.pop(index))
    assert (what.expected, what.found) == ('{"t":"bad","offset":6,"org":"","id":"","records":1,'
        '"reason":"malformed-submission","field":""}', "no item")  # fmt: skip


def test_an_item_that_nobody_sent(system: System, logs: ListLogs) -> None:
    number, _ = block_with(system, "bad")
    day = {"t": "tick", "day": "2031-01-01"}
    what = plant(system, logs, number, lambda items: items.append(day))
    assert (what.expected, what.record) == ("no item", "item 1")
    assert "2031-01-01" in what.found


def test_sealed_people_who_were_not_sent(system: System, logs: ListLogs) -> None:
    number, index = block_with(system, "rec")
    block = decode_block(system.blocks[number])
    others = dumps([{"role": "recipient", "tokens": [["tr.tckimlik", "AAAA"]]}])
    key = system.keys[block.keys_id][: sealing.KEY_BYTES]

    def change(items: Any) -> None:
        items[index]["sealed"] = base64.b64encode(
            sealing.seal(key, block.keys_id, 0, others)
        ).decode()

    what = plant(system, logs, number, change)
    assert (what.field, what.expected, what.found) == ("subjects", "those that were sent", "others")
    assert "AAAA" not in str(what)


def test_a_block_that_took_nothing(system: System, logs: ListLogs) -> None:
    """Or would be decided by nobody: an empty range, or the format of before stages signed."""
    number, _ = block_with(system, "rej")
    content = content_of(system.blocks[number])
    first = f"[{number - 1},{number}]".encode()
    for old, new in (
        (first, first.replace(b",%d" % number, b",%d" % (number - 1))),
        (b'"v":2', b'"v":1'),
    ):
        assert content.count(old) == 1
        changed = content.replace(old, new).replace(b"unknown-programme", b"unknown-kind")
        logs.topics[Topic.JOURNAL][number].value = system.signed_block(changed, number)
        what = difference(logs)
        assert place(what) == ("aid-journal", f"offset {number}", number)
        assert what.field in ("source", "reason")


def test_a_submission_that_nobody_signed(system: System, logs: ListLogs) -> None:
    number, index = block_with(system, "sub")

    def change(items: Any) -> None:
        items[index]["sig"] = base64.b64encode(bytes(64)).decode()

    what = plant(system, logs, number, change)
    assert place(what) == ("aid-journal", f"offset {number}", number)
    assert "what no sender signed" in what.found


def test_a_submission_that_is_another_one_in_its_topic(system: System, logs: ListLogs) -> None:
    sent = logs.topics[Topic.SUBMISSIONS]
    sent[2].value, sent[2].headers = sent[1].value, sent[1].headers
    what = difference(logs)
    assert (what.where, what.seq, what.field) == ("aid-journal", 3, "manifest")


def test_a_line_that_is_not_what_was_signed(system: System, logs: ListLogs) -> None:
    message = logs.topics[Topic.SUBMISSIONS][1]
    message.value = message.value.replace(b'"600"', b'"601"')
    what = difference(logs)
    assert (what.field, what.expected, what.found) == ("disposition", '"rej"', '"rec"')


def test_what_is_no_block_is_counted(system: System, logs: ListLogs) -> None:
    for offset, value in ((3, b"junk"), (0, None), (4, system.blocks[2]), (9, b"\xff")):
        logs.insert(Topic.JOURNAL, offset, value)
    logs.add(Topic.JOURNAL, system.signed_block(b'{"seq":99,"prev":"00"}', 99))
    found = look(logs)
    assert found.counts.foreign == {"aid-journal": 5}
    assert found.counts.blocks == len(system.blocks)


def test_a_block_that_a_thief_signed_is_counted(system: System, logs: ListLogs) -> None:
    content = content_of(system.blocks[3])
    logs.insert(Topic.JOURNAL, 3, signed(private_key("THIEF"), Topic.JOURNAL, "3", content))
    assert look(logs).counts.foreign == {"aid-journal": 1}


def test_a_message_that_is_missing_before_a_block(system: System, logs: ListLogs) -> None:
    del logs.topics[Topic.SUBMISSIONS][-1]
    what = difference(logs)
    assert place(what) == ("aid-submissions", f"offset {len(system.sent) - 1}", 8)


def test_submissions_that_are_no_longer_kept(system: System, logs: ListLogs) -> None:
    logs.kept_from[Topic.SUBMISSIONS] = 4
    counts = look(logs).counts
    assert (counts.by_signature, counts.decided) == (4, len(system.sent) - 4)
    logs.topics[Topic.SUBMISSIONS].clear()
    logs.kept_from[Topic.SUBMISSIONS] = 99
    assert look(logs).counts.decided == 0


def test_genesis_is_that_of_this_home(system: System, logs: ListLogs) -> None:
    first = decode_block(system.blocks[0]).items[0]["genesis"]
    genesis = Genesis.model_validate_json(dumps(first))
    assert look(logs, genesis=genesis).counts.blocks == len(system.blocks)
    with pytest.raises(Difference) as found:
        look(logs, genesis=genesis.model_copy(update={"test_mode": False}))
    assert found.value.what.field == "genesis.test_mode"


# -- keys ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, bytes(32), b"\xff\xfe"])
def test_keys_that_are_not_those_of_the_block(
    system: System, logs: ListLogs, value: bytes | None
) -> None:
    logs.topics[Topic.KEYS][0].value = value
    what = difference(logs)
    assert place(what) == ("aid-keys", "offset 0", 2)
    assert what.expected.startswith("the keys of SHA-256 ")


def test_keys_of_which_intake_erased_one(system: System) -> None:
    (first, *_) = system.keys
    number, _ = block_with(system, "rec")
    fresh = told()
    fresh.keys[first] = bytes(32)
    logs = ListLogs.of(fresh)

    digest = block_digest(fresh.signed_keys(first, bytes(32)))
    content = content_of(fresh.blocks[number])
    known = decode_block(fresh.blocks[number]).keys_digest
    other = content.replace(known.encode(), digest.encode())
    logs.topics[Topic.JOURNAL][number].value = fresh.signed_block(other, number)
    del logs.topics[Topic.JOURNAL][number + 1 :]
    what = difference(logs)
    assert (what.where, what.field, what.found) == ("aid-journal", "sealed", "no key for them")


def test_keys_that_intake_did_not_sign(system: System, logs: ListLogs) -> None:
    number, _ = block_with(system, "rec")
    block = decode_block(system.blocks[number])
    keys = system.keys[block.keys_id]
    theirs = signed(private_key("THIEF"), Topic.KEYS, block.keys_id, keys)
    logs.topics[Topic.KEYS][0].value = theirs
    content = content_of(system.blocks[number])
    other = content.replace(block.keys_digest.encode(), block_digest(theirs).encode())
    logs.topics[Topic.JOURNAL][number].value = system.signed_block(other, number)
    del logs.topics[Topic.JOURNAL][number + 1 :]
    what = difference(logs)
    assert (what.where, what.expected) == ("aid-keys", "intake's signature")


def test_what_no_block_names_in_the_keys_is_counted(system: System, logs: ListLogs) -> None:
    logs.add(Topic.KEYS, bytes(32), b"of no block")
    logs.add(Topic.KEYS, None, b"\xff\xfe")
    assert look(logs).counts.keys == len(system.keys)
