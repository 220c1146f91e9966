"""Purposes that meet as part, programmes that exclude each other, two people above a sum."""

from typing import Any

import pytest
from pydantic import ValidationError

from events.model import PolicyRules
from events.outputs import FindingRevision
from tests.kit import System
from tests.unit.processors.registry.desk import Desk

MAY = "[2026-05-01,2026-06-01)"
AS_PART = {"as_part": [["basic-needs", "food"], ["education", "rent"]]}
EXCLUDING = {"excluding_programmes": [["KIZ-TEMEL", "STK-NAKIT"], ["KIZ-OKUL", "STK-EDU"]]}


def system_with(**rules: Any) -> System:
    """A system whose second policy has these rules."""
    system = System.ready()
    assert system.policy(2, "2025-01-01", **rules)["disposition"] == "accepted"
    return system


def said(system: System, *lines: str) -> list[str]:
    """The verdict on each of the lines."""
    rows = [system.say(line) for line in lines]
    assert {row["disposition"] for row in rows} == {"accepted"}
    return [row["answer"]["verdict"] for row in rows if row["answer"]]


def the_finding(system: System) -> FindingRevision:
    """The only finding."""
    (found,) = system.findings().values()
    return found


# -- as part -------------------------------------------------------------------------------------

BASIC = "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P01 M=P02"
FOOD = "STK AID s1 food/voucher/m 3000 2026-05 R=P01 M=P02"


def test_s26_a_part_is_at_most_probable_and_in_no_excess() -> None:
    system = system_with(**AS_PART)
    assert said(system, BASIC, FOOD) == ["clear", "review"]
    found = the_finding(system)
    assert (found["strength"], found["purpose"]) == ("probable", "basic-needs")
    checks: dict[str, Any] = {**found["checks"]}
    assert (checks["meets_by"], checks["matched_as"]) == ("as-part", "household")
    assert checks["link"] == "same-recipient"
    assert not any(row["amount"] for out in system.outputs for row in out["excess"])
    answer = system.verdicts()["STK", "s1", 2]["answer"]
    assert (answer["purpose"], answer["focal"]) == ("food", "")


@pytest.mark.parametrize(
    ("other", "rows"),
    [
        ("STK AID s1 food/voucher/m 3000 2026-05 R=P02 M=P09", [f"probable k1–s1 {MAY} 3000.00"]),
        ("STK AID s1 food/voucher/m 3000 2026-05 R=P08 M=P02", [f"possible k1–s1 {MAY} 3000.00"]),
        ("STK AID s1 hygiene/voucher/m 3000 2026-05 R=P01", []),
        ("STK AID s1 food/service/m 3000 2026-05 R=P01", []),
        ("STK AID s1 food/voucher/m 3000 2026-05 R=P01 protected=true", []),
        ("STK AID s1 food/voucher/m 3000 2026-05-28,2026-06-28 R=P01", []),
    ],
)
def test_a_part_meets_as_any_pair_does(other: str, rows: list[str]) -> None:
    for lines in ((BASIC, other), (other, BASIC)):
        system = system_with(**AS_PART)
        said(system, *lines)
        assert system.open_rows() == [f"double-coverage {row}" for row in rows]


def test_a_part_of_a_households_purpose_is_matched_as_for_a_household() -> None:
    system = system_with(**AS_PART)
    said(
        system,
        "KIZ OKUL k1 education/cash/m 900 2026-05 R=P16 B=P17",
        "STK RENT s1 rent/cash/m 3000 2026-05 R=P16 M=P18",
    )
    assert system.open_rows() == [f"double-coverage probable k1–s1 {MAY} 900.00"]
    assert the_finding(system)["checks"].get("matched_as") == "household"


def test_complements_hold_for_a_part_and_one_programme_is_a_repeated_payment() -> None:
    system = system_with(**AS_PART)
    for org, code, other in (("KIZ", "TEMEL", "STK-AID"), ("STK", "AID", "KIZ-TEMEL")):
        programme = {"programme": f"{org}-{code}", "owner": org, "complements": [other]}
        system.control("programme", 2, org, **programme)
    said(system, BASIC, FOOD)
    assert system.open_rows() == []
    said(system, "KIZ TEMEL k2 food/cash/m 500 2026-05 R=P01")
    assert system.open_rows() == [f"repeated-payment probable k1–k2 {MAY} 500.00"]


def test_a_policy_that_is_not_in_force_yet_lets_no_purposes_meet() -> None:
    system = System.ready()
    system.policy(2, "2026-06-01", **AS_PART)
    said(system, BASIC, FOOD)
    assert system.open_rows() == []


# -- programmes that exclude each other ----------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "rows"),
    [
        ("STK NAKIT s1 rent/cash/m 1500 2026-05 R=P02 M=P01", [f"certain k1–s1 {MAY} 1500.00"]),
        ("STK NAKIT s1 health/in-kind/m 10 2026-05 R=P01", [f"certain k1–s1 {MAY} 10.00"]),
        ("STK NAKIT s1 other/cash/m 10 2026-05 R=P02 M=P09", [f"probable k1–s1 {MAY} 10.00"]),
        ("STK NAKIT s1 education/cash/m 10 2026-05 R=P01 B=P03", [f"certain k1–s1 {MAY} 10.00"]),
        ("STK NAKIT s1 protection/cash/m 10 2026-05 R=P01", []),
        ("STK NAKIT s1 protection/cash/m 10 2026-05 R=P01 protected=false", []),
        ("STK NAKIT s1 rent/cash/m 10 2026-05 R=P01 protected=true", []),
        ("STK NAKIT s1 rent/service/m 10 2026-05 R=P01", []),
        ("STK NAKIT s1 rent/cash/m 10 2026-05-28,2026-06-28 R=P01", []),
        ("STK RENT s1 rent/cash/m 10 2026-05 R=P01", []),
    ],
)
def test_excluding_programmes_meet_whatever_they_are_for(other: str, rows: list[str]) -> None:
    for lines in ((BASIC, other), (other, BASIC)):
        system = system_with(**EXCLUDING)
        said(system, *lines)
        assert system.open_rows() == [f"double-coverage {row}" for row in rows]
        checks = [dict(found["checks"]) for found in system.findings().values()]
        assert [one["meets_by"] for one in checks] == ["excluding-programmes"] * len(rows)
        assert [one["modality_class"] for one in checks] == [None] * len(rows)


def test_excluding_programmes_of_beneficiaries_are_matched_by_beneficiary() -> None:
    system = system_with(**EXCLUDING)
    one = "KIZ OKUL k1 education/cash/m 900 2026-05 R=P16 B=P17"
    said(system, one, "STK EDU s1 livelihood/cash/m 900 2026-05 R=P16 B=P18")
    assert system.open_rows() == []
    said(system, "STK EDU s2 livelihood/cash/m 900 2026-05 R=P19 B=P17")
    assert system.open_rows() == [f"double-coverage certain k1–s2 {MAY} 900.00"]


def test_what_both_bodies_signed_stands_above_what_two_owners_declare() -> None:
    system = system_with(**EXCLUDING)
    for org, code, other in (("KIZ", "TEMEL", "STK-NAKIT"), ("STK", "NAKIT", "KIZ-TEMEL")):
        programme = {"programme": f"{org}-{code}", "owner": org, "complements": [other]}
        system.control("programme", 2, org, **programme)
    assert said(system, BASIC, "STK NAKIT s1 rent/cash/m 1500 2026-05 R=P01") == [
        "clear", "covered",
    ]  # fmt: skip


def test_s27_the_purpose_is_that_of_a_and_the_excess_stands_in_its_case() -> None:
    system = system_with(excluding_programmes=[["KIZ-TEMEL", "STK-NAKIT"]])
    lines = (
        "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P01 M=P02",
        "STK NAKIT s1 rent/cash/m 1500 2026-05 R=P02 M=P01",
        "BEL AID b1 basic-needs/cash/m 100 2026-05 R=P01",
        "BEL AID b2 rent/cash/m 100 2026-05 R=P02",
    )
    said(system, *lines)
    cases = {case["case_id"]: case for out in system.outputs for case in out["cases"]}
    programmes = {case["purpose"]: case["programmes"] for case in cases.values()}
    assert programmes == {
        "basic-needs": ["BEL-AID", "KIZ-TEMEL", "STK-NAKIT"],
        "rent": ["BEL-AID", "STK-NAKIT"],
    }
    rows = {row["purpose"]: row["amount"] for out in system.outputs for row in out["excess"]}
    # b1 and s1 may stand together: of what k1 meets the larger is too much
    assert rows == {"basic-needs": "1600.00", "rent": "100.00"}


def test_an_amended_purpose_ends_or_begins_a_meeting() -> None:
    system = system_with(**EXCLUDING)
    rent = "STK NAKIT s1 {}/cash/m 1500 2026-05 R=P01"
    said(system, BASIC, rent.format("rent"))
    system.say("AMEND " + rent.format("protection") + " version=3")
    assert system.open_rows() == []
    system.say("AMEND " + rent.format("health") + " version=4 protected=false")
    assert system.open_rows() == [f"double-coverage certain k1–s1 {MAY} 1500.00"]


# -- at the door ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"as_part": [["food", "food"]]}, "as_part"),
        ({"as_part": [["food", "rent"], ["rent", "food"]]}, "as_part"),
        ({"as_part": [["food", "health"]]}, "as_part"),
        ({"as_part": [["food", "bread"]]}, "rules.as_part.0.1"),
        ({"excluding_programmes": [["KIZ-TEMEL", "KIZ-TEMEL"]]}, "excluding_programmes"),
        ({"excluding_programmes": [["KIZ-TEMEL"]]}, "rules.excluding_programmes.0.1"),
        ({"two_people_above": {"amount": "5", "currency": "EUR"}}, "two_people_above"),
        ({"two_people_above": {"amount": "5.123", "currency": "TRY"}}, "two_people_above"),
        ({"two_people_above": {"amount": "5"}}, "rules.two_people_above.currency"),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(rules: dict[str, Any], field: str) -> None:
    row = System.ready().policy(2, "2025-01-01", **rules)
    assert row["disposition"] == "rejected"
    assert row["field"] == field


def test_a_sum_in_a_currency_with_a_rate_can_be_compared() -> None:
    above = {"two_people_above": {"amount": "5", "currency": "EUR"}}
    with pytest.raises(ValidationError):
        PolicyRules.model_validate(above)
    assert PolicyRules.model_validate(above | {"rates": {"EUR": "48"}}).two_people_above


# -- two people above a sum ----------------------------------------------------------------------


def desk_with(amount: str, currency: str = "TRY", **rules: Any) -> Desk:
    """A desk under a policy with that sum; S01's excess is 6000 a month."""
    above = {"amount": amount, "currency": currency}
    return Desk(system_with(two_people_above=above, **rules))


def test_s28_a_large_sum_is_confirmed_by_two() -> None:
    desk = desk_with("5000").pays(1)
    assert desk.decides("confirm", "none") == "waits-for-second"
    assert desk.statuses() == ["open"]
    assert desk.decides("confirm", "none") == "waits-for-second", "the same account again"
    assert desk.decides("confirm", "none", "baris") == "applied"
    assert desk.statuses() == ["confirmed"]


def test_s28_a_small_sum_is_confirmed_by_one() -> None:
    assert desk_with("6000").pays(1).decides("confirm", "none") == "applied"
    assert desk_with("5999.99").pays(1).decides("confirm", "none") == "waits-for-second"
    assert Desk().pays(1).decides("confirm", "none") == "applied", "off until it is set"


def test_all_months_count_open_and_confirmed() -> None:
    desk = desk_with("10000").pays(1)
    assert desk.decides("confirm", "none") == "applied"
    desk.pays(2, "2025-02")
    second = list(desk.system.findings().values())[1]
    assert desk.decides("confirm", "none", finding=second) == "waits-for-second"


def test_one_person_dismisses_however_much_it_is_and_the_rest_is_small_then() -> None:
    desk = desk_with("5000").pays(1).pays(2, "2025-02")
    first, second = desk.system.findings().values()
    assert desk.decides("dismiss", "not-paid", finding=first) == "applied"
    assert desk.decides("confirm", "none", finding=second) == "waits-for-second"
    desk = desk_with("7000").pays(1).pays(2, "2025-02")
    first, second = desk.system.findings().values()
    desk.decides("dismiss", "not-paid", finding=first)
    assert desk.decides("confirm", "none", finding=second) == "applied"


def test_a_sum_in_another_currency_is_compared_at_the_policys_rate() -> None:
    assert (
        desk_with("120", "EUR", rates={"EUR": "50"}).pays(1).decides("confirm", "none") == "applied"
    )
    assert (
        desk_with("119", "EUR", rates={"EUR": "50"}).pays(1).decides("confirm", "none")
        == "waits-for-second"
    )


def test_an_excess_that_nobody_knows_may_be_large() -> None:
    desk = desk_with("9999999").pays(1)
    desk.system.say("BEL AID b1 basic-needs/cash/m 1 2025-01 R=P01 currency=EUR")
    assert desk.decides("confirm", "none") == "waits-for-second"


def test_where_aid_stops_the_notice_is_asked_for_as_ever() -> None:
    desk = desk_with("1").pays(1)
    assert desk.decides("confirm", "stop-next") == "notice-missing"


def test_an_answer_to_an_appeal_needs_two_only_for_what_was_not_confirmed() -> None:
    desk = desk_with("5000").pays(1)
    desk.decides("confirm", "none")
    desk.decides("confirm", "none", "baris")
    assert desk.appeals() == "applied"
    assert desk.decides("confirm", "none", "selin") == "applied"
