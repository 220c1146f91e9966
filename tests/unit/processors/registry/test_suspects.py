"""Numbers that too many households list: a case, and nothing is switched off by itself."""

from typing import Any

from events.model import ADMINISTRATION
from events.outputs import CaseRevision
from tests.kit import System, token

QUARANTINE_ID = "00000000-0000-4000-8000-000000000001"


def suspect_cases(system: System) -> list[CaseRevision]:
    """The last revision of each case about a number."""
    cases = {case["case_id"]: case for out in system.outputs for case in out["cases"]}
    return [case for case in cases.values() if case["kind"] == "suspect-identifier"]


def listed(system: System, households: range, *, month: str = "2025-01") -> System:
    """So many households, unrelated but for one member."""
    for number in households:
        system.say(f"KIZ TEMEL k{number} rent/cash/m 100 {month} R=A{number} M=B{number},VICTIM")
    return system


def quarantine(system: System, version: int, status: str) -> None:
    subjects = [{"role": "quarantined", "tokens": [token("VICTIM")]}]
    fields: dict[str, Any] = {"quarantine_id": QUARANTINE_ID, "status": status}
    row = system.control("quarantine", version, ADMINISTRATION, subjects=subjects, **fields)
    assert row["disposition"] == "accepted", row


def test_the_eleventh_unrelated_household_opens_one_case() -> None:
    system = listed(System.ready(), range(10))
    assert suspect_cases(system) == []
    listed(system, range(10, 14))
    (case,) = suspect_cases(system)
    assert (case["status"], case["findings"], case["purpose"]) == ("open", 11, "")
    assert case["programmes"] == ["KIZ-TEMEL"]
    # it goes on counting: each household shares one member with each other
    assert len(system.findings()) == 14 * 13 / 2


def test_records_of_one_family_are_one_household() -> None:
    system = System.ready()
    for number in range(14):
        system.say(f"KIZ TEMEL k{number} health/cash/m 100 2025-01 R=P01 M=P02,P{number + 20}")
        system.say(f"STK NAKIT s{number} health/cash/m 100 2025-01 R=P05")
    assert suspect_cases(system) == []


def test_after_ninety_days_a_household_no_longer_counts() -> None:
    system = listed(System.ready(), range(5))
    system.step("2025-04-01")
    listed(system, range(5, 14))
    assert suspect_cases(system) == []
    listed(system, range(14, 16))
    assert [case["findings"] for case in suspect_cases(system)] == [11]


def test_a_quarantine_closes_the_case_and_switches_the_number_off() -> None:
    system = listed(System.ready(), range(11))
    quarantine(system, 1, "active")
    (case,) = suspect_cases(system)
    assert (case["status"], case["findings"]) == ("closed", 0)
    assert {finding["status"] for finding in system.findings().values()} == {"withdrawn"}
    quarantine(system, 2, "lifted")
    listed(system, range(11, 12))
    assert [case["status"] for case in suspect_cases(system)] == ["closed", "open"]
