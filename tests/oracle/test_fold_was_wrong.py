"""Histories on which the fold once differed from the oracle; the smallest ones, told by hand."""

import hashlib

from tests.kit import System
from tests.oracle.compare import differences, journalled
from tests.oracle.oracle import judge
from tests.speech import spoken, token


def agrees(system: System) -> list[str]:
    """The open findings of a system; fails where the oracle says anything else of its journal."""
    assert differences(system, judge(list(journalled(system)))) == []
    return [row.split(" [")[0] for row in system.open_rows(system.names | {"": ""})]


def said(system: System, *lines: str) -> System:
    """The system after these lines, all of them accepted."""
    for line in lines:
        assert system.say(line)["disposition"] == "accepted", line
    return system


def test_needs_are_not_joined_through_two_successions() -> None:
    bodies = [f"SUCCEED {org} {org}{n} {pair}" for n, pair in enumerate(("P01 X1", "X1 P02"))
              for org in ("STK", "KIZ")]  # fmt: skip
    system = said(
        System.ready(),
        *bodies,
        "NEED BEL n1 rent 2024-11-01 R=P01 M=P03",
        "NEED STK n2 rent 2024-11-02 R=P02 M=P03",
    )
    assert agrees(system) == ["unmet-need certain n1–", "unmet-need certain n2–"]


def test_a_probable_enrolment_that_is_reported_later_takes_a_lapse_back() -> None:
    system = System.ready()
    for org, programme in (("KIZ", "KIZ-TEMEL"), ("STK", "STK-AID")):
        system.control("programme", 2, org, programme=programme, owner=org, purpose="basic-needs")
    system.step("2025-03-01")
    ended = "ended_on=2024-12-30 end_reason=programme-closed"
    said(system, f"ENROL KIZ TEMEL e1 2024-10-01 R=P01 M=P02 {ended}")
    assert agrees(system) == ["lapsed-coverage certain e1–"]
    said(system, "ENROL STK AID e2 2025-01-05 R=P02")
    assert agrees(system) == []
    said(system, "ENROL STK AID e2 2024-12-01 R=P02 version=2")
    assert agrees(system) == ["lapsed-coverage certain e1–"]


def test_a_number_in_quarantine_makes_nobody_the_same_recipient() -> None:
    system = System.ready()
    system.policy(2, "2025-01-01", shared_identifier_recipients=3)
    phone = ["weak.phone", hashlib.sha256(b"F1").hexdigest()[:32]]
    for org, who in (("KIZ", "P01"), ("STK", "P01"), ("BEL", "P09")):
        _, reference, record = spoken(f"{org} AID {org.lower()}1 rent/cash/m 100 2026-05 R={who}")
        record["subjects"][0]["tokens"].append(phone)
        system.names[record["assistance_id"]] = reference
        assert system.submit(org, record)[0]["disposition"] == "accepted"
    assert len(agrees(system)) == 3
    quarantined = [{"role": "quarantined", "tokens": [token("P01")]}]
    name = "00000000-0000-4000-8000-000000000001"
    system.control("quarantine", 1, quarantine_id=name, status="active", subjects=quarantined)
    assert agrees(system) == []
    system.control("quarantine", 2, quarantine_id=name, status="lifted", subjects=quarantined)
    assert len(agrees(system)) == 3


def test_a_lower_version_that_comes_late_takes_no_reservation_away() -> None:
    system = said(
        System.ready(),
        "PLAN BEL AID b1 rent/cash/m 900 2025-01 R=P01 version=2",
        "ESN AID e1 rent/cash/m 900 2025-01 R=P01",
        "PLAN BEL AID b1 rent/cash/m 900 2025-01 R=P01 version=1",
        "STK AID s1 rent/cash/m 900 2025-01 R=P01",
    )
    assert agrees(system) == ["double-coverage certain e1–s1"]
    assert system.verdicts()["STK", "s1", 2]["answer"]["basis"] == "reserved"
