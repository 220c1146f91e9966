"""S26 to S28 through the oracle alone."""

from typing import Any

import pytest

from tests.oracle.story import Story

MAY = "[2026-05-01,2026-06-01)"
K1 = "KIZ TEMEL k1 basic-needs/cash/m {} 2026-05 R=P01 M=P02"
AS_PART = {"as_part": [["basic-needs", "food"]]}
EXCLUDING = {"excluding_programmes": [["KIZ-TEMEL", "KIZ-EK2"]]}
S26 = (
    K1.format(6000),
    "STK NAKIT s1 food/voucher/m 3000 2026-05 R=P01 M=P02",
    "BEL AID b1 food/in-kind/1 800 2026-05-05,2026-05-06 R=P01",
)
S27 = (
    K1.format(6000),
    "KIZ EK2 k2 rent/cash/m 1500 2026-05 R=P02 M=P01",
    "KIZ EK2 k3 protection/cash/1 900 2026-05 R=P01",
)


@pytest.mark.parametrize("lines", [S26, S26[::-1]])
def test_s26_a_purpose_inside_another(lines: tuple[str, ...]) -> None:
    story = Story(rules=AS_PART).say(*lines)
    assert story.rows() == [f"double-coverage probable k1–s1 {MAY} 3000.00"]
    assert story.judged().excess == {}
    assert Story().say(*lines).rows() == []


def test_s26_is_told_as_review() -> None:
    assert Story(rules=AS_PART).say(*S26).verdict("s1") == "review"


@pytest.mark.parametrize("lines", [S27, S27[::-1]])
def test_s27_programmes_that_exclude_each_other(lines: tuple[str, ...]) -> None:
    story = Story(rules=EXCLUDING).say(*lines)
    assert story.rows() == [f"double-coverage certain k1–k2 {MAY} 1500.00"]
    (months,) = story.judged().excess.values()
    assert months == {"2026-05": "1500.00"}
    assert Story().say(*lines).rows() == []


def test_s27_is_told_as_covered() -> None:
    assert Story(rules=EXCLUDING).say(*S27).verdict("k2") == "covered"


@pytest.mark.parametrize(("amount", "enough"), [(6000, False), (5000, True), (4000, True)])
def test_s28_a_large_sum(amount: int, enough: bool) -> None:
    rules: dict[str, Any] = {"two_people_above": {"amount": "5000", "currency": "TRY"}}
    story = Story(rules=rules).say(
        K1.format(amount), "STK NAKIT s1 basic-needs/cash/m 8000 2026-05 R=P01 M=P02"
    )
    finding = story.finding("k1", "s1")
    story.decided(finding, "none", user="u1")
    assert story.had_effect() == enough
    if not enough:
        assert statuses(story) == {"open"}
        story.decided(finding, "none", user="u1")
        assert not story.had_effect(), "the same account again"
        story.decided(finding, "none", user="u2")
        assert story.had_effect()
    assert statuses(story) == {"confirmed"}


def statuses(story: Story) -> set[str]:
    """Of the pairs that stand."""
    return {row.status for row in story.judged().findings if row.b}
