"""Amounts at risk, currencies, rounding; which policy is in force; complementary programmes."""

from fractions import Fraction

import pytest

from events import money
from events.model import PolicyRules
from processors.policies import in_force
from processors.registry.rules import Rules
from tests.kit import System

K1 = "KIZ TEMEL k1 rent/cash/m"
S1 = "STK RENT s1 rent/cash/m"


def at_risk(first: str, second: str, **changes: object) -> str | None:
    """The amount of the one finding of two records."""
    system = System.ready()
    if changes:
        assert system.policy(2, "2025-01-01", **changes)["disposition"] == "accepted"
    system.say(f"{K1} {first} R=P01")
    system.say(f"{S1} {second} R=P01")
    (finding,) = system.findings().values()
    assert finding["currency"] == "TRY"
    return finding["amount_at_risk"]


@pytest.mark.parametrize(
    ("first", "second", "amount"),
    [
        # a 31-day month against the 7 days that both cover
        ("31 2026-05", "100 2026-05-25,2026-06-01", "7.00"),
        # 0.05 × 7/10 = 0.035 → half up; 0.05 × 3/10 would round down
        ("0.05 2026-05-01,2026-05-11", "100 2026-05-04,2026-05-11", "0.04"),
        ("0.01 2026-05-01,2026-05-15", "100 2026-05-08,2026-05-15", "0.01"),  # 0.005
        ("0.01 2026-05-01,2026-05-16", "100 2026-05-09,2026-05-16", "0.00"),  # 0.00466…
        ("0 2026-05", "100 2026-05", "0.00"),  # an amount of nothing is known to be nothing
        # the smaller result, not the smaller amount: 300/10 a day against 310/31
        ("300 2026-05-01,2026-05-11", "310 2026-05", "100.00"),
    ],
)
def test_pro_rata_the_smaller_half_up(first: str, second: str, amount: str) -> None:
    assert at_risk(first, second) == amount


def test_both_shares_are_compared_before_rounding() -> None:
    # 1/3 and 2/3 of a kuruş: the smaller is 0, not "1 because the other rounds to 1"
    assert at_risk("0.01 2026-05-01,2026-05-22", "0.02 2026-05-15,2026-06-05") == "0.00"


@pytest.mark.parametrize(
    ("value", "rounded"),
    [("0", 0), ("1/2", 1), ("3/2", 2), ("49/100", 0), ("5/2", 3), ("999999999999/2", 500000000000)],
)
def test_half_up(value: str, rounded: int) -> None:
    assert money.half_up(Fraction(value)) == rounded


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("9300.5", "TRY", 930050), ("0.05", "EUR", 5), ("7", "JPY", 7), ("1.234", "KWD", 1234)],
)
def test_minor_units(amount: str, currency: str, minor: int) -> None:
    assert money.to_minor(amount, currency) == minor
    assert money.to_minor(money.from_minor(minor, currency), currency) == minor


def test_too_many_decimals_are_refused() -> None:
    with pytest.raises(ValueError, match="decimals"):
        money.to_minor("1.234", "TRY")
    assert System.ready().say(f"{K1} 1.234 2026-05 R=P01")["field"] == "amount"


def test_a_currency_without_rate_opens_the_row_with_an_empty_amount() -> None:
    assert at_risk("100 2026-05 currency=EUR", "100 2026-05") is None
    assert at_risk("100 2026-05", "100 2026-05 currency=EUR") is None
    assert at_risk("100 2026-05 currency=EUR", "100 2026-05 currency=EUR") is None


def test_a_currency_with_rate_is_compared_in_the_base_currency() -> None:
    rates = {"EUR": "47.5", "KWD": "130.25", "JPY": "0.3"}
    assert at_risk("100 2026-05 currency=EUR", "6000 2026-05", rates=rates) == "4750.00"
    assert at_risk("200 2026-05 currency=EUR", "6000 2026-05", rates=rates) == "6000.00"
    assert at_risk("1.234 2026-05 currency=KWD", "6000 2026-05", rates=rates) == "160.73"
    assert at_risk("1001 2026-05 currency=JPY", "6000 2026-05", rates=rates) == "300.30"
    assert at_risk("100 2026-05 currency=USD", "6000 2026-05", rates=rates) is None


# -- which policy --------------------------------------------------------------------------------


def days_needed(system: System, k1: str, s1: str) -> int | None:
    """The policy version under which the two became a finding; None if they did not."""
    system.say(f"{K1} 600 {k1} R=P01")
    system.say(f"{S1} 600 {s1} R=P01")
    return next((f["policy"] for f in system.findings().values()), None)


@pytest.mark.parametrize(
    ("k1", "s1", "version"),
    [
        ("2026-05-01,2026-06-01", "2026-05-28,2026-06-28", None),  # before: 7 days needed
        ("2026-06-01,2026-07-01", "2026-06-28,2026-07-28", 2),  # after: 3 days
        ("2026-05-01,2026-06-04", "2026-06-01,2026-07-01", 2),  # the later one's day decides
        ("2026-05-01,2026-06-03", "2026-05-31,2026-07-01", None),
    ],
)
def test_the_later_covers_from_decides(k1: str, s1: str, version: int | None) -> None:
    for one, two in ((k1, s1), (s1, k1)):
        system = System.ready()
        system.policy(2, "2026-06-01", least_overlap_days=3)
        assert days_needed(system, one, two) == version


def test_of_those_in_force_the_newest_in_the_journal_counts() -> None:
    system = System.ready()
    system.policy(2, "2026-06-01", least_overlap_days=3)
    # version 3 takes effect earlier, yet it was published later
    system.policy(3, "2026-05-01", least_overlap_days=10)
    assert days_needed(system, "2026-06-01,2026-07-01", "2026-06-25,2026-07-25") is None
    policies = [
        Rules.of(v, day, PolicyRules().model_dump(mode="json"))
        for v, day in ((1, 0), (2, 60), (3, 50))
    ]
    chosen = [in_force(policies, day) for day in (49, 50, 59, 60, 61)]
    assert [rules.version for rules in chosen] == [1, 3, 3, 3, 3]
    assert in_force(policies, -1).version == 1, "before all days the first"


def test_a_policy_can_change_what_is_exclusive() -> None:
    system = System.ready()
    system.policy(
        2,
        "2026-06-01",
        exclusive_household=["rent", "health"],
        modality_classes=[["cash", "in-kind"]],
    )
    system.say("KIZ AID k1 health/cash/m 100 2026-07 R=P01")
    assert system.verdict("STK AID s1 health/in-kind/m 100 2026-07 R=P01") == "covered"
    system.say("KIZ AID k2 food/cash/m 100 2026-07 R=P01")
    assert system.verdict("STK AID s2 food/cash/m 100 2026-07 R=P01") == "clear"
    system.say("KIZ AID k3 rent/voucher/m 100 2026-07 R=P01")
    assert system.verdict("STK AID s3 rent/voucher/m 100 2026-07 R=P01") == "clear"


def test_the_answer_says_which_policy() -> None:
    system = System.ready()
    system.policy(2, "2026-06-01")
    for window, version in (("2026-05", 1), ("2026-06", 2)):
        answer = system.say(f"PLAN KIZ TEMEL k{version} rent/cash/m 1 {window} R=P01")["answer"]
        assert answer
        assert answer["policy"] == version


# -- complementary programmes --------------------------------------------------------------------


def declare(system: System, owner: str, signer: str, code: str, other: str, version: int) -> None:
    """Publish that `owner`'s programme complements another."""
    row = system.control(
        "programme", version, signer, programme=code, owner=owner, complements=[other]
    )
    assert row["disposition"] == "accepted"


def test_a_pair_needs_the_signatures_of_both_owners() -> None:
    pair = ("KIZ-TEMEL", "STK-RENT")
    cases = {
        "none": [],
        "one": [("KIZ", "KIZ", *pair)],
        "the other": [("STK", "STK", *pair[::-1])],
        "both": [("KIZ", "KIZ", *pair), ("STK", "STK", *pair[::-1])],
        "the administration for one": [("KIZ", "KIZ", *pair), ("STK", "ADMIN", *pair[::-1])],
        "the administration for both": [("KIZ", "ADMIN", *pair), ("STK", "ADMIN", *pair[::-1])],
        "another pair": [("KIZ", "KIZ", *pair), ("STK", "STK", "STK-RENT", "KIZ-OTHER")],
    }
    verdicts = {}
    for name, signed in cases.items():
        system = System.ready()
        for owner, signer, code, other in signed:
            declare(system, owner, signer, code, other, 2)
        system.say(f"{K1} 600 2026-05 R=P01")
        verdicts[name] = system.verdict(f"{S1} 600 2026-05 R=P01")
        assert len(system.open_rows()) == (verdicts[name] == "covered")
    assert verdicts.pop("both") == "clear"
    assert set(verdicts.values()) == {"covered"}


def test_a_partner_cannot_sign_for_another() -> None:
    system = System.ready()
    row = system.control(
        "programme", 2, "KIZ", programme="STK-RENT", owner="STK", complements=["KIZ-TEMEL"]
    )
    assert (row["reason"], row["field"]) == ("not-your-programme", "owner")


def test_a_declaration_can_be_taken_back() -> None:
    system = System.ready()
    declare(system, "KIZ", "KIZ", "KIZ-TEMEL", "STK-RENT", 2)
    declare(system, "STK", "STK", "STK-RENT", "KIZ-TEMEL", 2)
    declare(system, "STK", "STK", "STK-RENT", "KIZ-OTHER", 3)
    # an older version that arrives late does not bring it back
    system.say(f"{K1} 600 2026-05 R=P01")
    assert system.verdict(f"{S1} 600 2026-05 R=P01") == "covered"


def test_one_owner_may_declare_two_of_its_own() -> None:
    system = System.ready()
    declare(system, "KIZ", "KIZ", "KIZ-TEMEL", "KIZ-OTHER", 2)
    system.say(f"{K1} 600 2026-05 R=P01")
    assert system.verdict("KIZ OTHER k2 rent/cash/m 600 2026-05 R=P01") == "clear"
    # a programme never complements itself out of a repeated payment
    assert system.verdict(f"{K1.replace('k1', 'k3')} 600 2026-05 R=P01") == "covered"
