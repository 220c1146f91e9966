"""Reservations, cancelled plans and inquiries of one organisation are limited by the policy."""

import pytest

from tests.kit import System

WHAT = "rent/cash/m 100 2026-05"


def plan(system: System, number: int, org: str = "KIZ", version: int = 1) -> tuple[str, str]:
    programme = {"KIZ": "ESSN", "STK": "MPCA"}[org]
    row = system.say(f"PLAN {org} {programme} k{number} {WHAT} R=P{number} version={version}")
    return row["reason"], row["field"]


def then(system: System, word: str, number: int, version: int = 2) -> None:
    row = system.say(f"{word} KIZ ESSN k{number} {WHAT} R=P{number} version={version}".strip())
    assert row["disposition"] == "accepted", row


FULL = ("quota-exceeded", "open_reservations")
RATIO = ("quota-exceeded", "cancel_percent")


def limited(**rules: int) -> System:
    system = System.ready()
    system.policy(2, "2025-01-01", **rules)
    return system


# -- open reservations ---------------------------------------------------------------------------


def test_no_more_than_so_many_reservations_are_open() -> None:
    system = limited(open_reservations=2)
    assert [plan(system, n) for n in (1, 2, 3)] == [("", ""), ("", ""), FULL]
    assert plan(system, 1, version=2) == ("", ""), "a renewal opens none"
    assert plan(system, 3, "STK") == ("", ""), "it is each organisation's own limit"
    row = system.say(f"KIZ ESSN k9 {WHAT} R=P9")
    assert row["disposition"] == "accepted", "a delivery is never refused for it"


@pytest.mark.parametrize("word", ["", "CANCEL"])
def test_a_plan_that_was_delivered_or_cancelled_is_open_no_more(word: str) -> None:
    system = limited(open_reservations=1)
    plan(system, 1)
    assert plan(system, 2) == FULL
    then(system, word, 1)
    assert plan(system, 2) == ("", "")
    assert plan(system, 3) == FULL


def test_a_reservation_ends_with_its_days_and_a_new_plan_begins_another() -> None:
    system = limited(open_reservations=1, reservation_days=30)
    plan(system, 1)
    system.step("2025-01-30")
    assert plan(system, 2) == FULL
    system.step("2025-01-31")
    assert plan(system, 1, version=2) == ("", "")
    assert plan(system, 2) == FULL
    then(system, "CANCEL", 1, version=3)
    assert plan(system, 2) == ("", "")


def test_a_plan_that_comes_after_its_delivery_opens_nothing() -> None:
    system = limited(open_reservations=1)
    then(system, "", 1, version=2)
    assert plan(system, 1, version=1) == ("", "")
    assert plan(system, 2) == ("", "")


def test_a_cancellation_that_comes_late_does_not_end_a_newer_plan() -> None:
    system = limited(open_reservations=1)
    plan(system, 1, version=3)
    then(system, "CANCEL", 1, version=2)
    assert plan(system, 2) == FULL


# -- plans and their cancellations ---------------------------------------------------------------


def cancelled(system: System, *numbers: int) -> None:
    for number in numbers:
        assert plan(system, number) == ("", "")
        then(system, "CANCEL", number)


def test_who_mostly_cancels_may_plan_no_more_until_the_ratio_falls() -> None:
    system = limited(cancel_plans=4, cancel_percent=50)
    cancelled(system, 1, 2)
    assert plan(system, 3) == ("", "")
    cancelled(system, 4)
    assert plan(system, 5) == RATIO, "3 of 4"
    assert plan(system, 5, "STK") == ("", "")
    then(system, "", 6)
    system.step("2025-01-31")
    assert plan(system, 5) == ("", ""), "the days have passed"


def test_half_is_not_more_than_half() -> None:
    system = limited(cancel_plans=4, cancel_percent=50)
    cancelled(system, 1, 2)
    assert [plan(system, n) for n in (3, 4, 5)] == [("", "")] * 3


# -- inquiries -----------------------------------------------------------------------------------


def ask(system: System, number: int, org: str = "KIZ") -> tuple[str, str]:
    programme = {"KIZ": "ESSN", "STK": "MPCA"}[org]
    row = system.say(f"ASK {org} {programme} q{number} rent/cash/m 2026-05 R=P{number}")
    return row["reason"], row["field"]


def test_inquiries_are_counted_by_day() -> None:
    system = limited(inquiries_a_day=2)
    many = ("quota-exceeded", "inquiries_a_day")
    assert [ask(system, n) for n in (1, 2, 3)] == [("", ""), ("", ""), many]
    assert ask(system, 1) == ("", ""), "a repeated one is a duplicate, not a new question"
    assert ask(system, 3, "STK") == ("", "")
    system.step("2025-01-02")
    assert ask(system, 3) == ("", "")


# -- the state -----------------------------------------------------------------------------------


def stored(system: System) -> bytes:
    return bytes(system.intake_store.data[b"q:KIZ"])  # type: ignore[attr-defined]


def test_a_rebuilt_state_has_counted_the_same() -> None:
    system = limited(open_reservations=5)
    cancelled(system, 1, 2)
    plan(system, 3)
    ask(system, 1)
    system.step("2025-01-10")
    plan(system, 4)
    for blocks in (0, 3):
        twin = system.restarted(blocks)
        assert stored(twin) == stored(system)


def test_the_counts_are_of_the_last_month_only() -> None:
    system = limited(open_reservations=500)
    for day in range(1, 29, 3):
        system.step(f"2025-02-{day:02}")
        plan(system, day)
    system.step("2025-06-01")
    plan(system, 99)
    assert stored(system) == b'{"2025-06-01":[1,1,0,0]}'
