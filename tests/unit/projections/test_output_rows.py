"""Given an answer of the registry, these rows."""

from datetime import date
from decimal import Decimal
from typing import Any

import orjson
import pytest

from events.journal import Head, decode_block, encode_block
from projections.block_rows import block_facts
from projections.output_rows import output_facts, person_ref
from projections.tables.columns import Facts
from projections.tables.findings import DECISIONS
from tests.fakes.projection_log import (
    FIRST_DAY,
    PERSON_KEY,
    Chain,
    answer,
    assistance,
    finding,
    made_id,
    refused,
    registry_says,
    rows_of,
    submission,
)

DAY = date(2026, 5, 1)


def test_an_answer_becomes_verdicts_findings_and_counts() -> None:
    chain = Chain()
    chain.genesis()
    lost = finding("f", amount_at_risk=None, overlap_to="", caused_by=[3, 9])
    block = chain.block(*submission("KIZ", "s", 0, [assistance("k1")]), refused(1, 4))
    output = registry_says(block, FIRST_DAY, [lost])
    output["verdicts"][0]["answer"] = answer("covered", window_from="2026-05-01", window_to="")
    rows = output_facts(output, PERSON_KEY, 6)
    (verdict,) = rows_of(rows, "verdicts")
    assert (verdict["verdict"], verdict["position"], verdict["seq"]) == ("covered", 0, 1)
    assert (verdict["window_from"], verdict["window_to"]) == (DAY, None)
    (found,) = rows_of(rows, "findings")
    assert (found["amount_at_risk"], found["overlap_to"]) == (None, None)
    assert (found["caused_seq"], found["caused_item"]) == (3, 9)
    (counts,) = rows_of(rows, "registry_blocks")
    assert (counts["submitted"], counts["accepted"], counts["rejected"]) == (5, 1, 4)
    assert (counts["finding_revisions"], counts["verdicts"], counts["message_offset"]) == (1, 1, 6)


def test_an_answer_of_another_version_is_an_error() -> None:
    block = Chain().block({"t": "genesis", "genesis": {"first_day": FIRST_DAY, "policy": {}}})
    output = registry_says(block, FIRST_DAY)
    output["v"] = 2
    with pytest.raises(ValueError, match="unknown version"):
        output_facts(output, PERSON_KEY, 0)


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
    block = decode_block(value)
    (journal,) = rows_of(block_facts(block, DAY, 0)[0], "blocks")
    (registry,) = rows_of(
        output_facts(registry_says(block, FIRST_DAY), PERSON_KEY, 0), "registry_blocks"
    )
    for name in ("submissions", "submitted", "accepted", "duplicate", "rejected"):
        assert journal[name] == registry[name]


def facts_of(**lists: Any) -> Facts:
    """The facts of an answer with these lists."""
    block = Chain().block({"t": "genesis", "genesis": {"first_day": FIRST_DAY, "policy": {}}})
    return output_facts(registry_says(block, FIRST_DAY) | lists, PERSON_KEY, 0)  # type: ignore[arg-type]


def gap(kind: str, **more: Any) -> Any:
    return finding("gap", kind=kind, org_b="", assistance_b="", **more)


@pytest.mark.parametrize(
    ("found", "need", "enrolment"),
    [
        (gap("unmet-need", kind_a="need"), True, False),
        (gap("lapsed-coverage", kind_a="enrolment"), False, True),
        (gap("lapsed-coverage"), False, True),
        (gap("unmet-need"), False, False),  # of before it was recorded
        (finding("pair", kind_a="assistance"), False, False),
        (finding("pair"), False, False),
    ],
)
def test_a_gap_names_its_need_or_enrolment(found: Any, need: bool, enrolment: bool) -> None:
    (row,) = rows_of(facts_of(findings=[found]), "findings")
    assert row["need_id"] == (made_id("k1") if need else "")
    assert row["enrolment_id"] == (made_id("k1") if enrolment else "")
    assert row["assistance_a"] == made_id("k1")


def test_checks_are_kept_as_json_and_old_findings_have_none() -> None:
    checks = {"link": "same-recipient", "weight": 0}
    rows = rows_of(facts_of(findings=[finding("f", checks=checks), finding("g")]), "findings")
    assert [row["checks"] for row in rows] == [orjson.dumps(checks).decode(), ""]


DECISION = {
    "act": "decision",
    "decision_id": "d",
    "finding_id": "f",
    "revision": 1,
    "case_id": "c",
    "org": "ADMIN",
    "user": "ayse",
    "decision": "dismiss",
    "reason": "top-up",
    "effect": "notice-missing",
    "day": "2026-05-01",
}


def test_two_attempts_on_one_revision_are_two_rows_with_two_keys() -> None:
    later = {"version": 2, "role": "administrator", "caused_by": [1, 7], "effect": "applied"}
    first, second = rows_of(facts_of(decisions=[DECISION, DECISION | later]), "decisions")
    assert (first["role"], first["version"], first["effect"]) == ("", 0, "notice-missing")
    assert (second["role"], second["version"], second["effect"]) == ("administrator", 2, "applied")
    keys = {tuple(row[name] for name in DECISIONS.order_by.split(", ")) for row in (first, second)}
    assert len(keys) == 2


def test_the_confirmed_excess_is_not_recorded_in_what_was_written_before() -> None:
    old = {
        "case_id": "c",
        "purpose": "rent",
        "month": "2026-05-01",
        "amount": "5",
        "currency": "TRY",
    }
    new = old | {"amount_confirmed": "2", "district": "TUR034026"}
    first, second = rows_of(facts_of(excess=[old, new]), "excess")
    assert (first["amount_confirmed"], first["district"]) == (None, "")
    assert (second["amount_confirmed"], second["district"]) == (Decimal(2), "TUR034026")
