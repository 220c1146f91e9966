"""Rules 1–6 of docs/decisions/0013: parties, their deadlines, the decision's day, the notice.

Told from Friday 2026-05-15 on: the third working day after it is Wednesday the 20th, the
tenth day after that is the 30th.
"""

from datetime import date
from typing import Any

import pytest

from tests.oracle.story import Story

K1 = "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P01 M=P02,P03"
S1 = "STK NAKIT s1 basic-needs/cash/m 8000 2026-05 R=P01 M=P02,P03"
U1 = "UNH AID u1 basic-needs/cash/m 4000 2026-05 R=P01 M=P02,P03"
NO_CAP: dict[str, Any] = {"basket_by_size": []}


def told(*lines: str) -> Story:
    """A story in which no sum is over a cap."""
    return Story(rules=NO_CAP).say(*(lines or (K1, S1)))


def statuses(story: Story) -> dict[str, str]:
    """Status of each row that stands, by its references."""
    return {
        "–".join(story.names[key[1]] for key in (row.a, row.b) if key): row.status
        for row in story.judged().findings
    }


def late(story: Story) -> list[tuple[str, str]]:
    """(organisation, day) of each deadline that dismissed."""
    return [(org, day.isoformat()) for org, day in story.judged().late]


def answered(story: Story, *orgs: str, step: str = "replied") -> Story:
    """These parties of the case of k1 and s1 take a step."""
    for org in orgs:
        story.step(org, story.finding("k1", "s1"), step)
    return story


# -- 2 and 4: the days ---------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "status"), [("2026-05-20", "open"), ("2026-05-21", "dismissed")])
def test_silence_dismisses_after_the_third_working_day(day: str, status: str) -> None:
    story = told().on(day)
    assert statuses(story) == {"k1–s1": status}
    assert late(story) == ([("KIZ", "2026-05-21")] if status == "dismissed" else [])


@pytest.mark.parametrize(("day", "status"), [("2026-05-30", "open"), ("2026-05-31", "dismissed")])
def test_who_only_acknowledged_replies_ten_days_after_the_third(day: str, status: str) -> None:
    story = answered(told(), "KIZ")
    answered(story, "STK", step="acknowledged").on(day)
    assert statuses(story) == {"k1–s1": status}
    assert late(story) == ([("STK", "2026-05-31")] if status == "dismissed" else [])


def test_working_days_are_counted_from_the_day_after() -> None:
    # from Sunday the 17th: Monday, Tuesday, Wednesday
    story = Story(rules=NO_CAP).on("2026-05-17").say(K1, S1)
    assert statuses(story.on("2026-05-20")) == {"k1–s1": "open"}
    assert statuses(story.on("2026-05-21")) == {"k1–s1": "dismissed"}


def test_pairs_between_others_stay() -> None:
    story = answered(told(K1, S1, U1), "STK", "UNH").on("2026-05-21")
    assert statuses(story) == {"k1–s1": "dismissed", "k1–u1": "dismissed", "s1–u1": "open"}
    assert late(story) == [("KIZ", "2026-05-21")]


def test_a_pair_is_dismissed_by_the_first_late_party_alone() -> None:
    story = answered(told(K1, S1, U1), "UNH").on("2026-05-21")
    # KIZ comes first and leaves STK with s1–u1
    assert late(story) == [("KIZ", "2026-05-21"), ("STK", "2026-05-21")]
    assert set(statuses(story).values()) == {"dismissed"}
    assert set(story.judged().revisions.values()) == {2}


def test_gaps_and_sums_know_no_deadline() -> None:
    story = Story(rules={"basket_by_size": ["5000"], "basket_further": "0"}).say(K1)
    need = {"purpose": "food", "assessed_on": "2026-05-01", "district": "TUR034026"}
    story.thing("BEL", "need", "n1", "R=P09", **need).on("2026-06-30")
    assert sorted((row.kind, row.status) for row in story.judged().findings) == [
        ("over-cap", "open"),
        ("unmet-need", "open"),
    ]
    assert not late(story)


# -- 1: who is a party ---------------------------------------------------------------------------


def test_nobody_is_asked_about_a_possible_link() -> None:
    story = told(
        "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P08 M=P10",
        "STK NAKIT s1 basic-needs/cash/m 6000 2026-05 R=P09 M=P10",
    ).on("2026-07-01")
    assert statuses(story) == {"k1–s1": "open"}


def test_a_party_keeps_its_answer_until_it_is_none_and_then_starts_anew() -> None:
    story = answered(told(), "KIZ", "STK").on("2026-05-25").say(U1)
    # KIZ and STK are parties already and have replied; UNH is one from Monday the 25th
    assert late(story.on("2026-05-28")) == []
    assert late(story.on("2026-05-29")) == [("UNH", "2026-05-29")]
    assert statuses(story) == {"k1–s1": "open", "k1–u1": "dismissed", "s1–u1": "dismissed"}
    again = answered(told(), "KIZ", "STK").say(f"CANCEL {K1} version=3").on("2026-05-18")
    again.say(f"{K1} version=4")
    # from Monday the 18th: Tuesday, Wednesday, Thursday
    assert late(again.on("2026-05-21")) == []
    assert late(again.on("2026-05-22")) == [("KIZ", "2026-05-22")]


# -- 3: steps ------------------------------------------------------------------------------------


def test_steps_of_others_and_about_nothing_change_nothing() -> None:
    story = answered(told(), "STK", "UNH", "BEL")
    story.step("KIZ", ["double-coverage", ["KIZ", "x"], ["STK", "y"]], "replied")
    assert late(story.on("2026-05-21")) == [("KIZ", "2026-05-21")]


# -- 5: the decision's day -----------------------------------------------------------------------


def test_a_case_is_past_its_day_after_thirty_days_with_an_open_pair() -> None:
    story = answered(told(), "KIZ", "STK").on("2026-06-14")
    assert not story.judged().past
    story.on("2026-06-15")
    (case,) = story.judged().past
    assert {key[0] for key in case} == {"double-coverage"}
    story.decided(story.finding("k1", "s1"), "moved")
    assert not story.judged().past


# -- 6: the notice -------------------------------------------------------------------------------


def test_the_notice_ends_with_the_last_open_pair() -> None:
    story = answered(told(), "KIZ", "STK")
    story.step("ADMIN", story.finding("k1", "s1"), "notified").on("2026-05-20")
    story.say(f"CANCEL {K1} version=3").say(f"{K1} version=4")
    answered(story, "KIZ", "STK").on("2026-06-20")
    pair = story.finding("k1", "s1")
    story.decided(pair, "stop-next").decided(pair, "stop-next", user="u2")
    assert statuses(story) == {"k1–s1": "open"}


def test_days_are_those_of_the_policy_in_force_when_they_begin() -> None:
    rules = NO_CAP | {"acknowledge_working_days": 1}
    policy = {"kind": "policy", "version": 2, "in_force_from": "2026-05-16", "rules": rules}
    story = Story(rules=NO_CAP).tell("ADMIN", policy)
    story.tell("SUPERVISOR", {"kind": "policy-signature", "version": 1, "policy_version": 2})
    story.say(K1, S1).on("2026-05-18")
    story.say(U1).on("2026-05-20")
    # UNH was asked on Monday under the new policy: one day
    assert story.judged().late == (("UNH", date(2026, 5, 20)),)
    assert story.on("2026-05-21").judged().late[1:] == (("KIZ", date(2026, 5, 21)),)
