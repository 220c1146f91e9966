"""`tekil verify`: what the registry and the receipts said, against what follows from the fold."""

from typing import Any

import orjson
import pytest

from events.catalog import Topic, receipts_topic
from events.codec import dumps
from events.model import ADMINISTRATION
from events.outputs import split
from events.stage_signing import content_of, signed
from tests.fakes.verified import ListLogs, ListTables
from tests.kit import ZERO_NONCE, System, private_key
from tests.unit.office.verifying.looking import difference, finding_of, look, place, resaid


def test_an_output_with_another_amount(system: System, logs: ListLogs) -> None:
    number = finding_of(system)
    finding = system.outputs[number]["findings"][0]

    def change(output: Any) -> None:
        output["findings"][0]["amount_at_risk"] = "99999999.00"

    logs.topics[Topic.FINDINGS][number].value = resaid(system, number, change)
    what = difference(logs)
    assert place(what) == ("aid-findings", f"offset {number}", number)
    assert what.field == "findings[0].amount_at_risk"
    assert (what.expected, what.found) == (f'"{finding["amount_at_risk"]}"', '"99999999.00"')
    assert f"finding_id={finding['finding_id']}" in what.record
    assert "revision=1" in what.record


def test_an_answer_that_says_clear(system: System, logs: ListLogs) -> None:
    number = finding_of(system)
    row = system.outputs[number]["submissions"][0]["rows"][0]

    def change(output: Any) -> None:
        output["submissions"][0]["rows"][0]["answer"]["verdict"] = "clear"

    logs.topics[Topic.FINDINGS][number].value = resaid(system, number, change)
    what = difference(logs)
    assert what.field == "submissions[0].rows[0].answer.verdict"
    assert what.record.startswith("org=STK submission_id=")
    assert what.record.endswith(f"kind=assistance id={row['id']} version=2")


def test_a_finding_that_is_left_out(system: System, logs: ListLogs) -> None:
    number = finding_of(system)
    changed = resaid(system, number, lambda output: output["findings"].clear())
    logs.topics[Topic.FINDINGS][number].value = changed
    what = difference(logs)
    assert (what.field, what.found) == ("findings[0]", "(not there)")
    assert system.outputs[number]["findings"][0]["finding_id"] in what.record


def test_an_output_that_is_missing_although_the_next_was_said(logs: ListLogs) -> None:
    del logs.topics[Topic.FINDINGS][3]
    for number, one in enumerate(logs.topics[Topic.FINDINGS]):
        one.offset = number
    what = difference(logs)
    assert place(what) == ("aid-findings", "offset 3", 3)
    assert (what.expected.startswith("message 3.0"), what.found) == (True, "none")


def test_what_the_registry_has_not_said_yet_is_no_difference(logs: ListLogs) -> None:
    del logs.topics[Topic.FINDINGS][-2:]
    found = look(logs)
    assert found.not_yet["aid-findings"] == 2
    assert found.counts.outputs == found.counts.blocks - 2


def test_an_output_said_again_is_fine_and_another_one_is_not(
    system: System, logs: ListLogs
) -> None:
    number = finding_of(system)
    logs.add(Topic.FINDINGS, logs.topics[Topic.FINDINGS][number].value)
    logs.add(Topic.FINDINGS, logs.topics[Topic.FINDINGS][0].value)
    assert look(logs).counts.foreign == {}
    at = logs.add(Topic.FINDINGS, resaid(system, number, lambda o: o["findings"].clear()))
    what = difference(logs)
    assert place(what) == ("aid-findings", f"offset {at}", number)
    assert what.expected == f"message {number}.0 as at offset {number}"


def test_what_the_registry_did_not_say_is_counted(system: System, logs: ListLogs) -> None:
    content = dumps(system.outputs[3])
    for value in (content, b"junk", None, signed(private_key("X"), "aid-findings", "3.0", content)):
        logs.insert(Topic.FINDINGS, 2, value)
    assert look(logs).counts.foreign == {"aid-findings": 4}


def test_an_output_of_a_block_that_is_not_there(system: System, logs: ListLogs) -> None:
    later = {**split(system.outputs[-1])[0], "seq": len(system.blocks)}
    at = logs.add(Topic.FINDINGS, system.signed_output(later))  # type: ignore[arg-type]
    what = difference(logs)
    assert place(what) == ("aid-findings", f"offset {at}", len(system.blocks))
    assert what.expected == f"nothing: the journal ends at block {len(system.blocks) - 1}"


def test_an_output_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("events.outputs.ROWS_PER_PART", 1)
    system = System.ready()
    for number in range(4):
        system.say(f"KIZ TEMEL k{number} rent/cash/m 600 2026-05 R=P01")
    logs = ListLogs.of(system)
    said = logs.topics[Topic.FINDINGS]
    assert len(said) > len(system.outputs) + 2
    assert look(logs, ListTables(system)).counts.outputs == len(said)
    again = [one.value for one in said[-2:]]
    for value in again:
        logs.add(Topic.FINDINGS, value)
    assert look(logs, ListTables(system)).counts.outputs == len(said) - 2
    del said[-4]
    for number, one in enumerate(said):
        one.offset = number
    assert difference(logs).expected.startswith("message 5.")


# -- receipts ------------------------------------------------------------------------------------

STK = receipts_topic("STK")


def test_a_receipt_that_says_clear(system: System, logs: ListLogs) -> None:
    number, value = next(
        (n, one.value) for n, one in enumerate(logs.topics[STK]) if b'"covered"' in one.value
    )
    content = content_of(value).replace(b'"covered"', b'"clear"')
    seq = finding_of(system)
    logs.topics[STK][number].value = system.signed_receipt("STK", seq, content)
    what = difference(logs)
    assert place(what) == ("aid-receipts-stk", f"offset {number}", seq)
    assert what.field == "submissions[0].rows[0].answer.verdict"
    assert (what.expected, what.found) == ('"covered"', '"clear"')
    assert "kind=assistance" in what.record


def test_a_receipt_that_is_missing(system: System, logs: ListLogs) -> None:
    lost = logs.topics[STK].pop(1)
    logs.topics[STK][1].offset = 1
    what = difference(logs)
    assert place(what) == ("aid-receipts-stk", "offset 1", finding_of(system))
    assert lost.value
    # at the end of its topic, and others were told of later blocks
    del logs.topics[STK][1:]
    assert place(difference(logs)) == ("aid-receipts-stk", "offset 1", finding_of(system))


def test_a_topic_that_is_missing(logs: ListLogs) -> None:
    del logs.topics[STK]
    assert place(difference(logs)) == ("aid-receipts-stk", "offset 0", 3)


def test_what_was_not_told_yet_is_no_difference(system: System, logs: ListLogs) -> None:
    for topic in [name for name in logs.topics if "receipts" in name]:
        kept = [one for one in logs.topics[topic] if b'"seq":' in one.value]
        logs.topics[topic] = [one for one in kept if _seq(one) <= 3]
    found = look(logs)
    assert sum(found.not_yet.values()) > 3
    assert {topic for topic in found.not_yet if "receipts" not in topic} == set()


def _seq(message: Any) -> int:
    return int(orjson.loads(content_of(message.value))["seq"])


def test_a_receipt_that_should_not_be(system: System, logs: ListLogs) -> None:
    ours = next(one.value for one in logs.topics[STK] if b'"covered"' in one.value)
    content = content_of(ours).replace(b'"org":"STK"', b'"org":"KIZ"')
    seq = len(system.blocks) - 1
    content = content.replace(b'"seq":3', b'"seq":%d' % seq)
    at = logs.add(receipts_topic("KIZ"), system.signed_receipt("KIZ", seq, content))
    what = difference(logs)
    assert place(what) == ("aid-receipts-kiz", f"offset {at}", seq)
    assert what.expected == "nothing"


def test_what_receipts_did_not_say_is_counted(system: System, logs: ListLogs) -> None:
    value = logs.topics[STK][1].value
    for other in (b"junk", None, content_of(value), value.replace(b"STK", b"KIZ")):
        logs.insert(STK, 1, other)
    logs.add(STK, value)  # the same once more is fine
    found = look(logs)
    assert found.counts.foreign == {STK: 4}


def test_a_new_partner_may_lack_its_welcome(logs: ListLogs) -> None:
    for org in ("STK", "BEL"):
        topic = receipts_topic(org)
        assert _seq(logs.topics[topic][0]) == 1
        del logs.topics[topic][0]
        for number, one in enumerate(logs.topics[topic]):
            one.offset = number
    assert look(logs).not_yet == {}


def test_receipts_that_their_topic_no_longer_keeps(logs: ListLogs) -> None:
    before = look(logs).counts.receipts
    logs.kept_from[STK] = 2
    counts = look(logs).counts
    assert (counts.receipts, counts.expired) == (before - 2, 1)


def test_the_next_key_of_receipts_is_proved_in_them(system: System) -> None:
    public = "ab" * 32
    row = system.control("stage-key", stage="receipts", public_key=public, status="active")
    assert row["disposition"] == "accepted", row
    logs = ListLogs.of(system)
    told_last = logs.topics[receipts_topic("BEL")][-1]
    assert b'"stage_keys":[{"submission":' in told_last.value
    assert look(logs).not_yet == {}
    logs.kept_from[Topic.SUBMISSIONS] = len(system.sent)
    assert look(logs).not_yet == {}
    del logs.kept_from[Topic.SUBMISSIONS]
    content = content_of(told_last.value).split(b',"stage_keys"')[0] + b"}"
    told_last.value = system.signed_receipt("BEL", len(system.blocks) - 1, content)
    what = difference(logs)
    assert (what.where, what.field, what.found) == ("aid-receipts-bel", "stage_keys", "(not there)")


def test_who_joins_with_the_next_key_may_be_told_of_it(system: System) -> None:
    """In one block: the first message of the new partner's topic has the proof."""
    partner = {"kind": "partner", "org": "NEU", "name": "N", "mailbox": "focal@neu.example"}
    key = {"kind": "stage-key", "stage": "receipts", "public_key": "ab" * 32, "status": "active"}
    lines = [{"nonce": ZERO_NONCE, "version": 1} | one for one in (partner, key)]
    rows = system.submit(ADMINISTRATION, *lines)
    assert {row["disposition"] for row in rows} == {"accepted"}, rows
    logs = ListLogs.of(system)
    (first,) = logs.topics[receipts_topic("NEU")]
    assert b"stage_keys" in first.value
    assert look(logs).not_yet == {}
