"""When two records' days overlap enough: windows, least overlap, seasons."""

import pytest

from events.model import PolicyRules
from processors.registry.days import iso, ordinal
from processors.registry.rules import Rules, Transfer, Window, effective_window, outer_window
from tests.kit import System

RULES = Rules.of(1, 1, PolicyRules().model_dump(mode="json"))


def transfer(purpose: str, start: str, end: str, *, one_off: bool = True) -> Transfer:
    """A transfer of which only purpose and days matter."""
    window = Window(ordinal(start), ordinal(end))
    return Transfer("KIZ", "x", "KIZ-A", purpose, "cash", one_off, window, 100, "TRY", "TUR034026")


@pytest.mark.parametrize(
    ("purpose", "start", "end", "effective"),
    [
        ("food", "2026-05-05", "2026-05-06", "2026-05-05,2026-06-02"),  # 28 days
        ("food", "2026-05-05", "2026-06-05", "2026-05-05,2026-06-05"),  # declared is longer
        ("food", "2026-05-05", "2026-06-02", "2026-05-05,2026-06-02"),  # equal
        ("education", "2026-03-01", "2026-03-02", "2026-03-01,2026-06-29"),  # 120 days
        ("livelihood", "2026-03-01", "2026-03-02", "2026-03-01,2027-03-01"),  # 365 days
        ("winterisation", "2025-12-01", "2026-01-01", "2025-11-01,2026-04-01"),
        ("winterisation", "2025-08-01", "2025-08-02", "2025-11-01,2026-04-01"),  # first day
        ("winterisation", "2026-07-31", "2026-08-15", "2025-11-01,2026-04-01"),  # last day
        ("winterisation", "2026-08-01", "2026-08-02", "2026-11-01,2027-04-01"),  # next year
    ],
)
def test_one_off_window(purpose: str, start: str, end: str, effective: str) -> None:
    window = effective_window(transfer(purpose, start, end), RULES)
    assert f"{iso(window.start)},{iso(window.end)}" == effective


@pytest.mark.parametrize("purpose", ["food", "education", "livelihood", "winterisation"])
def test_recurrent_window_is_the_declared_one(purpose: str) -> None:
    window = effective_window(transfer(purpose, "2025-12-05", "2025-12-08", one_off=False), RULES)
    assert (iso(window.start), iso(window.end)) == ("2025-12-05", "2025-12-08")


@pytest.mark.parametrize("year_month", range(1, 13))
@pytest.mark.parametrize("month", range(1, 13))
def test_outer_window_holds_the_effective_one_under_any_policy(month: int, year_month: int) -> None:
    # the token index stands on it: a record outside the outer window is never read
    last = (year_month - 2) % 12 + 1
    seasons = [("12-31", "12-30"), ("02-28", "03-01"), ("11-01", "04-01")]
    seasons.append((f"{year_month:02}-01", f"{last:02}-28"))  # almost the whole year
    one = transfer("winterisation", f"2026-{month:02}-01", f"2026-{month:02}-28")
    outer = outer_window(one)
    tried = 0
    for start, end in seasons:
        try:
            policy = PolicyRules(
                season_from=start, season_to=end, season_year_starts_month=year_month
            )
        except ValueError:
            continue  # a season that ends before it begins is refused
        tried += 1
        inner = effective_window(one, Rules.of(1, 1, policy.model_dump(mode="json")))
        assert inner.days > 0
        assert outer.meet(inner) == inner
    assert tried
    longest = PolicyRules(one_off_days=1000, one_off_days_by_purpose={})
    inner = effective_window(
        transfer("food", "2026-01-01", "2026-01-02"),
        Rules.of(1, 1, longest.model_dump(mode="json")),
    )
    assert outer_window(transfer("food", "2026-01-01", "2026-01-02")).meet(inner) == inner


@pytest.mark.parametrize(
    ("a", "b", "stands"),
    [
        ("2026-05-01,2026-06-01", "2026-05-25,2026-06-25", True),  # 7 days
        ("2026-05-01,2026-06-01", "2026-05-26,2026-06-26", False),  # 6 days: a hand-over
        ("2026-05-01,2026-06-01", "2026-05-10,2026-05-13", True),  # the whole of a short one
        ("2026-05-01,2026-06-01", "2026-05-30,2026-06-02", False),  # 2 of 3 days
        ("2026-05-01,2026-05-02", "2026-05-01,2026-05-02", True),  # one day each
        ("2026-05-01,2026-06-01", "2026-06-01,2026-06-02", False),  # half open
        ("2026-05-01,2026-05-08", "2026-05-01,2026-05-08", True),
    ],
)
def test_least_overlap(a: str, b: str, stands: bool) -> None:
    for first, second in ((a, b), (b, a)):
        system = System.ready()
        system.say(f"KIZ TEMEL k1 rent/cash/m 900 {first} R=P01")
        verdict = system.verdict(f"STK RENT s1 rent/cash/m 900 {second} R=P01")
        assert verdict == ("covered" if stands else "clear")
        assert len(system.open_rows()) == stands


def test_one_off_meets_recurrent_by_its_effective_window() -> None:
    system = System.ready()
    system.say("KIZ TEMEL k1 food/cash/1 2800 2026-05-05,2026-05-06 R=P01")
    # 26 May – 2 June are 7 days of the 28
    assert system.verdict("STK AID s1 food/voucher/m 3000 2026-05-26,2026-06-26 R=P01") == "covered"
    assert system.open_rows() == ["double-coverage certain k1–s1 [2026-05-26,2026-06-02) 677.42"]
    assert system.verdict("BEL AID b1 food/cash/m 3000 2026-06-02,2026-06-20 R=P01") == "covered"


def test_winter_of_another_year_does_not_meet() -> None:
    system = System.ready()
    system.say("KIZ AID k1 winterisation/cash/1 100 2026-03-20,2026-03-21 R=P01")
    assert (
        system.verdict("BEL AID b1 winterisation/cash/1 100 2026-08-01,2026-08-02 R=P01") == "clear"
    )
    assert (
        system.verdict("STK AID s1 winterisation/cash/1 100 2026-07-31,2026-08-01 R=P01")
        == "covered"
    )


def test_recurrent_winterisation_is_as_declared() -> None:
    system = System.ready()
    system.say("KIZ AID k1 winterisation/cash/m 100 2025-12 R=P01")
    assert system.verdict("BEL AID b1 winterisation/cash/m 100 2026-02 R=P01") == "clear"
    # a one-off takes the whole season, and so meets both months
    assert system.verdict("STK AID s1 winterisation/cash/1 500 2026-01 R=P01") == "covered"
    assert len(system.open_rows()) == 2
