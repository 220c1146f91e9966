"""Decisions, deadlines and appeals (docs/decisions/0013), through the whole pure chain."""

import uuid
from datetime import date

import pytest

from processors.registry.days import after_working_days
from tests.kit import System
from tests.speech import spoken, token
from tests.unit.processors.registry.desk import Desk


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        ("2025-01-01", 3, "2025-01-06"),  # Wednesday: Thursday, Friday, Monday
        ("2025-01-03", 3, "2025-01-08"),  # Friday
        ("2025-01-04", 3, "2025-01-08"),  # Saturday
        ("2025-01-06", 1, "2025-01-07"),
    ],
)
def test_working_days(day: str, count: int, expected: str) -> None:
    found = after_working_days(date.fromisoformat(day).toordinal(), count)
    assert date.fromordinal(found).isoformat() == expected


# -- deadlines -----------------------------------------------------------------------------------


def test_a_missed_acknowledgement_dismisses_and_counts_against_who_missed_it() -> None:
    desk = Desk().pays(1)
    assert [party["acknowledge_by"] for party in desk.case()["parties"]] == ["2025-01-06"] * 2
    desk.answers("KIZ").step_to(5)
    assert desk.statuses() == ["open"]
    desk.step_to(6)
    assert desk.statuses() == ["dismissed"]
    assert [(row["act"], row["org"], row["reason"]) for row in desk.decisions()] == [
        ("deadline", "STK", "deadline-missed")
    ]
    assert desk.case()["status"] == "closed"
    assert desk.excess() == ["0.00"]


def test_a_missed_reply_dismisses_ten_days_after_the_first_deadline() -> None:
    desk = Desk().pays(1).answers("KIZ")
    desk.says("STK", "case-step", case_id=desk.case()["case_id"], step="acknowledged")
    assert desk.step_to(15).statuses() == ["open"]
    assert desk.step_to(16).statuses() == ["dismissed"]


def test_who_answers_keeps_the_case_and_the_administrations_day_passes() -> None:
    desk = Desk().pays(1).answers("KIZ", "STK").step_to(30)
    assert (desk.statuses(), desk.case()["late"]) == (["open"], "")
    desk.step_to(31)
    assert (desk.statuses(), desk.case()["late"]) == (["open"], "administration")
    assert desk.decides("confirm", "none") == "applied"
    assert desk.case()["late"] == ""


def test_of_three_payers_only_what_the_late_one_is_a_side_of_is_dismissed() -> None:
    desk = Desk().pays(1)
    desk.system.say("UNH AID u1 basic-needs/cash/m 4000 2025-01 R=P01")
    desk.answers("KIZ", "STK").step_to(6)
    standing = {
        (finding["org_a"], finding["org_b"]): finding["status"]
        for finding in desk.system.findings().values()
    }
    assert standing == {
        ("KIZ", "STK"): "open",
        ("KIZ", "UNH"): "dismissed",
        ("STK", "UNH"): "dismissed",
    }
    # the next month's: only with the late partner are they dismissed at birth
    desk.pays(2, "2025-02")
    assert desk.statuses() == ["open", "dismissed", "dismissed", "open"]
    desk.system.say("UNH AID u2 basic-needs/cash/m 4000 2025-02 R=P01")
    assert desk.statuses()[4:] == ["dismissed", "dismissed"]


def test_nobody_is_asked_about_a_possible_link() -> None:
    desk = Desk()
    desk.system.say("KIZ ESSN k1 basic-needs/cash/m 6000 2025-01 R=P08 M=P10")
    desk.system.say("STK MPCA s1 basic-needs/cash/m 6000 2025-01 R=P09 M=P10")
    assert desk.case()["parties"] == []
    assert not any(out["notices"] for out in desk.system.outputs)
    assert desk.step_to(30).statuses() == ["open"]
    assert desk.step_to(31).case()["late"] == "administration"


def test_a_new_party_has_its_own_days() -> None:
    desk = Desk().pays(1).answers("KIZ", "STK").step_to(3)
    desk.system.say("UNH AID u1 basic-needs/cash/m 4000 2025-01 R=P01")
    by = {party["org"]: party["acknowledge_by"] for party in desk.case()["parties"]}
    assert by == {"KIZ": "2025-01-06", "STK": "2025-01-06", "UNH": "2025-01-08"}


def test_both_sides_are_told_by_when_to_answer() -> None:
    desk = Desk().pays(1)
    (notices,) = [out["notices"] for out in desk.system.outputs if out["notices"]]
    assert [(one["org"], one["kind"], one["by"]) for one in notices] == [
        ("KIZ", "case-opened", "2025-01-06"),
        ("STK", "case-opened", "2025-01-06"),
    ]
    assert {one["case_id"] for one in notices} == {desk.case()["case_id"]}


# -- decisions -----------------------------------------------------------------------------------


def test_a_dismissal_closes_the_case_and_takes_its_excess_back() -> None:
    desk = Desk().pays(1)
    assert desk.excess() == ["6000.00"]
    assert desk.decides("dismiss", "complementary") == "applied"
    assert (desk.statuses(), desk.excess()) == (["dismissed"], ["0.00"])
    assert (desk.first()["revision"], desk.case()["status"]) == (2, "closed")
    (decided,) = desk.decisions()
    assert (decided["user"], decided["reason"], decided["revision"]) == ("ayse", "complementary", 1)


@pytest.mark.parametrize(("days", "status"), [(179, "dismissed"), (180, "open")])
def test_a_dismissal_is_remembered_for_180_days(days: int, status: str) -> None:
    desk = Desk().pays(1)
    desk.decides("dismiss", "complementary")
    desk.step_to(days).pays(2, "2025-02")
    assert desk.statuses() == ["dismissed", status]
    assert len(desk.cases()) == 1


@pytest.mark.parametrize(
    "line",
    [
        "UNH AID u1 basic-needs/cash/m 4000 2025-02 R=P01",
        "STK MPCA s3 basic-needs/cash/m 4000 2025-02 R=P02 M=P01",
    ],
)
def test_a_new_programme_or_recipient_reopens_the_case(line: str) -> None:
    desk = Desk().pays(1)
    desk.decides("dismiss", "top-up")
    desk.system.say("KIZ ESSN k2 basic-needs/cash/m 6000 2025-02 R=P01 M=P02,P03")
    desk.system.say(line)
    assert desk.statuses() == ["dismissed", "open"]
    assert desk.case()["status"] == "open"


def test_a_dismissal_does_not_cover_whom_a_quarantine_left_without_a_number() -> None:
    desk = Desk()
    for org, who in (("KIZ", "P01"), ("STK", "P02")):
        _, _, record = spoken(f"{org} AID {org}1 rent/cash/m 900 2025-01 R={who} M=P03")
        record["subjects"][0]["tokens"].append(["case.unhcr", "ab" * 16])
        assert desk.system.submit(org, record)[0]["disposition"] == "accepted"
    assert desk.decides("dismiss", "top-up") == "applied"
    quarantined = [{"role": "quarantined", "tokens": [token("P02")]}]
    name = str(uuid.UUID(int=1, version=4))
    desk.system.control("quarantine", 1, quarantine_id=name, status="active", subjects=quarantined)
    # the pair stands by the case number as it stood: only its recipient is another one
    assert (desk.statuses(), desk.first()["revision"]) == (["open"], 3)


def test_a_dismissed_pair_stays_so_when_it_is_revised_and_a_confirmed_one_does_not() -> None:
    amended = "AMEND KIZ ESSN k1 basic-needs/cash/m 5000 2025-01 R=P01 M=P02,P03 version={}"
    desk = Desk().pays(1)
    desk.decides("dismiss", "urgent")
    desk.system.say(amended.format(3))
    assert (desk.statuses(), desk.first()["revision"]) == (["dismissed"], 3)
    other = Desk().pays(1)
    assert other.decides("confirm", "partner-correction") == "applied"
    other.system.say(amended.format(3))
    assert (other.statuses(), other.first()["revision"]) == (["open"], 3)


def test_a_decision_binds_the_revision_that_was_looked_at() -> None:
    desk = Desk().pays(1)
    desk.system.say("AMEND KIZ ESSN k1 basic-needs/cash/m 5000 2025-01 R=P01 M=P02,P03 version=3")
    assert desk.decides("dismiss", "top-up", revision=1) == "stale-revision"
    assert desk.decides("dismiss", "top-up", revision=2) == "applied"
    assert desk.decides("confirm", "none") == "not-open"
    lost = desk.first() | {"finding_id": "0" * 32}
    assert desk.decides("confirm", "none", finding=lost) == "unknown-finding"


def test_where_aid_stops_there_is_notice_and_two_people() -> None:
    desk = Desk().pays(1).answers("KIZ", "STK")
    assert desk.decides("confirm", "stop-next") == "notice-missing"
    desk.notifies().step_to(14)
    assert desk.decides("confirm", "stop-next") == "notice-missing"
    desk.step_to(15)
    assert desk.decides("confirm", "stop-next") == "waits-for-second"
    assert desk.decides("confirm", "stop-next") == "waits-for-second"
    assert desk.decides("confirm", "re-programme", "baris") == "waits-for-second"
    assert desk.statuses() == ["open"]
    assert desk.decides("confirm", "stop-next", "baris") == "applied"
    assert (desk.statuses(), desk.first()["revision"]) == (["confirmed"], 2)


def test_a_voice_counts_for_one_revision_alone() -> None:
    desk = Desk().pays(1).answers("KIZ", "STK").notifies().step_to(15)
    assert desk.decides("confirm", "stop-next") == "waits-for-second"
    desk.system.say("AMEND KIZ ESSN k1 basic-needs/cash/m 5000 2025-01 R=P01 M=P02,P03 version=3")
    assert desk.decides("confirm", "stop-next", "baris") == "waits-for-second"


def test_a_decision_confirms_a_succession() -> None:
    desk = Desk()
    desk.system.say("KIZ ESSN k1 basic-needs/cash/m 5000 2025-01 R=X1")
    desk.system.say("STK MPCA s1 basic-needs/cash/m 4000 2025-01 R=P01")
    desk.system.say("SUCCEED KIZ u1 X1 P01")
    assert (desk.first()["strength"], desk.first()["revision"]) == ("probable", 1)
    assert desk.decides("confirm", "none") == "applied"
    assert [desk.first()[name] for name in ("strength", "status", "revision")] == [
        "certain", "confirmed", 2,
    ]  # fmt: skip
    desk.system.say("BEL AID b1 basic-needs/cash/m 100 2025-01 R=X1")
    strengths = {f["org_a"] + f["org_b"]: f["strength"] for f in desk.system.findings().values()}
    assert strengths == {"KIZSTK": "certain", "BELKIZ": "certain", "BELSTK": "certain"}
    assert desk.decides("dismiss", "data-error") == "applied"
    strengths = {f["org_a"] + f["org_b"]: f["strength"] for f in desk.system.findings().values()}
    assert strengths == {"KIZSTK": "probable", "BELKIZ": "certain", "BELSTK": "probable"}


# -- appeals -------------------------------------------------------------------------------------


def test_the_supervisor_decides_on_an_appeal_and_on_nothing_else() -> None:
    desk = Desk().pays(1)
    assert desk.decides("dismiss", "moved", "selin") == "no-appeal"
    assert desk.appeals() == "not-decided"
    desk.decides("confirm", "none")
    assert desk.appeals("UNH", "partner") == "not-a-side"
    assert desk.appeals("STK", "partner") == "applied"
    assert desk.appeals() == "already-appealed"
    assert desk.case()["status"] == "open"
    desk.step_to(31)
    assert desk.case()["late"] == "supervisor"
    assert desk.decides("dismiss", "moved", "selin") == "applied"
    assert (desk.statuses(), desk.case()["late"]) == (["dismissed"], "")
    desk.pays(2, "2025-02")
    assert desk.statuses() == ["dismissed", "dismissed"]


def test_an_appeal_comes_within_thirty_days() -> None:
    desk = Desk().pays(1)
    desk.decides("confirm", "none")
    assert desk.step_to(31).appeals() == "too-late"


def test_a_dismissal_that_the_supervisor_overturns_is_forgotten() -> None:
    desk = Desk().pays(1)
    desk.decides("dismiss", "moved")
    assert desk.appeals("KIZ", "partner") == "applied"
    assert desk.decides("confirm", "none", "selin") == "applied"
    assert desk.statuses() == ["confirmed"]
    assert desk.pays(2, "2025-02").statuses() == ["confirmed", "open"]


def test_an_appeal_ends_when_its_finding_is_revised() -> None:
    desk = Desk().pays(1)
    desk.decides("confirm", "none")
    desk.appeals()
    desk.system.say("AMEND KIZ ESSN k1 basic-needs/cash/m 5000 2025-01 R=P01 M=P02,P03 version=3")
    assert desk.statuses() == ["open"]
    assert desk.decides("dismiss", "moved", "selin") == "no-appeal"


# -- gaps and sums -------------------------------------------------------------------------------


def test_a_gap_and_a_sum_are_decided_too() -> None:
    desk = Desk(System.ready())
    desk.system.policy(2, "2025-01-01", basket_by_size=["5000"])
    desk.system.say("KIZ ESSN k1 rent/cash/m 6000 2025-01 R=P01")
    assert desk.first()["kind"] == "over-cap"
    assert desk.decides("confirm", "stop-next") == "notice-missing"
    assert desk.decides("dismiss", "urgent") == "applied"
    desk.system.say("AMEND KIZ ESSN k1 rent/cash/m 7000 2025-01 R=P01 version=3")
    assert (desk.statuses(), desk.first()["revision"]) == (["dismissed"], 3)
    need = Desk()
    need.system.say("NEED BEL n1 basic-needs 2024-11-01 R=P01")
    need.decides("dismiss", "stale-record")
    assert need.step_to(40).statuses() == ["dismissed"]


def test_the_late_upload_is_named() -> None:
    desk = Desk().step_to(40).pays(1, "2025-01")
    assert desk.first()["late_org"] == "STK"
    assert Desk().pays(1).first()["late_org"] == ""
