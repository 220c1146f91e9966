"""Excess a month, sums over the cap, and the cases that findings join."""

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.registry import excess
from processors.registry.days import month_start
from processors.registry.rules import Window
from tests.kit import System

BASKET = [str(10_000 + 3_000 * further) for further in range(12)]
FAMILY = "R=P01 M=P02,P03,P04,P05"


def capped() -> System:
    """The scenarios' organisations under a published basket."""
    system = System.ready()
    system.policy(2, "2025-01-01", basket_by_size=BASKET, basket_further="3000")
    return system


def excess_of(system: System) -> list[tuple[str, str | None]]:
    """(month, amount) of each case as it stands, without what is nothing."""
    last = {
        (row["case_id"], row["month"]): row["amount"]
        for output in system.outputs
        for row in output["excess"]
    }
    return sorted((m[:7], amount) for (_, m), amount in last.items() if amount != "0.00")


def cases_of(system: System) -> list[tuple[str, str, int]]:
    """(purpose, status, findings) of each case as last said."""
    last = {case["case_id"]: case for output in system.outputs for case in output["cases"]}
    return sorted((c["purpose"], c["status"], c["findings"]) for c in last.values())


def test_s19_three_payers_are_one_case_with_what_is_beyond_the_largest() -> None:
    system = System.ready()
    for line in ("KIZ TEMEL k1 {} 6000", "STK NAKIT s1 {} 5000", "UNH AID u1 {} 4000"):
        system.say(f"{line.format('basic-needs/cash/m')} 2026-05 {FAMILY}")
    assert len(system.open_rows()) == 3
    assert cases_of(system) == [("basic-needs", "open", 3)]
    assert excess_of(system) == [("2026-05", "9000.00")]


def test_s10_what_is_declared_to_complement_may_stand_beside_it() -> None:
    system = System.ready()
    system.control(
        "programme", 2, "KIZ", programme="KIZ-TEMEL", owner="KIZ", complements=["KIZ-EK"]
    )
    for line in ("k1 {} 6000", "k2 {} 1500", "k3 {} 900"):
        programme = {"k1": "TEMEL", "k2": "EK", "k3": "OTHER"}[line[:2]]
        system.say(f"KIZ {programme} {line.format('basic-needs/cash/m')} 2026-05 R=P01")
    assert len(system.open_rows()) == 2
    assert excess_of(system) == [("2026-05", "900.00")]


def test_what_is_returned_is_no_excess_and_closes_the_case() -> None:
    system = System.ready()
    line = f"STK NAKIT s1 rent/cash/m 5000 2026-05 {FAMILY}"
    system.say(f"KIZ TEMEL k1 rent/cash/m 6000 2026-05 {FAMILY}")
    system.say(line)
    assert excess_of(system) == [("2026-05", "5000.00")]
    system.say(f"RETURN {line} version=3 returned_amount=5000")
    assert excess_of(system) == []
    assert cases_of(system) == [("rent", "closed", 0)]


def test_a_case_goes_on_over_months_and_purposes_have_their_own() -> None:
    system = System.ready()
    for month in ("2026-04", "2026-05"):
        for org, programme in (("KIZ", "TEMEL"), ("STK", "NAKIT")):
            what = "rent/cash/m 1000"
            system.say(f"{org} {programme} {org}{month} {what} {month} {FAMILY}")
    for org in ("KIZ", "STK"):
        system.say(f"{org} AID {org}f food/cash/m 500 2026-05 {FAMILY}")
    assert cases_of(system) == [("food", "open", 1), ("rent", "open", 2)]
    assert excess_of(system) == [
        ("2026-04", "1000.00"), ("2026-05", "1000.00"), ("2026-05", "500.00"),
    ]  # fmt: skip


def test_without_a_rate_an_excess_is_unknown_and_never_0() -> None:
    system = System.ready()
    system.say(f"KIZ TEMEL k1 rent/cash/m 6000 2026-05 {FAMILY}")
    system.say(f"STK NAKIT s1 rent/cash/m 100 2026-05 {FAMILY} currency=EUR")
    assert excess_of(system) == [("2026-05", None)]


S20 = (
    f"KIZ TEMEL k1 basic-needs/cash/m 9000 2026-06 {FAMILY} household_size=5",
    f"BEL KIRA b1 rent/cash/m 8000 2026-06 {FAMILY} household_size=5",
    f"STK AID s1 food/voucher/m 7000 2026-06 {FAMILY} household_size=5",
)


@pytest.mark.parametrize("order", [1, -1])
def test_s20_over_cap_until_a_child_is_born(order: int) -> None:
    system = capped()
    for line in S20[::order]:
        system.say(line)
    (row,) = [f for f in system.findings().values() if f["status"] == "open"]
    assert (row["kind"], row["strength"]) == ("over-cap", "certain")
    assert (row["overlap_from"], row["overlap_to"]) == ("2026-06-01", "2026-07-01")
    assert row["amount_at_risk"] == "2000.00"
    assert [org for org, _ in row["records"]] == ["BEL", "KIZ", "STK"]
    assert (row["org_a"], row["org_b"]) == ("BEL", "")
    for line in S20[::order]:
        system.say(f"AMEND {line} version=3".replace("household_size=5", "household_size=6"))
    assert [f["status"] for f in system.findings().values() if f["status"] == "open"] == []


def test_no_cap_without_a_basket_and_none_without_a_rate() -> None:
    system = System.ready()
    for line in S20:
        system.say(line)
    assert system.open_rows() == []
    system = capped()
    for line in S20:
        system.say(f"{line} currency=EUR" if line.startswith("BEL") else line)
    assert [f for f in system.findings().values() if f["status"] == "open"] == []


def plain(shares: list[excess.Share], conflicts: list[frozenset[int]]) -> dict[int, int]:
    """The same, day by day, by trying all sets."""
    sums: dict[int, Fraction] = {}
    for day in range(min(s.window.start for s in shares), max(s.window.end for s in shares)):
        active = [n for n, s in enumerate(shares) if s.window.start <= day < s.window.end]
        best = Fraction(0)
        for mask in range(1 << len(active)):
            chosen = [one for bit, one in enumerate(active) if mask >> bit & 1]
            if all(b not in conflicts[a] for a in chosen for b in chosen):
                best = max(best, sum((shares[n].daily or Fraction(0) for n in chosen), Fraction()))
        total = sum((shares[n].daily or Fraction(0) for n in active), Fraction(0))
        month = month_start(day)
        sums[month] = sums.get(month, Fraction(0)) + total - best
    rounded = {m: int(total + Fraction(1, 2)) for m, total in sums.items()}
    return {m: total for m, total in rounded.items() if total}


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9))
def test_excess_is_that_of_trying_everything(seed: int) -> None:
    chance = Random(seed)
    count, base = chance.randint(1, 6), 739_000
    shares = []
    for _ in range(count):
        start = base + chance.randrange(50)
        window = Window(start, start + chance.randint(1, 60))
        shares.append(excess.Share(window, Fraction(chance.randint(1, 999), chance.randint(1, 31))))
    conflicts: list[set[int]] = [set() for _ in shares]
    for a in range(count):
        for b in range(a):
            if chance.random() < 0.6:
                conflicts[a].add(b)
                conflicts[b].add(a)
    frozen = [frozenset(one) for one in conflicts]
    assert excess.by_month(shares, frozen) == plain(shares, frozen)


def test_a_month_that_nobody_can_look_through_is_unknown() -> None:
    chance, count, march = Random(5), 150, 739_000
    shares = [excess.Share(Window(march, march + 1), Fraction(n + 9)) for n in range(count)]
    conflicts: list[set[int]] = [set() for _ in shares]
    for a in range(count):
        for b in range(a):
            if chance.random() < 0.2:
                conflicts[a].add(b)
                conflicts[b].add(a)
    assert excess.by_month(shares, [frozenset(one) for one in conflicts]) == {
        month_start(march): None
    }
