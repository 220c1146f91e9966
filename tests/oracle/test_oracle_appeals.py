"""Rules 12–14 of docs/decisions/0013: appeals and the supervisor's answers."""

import pytest

from tests.oracle.story import Story
from tests.oracle.test_oracle_decisions import JUNE, revision
from tests.oracle.test_oracle_parties import K1, answered, statuses, told


def dismissed() -> Story:
    """k1–s1, dismissed on the first day."""
    story = told()
    return story.decided(story.finding("k1", "s1"), "moved")


def answer(story: Story, reason: str, user: str = "s1") -> bool:
    """Whether the supervisor's decision on k1–s1 had an effect."""
    pair = story.finding("k1", "s1")
    return story.decided(pair, reason, user=user, org="SUPERVISOR").had_effect()


# -- 12: what counts -----------------------------------------------------------------------------


def test_an_appeal_is_against_what_is_decided() -> None:
    story = told()
    pair = story.finding("k1", "s1")
    assert not story.appealed(pair).had_effect()
    story.decided(pair, "none")
    assert not story.appealed(pair, revision=1).had_effect()
    assert not story.appealed(pair, "UNH").had_effect()
    assert story.appealed(pair, "STK").had_effect()
    assert not story.appealed(pair).had_effect()


@pytest.mark.parametrize(("day", "counts"), [("2026-06-14", True), ("2026-06-15", False)])
def test_an_appeal_comes_within_thirty_days(day: str, counts: bool) -> None:
    story = dismissed().on(day)
    assert story.appealed(story.finding("k1", "s1")).had_effect() == counts


def test_the_days_of_what_was_dismissed_at_birth_run_from_its_birth() -> None:
    story = dismissed().on("2026-06-10").say(*JUNE).on("2026-07-10")
    assert not story.appealed(story.finding("k1", "s1")).had_effect()
    assert story.appealed(story.finding("k2", "s2")).had_effect()


# -- 13: the answer ------------------------------------------------------------------------------


def test_the_supervisor_only_answers() -> None:
    story = dismissed()
    assert not answer(story, "none")
    story.appealed(story.finding("k1", "s1"))
    assert answer(story, "none")
    assert statuses(story) == {"k1–s1": "confirmed"}
    assert not answer(story, "moved")
    assert revision(story) == [3]


def test_an_answer_may_leave_things_as_they_are() -> None:
    story = dismissed()
    story.appealed(story.finding("k1", "s1"))
    assert answer(story, "moved")
    assert revision(story) == [2]
    assert not answer(story, "none")


def test_an_appeal_ends_when_its_finding_changes() -> None:
    story = dismissed()
    story.appealed(story.finding("k1", "s1")).say(f"AMEND {K1} version=3".replace("6000", "5000"))
    assert not answer(story, "none")
    confirmed = told()
    pair = confirmed.finding("k1", "s1")
    confirmed.decided(pair, "none").appealed(pair).decided(pair, "moved")
    assert not answer(confirmed, "none")
    assert confirmed.appealed(pair).had_effect()


def test_to_stop_aid_that_was_dismissed_takes_notice_and_two_people() -> None:
    story = dismissed()
    pair = story.finding("k1", "s1")
    story.appealed(pair)
    assert not answer(story, "stop-next")
    assert not answer(story, "stop-next", user="s2")
    story.step("ADMIN", pair, "notified").on("2026-05-30")
    assert answer(story, "stop-next")
    stopped = answered(told(), "KIZ", "STK")
    stopped.decided(pair, "none").appealed(pair)
    assert answer(stopped, "stop-next")


def test_a_late_answer_is_counted() -> None:
    story = dismissed().on("2026-05-20")
    story.appealed(story.finding("k1", "s1")).on("2026-06-19")
    assert not story.judged().past
    assert len(story.on("2026-06-20").judged().past) == 1
    assert answer(story, "moved")
    assert not story.judged().past


# -- 14: what the case forgets -------------------------------------------------------------------


def test_a_confirmed_answer_makes_the_case_forget() -> None:
    story = dismissed().say(*JUNE)
    july = [line.replace("2 ", "3 ", 1).replace("06 ", "07 ") for line in JUNE]
    story.appealed(story.finding("k1", "s1"))
    assert answer(story, "none")
    story.say(*july)
    assert statuses(story) == {"k1–s1": "confirmed", "k2–s2": "dismissed", "k3–s3": "open"}


def test_a_dismissing_answer_is_remembered() -> None:
    story = told()
    pair = story.finding("k1", "s1")
    story.decided(pair, "none").appealed(pair)
    assert answer(story, "moved")
    assert statuses(story.say(*JUNE)) == {"k1–s1": "dismissed", "k2–s2": "dismissed"}
