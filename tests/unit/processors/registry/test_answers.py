"""Answers: verdicts, reservations, who is told what, and which stages are answered."""

import pytest

from events.journal import decode_block
from events.outputs import Answer
from tests.kit import System, assistance, assistance_id, spoken

PLAN = "PLAN KIZ TEMEL k1 basic-needs/cash/m 600 2026-05 R=P01"
OTHER = "PLAN STK NAKIT s1 basic-needs/cash/m 800 2026-05 R=P01"
THIRD = "PLAN UNH AID u1 basic-needs/cash/m 400 2026-05 R=P01"


def plan(system: System, line: str) -> Answer:
    """The answer to a line."""
    answer = system.say(line)["answer"]
    assert answer is not None
    return answer


def test_clear_says_nothing_of_anyone() -> None:
    answer = plan(System.ready(), PLAN)
    assert answer == {
        "verdict": "clear",
        "basis": "",
        "purpose": "basic-needs",
        "window_from": "",
        "window_to": "",
        "focal": "",
        "policy": 1,
        "assurance": "hmac",
        "answered_day": "2025-01-01",
    }


def test_covered_names_basis_window_and_focal_person() -> None:
    system = System.ready()
    system.say(PLAN.removeprefix("PLAN "))
    answer = plan(system, OTHER.replace("2026-05", "2026-05-20,2026-06-20"))
    assert (answer["verdict"], answer["basis"]) == ("covered", "delivered")
    assert (answer["window_from"], answer["window_to"]) == ("2026-05-20", "2026-06-01")
    assert answer["focal"] == "focal@kiz.example"


def test_the_focal_person_is_the_current_one() -> None:
    system = System.ready()
    system.say(PLAN)
    system.control("partner", 2, org="KIZ", name="KIZ", mailbox="new@kiz.example")
    assert plan(system, OTHER)["focal"] == "new@kiz.example"


@pytest.mark.parametrize(
    ("stage", "answered"),
    [("planned", True), ("delivered", True), ("cancelled", False), ("returned", False)],
)
def test_answered_stages(stage: str, answered: bool) -> None:
    system = System.ready()
    more = " returned_amount=1" if stage == "returned" else ""
    row = system.say(f"{PLAN.removeprefix('PLAN ')} version=1 stage={stage}{more}")
    assert row["disposition"] == "accepted"
    assert (row["answer"] is not None) == answered


def test_an_amended_plan_is_answered_and_an_amended_delivery_is_not() -> None:
    base = PLAN.removeprefix("PLAN ")
    system = System.ready()
    system.say(PLAN)
    assert system.verdict(f"AMEND {base} version=2 household_size=3") == "clear"
    system.say(f"{base} version=3")
    assert system.say(f"AMEND {base} version=4 household_size=4")["answer"] is None
    system.say(f"RETURN {base} version=5 returned_amount=600")
    assert system.say(f"AMEND {base} version=6 returned_amount=600")["answer"] is None


def test_uncheckable_and_what_goes_first() -> None:
    system = System.ready()
    _, _, record = spoken("STK NAKIT s1 rent/cash/m 800 2026-05 R=P01 M=P02")
    record["subjects"][0]["tokens"] = []
    row = system.submit("STK", record)[0]
    assert row["answer"]
    assert row["answer"]["verdict"] == "uncheckable"
    assert row["disposition"] == "accepted"
    # a protected one is itself always answered clear
    _, _, hidden = spoken("STK NAKIT s2 rent/cash/m 800 2026-05 R=P01 protected=true")
    hidden["subjects"][0]["tokens"] = []
    row = system.submit("STK", hidden)[0]
    assert row["answer"]
    assert row["answer"]["verdict"] == "clear"


def test_an_uncheckable_plan_holds_nothing() -> None:
    system = System.ready()
    _, _, record = spoken(PLAN)
    record["subjects"][0]["tokens"] = []
    system.submit("KIZ", record)
    assert system.verdict(OTHER) == "clear"


def test_a_duplicate_repeats_the_first_answer_of_its_version() -> None:
    system = System.ready()
    first = plan(system, PLAN)
    system.say(OTHER.removeprefix("PLAN "))  # delivered in the meantime
    system.step("2025-01-20")
    again = system.say(PLAN)
    assert (again["disposition"], again["answer"]) == ("duplicate", first)
    later = plan(system, f"{PLAN} version=3")
    assert later["verdict"] == "covered"
    assert plan(system, PLAN) == first
    assert plan(system, f"{PLAN} version=3") == later


def test_a_duplicate_of_an_unanswered_stage_has_no_answer() -> None:
    system = System.ready()
    system.say(PLAN)
    line = f"CANCEL {PLAN.removeprefix('PLAN ')}"
    system.say(line)
    assert system.say(line)["answer"] is None


# -- reservations --------------------------------------------------------------------------------


def test_a_clear_plan_holds_and_a_refused_one_does_not() -> None:
    system = System.ready()
    assert system.verdict(PLAN) == "clear"
    assert plan(system, OTHER)["basis"] == "reserved"
    system.say(f"CANCEL {PLAN.removeprefix('PLAN ')}")
    # s1 was refused, so it holds nothing
    assert system.verdict(THIRD) == "clear"
    assert system.open_rows() == []


def test_a_reservation_does_not_block_its_own_later_versions() -> None:
    system = System.ready()
    system.say(PLAN)
    assert system.verdict(f"{PLAN} version=2") == "clear"
    assert system.verdict(f"{PLAN.removeprefix('PLAN ')} version=3") == "clear"


@pytest.mark.parametrize(("day", "verdict"), [("2025-01-30", "covered"), ("2025-01-31", "clear")])
def test_a_reservation_lapses_thirty_days_after_its_first(day: str, verdict: str) -> None:
    system = System.ready()
    system.say(PLAN)  # first day: 2025-01-01
    system.step(day)
    assert system.verdict(OTHER) == verdict


@pytest.mark.parametrize(("day", "verdict"), [("2025-03-01", "covered"), ("2025-03-02", "clear")])
def test_one_further_plan_renews_it_by_thirty_days_from_its_end(day: str, verdict: str) -> None:
    system = System.ready()
    system.say(PLAN)
    system.step("2025-01-10")
    system.say(f"{PLAN} version=2")
    system.step("2025-01-20")
    system.say(f"{PLAN} version=3")  # renewed once, and not again
    system.step(day)
    assert system.verdict(OTHER) == verdict


def test_a_plan_sent_again_after_the_lapse_holds_nothing() -> None:
    system = System.ready()
    system.say(PLAN)
    system.step("2025-01-31")
    assert system.verdict(f"{PLAN} version=2") == "clear"
    assert system.verdict(OTHER) == "clear"


def test_sending_the_same_version_again_renews_nothing() -> None:
    system = System.ready()
    system.say(PLAN)
    system.step("2025-01-20")
    assert system.say(PLAN)["disposition"] == "duplicate"
    system.step("2025-01-31")
    assert system.verdict(OTHER) == "clear"


def test_an_amendment_renews_nothing() -> None:
    system = System.ready()
    system.say(PLAN)
    system.step("2025-01-20")
    system.say(f"AMEND {PLAN.removeprefix('PLAN ')} household_size=2")
    system.step("2025-01-31")
    assert system.verdict(OTHER) == "clear"


def test_days_of_a_reservation_come_from_the_policy() -> None:
    system = System.ready()
    system.policy(2, "2025-01-01", reservation_days=3)
    system.say(PLAN)
    system.step("2025-01-04")
    assert system.verdict(OTHER) == "clear"


def test_a_plan_that_becomes_covered_by_an_amendment_lets_go() -> None:
    base = PLAN.removeprefix("PLAN ")
    system = System.ready()
    system.say(PLAN.replace("2026-05", "2026-07"))
    system.say(OTHER)
    moved = f"AMEND {base} version=2"  # into the month that s1 holds
    assert system.verdict(moved) == "covered"
    assert plan(system, THIRD)["focal"] == "focal@stk.example"


def test_money_that_came_back_is_neither_a_payment_nor_a_plan() -> None:
    base = PLAN.removeprefix("PLAN ")
    system = System.ready()
    system.say(PLAN)
    system.say(f"{base} version=2")
    system.say(f"RETURN {base} version=3 returned_amount=600")
    assert system.verdict(OTHER) == "clear"
    system.say(f"CANCEL {OTHER.removeprefix('PLAN ')}")
    system.say(f"AMEND {base} version=4 returned_amount=600 district=TUR034018")
    assert system.verdict(THIRD) == "clear"


def test_a_delivery_goes_before_a_reservation_only_by_its_days() -> None:
    system = System.ready()
    system.say("PLAN KIZ TEMEL k1 rent/cash/m 600 2026-05-01,2026-05-31 R=P01")
    system.say("STK RENT s1 rent/cash/m 600 2026-05-20,2026-06-20 R=P01")
    # whoever covers most of it is named
    answer = plan(system, "PLAN UNH AID u1 rent/cash/m 600 2026-05 R=P01")
    assert (answer["basis"], answer["focal"]) == ("reserved", "focal@kiz.example")
    answer = plan(system, "PLAN BEL KIRA b1 rent/cash/m 600 2026-05-20,2026-06-20 R=P01")
    assert (answer["basis"], answer["focal"]) == ("delivered", "focal@stk.example")


def test_of_equals_the_first_in_the_journal_is_named() -> None:
    for orgs in (("KIZ", "TEMEL"), ("STK", "NAKIT")), (("STK", "NAKIT"), ("KIZ", "TEMEL")):
        system = System.ready()
        for org, programme in orgs:
            system.say(f"{org} {programme} x rent/cash/m 600 2026-05 R=P01")
        answer = plan(system, "PLAN UNH AID u1 rent/cash/m 600 2026-05 R=P01")
        assert answer["focal"] == f"focal@{orgs[0][0].lower()}.example"


def test_protection_is_protected_unless_said_otherwise() -> None:
    system = System.ready()
    record = assistance("KIZ", "TEMEL", "k1", "protection/cash/m 100", "2026-05", "R=P01")
    system.submit("KIZ", record)
    system.submit("KIZ", record | {"assistance_id": assistance_id("KIZ", "k2"), "protected": False})
    items = [
        item["rec"] for value in system.blocks for item in decode_block(value).items if "k" in item
    ]
    assert [rec["protected"] for rec in items] == [True, False]


def test_a_plan_that_comes_after_its_delivery_is_not_pending() -> None:
    system = System.ready()
    record = assistance("KIZ", "TEMEL", "k1", "rent/cash/m 100", "2026-05", "R=P01")
    system.submit("KIZ", record)
    system.submit("KIZ", record | {"stage": "planned", "version": 3})
    last = [row for output in system.outputs for row in output["verdicts"]][-1]
    assert (last["version"], last["outcome"]) == (3, "delivered")


def test_a_late_older_version_is_answered_for_what_the_assistance_is_now() -> None:
    system = System.ready()
    record = assistance("KIZ", "TEMEL", "k1", "rent/cash/m 100", "2026-05", "R=P01")
    system.submit("KIZ", record | {"version": 5})
    [row] = system.submit("KIZ", record | {"purpose": "food", "version": 2})
    assert row["answer"] is not None
    assert row["answer"]["purpose"] == "rent"


def test_an_amendment_after_a_cancellation_is_no_plan_again() -> None:
    system = System.ready()
    record = assistance("KIZ", "TEMEL", "k1", "rent/cash/m 100", "2026-05", "R=P01")
    system.submit("KIZ", record | {"stage": "planned", "version": 1})
    system.submit("KIZ", record | {"stage": "cancelled", "version": 2})
    [row] = system.submit("KIZ", record | {"stage": "amended", "version": 3})
    assert row["answer"] is None
    [other] = system.submit(
        "STK", assistance("STK", "NAKIT", "s1", "rent/cash/m 100", "2026-05", "R=P01")
    )
    assert other["answer"] is not None
    assert other["answer"]["verdict"] == "clear", "what was cancelled holds nothing"
