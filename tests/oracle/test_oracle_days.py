"""The acceptance scenarios that need days, successions or no number (S13, S14, S22–S25).

And the properties 1 (orders) and 6 (no exchange rate) of all of them.
"""

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from tests.oracle.judgement import Row
from tests.oracle.oracle import Earlier, judge
from tests.oracle.story import BASKET, Story, people, shown

MAY = "[2026-05-01,2026-06-01)"
TODAY = "2026-05-15"
NONE: dict[str, Any] = {}


def back(days: int) -> str:
    """So many days before today, as ISO date."""
    return (date.fromisoformat(TODAY) - timedelta(days=days)).isoformat()


@pytest.mark.parametrize("first", ["KIZ", "BEL"])
def test_s13_race_and_prevention(first: str) -> None:
    lines = {
        "KIZ": "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P01",
        "BEL": "BEL AID b1 basic-needs/cash/m 5000 2026-05 R=P01",
    }
    second = {"KIZ": "BEL", "BEL": "KIZ"}[first]
    story = Story().say(f"PLAN {lines[first]}", f"PLAN {lines[second]}")
    answers = story.judged().answers
    assert sorted(a.verdict for a in answers.values()) == ["clear", "covered"]
    assert [a.basis for a in answers.values() if a.verdict == "covered"] == ["reserved"]
    story.say(f"CANCEL {lines[second]}", lines[first])
    judged = story.judged()
    assert not judged.findings
    refused = story.key({"KIZ": "k1", "BEL": "b1"}[second])
    assert judged.outcomes[(*refused, 1)] == "cancelled-after-verdict"
    amount = {"KIZ": "6000", "BEL": "5000"}[second]
    assert judged.prevented == {refused: (amount, "TRY")}


def test_s14_reservation_lapses() -> None:
    story = Story().say("PLAN KIZ TEMEL k1 basic-needs/cash/m 6000 2026-06 R=P01")
    story.on("2026-06-15")
    story.say("PLAN BEL AID b1 basic-needs/cash/m 6000 2026-06 R=P01")
    assert story.verdict("b1", 1) == "clear"
    assert story.judged().outcomes[(*story.key("k1"), 1)] == "lapsed"


@pytest.mark.parametrize(
    ("renewed_on", "asked_on", "verdict"),
    [
        ("", "2026-06-13", "covered"),
        ("", "2026-06-14", "clear"),
        ("2026-06-13", "2026-07-13", "covered"),
        ("2026-06-13", "2026-07-14", "clear"),
        ("2026-06-14", "2026-06-14", "clear"),
    ],
)
def test_a_reservation_is_renewed_once(renewed_on: str, asked_on: str, verdict: str) -> None:
    line = "PLAN KIZ TEMEL k1 basic-needs/cash/m 6000 2026-06 R=P01"
    story = Story().say(line)
    if renewed_on:
        story.on(renewed_on).say(f"{line} version=2").say(f"{line} version=3")
    story.on(asked_on).say("PLAN BEL AID b1 basic-needs/cash/m 6000 2026-06 R=P01")
    assert story.verdict("b1", 1) == verdict


def test_two_readings_of_who_is_earlier() -> None:
    k1 = "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P01"
    story = Story().say(f"PLAN {k1}", "BEL AID b1 basic-needs/cash/m 6000 2026-05 R=P01", k1)
    readings: dict[Earlier, str] = {"journal": "covered", "holding": "clear"}
    for reading, verdict in readings.items():
        answers = judge(story.facts, earlier=reading).answers
        assert answers[(*story.key("k1"), 2)].verdict == verdict
        assert answers[(*story.key("b1"), 2)].verdict == "covered"


def test_s22_a_number_is_replaced() -> None:
    lines = (
        "KIZ TEMEL k1 basic-needs/cash/m 5000 2026-05 R=X1",
        "STK AID s1 basic-needs/cash/m 4000 2026-05 R=P01",
    )
    story = Story().say(*lines)
    assert story.rows() == []
    story.succeeded("STK", "X1", "P01")
    assert story.rows() == [f"double-coverage probable k1–s1 {MAY} 4000.00"]
    story.succeeded("STK", "X1", "P01", "again")
    assert story.rows() == [f"double-coverage probable k1–s1 {MAY} 4000.00"]
    story.succeeded("KIZ", "X1", "P01")
    assert story.rows() == [f"double-coverage certain k1–s1 {MAY} 4000.00"]
    assert story.verdict("s1") == "clear"
    first = Story().succeeded("STK", "X1", "P01").succeeded("KIZ", "X1", "P01").say(*lines)
    assert first.rows() == story.rows()


def test_s23_no_number_at_all() -> None:
    name, phone = ["weak.name-birth", "a" * 32], ["weak.phone", "b" * 32]
    story = Story().say("STK AID s1 food/voucher/m 3000 2026-05 R=P01")
    story.facts[-1].subjects[0]["tokens"][:] = [name, phone]  # type: ignore[union-attr]  # told
    assert story.verdict("s1") == "uncheckable"
    story.say("UNH AID u1 food/voucher/m 3000 2026-05 R=P01")
    story.facts[-1].subjects[0]["tokens"][:] = [name, phone]  # type: ignore[union-attr]  # told
    assert story.verdict("u1") == "review"
    assert story.rows() == [f"double-coverage possible s1–u1 {MAY} 3000.00"]


def need(story: Story, org: str, reference: str, days: int, who: str) -> None:
    """A need for basic goods, assessed so many days ago."""
    fields = {"purpose": "basic-needs", "assessed_on": back(days), "district": "TUR034026"}
    story.thing(org, "need", reference, who, **fields)


def test_s24_gaps() -> None:
    story = Story(TODAY)
    need(story, "BEL", "i", 31, "R=P01")
    need(story, "BEL", "ii", 29, "R=P02")
    need(story, "BEL", "iii", 40, "R=P04 M=P05")
    covers = f"{back(10)},{back(-20)}"
    story.say(f"KIZ TEMEL k1 basic-needs/cash/m 6000 {covers} R=P05 M=P04")
    need(story, "STK", "iv2", 40, "R=P06")
    need(story, "BEL", "iv1", 40, "R=P06")
    need(story, "BEL", "v", 40, "R=P07")
    story.say(f"PLAN KIZ TEMEL k2 basic-needs/cash/m 6000 {covers} R=P07")
    assert story.rows() == ["unmet-need certain i", "unmet-need certain iv1"]
    story.on(back(-1))
    assert "unmet-need certain ii" in story.rows()
    story.on(back(-29))
    assert "unmet-need certain v" not in story.rows()
    story.on(back(-30))
    assert "unmet-need certain v" in story.rows()


def test_s25_ended_aid() -> None:
    story = Story(TODAY).programme("KIZ", "TEMEL", purpose="basic-needs")
    for reference, reason, days, who in [
        ("i", "programme-closed", 31, "R=P01"),
        ("ii", "formal-employment", 31, "R=P02"),
        ("iii", "deceased", 31, "R=P03 M=P09"),
        ("iv", "left-country", 31, "R=P04"),
        ("v", "moved", 31, "R=P05"),
        ("vi", "programme-closed", 29, "R=P06"),
    ]:
        story.thing(
            "KIZ", "enrolment", reference, who, programme="KIZ-TEMEL",
            started_on="2026-01-01", ended_on=back(days), end_reason=reason,
        )  # fmt: skip
    story.say(f"ESN AID e1 basic-needs/cash/m 5000 {back(20)},{back(-10)} R=P05")
    assert story.rows() == ["lapsed-coverage certain i"]


# -- properties ---------------------------------------------------------------------------------

SMALL = {
    "S03": [
        "BEL KIRA b1 rent/cash/m 9300 2026-05 R=P01 M=P02",
        "STK RENT s1 rent/cash/m 6200 2026-05-25,2026-06-25 R=P01 M=P02",
    ],
    "S15": [
        "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P01",
        "STK NAKIT s1 basic-needs/cash/m 8000 2026-05 R=P01",
        "RETURN KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P01 version=3 returned_amount=2000",
    ],
    "S16": [
        "BEL KIRA b1 rent/cash/m 9000 2026-05 R=P01",
        "ESN KIRA e1 rent/cash/m 8000 2026-05-05,2026-06-10 R=P01",
        "AMEND BEL KIRA b1 rent/cash/m 8000 2026-05-01,2026-05-20 R=P01 version=3",
        "CANCEL ESN KIRA e1 rent/cash/m 8000 2026-05-05,2026-06-10 R=P01 version=3",
        "ESN KIRA e1 rent/cash/m 7000 2026-05-05,2026-06-10 R=P01 version=4",
    ],
    "S19": [
        "KIZ TEMEL k1 basic-needs/cash/m 16000 2026-05 R=P01 M=P02,P03",
        "STK NAKIT s1 basic-needs/cash/m 5000 2026-05 R=P02 M=P01,P03",
        "UNH AID u1 basic-needs/cash/m 4000 2026-05 R=P03 M=P04",
        "UNH AID u2 basic-needs/cash/m 4000 2026-05 R=P04 M=P03",
    ],
}


@pytest.mark.parametrize("case", sorted(SMALL))
def test_open_rows_are_the_same_in_all_orders(case: str) -> None:
    seen: set[frozenset[Row]] = set()
    for lines in permutations(SMALL[case]):
        seen.add(judge(Story().say(*lines).facts, with_cases=False).open_rows())
    assert len(seen) == 1
    assert seen != {frozenset()}


def test_no_rate_no_amount() -> None:
    line = "6000 2026-05 R=P01 currency=EUR"
    for rates, amount in ((NONE, ""), ({"EUR": "50"}, " 250000.00")):
        story = Story(rules={"rates": rates}).say(
            f"KIZ TEMEL k1 basic-needs/cash/m {line}",
            "STK NAKIT s1 basic-needs/cash/m 250000 2026-05 R=P01",
        )
        rows = [row for row in story.rows() if row.startswith("double")]
        assert rows == [f"double-coverage certain k1–s1 {MAY}{amount}"]
        assert any(row.startswith("over-cap") for row in story.rows()) == bool(amount)
        (months,) = story.judged().excess.values()
        assert months == {"2026-05": amount.strip() or None}


def test_an_inquiry_is_answered_and_holds_nothing() -> None:
    asked = {
        "programme": "BEL-AID", "purpose": "rent", "modality": "cash", "frequency": "monthly",
        "covers_from": "2026-05-01", "covers_to": "2026-06-01", "district": "TUR034026",
    }  # fmt: skip
    story = Story().thing("BEL", "inquiry", "q1", "R=P01", **asked)
    story.say("KIZ AID k1 rent/cash/m 9000 2026-05 R=P01")
    story.thing("BEL", "inquiry", "q2", "R=P01", **asked)
    assert story.verdict("q1", 1) == "clear"
    assert story.verdict("k1") == "clear"
    assert story.verdict("q2", 1) == "covered"
    assert set(story.judged().outcomes.values()) == {None, "delivered"}


def test_the_story_lists_people_like_the_kit() -> None:
    assert [s["role"] for s in people("R=P01 M=P02,P03")] == ["recipient", "member", "member"]
    assert BASKET["basket_further"] == "3000"
    assert shown([], {}) == []
