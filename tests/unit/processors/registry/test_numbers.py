"""The policy's numbers as the rules read them."""

from typing import Any

import pytest

from events.model import PolicyRules
from processors.registry.days import iso, ordinal
from processors.registry.rules import (
    Basket,
    CaseRules,
    Rules,
    Transfer,
    Window,
    effective_window,
    judge,
)

POLICY: dict[str, Any] = PolicyRules().model_dump(mode="json")
RULES = Rules.of(1, 1, POLICY)


def test_the_basket_grows_by_size() -> None:
    basket = Basket((10_000, 15_000), 3_000, frozenset(), frozenset())
    assert [basket.cap(size) for size in (1, 2, 3, 5)] == [10_000, 15_000, 18_000, 24_000]


def test_the_basket_is_in_minor_units_of_the_base_currency() -> None:
    yen = POLICY | {"base_currency": "JPY", "basket_by_size": ["5000"], "basket_further": "100"}
    basket = Basket.of(yen)
    assert basket is not None
    assert (basket.by_size, basket.further) == ((5_000,), 100)
    assert Basket.of(POLICY) is None


def test_the_days_of_a_cases_way() -> None:
    assert Rules.of(1, 1, POLICY).cases == CaseRules(
        dismissal=180,
        acknowledge_working=3,
        reply=10,
        notice=15,
        decision=30,
        appeal=30,
        appeal_answer=30,
    )


def test_a_season_that_does_not_begin_with_a_month() -> None:
    rules = Rules.of(1, 1, POLICY | {"season_from": "11-15", "season_to": "03-20"})
    days = Window(ordinal("2025-12-01"), ordinal("2025-12-02"))
    one = Transfer("KIZ", "x", "KIZ-A", "winterisation", "cash", True, days, 1, "TRY", "TUR034026")
    window = effective_window(one, rules)
    assert (iso(window.start), iso(window.end)) == ("2025-11-15", "2026-03-20")


@pytest.mark.parametrize(
    ("org", "programme", "kind"),
    [
        ("KIZ", "KIZ-A", "repeated-payment"),
        ("KIZ", "KIZ-B", "double-coverage"),
        ("STK", "STK-A", "double-coverage"),
        ("STK", "KIZ-A", "double-coverage"),  # two bodies in one programme
    ],
)
def test_a_repeated_payment_is_of_one_body_and_one_programme(
    org: str, programme: str, kind: str
) -> None:
    days = Window(ordinal("2026-05-01"), ordinal("2026-06-01"))
    first = Transfer("KIZ", "x", "KIZ-A", "rent", "cash", False, days, 1, "TRY", "TUR034026")
    second = Transfer(org, "y", programme, "rent", "cash", False, days, 1, "TRY", "TUR034026")
    overlap = judge(first, second, RULES)
    assert overlap is not None
    assert overlap.kind == kind
