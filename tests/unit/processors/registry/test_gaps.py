"""Needs that nobody met, coverage that ended, plans that lapse; all by the test clock."""

from datetime import date, timedelta

import pytest

from tests.kit import System

TODAY = date(2026, 5, 20)


def day(back: int) -> str:
    """The ISO date so many days before today."""
    return (TODAY - timedelta(days=back)).isoformat()


def world(*lines: str) -> System:
    """A system on the day, in which KIZ-TEMEL is for basic needs, after these lines."""
    system = System.ready()
    for org in ("KIZ", "ESN"):
        code = {"KIZ": "TEMEL", "ESN": "AID"}[org]
        system.control("programme", 2, programme=f"{org}-{code}", owner=org, purpose="basic-needs")
    system.step(TODAY.isoformat())
    for line in lines:
        row = system.say(line)
        assert row["disposition"] == "accepted", row
    return system


def gaps(system: System) -> list[str]:
    """Open gaps as `kind reference purpose`."""
    return sorted(
        f"{f['kind']} {system.names[f['assistance_a']]} {f['purpose']}"
        for f in system.findings().values()
        if f["status"] == "open"
    )


def test_s24_i_a_need_of_31_days_is_unmet() -> None:
    system = world(f"NEED BEL n1 basic-needs {day(31)} R=P01")
    assert gaps(system) == ["unmet-need n1 basic-needs"]
    (found,) = system.findings().values()
    assert (found["overlap_from"], found["overlap_to"]) == (day(31), "")
    assert found["amount_at_risk"] is None
    assert (found["org_b"], found["assistance_b"]) == ("", "")


def test_s24_ii_29_days_are_none_and_the_tick_makes_it_one() -> None:
    system = world(f"NEED BEL n1 basic-needs {day(29)} R=P02")
    assert gaps(system) == []
    system.step(day(-1))
    assert gaps(system) == ["unmet-need n1 basic-needs"]


def test_s24_iii_met_by_a_spouse() -> None:
    paid = f"KIZ TEMEL k1 basic-needs/cash/m 6000 {day(10)},{day(-20)} R=P05 M=P04"
    need = f"NEED BEL n1 basic-needs {day(40)} R=P04 M=P05"
    assert gaps(world(need, paid)) == []
    assert gaps(world(paid, need)) == []


def test_s24_iv_one_gap_a_person_and_purpose_of_the_earliest_need() -> None:
    system = world(
        f"NEED BEL n1 basic-needs {day(40)} R=P06", f"NEED STK n2 basic-needs {day(41)} R=P06"
    )
    assert gaps(system) == ["unmet-need n2 basic-needs"]
    system.say(f"NEED STK n2 basic-needs {day(41)} R=P06 closed_on={day(0)} version=2")
    assert gaps(system) == ["unmet-need n1 basic-needs"]


def test_s24_v_a_reservation_defers_until_it_lapses() -> None:
    plan = f"PLAN KIZ TEMEL k1 basic-needs/cash/m 6000 {day(0)},{day(-31)} R=P07"
    system = world(f"NEED BEL n1 basic-needs {day(40)} R=P07", plan)
    assert gaps(system) == []
    system.step(day(-29))
    assert gaps(system) == []
    system.step(day(-30))
    assert gaps(system) == ["unmet-need n1 basic-needs"]
    assert system.verdicts()["KIZ", "k1", 1]["outcome"] == "lapsed"


@pytest.mark.parametrize(
    ("purpose", "days"),
    [
        ("protection", 7), ("food", 14), ("health", 14), ("winterisation", 21), ("rent", 30),
        ("hygiene", 30), ("education", 45), ("livelihood", 90),
    ],
)  # fmt: skip
def test_days_of_each_purpose(purpose: str, days: int) -> None:
    more = " protected=false" if purpose == "protection" else ""
    assert gaps(world(f"NEED BEL n1 {purpose} {day(days - 1)} R=P01{more}")) == []
    system = world(f"NEED BEL n1 {purpose} {day(days)} R=P01{more}")
    assert gaps(system) == [f"unmet-need n1 {purpose}"]


def test_basic_needs_meet_food_and_not_the_other_way_round() -> None:
    paid = f"KIZ TEMEL k1 basic-needs/cash/m 6000 {day(10)},{day(-20)} R=P01"
    assert gaps(world(f"NEED BEL n1 food {day(40)} R=P01", paid)) == []
    paid = f"KIZ AID k1 food/cash/m 6000 {day(10)},{day(-20)} R=P01"
    assert gaps(world(f"NEED BEL n1 basic-needs {day(40)} R=P01", paid)) != []


def test_help_that_ended_before_the_need_does_not_meet_it() -> None:
    paid = f"KIZ TEMEL k1 basic-needs/cash/m 6000 {day(70)},{day(40)} R=P01"
    assert gaps(world(paid, f"NEED BEL n1 basic-needs {day(40)} R=P01")) != []
    assert gaps(world(paid, f"NEED BEL n1 basic-needs {day(41)} R=P01")) == []


def test_money_that_comes_back_opens_the_gap_again() -> None:
    paid = f"KIZ TEMEL k1 basic-needs/cash/m 6000 {day(10)},{day(-20)} R=P01"
    system = world(f"NEED BEL n1 basic-needs {day(40)} R=P01", paid)
    system.say(f"RETURN {paid} version=3 returned_amount=6000")
    assert gaps(system) == ["unmet-need n1 basic-needs"]


def test_a_protected_record_meets_nothing() -> None:
    paid = f"KIZ TEMEL k1 basic-needs/cash/m 6000 {day(10)},{day(-20)} R=P01 protected=true"
    assert gaps(world(f"NEED BEL n1 basic-needs {day(40)} R=P01", paid)) != []
    assert gaps(world(f"NEED BEL n1 basic-needs {day(40)} R=P01 protected=true")) == []


def ended(reason: str, back: int, person: str) -> str:
    """An enrolment in KIZ-TEMEL that ended so many days ago."""
    return f"ENROL KIZ TEMEL e1 2026-01-01 R={person} ended_on={day(back)} end_reason={reason}"


@pytest.mark.parametrize(
    ("reason", "is_lapse"),
    [
        ("programme-closed", True), ("moved", True), ("document-expired", True),
        ("non-collection", True), ("formal-employment", False), ("no-longer-eligible", False),
        ("graduated", False), ("deceased", False), ("left-country", False), ("voluntary", False),
    ],
)  # fmt: skip
def test_s25_reasons(reason: str, is_lapse: bool) -> None:
    system = world(ended(reason, 31, "P01"))
    assert gaps(system) == (["lapsed-coverage e1 basic-needs"] if is_lapse else [])


def test_s25_v_moved_and_paid_by_another() -> None:
    paid = f"ESN AID n1 basic-needs/cash/m 6000 {day(20)},{day(-10)} R=P05"
    assert gaps(world(ended("moved", 31, "P05"), paid)) == []


def test_s25_vi_29_days() -> None:
    system = world(ended("programme-closed", 29, "P06"))
    assert gaps(system) == []
    system.step(day(-1))
    assert gaps(system) == ["lapsed-coverage e1 basic-needs"]


def test_a_new_enrolment_is_no_lapse() -> None:
    again = f"ENROL ESN AID e2 {day(20)} R=P01"
    assert gaps(world(ended("programme-closed", 31, "P01"), again)) == []


def test_s14_a_lapsed_plan_blocks_nobody_and_frees_whom_it_blocked() -> None:
    system = world(f"PLAN KIZ TEMEL k1 basic-needs/cash/m 6000 {day(0)},{day(-40)} R=P01")
    line = f"PLAN BEL AID b1 basic-needs/cash/m 5000 {day(0)},{day(-40)} R=P01"
    assert system.verdict(line) == "covered"
    system.step(day(-30))
    notices = [notice for output in system.outputs for notice in output["notices"]]
    assert [(n["org"], system.names[n["assistance_id"]], n["kind"]) for n in notices] == [
        ("BEL", "b1", "freed")
    ]
    assert system.verdicts()["KIZ", "k1", 1]["outcome"] == "lapsed"
    line = f"PLAN STK AID s1 basic-needs/cash/m 5000 {day(0)},{day(-40)} R=P01"
    assert system.verdict(line) == "clear"


def test_a_cancelled_plan_frees_whom_it_blocked() -> None:
    line = f"KIZ TEMEL k1 basic-needs/cash/m 6000 {day(0)},{day(-40)} R=P01"
    system = world(f"PLAN {line}")
    system.say(f"PLAN BEL AID b1 basic-needs/cash/m 5000 {day(0)},{day(-40)} R=P01")
    system.say(f"CANCEL {line} version=2")
    notices = [notice for output in system.outputs for notice in output["notices"]]
    assert [notice["org"] for notice in notices] == ["BEL"]


def test_an_inquiry_is_answered_and_holds_nothing() -> None:
    system = world(f"KIZ TEMEL k1 basic-needs/cash/m 6000 {day(10)},{day(-20)} R=P01")
    asked = f"ASK BEL AID b1 basic-needs/cash/m {day(0)},{day(-20)} R=P01"
    assert system.verdict(asked) == "covered"
    row = system.say(asked)
    assert row["disposition"] == "duplicate"
    assert row["answer"] is not None
    assert row["answer"]["verdict"] == "covered"
    assert system.verdict(f"ASK BEL AID b2 rent/cash/m {day(0)},{day(-20)} R=P02") == "clear"
    line = f"PLAN STK AID s1 rent/cash/m 5 {day(0)},{day(-20)} R=P02"
    assert system.verdict(line) == "clear"
    assert system.open_rows() == []
