"""Reads the published views as the analyst and compares them with what was planted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra.errors import SystemUnavailable
from infra.settings import Settings
from lab.demo import compare
from lab.demo.plan import Plan
from lab.demo.records import Recorder
from projections import query as analyst
from projections.writer import wait_until_current

VIEWS_SECONDS: Final = 60.0

FINDINGS: Final = """
SELECT kind, strength, status, org_a, assistance_a, org_b, assistance_b, overlap_from, overlap_to,
    amount_at_risk FROM v1_findings"""
CASES: Final = "SELECT case_id, status, late, notified_day FROM v1_cases"
PARTIES: Final = "SELECT case_id, org, acknowledged_day, replied_day FROM v1_case_parties"
DECISIONS: Final = "SELECT act, org, decision, reason, effect FROM v1_decisions"
COUNTS: Final = """
SELECT org, sum(accepted) AS accepted, sum(duplicate) AS duplicate, sum(rejected) AS rejected
FROM v1_submissions GROUP BY org"""
REJECTIONS: Final = "SELECT reason, sum(records) AS records FROM v1_rejections GROUP BY reason"
PREVENTED: Final = """
SELECT count() AS payments, sum(amount) AS amount FROM v1_verdicts
WHERE outcome = 'cancelled-after-verdict' AND verdict = 'covered'"""
INTEGRITY: Final = "SELECT check_name, left_count, right_count, ok FROM v1_integrity"


@dataclass(frozen=True, slots=True)
class Result:
    """What the views say beside what was planted; equal if `differences` is empty."""

    families: list[compare.FamilyCount]
    cases: dict[str, int]
    """`open in time`, `closed`, and past its day, by whose day it is → how many."""
    counts: list[dict[str, Any]]
    integrity: list[dict[str, Any]]
    prevented: dict[str, Any]
    differences: list[str]


def verify(
    settings: Settings, plan: Plan, recorder: Recorder, about_cases: Mapping[str, int]
) -> Result:
    """Wait for the views, read them, compare. Raises SystemUnavailable if they stay behind."""
    if not wait_until_current(settings, VIEWS_SECONDS):
        raise SystemUnavailable(f"The views are behind the journal after {VIEWS_SECONDS:.0f} s.")
    references = recorder.references
    findings, counts = _rows(settings, FINDINGS), _rows(settings, COUNTS)
    cases, parties = _rows(settings, CASES), _rows(settings, PARTIES)
    integrity, (prevented,) = _rows(settings, INTEGRITY), _rows(settings, PREVENTED)
    return Result(
        families=compare.by_family(plan, findings, references),
        cases=dict(sorted(Counter(map(_place_of, cases)).items())),
        counts=counts,
        integrity=integrity,
        prevented=prevented,
        differences=[
            *compare.differing_findings(plan, findings, references),
            *compare.differing_cases(plan, cases, parties, recorder.id_of),
            *compare.differing_decisions(plan, _rows(settings, DECISIONS)),
            *compare.differing_counts(plan, counts, about_cases),
            *compare.differing_rejections(plan, _rows(settings, REJECTIONS)),
            *compare.differing_prevention(plan, prevented),
            *compare.failing_checks(integrity),
        ],
    )


def _place_of(case: Mapping[str, Any]) -> str:
    if case["late"]:
        return f"past the day of the {case['late']}"
    return "open in time" if case["status"] == "open" else "closed"


def _rows(settings: Settings, sql: str) -> list[dict[str, Any]]:
    answer = analyst.query(settings, sql)
    if answer.truncated:
        raise SystemUnavailable("The views hold more rows than a demo can have.")
    return answer.plain()
