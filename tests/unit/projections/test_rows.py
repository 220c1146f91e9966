"""Given a block or an answer, these rows."""

from datetime import date
from decimal import Decimal
from typing import Any

import orjson
import pytest

from events.journal import Head, accept, encode_block
from events.upcast import POLICY_RULES_2
from projections.rows import Rows, block_rows
from projections.said_rows import output_rows, person_ref
from projections.tables import BY_NAME
from tests.fakes.projection_log import (
    FIRST_DAY,
    PERSON_KEY,
    SECRET,
    Chain,
    answer,
    assistance,
    finding,
    made_id,
    refused,
    registry_says,
    submission,
)

DAY = date(2026, 5, 1)


def named(rows: Rows, table: str) -> list[dict[str, Any]]:
    """Rows by column name."""
    return [dict(zip(BY_NAME[table].columns, row, strict=True)) for row in rows.get(table, [])]


def rows_of(*items: dict[str, Any], day: date | None = DAY) -> Rows:
    block = Chain(offset=9).block(*items)
    return block_rows(block, day, message_offset=4)[0]


def test_an_assistance_becomes_one_row_with_its_place() -> None:
    record = assistance("k1", household_size=3, returned_amount="12.345", event_date="2026-05-03")
    (row,) = named(rows_of(*submission("KIZ", "s", 7, [record])), "assistance")
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
    (row,) = named(rows_of(*submission("KIZ", "s", 7, [record])), "assistance")
    assert (row["level"], row["delivery_mechanism"]) == ("household", "other")
    assert (row["value_estimated"], row["protected"]) == (False, False)


def test_dispositions_are_counted_and_refusals_pointed_at() -> None:
    rejected = {"t": "rej", "reason": "id-conflict", "field": "version"}
    pointer = {"kind": "assistance", "id": made_id("x"), "version": 2}
    items = submission(
        "KIZ", "s", 7, [assistance("k1"), {"t": "dup"} | pointer, rejected | pointer]
    )
    rows = rows_of(*items, refused(8, 5))
    first, second = named(rows, "submissions")
    counts = ("records", "accepted", "duplicate", "rejected")
    assert [first[name] for name in counts] == [3, 1, 1, 1]
    assert [second[name] for name in counts] == [5, 0, 0, 5]
    assert second["reason"] == "bad-signature"
    one, whole = named(rows, "rejections")
    assert (one["row_no"], one["records"], one["reason"]) == (3, 1, "id-conflict")
    assert (whole["row_no"], whole["records"], whole["source_offset"]) == (0, 5, 8)
    (block,) = named(rows, "blocks")
    names = ("submissions", "submitted", "accepted", "duplicate", "rejected", "assistance")
    assert [block[name] for name in names] == [2, 8, 1, 1, 6, 1]
    assert block["message_offset"] == 4


def test_a_refused_record_that_could_not_be_read_has_no_pointer() -> None:
    unread = {"t": "rej", "reason": "malformed-record", "field": ""}
    (row,) = named(rows_of(*submission("KIZ", "s", 7, [unread])), "rejections")
    assert (row["kind"], row["record_id"], row["version"]) == ("", "", 0)


def test_the_day_of_a_fact_is_the_last_tick_before_it_also_within_a_submission() -> None:
    step = {"kind": "clock-step", "version": 1, "day": "2026-05-02"}
    tick = {"t": "tick", "day": "2026-05-02"}
    before, after = assistance("k1"), assistance("k2")
    block = Chain().block(*submission("ADMIN", "s", 0, [before, step, tick, after]))
    rows, day = block_rows(block, DAY, 0)
    assert day == date(2026, 5, 2)
    received = [row["received_day"] for row in named(rows, "assistance")]
    assert received == [date(2026, 5, 1), date(2026, 5, 2)]
    (taken,) = named(rows, "submissions")
    assert (taken["received_day"], taken["records"], taken["accepted"]) == (DAY, 4 - 1, 3)


def test_a_fact_before_the_first_day_is_an_error() -> None:
    with pytest.raises(ValueError, match="before the first day"):
        rows_of(refused(0, 1), day=None)


def test_an_unknown_item_is_an_error_and_not_skipped() -> None:
    with pytest.raises(ValueError, match="of kind 'new'"):
        rows_of({"t": "new"})


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
    rows = rows_of(*submission("ADMIN", "s", 7, [programme, partner, policy]))
    assert set(rows) == {"programmes", "partners", "policies", "submissions", "blocks"}
    rules = orjson.loads(named(rows, "policies")[0]["rules"])
    assert rules == POLICY_RULES_2 | {"least_overlap_days": 7}, "all but the tokens"
    assert "ab" * 16 not in str(rows)
    (row,) = named(rows, "programmes")
    assert (row["owner"], row["budget"], row["complements"], row["signed_by"]) == (
        "KIZ",
        None,
        [],
        "ADMIN",
    )


def test_what_is_sealed_is_never_projected() -> None:
    rows = rows_of(*submission("KIZ", "s", 7, [assistance("k1")]))
    assert SECRET not in str(rows)


def test_an_answer_becomes_verdicts_findings_and_counts() -> None:
    chain = Chain()
    chain.genesis()
    lost = finding("f", amount_at_risk=None, overlap_to="", caused_by=[3, 9])
    block = chain.block(*submission("KIZ", "s", 0, [assistance("k1")]), refused(1, 4))
    output = registry_says(block, FIRST_DAY, [lost])
    output["verdicts"][0]["answer"] = answer("covered", window_from="2026-05-01", window_to="")
    rows = output_rows(output, PERSON_KEY, 6)
    (verdict,) = named(rows, "verdicts")
    assert (verdict["verdict"], verdict["position"], verdict["seq"]) == ("covered", 0, 1)
    assert (verdict["window_from"], verdict["window_to"]) == (DAY, None)
    (found,) = named(rows, "findings")
    assert (found["amount_at_risk"], found["overlap_to"]) == (None, None)
    assert (found["caused_seq"], found["caused_item"]) == (3, 9)
    (counts,) = named(rows, "registry_blocks")
    assert (counts["submitted"], counts["accepted"], counts["rejected"]) == (5, 1, 4)
    assert (counts["finding_revisions"], counts["verdicts"], counts["message_offset"]) == (1, 1, 6)


def test_an_answer_of_another_version_is_an_error() -> None:
    block = Chain().block({"t": "genesis", "genesis": {"first_day": FIRST_DAY, "policy": {}}})
    output = registry_says(block, FIRST_DAY)
    output["v"] = 2
    with pytest.raises(ValueError, match="unknown version"):
        output_rows(output, PERSON_KEY, 0)


def test_a_person_has_one_name_a_year_under_a_key() -> None:
    name = person_ref(PERSON_KEY, "2026-05-01", [1, 2, 0])
    assert len(name) == 16
    assert name == person_ref(PERSON_KEY, "2026-12-31", [1, 2, 0])
    others = {
        person_ref(PERSON_KEY, "2027-01-01", [1, 2, 0]),
        person_ref(bytes(32), "2026-05-01", [1, 2, 0]),
        person_ref(PERSON_KEY, "2026-05-01", [1, 2, 1]),
    }
    assert len(others | {name}) == 4


def test_counts_of_both_sides_agree_on_any_block() -> None:
    chain = Chain()
    chain.genesis()
    rejected = {"t": "rej", "reason": "invalid-value", "field": "amount"}
    items = submission("KIZ", "s", 0, [assistance("k1"), rejected, {"t": "dup"}])
    value = encode_block(
        head=Head(),
        source=(0, 2),
        clock_ms=0,
        keys_id="",
        keys_offset=-1,
        items=[*items, refused(1, 2)],
    )
    block = accept(value, Head())
    assert block is not None
    (journal,) = named(block_rows(block, DAY, 0)[0], "blocks")
    (registry,) = named(
        output_rows(registry_says(block, FIRST_DAY), PERSON_KEY, 0), "registry_blocks"
    )
    for name in ("submissions", "submitted", "accepted", "duplicate", "rejected"):
        assert journal[name] == registry[name]
