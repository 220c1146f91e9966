"""Rules 7–11, 15 and 16 of docs/decisions/0013: decisions, what they remember and confirm."""

import pytest

from tests.oracle.story import Story
from tests.oracle.test_oracle_parties import K1, S1, U1, answered, statuses, told

JUNE = [line.replace("k1", "k2").replace("s1", "s2").replace("05 ", "06 ") for line in (K1, S1)]


def revision(story: Story) -> list[int]:
    """The revisions of all findings that ever were."""
    return sorted(story.judged().revisions.values())


# -- 7: what has an effect -----------------------------------------------------------------------


def test_a_decision_names_the_current_revision() -> None:
    story = told()
    pair = story.finding("k1", "s1")
    story.say(f"AMEND {K1} version=3".replace("6000", "5000"))
    assert revision(story) == [2]
    assert not story.decided(pair, "none", revision=1).had_effect()
    assert not story.decided(pair, "none", revision=3).had_effect()
    assert statuses(story) == {"k1–s1": "open"}
    assert story.decided(pair, "none", revision=2).had_effect()
    assert statuses(story) == {"k1–s1": "confirmed"}
    assert revision(story) == [3]


def test_what_is_confirmed_can_be_dismissed_and_not_the_other_way_round() -> None:
    story = told()
    pair = story.finding("k1", "s1")
    assert story.decided(pair, "none").had_effect()
    assert not story.decided(pair, "refer-audit").had_effect()
    assert story.decided(pair, "moved").had_effect()
    assert not story.decided(pair, "none").had_effect()
    assert not story.decided(pair, "moved").had_effect()
    assert statuses(story) == {"k1–s1": "dismissed"}
    assert revision(story) == [3]


def test_what_is_withdrawn_or_never_was_cannot_be_decided() -> None:
    story = told().say(f"CANCEL {K1} version=3")
    assert not story.decided(story.finding("k1", "s1"), "moved").had_effect()
    never = ["double-coverage", ["KIZ", "x"], ["STK", "y"]]
    assert not story.decided(never, "moved").had_effect()
    assert revision(story) == [2]


@pytest.mark.parametrize(
    ("day", "users", "status"),
    [
        ("2026-05-29", ("u1", "u2"), "open"),
        ("2026-05-30", ("u1", "u2"), "confirmed"),
        ("2026-05-30", ("u1", "u1"), "open"),
    ],
)
def test_stopping_aid_takes_two_people_and_fifteen_days(
    day: str, users: tuple[str, str], status: str
) -> None:
    story = answered(told(), "KIZ", "STK")
    pair = story.finding("k1", "s1")
    story.step("ADMIN", pair, "notified").on(day)
    for user in users:
        story.decided(pair, "stop-next", user=user)
    assert statuses(story) == {"k1–s1": status}
    assert revision(story) == [1 + (status == "confirmed")]


def test_two_people_say_the_same_reason_of_the_same_revision() -> None:
    story = answered(told(), "KIZ", "STK")
    pair = story.finding("k1", "s1")
    story.step("ADMIN", pair, "notified").on("2026-06-01")
    story.decided(pair, "stop-next").decided(pair, "re-programme", user="u2")
    assert statuses(story) == {"k1–s1": "open"}
    story.say(f"AMEND {K1} version=3".replace("6000", "5000"))
    story.decided(pair, "stop-next", user="u3")
    assert statuses(story) == {"k1–s1": "open"}
    story.decided(pair, "stop-next", user="u1")
    assert statuses(story) == {"k1–s1": "confirmed"}


def test_sums_and_gaps_are_decided_like_pairs() -> None:
    story = Story(rules={"basket_by_size": ["5000"], "basket_further": "0"}).say(K1)
    need = {"purpose": "food", "assessed_on": "2026-05-01", "district": "TUR034026"}
    story.thing("BEL", "need", "n1", "R=P09", **need)
    cap = ["over-cap", "2026-05-01", [list(story.key("k1"))]]
    assert story.decided(cap, "partner-correction").had_effect()
    assert story.decided(story.finding("n1"), "moved").had_effect()
    assert statuses(story) == {"k1": "confirmed", "n1": "dismissed"}
    story.say(f"AMEND {K1} version=3".replace("6000", "5500"))
    assert statuses(story) == {"k1": "open", "n1": "dismissed"}
    story.step("ADMIN", cap, "notified").on("2026-07-01")
    story.decided(cap, "stop-next").decided(cap, "stop-next", user="u2")
    assert statuses(story)["k1"] == "open"


# -- 8 and 10: what is remembered ----------------------------------------------------------------


def test_a_dismissal_covers_the_next_month_also_after_a_withdrawal() -> None:
    story = told().say(*JUNE, f"CANCEL {JUNE[0]} version=3")
    story.decided(story.finding("k1", "s1"), "complementary").say(f"{JUNE[0]} version=4")
    assert statuses(story) == {"k1–s1": "dismissed", "k2–s2": "dismissed"}
    assert revision(story) == [2, 3]


def test_what_stands_open_stays_open() -> None:
    story = told().say(*JUNE)
    story.decided(story.finding("k1", "s1"), "complementary")
    assert statuses(story) == {"k1–s1": "dismissed", "k2–s2": "open"}


def test_a_deadline_is_remembered_for_the_late_party_alone() -> None:
    story = answered(told(K1, S1, U1), "STK", "UNH").on("2026-05-21")
    story.say(*JUNE, U1.replace("u1", "u2").replace("05 ", "06 "))
    assert statuses(story) == {
        "k1–s1": "dismissed", "k1–u1": "dismissed", "s1–u1": "open",
        "k2–s2": "dismissed", "k2–u2": "dismissed", "s2–u2": "open",
    }  # fmt: skip


# -- 9: revisions --------------------------------------------------------------------------------


def test_a_dismissed_pair_stays_dismissed_until_somebody_new_comes() -> None:
    story = told()
    story.decided(story.finding("k1", "s1"), "top-up")
    story.say(f"AMEND {K1} version=3".replace("6000", "5000"))
    assert statuses(story) == {"k1–s1": "dismissed"}
    assert revision(story) == [3]
    story.say(f"AMEND {K1} version=4".replace("ESSN", "AID"))
    assert statuses(story) == {"k1–s1": "open"}
    assert revision(story) == [4]


def test_a_confirmed_pair_is_open_again_when_it_is_revised() -> None:
    story = told()
    pair = story.finding("k1", "s1")
    story.decided(pair, "none").say(f"AMEND {K1} version=3".replace("6000", "5000"))
    assert statuses(story) == {"k1–s1": "open"}
    covered = told().say(*JUNE)
    covered.decided(covered.finding("k2", "s2"), "none")
    covered.decided(covered.finding("k1", "s1"), "moved")
    covered.say(f"AMEND {JUNE[0]} version=3".replace("6000", "5000"))
    assert statuses(covered) == {"k1–s1": "dismissed", "k2–s2": "dismissed"}


# -- 11: successions -----------------------------------------------------------------------------

OLD = "KIZ ESSN k1 basic-needs/cash/m 5000 2026-05 R=X1"
NEW = "STK AID s1 basic-needs/cash/m 4000 2026-05 R=P01"
MORE = ["BEL AID b1 food/cash/m 900 2026-05 R=X1", "ESN AID e1 food/cash/m 900 2026-05 R=P01"]


def test_confirming_a_probable_pair_confirms_its_succession() -> None:
    story = told(OLD, NEW, *MORE).succeeded("STK", "X1", "P01")
    pair = story.finding("k1", "s1")
    before = story.judged().revisions
    story.decided(pair, "none")
    judged = story.judged()
    assert {(r.strength, r.status) for r in judged.findings if r.purpose == "basic-needs"} == {
        ("certain", "confirmed")
    }
    assert {(r.strength, r.status) for r in judged.findings if r.purpose == "food"} == {
        ("certain", "open")
    }
    assert {n - before[name] for name, n in judged.revisions.items()} == {1}
    story.say(f"AMEND {OLD} version=3".replace("5000", "3000"))
    assert {r.strength for r in story.judged().findings} == {"certain"}
    story.decided(pair, "moved")
    assert {(r.strength, r.purpose) for r in story.judged().findings} == {
        ("probable", "basic-needs"), ("probable", "food"),
    }  # fmt: skip


# -- 15 ------------------------------------------------------------------------------------------


def test_excess_is_of_open_and_confirmed_pairs() -> None:
    story = answered(told(K1, S1, U1), "KIZ", "STK", "UNH")
    assert excess(story) == [("10000.00", "")]
    story.decided(story.finding("k1", "s1"), "none")
    assert excess(story) == [("10000.00", "6000.00")]
    story.decided(story.finding("k1", "s1"), "moved")
    # of k1 and s1 nothing is too much any more: 4000 beside 14000
    assert excess(story) == [("4000.00", "")]
    for one in ("k1", "s1"):
        story.decided(story.finding(one, "u1"), "none")
    assert excess(story) == [("4000.00", "4000.00")]


def excess(story: Story) -> list[tuple[str | None, str | None]]:
    """Amount and confirmed amount of each case and month."""
    judged = story.judged()
    return [
        (amount, judged.confirmed[case].get(month, ""))
        for case, months in judged.excess.items()
        for month, amount in months.items()
    ]
