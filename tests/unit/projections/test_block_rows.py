"""Given a block or an answer, these rows."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
import pytest

from events.upcast import POLICY_RULES_2
from projections.block_rows import block_facts
from projections.kinds import UnknownKind
from projections.tables.columns import Facts
from tests.fakes.projection_log import (
    SECRET,
    Chain,
    assistance,
    made_id,
    refused,
    rows_of,
    submission,
)
from tests.kit import System, chain

DAY = date(2026, 5, 1)


def facts_of(*items: dict[str, Any], day: date | None = DAY) -> Facts:
    block = Chain(offset=9).block(*items)
    return block_facts(block, day, message_offset=4)[0]


def test_an_assistance_becomes_one_row_with_its_place() -> None:
    record = assistance("k1", household_size=3, returned_amount="12.345", event_date="2026-05-03")
    (row,) = rows_of(facts_of(*submission("KIZ", "s", 7, [record])), "assistance")
    assert row["org"] == "KIZ"
    assert row["assistance_id"] == made_id("k1")
    assert (row["covers_from"], row["covers_to"]) == (date(2026, 5, 1), date(2026, 6, 1))
    assert row["amount"] == Decimal("6000.50")
    assert row["returned_amount"] == Decimal("12.345")
    assert row["event_date"] == date(2026, 5, 3)
    assert row["household_size"] == 3
    assert row["household_as_of"] is None
    assert (row["source_offset"], row["row_no"], row["seq"], row["item"]) == (7, 1, 0, 1)
    assert row["received_day"] == DAY
    assert row["protected"] is False


def test_a_record_of_the_log_without_newer_fields_has_their_defaults() -> None:
    record = assistance("k1")
    for name in ("level", "delivery_mechanism", "value_estimated", "protected"):
        del record[name]
    (row,) = rows_of(facts_of(*submission("KIZ", "s", 7, [record])), "assistance")
    assert (row["level"], row["delivery_mechanism"]) == ("household", "other")
    assert (row["value_estimated"], row["protected"]) == (False, False)


def test_the_keys_that_genesis_names_and_where_a_block_has_its_own() -> None:
    system = System.ready()
    rows = rows_of(block_facts(chain(system.blocks)[0], None, 0)[0], "stage_keys")
    assert [(row["stage"], row["version"], row["status"]) for row in rows] == [
        (stage, 0, "active") for stage in ("intake", "registry", "receipts")
    ]
    system.say("KIZ TEMEL k1 rent/cash/m 600 2025-05 R=P01")
    places = []
    for block in chain(system.blocks):
        (row,) = rows_of(block_facts(block, DAY, 0)[0], "blocks")
        assert row["keys_id"] == block.keys_id
        assert row["keys_offset"] == (block.keys_offset if block.keys_id else None)
        places.append(row["keys_offset"])
    assert places[0] is None
    assert places[-1] is not None


def test_dispositions_are_counted_and_refusals_pointed_at() -> None:
    rejected = {"t": "rej", "reason": "id-conflict", "field": "version"}
    pointer = {"kind": "assistance", "id": made_id("x"), "version": 2}
    items = submission(
        "KIZ", "s", 7, [assistance("k1"), {"t": "dup"} | pointer, rejected | pointer]
    )
    rows = facts_of(*items, refused(8, 5))
    first, second = rows_of(rows, "submissions")
    counts = ("records", "accepted", "duplicate", "rejected")
    assert [first[name] for name in counts] == [3, 1, 1, 1]
    assert [second[name] for name in counts] == [5, 0, 0, 5]
    assert second["reason"] == "bad-signature"
    one, whole = rows_of(rows, "rejections")
    assert (one["row_no"], one["records"], one["reason"]) == (3, 1, "id-conflict")
    assert (whole["row_no"], whole["records"], whole["source_offset"]) == (0, 5, 8)
    (block,) = rows_of(rows, "blocks")
    names = ("submissions", "submitted", "accepted", "duplicate", "rejected", "assistance")
    assert [block[name] for name in names] == [2, 8, 1, 1, 6, 1]
    assert block["message_offset"] == 4


def test_a_refused_record_that_could_not_be_read_has_no_pointer() -> None:
    unread = {"t": "rej", "reason": "malformed-record", "field": ""}
    (row,) = rows_of(facts_of(*submission("KIZ", "s", 7, [unread])), "rejections")
    assert (row["kind"], row["record_id"], row["version"]) == ("", "", 0)


def test_the_day_of_a_fact_is_the_last_tick_before_it_also_within_a_submission() -> None:
    step = {"kind": "clock-step", "version": 1, "day": "2026-05-02"}
    tick = {"t": "tick", "day": "2026-05-02"}
    before, after = assistance("k1"), assistance("k2")
    block = Chain().block(*submission("ADMIN", "s", 0, [before, step, tick, after]))
    rows, day = block_facts(block, DAY, 0)
    assert day == date(2026, 5, 2)
    received = [row["received_day"] for row in rows_of(rows, "assistance")]
    assert received == [date(2026, 5, 1), date(2026, 5, 2)]
    (taken,) = rows_of(rows, "submissions")
    assert (taken["received_day"], taken["records"], taken["accepted"]) == (DAY, 4 - 1, 3)


def test_a_fact_before_the_first_day_is_an_error() -> None:
    with pytest.raises(ValueError, match="before the first day"):
        facts_of(refused(0, 1), day=None)


def test_an_unknown_item_is_an_error_and_not_skipped() -> None:
    with pytest.raises(ValueError, match="of kind 'new'"):
        facts_of({"t": "new"})


def test_a_record_of_unknown_kind_is_an_error_and_not_skipped() -> None:
    block = Chain(offset=9).block(*submission("KIZ", "s", 7, [assistance("k1")]))
    taken, record = block.items
    unknown = replace(block, items=(taken, record | {"rec": {"kind": "service", "version": 1}}))
    with pytest.raises(UnknownKind, match="kind 'service'"):
        block_facts(unknown, DAY, 0)


def test_both_signatures_of_a_policy_and_whose_keys_they_are() -> None:
    key = {"kind": "key", "version": 1, "org": "SUPERVISOR", "public_key": "ab" * 32}
    account = key | {"user": "mina", "role": "supervisor"}
    signature = {"kind": "policy-signature", "version": 1, "policy_version": 2}
    facts = facts_of(*submission("SUPERVISOR", "s", 7, [account, signature]))
    (signed,) = rows_of(facts, "policy_signatures")
    assert (signed["version"], signed["signed_by"], signed["item"]) == (2, "SUPERVISOR", 2)
    (known,) = rows_of(facts, "signing_keys")
    assert (known["user"], known["role"], known["status"]) == ("mina", "supervisor", "active")
    assert len(known["key_id"]) == len(signed["key_id"]) == 16


def test_control_records_become_rows_without_any_token() -> None:
    programme = {"kind": "programme", "version": 1, "programme": "KIZ-TEMEL", "owner": "KIZ"}
    partner = {
        "kind": "partner",
        "version": 1,
        "org": "KIZ",
        "name": "Örnek Yardım Derneği",
        "mailbox": "a@b.c",
    }
    policy = {
        "kind": "policy",
        "version": 2,
        "in_force_from": "2026-05-01",
        "rules": {"placeholder_tokens": [["tr.x", "ab" * 16]], "least_overlap_days": 7},
    }
    rows = facts_of(*submission("ADMIN", "s", 7, [programme, partner, policy]))
    assert set(rows) == {"programmes", "partners", "policies", "submissions", "blocks"}
    rules = orjson.loads(rows_of(rows, "policies")[0]["rules"])
    assert rules == POLICY_RULES_2 | {"least_overlap_days": 7}, "all but the tokens"
    assert "ab" * 16 not in str([rows_of(rows, table) for table in rows])
    (row,) = rows_of(rows, "programmes")
    assert (row["owner"], row["budget"], row["complements"], row["signed_by"]) == (
        "KIZ",
        None,
        [],
        "ADMIN",
    )


def test_what_is_sealed_is_never_projected() -> None:
    rows = facts_of(*submission("KIZ", "s", 7, [assistance("k1")]))
    assert SECRET not in str([rows_of(rows, table) for table in rows])
