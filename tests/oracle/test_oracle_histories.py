"""The random histories are submittable and dense, and the oracle is true to its own rules."""

import ast
from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import codec
from tests.oracle.__main__ import measured, seen_in
from tests.oracle.facts import CASE_FACTS, Fact, Tick
from tests.oracle.histories import histories
from tests.oracle.oracle import judge
from tests.oracle.told import (
    ADMIN,
    NO_DIGEST,
    ORGS,
    SUPERVISOR,
    Say,
    StepTo,
    Told,
    facts_of,
    signed_with,
)

FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
OURS = ("events", "infra", "producers", "processors", "projections", "dashboards", "cli")
DRIVERS = ("story.py", "compare.py", "proving.py", "faults.py", "seeding.py")
"""What feeds the oracle, or compares it with the fold; it computes nothing."""
KINDS = ("double-coverage", "repeated-payment", "over-cap", "unmet-need", "lapsed-coverage")


@FEW
@given(histories())
def test_records_are_submittable(told: Told) -> None:
    days = [step.day for step in told.steps if isinstance(step, StepTo)]
    assert days == sorted(set(days))
    for step in signed_with(told, lambda record: f"{record['version']:064x}").steps:
        if isinstance(step, Say):
            codec.parse_record(codec.dumps(step.record))
            assert step.record.get("policy_digest") != NO_DIGEST


def test_histories_are_dense() -> None:
    shares = measured(150)
    assert shares["finding"] >= 0.3
    for kind in KINDS:
        assert shares[f"finding {kind}"] >= 0.03
    for strength in ("certain", "probable", "possible"):
        assert shares[f"finding double-coverage {strength}"] >= 0.03
    for status in ("confirmed", "dismissed"):
        assert shares[f"status {status}"] >= 0.03
    assert shares["decision or appeal"] >= 0.4
    assert shares["decision or appeal with effect"] >= 0.2
    assert shares["party late"] >= 0.1


@FEW
@given(histories())
def test_acts_are_submittable(told: Told) -> None:
    for fact in facts_of(told):
        if isinstance(fact, Fact) and fact.record["kind"] in CASE_FACTS:
            record = {k: v for k, v in fact.record.items() if k not in ("finding", "case")}
            about = "case_id" if "case" in fact.record else "finding_id"
            codec.parse_record(codec.dumps(record | {about: "0" * 32, "nonce": "0" * 32}))
            assert fact.org in (*ORGS, ADMIN, SUPERVISOR)
            assert (fact.record["kind"] == "decision") == bool(fact.user)


@FEW
@given(histories(with_acts=False), st.data())
def test_pairs_do_not_depend_on_the_order(told: Told, data: st.DataObject) -> None:
    facts = facts_of(told)
    shuffled = _signatures_last([facts[0], *data.draw(st.permutations(facts[1:]))])
    assert _pairs(shuffled) == _pairs(facts)


@FEW
@given(histories())
def test_the_parts_of_a_judgement_agree(told: Told) -> None:
    judged = judge(facts_of(told))
    assert all(judged.revisions[row.name] for row in judged.findings)
    standing = {row.key for row in judged.findings if row.kind != "over-cap"}
    in_cases = [key for case in judged.cases for key in case]
    assert sorted(in_cases) == sorted(standing)
    assert set(judged.outcomes) == set(judged.answers)
    for answer in judged.answers.values():
        assert (answer.basis is None) == (answer.window is None)
        assert (answer.basis is None) == (answer.verdict in ("clear", "uncheckable"))
    for months in judged.excess.values():
        assert all(amount is None or float(amount) > 0 for amount in months.values())
    for key in judged.prevented:
        assert any(name[:2] == key for name in judged.outcomes)
    assert ("finding" in seen_in(judged)) == bool(judged.findings)


def test_the_oracle_is_independent() -> None:
    folder = Path(__file__).parent
    seen = 0
    for path in folder.glob("*.py"):
        if path.name.startswith("test_") or path.name in DRIVERS:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            for name in names:
                seen += 1
                ours = name.partition(".")[0] in OURS or name.startswith("tests.")
                assert not ours or name.startswith(("tests.oracle.", "events.money")), name
    assert seen > 50


def _pairs(facts: Sequence[Fact | Tick]) -> set[object]:
    """The rows that follow from the set of facts alone: gaps may hang on a plan's answer."""
    rows = judge(facts, with_cases=False).findings
    return {row for row in rows if row.kind not in ("unmet-need", "lapsed-coverage")}


def _signatures_last(facts: list[Fact | Tick]) -> list[Fact | Tick]:
    """With a signature after the policy that it signs."""
    return sorted(
        facts, key=lambda f: isinstance(f, Fact) and f.record["kind"] == "policy-signature"
    )
