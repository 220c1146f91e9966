"""Property 3 of the scenarios: what a dismissal remembers."""

from collections import Counter

import pytest

from tests.oracle.story import Story

MAY = "[2026-05-01,2026-06-01)"


def paid(story: Story, month: str, number: int) -> Story:
    """S01's two programmes pay for a month."""
    return story.say(
        f"KIZ TEMEL k{number} basic-needs/cash/m 6000 {month} R=P01 M=P02,P03",
        f"STK NAKIT s{number} basic-needs/cash/m 8000 {month} R=P01 M=P02,P03",
    )


def statuses(story: Story) -> Counter[str]:
    """How many rows stand with each status."""
    return Counter(row.status for row in story.judged().findings)


@pytest.mark.parametrize(("day", "status"), [("2026-11-10", "dismissed"), ("2026-11-11", "open")])
def test_a_dismissal_is_remembered_for_180_days(day: str, status: str) -> None:
    story = paid(Story(rules={"basket_by_size": []}), "2026-05", 1)
    story.decided(story.finding("k1", "s1"), "complementary")
    assert statuses(story) == {"dismissed": 1}
    assert not story.judged().excess
    paid(story.on(day), "2026-06", 2)
    assert statuses(story) == Counter(["dismissed", status])
    assert len(story.judged().cases) == 1


@pytest.mark.parametrize(
    "line",
    [
        "UNH AID u1 basic-needs/cash/m 4000 2026-06 R=P01",
        "STK NAKIT s3 basic-needs/cash/m 4000 2026-06 R=P02 M=P01",
    ],
)
def test_a_new_programme_or_recipient_reopens_the_case(line: str) -> None:
    story = paid(Story(rules={"basket_by_size": []}), "2026-05", 1)
    story.decided(story.finding("k1", "s1"), "top-up")
    story.say("KIZ TEMEL k2 basic-needs/cash/m 6000 2026-06 R=P01 M=P02,P03", line)
    assert statuses(story) == {"dismissed": 1, "open": 1}
    assert len(story.judged().cases) == 1
