"""S13–S16, S18, S20, S24, S25, and amounts without a rate: what changes with time and versions.

S25's aggregate "ended by formal employment" belongs to a later issue and is not asked for here.
"""

from typing import Any

from tests.e2e.cases.model import (
    BASKET,
    MAY,
    P123,
    WHOLE_MAY,
    Case,
    See,
    Step,
    Story,
    day,
    enrolment,
    listed,
    need,
    opened,
    step,
    tick,
)
from tests.e2e.kit import record

FIVE = "R=P01 M=P02,P03,P04,P05"
FROM_BEL = "2026-05-10,2026-06-10"

# -- S13, S14: plans -----------------------------------------------------------------------------


def stage(org: str, programme: str, amount: int, name: str) -> Step:
    """A stage of an organisation's plan for this month, versioned in the written order."""
    reference, what = f"{org[0].lower()}1", f"basic-needs/cash/m {amount}"
    version = 1 if name == "planned" else 2
    return step(org, programme, reference, what, "2026-11", "R=P01", stage=name, version=version)


KIZ_PLAN, KIZ_CANCELS, KIZ_DELIVERS = (
    stage("KIZ", "TEMEL", 6000, name) for name in ("planned", "cancelled", "delivered")
)
BEL_PLAN, BEL_CANCELS, BEL_DELIVERS = (
    stage("BEL", "KIRA", 5000, name) for name in ("planned", "cancelled", "delivered")
)


def s13_prevented(story: Story) -> None:
    """The first is clear, the second covered by what is reserved; what it gave up is prevented."""
    first, second = ("k1", "b1") if story.names[0] == "k1" else ("b1", "k1")
    assert (story.verdict(first), story.verdict(second)) == ("clear", "covered")
    assert story.answers[second]["basis"] == "reserved"
    plans = story.tekil.query(
        "SELECT lower(left(org, 1)) AS name, outcome, amount FROM v1_verdicts WHERE version = 1"
    )
    amounts = {row["name"] + "1": (row["outcome"], row["amount"]) for row in plans}
    paid = {"k1": "6000.00", "b1": "5000.00"}
    assert amounts[second] == ("cancelled-after-verdict", paid[second])
    assert amounts[first] == ("delivered", paid[first])
    [row] = story.tekil.query(
        "SELECT toString(sum(amount)) AS prevented FROM v1_verdicts"
        " WHERE verdict = 'covered' AND outcome = 'cancelled-after-verdict'"
    )
    assert row["prevented"] == paid[second].split(".")[0]
    assert story.tekil.query("SELECT * FROM v1_findings") == []


def s14_lapsed(story: Story) -> None:
    """The plan that nobody carried out is known as lapsed, and counted against its owner."""
    [plan] = story.tekil.query("SELECT outcome FROM v1_verdicts WHERE org = 'KIZ'")
    assert plan["outcome"] == "lapsed"
    rows = story.tekil.query("SELECT org, lapsed FROM v1_partner_quality WHERE lapsed != 0")
    assert rows == [{"org": "KIZ", "lapsed": 1}]


# -- S15, S16, S18, S20: versions ----------------------------------------------------------------


def s15(returned: int, version: int, see: See) -> Step:
    """KIZ says what came back of k1 so far."""
    return step(
        "KIZ", "TEMEL", "k1", "basic-needs/cash/m 6000", MAY, P123,
        stage="returned", returned_amount=returned, version=version, see=see,
    )  # fmt: skip


def revised(revision: int, status: str, amount: str | None) -> See:
    """The only finding's latest revision."""

    def see(story: Story) -> None:
        [row] = story.tekil.query("SELECT revision, status, amount_at_risk FROM v1_findings")
        assert (row["revision"], row["status"]) == (revision, status)
        assert amount is None or row["amount_at_risk"] == amount

    return see


def s15_verdict_stays(story: Story) -> None:
    """What STK was told once stays what it was told."""
    [verdict] = story.tekil.query("SELECT verdict FROM v1_verdicts WHERE org = 'STK'")
    assert verdict["verdict"] == "covered"


def s16_names_nothing(story: Story) -> None:
    """The answer to ESN names neither BEL's district nor its amount."""
    opened("double-coverage certain b1–e1 [2026-05-10,2026-06-01) 5677.42")(story)
    said = str(story.answers["e1"])
    receipts = story.tekil.run("receipts", "--org", "ESN", "--json").out
    for text in (said, receipts):
        assert "covered" in text
        assert "TUR034026" not in text
        assert "9000" not in text


def s18_resent_and_changed(story: Story) -> None:
    """The same again is a duplicate with the first verdict; other content a conflict."""
    before = story.rows()
    words = (MAY, "R=P01 M=P02")
    for _ in range(3):
        same = record("TEMEL", "k1", "basic-needs/cash/m 6000", *words)
        again = story.tekil.publish("KIZ", same)
        assert {row["disposition"] for row in again} == {"duplicate"}
        assert {row["verdict"] for row in again} == {story.verdict("k1")}
    changed = record("TEMEL", "k1", "basic-needs/cash/m 6500", *words, version=2)
    refused = story.tekil.publish("KIZ", changed, ok=(1,))
    assert {(row["disposition"], row["reason"]) for row in refused} == {("rejected", "id-conflict")}
    assert story.rows() == before


S20 = (
    ("KIZ", "TEMEL", "k1", "basic-needs/cash/m 9000"),
    ("BEL", "KIRA", "b1", "rent/cash/m 8000"),
    ("STK", "FOOD", "s1", "food/voucher/m 7000"),
)


def s20_step(words: tuple[str, ...], see: See | None = None, **more: Any) -> Step:
    """One of the three payments of June."""
    return step(*words, "2026-06", FIVE, see=see, **more)


def s20_over_cap(story: Story) -> None:
    """One row over the cap, which lists all three; and nothing is double."""
    opened("over-cap certain b1 [2026-06-01,2026-07-01) 2000.00")(story)
    rows = story.tekil.query("SELECT org FROM v1_finding_records ORDER BY org")
    assert [row["org"] for row in rows] == ["BEL", "KIZ", "STK"]


def s20_withdrawn(story: Story) -> None:
    """The newborn's cap is 25,000."""
    found = story.tekil.query("SELECT kind, status FROM v1_findings")
    assert {(row["kind"], row["status"]) for row in found} == {("over-cap", "withdrawn")}


# -- S24, S25: gaps ------------------------------------------------------------------------------


def gap(kind: str, reference: str, back: int) -> str:
    """A gap as `open_rows` tells it."""
    return f"{kind} {reference} basic-needs from {day(back)}"


S24_ROWS = (gap("unmet-need", "n1", 31), gap("unmet-need", "n4", 40))


def s24_lapse(story: Story) -> None:
    """(ii) becomes a gap on its thirtieth day, (v) on the day its reservation lapses."""
    second = gap("unmet-need", "n2", 29)
    for ahead, rows in ((1, ()), (29, ()), (30, (gap("unmet-need", "n5", 40),))):
        story.tekil.run("tick", "--as-of", day(-ahead).isoformat())
        opened(*S24_ROWS, second, *rows)(story)
    [row] = story.tekil.query("SELECT outcome FROM v1_verdicts WHERE version = 1")
    assert row["outcome"] == "lapsed"


def s25_next_day(story: Story) -> None:
    """(vi) is a lapse on its thirtieth day."""
    story.tekil.run("tick", "--as-of", day(-1).isoformat())
    opened(gap("lapsed-coverage", "e1", 31), gap("lapsed-coverage", "e6", 29))(story)


# -- amounts without a rate ----------------------------------------------------------------------


def unknown_amounts(story: Story) -> None:
    """The row opens, what it is about is not known, and that is NULL and not 0."""
    rows = story.tekil.query("SELECT kind, status, amount_at_risk FROM v1_findings")
    assert rows == [{"kind": "double-coverage", "status": "open", "amount_at_risk": None}]
    [row] = story.tekil.query("SELECT amount FROM v1_excess_month")
    assert row["amount"] is None


CASES = (
    Case(
        "S13",
        (KIZ_PLAN, BEL_PLAN, BEL_CANCELS, KIZ_DELIVERS),
        (),
        (("k1", "clear"), ("b1", "covered")),
        other=(BEL_PLAN, KIZ_PLAN, KIZ_CANCELS, BEL_DELIVERS),
        always=s13_prevented,
    ),
    Case(
        "S14",
        (
            step(
                "KIZ", "TEMEL", "k1", "basic-needs/cash/m 6000", "2026-12", "R=P01",
                stage="planned", version=1,
            ),
            tick(day(-31)),
            step(
                "BEL", "KIRA", "b1", "basic-needs/cash/m 5000", "2026-12", "R=P01",
                stage="planned", version=1,
            ),
        ),
        (),
        (("k1", "clear"), ("b1", "clear")),
        see=s14_lapsed,
    ),
    Case(
        "S15",
        (
            step("KIZ", "TEMEL", "k1", "basic-needs/cash/m 6000", MAY, P123, version=2),
            step("STK", "NAKIT", "s1", "basic-needs/cash/m 8000", MAY, P123),
            s15(2000, 3, revised(2, "open", "4000.00")),
            s15(6000, 4, revised(3, "withdrawn", None)),
        ),
        (),
        (("s1", "covered"),),
        see=s15_verdict_stays,
    ),
    Case(
        "S16",
        (
            step("BEL", "KIRA", "b1", "rent/cash/m 9000", MAY, P123, version=2),
            step(
                "ESN", "AID", "e1", "rent/cash/m 8000", FROM_BEL, P123,
                district="TUR034018", see=s16_names_nothing,
            ),
            step(
                "BEL", "KIRA", "b1", "rent/cash/m 2700", "2026-05-01,2026-05-10", P123,
                stage="amended", version=3,
            ),
        ),
        (),
        (("e1", "covered"),),
        see=revised(2, "withdrawn", None),
    ),
    Case(
        "S18",
        (
            step("KIZ", "TEMEL", "k1", "basic-needs/cash/m 6000", MAY, "R=P01 M=P02"),
            step("KIZ", "TEMEL", "k9", "basic-needs/cash/m 6000", MAY, "R=P01 M=P02"),
        ),
        (f"repeated-payment certain k1–k9 {WHOLE_MAY} 6000.00",),
        (("k1", "clear"), ("k9", "covered")),
        see=s18_resent_and_changed,
    ),
    Case(
        "S20",
        (
            *(s20_step(words, version=2) for words in S20[:2]),
            s20_step(S20[2], s20_over_cap, version=2),
            *(s20_step(words, stage="amended", household_size=6, version=3) for words in S20),
        ),
        rules=BASKET,
        see=s20_withdrawn,
    ),
    Case(
        "S24",
        (
            listed(
                "BEL", "need",
                need("n1", 31, "R=P01"), need("n2", 29, "R=P02"), need("n3", 40, "R=P04 M=P05"),
                need("n4", 40, "R=P06"), need("n5", 40, "R=P07"),
            ),
            step(
                "KIZ", "TEMEL", "k3", "basic-needs/cash/m 6000", f"{day(10)},{day(-20)}",
                "R=P05 M=P04",
            ),
            listed("STK", "need", need("m4", 40, "R=P06")),
            step(
                "KIZ", "TEMEL", "k5", "basic-needs/cash/m 6000", f"{day(0)},{day(-31)}", "R=P07",
                stage="planned", version=1,
            ),
        ),
        S24_ROWS,
        see=s24_lapse,
    ),
    Case(
        "S25",
        (
            listed(
                "KIZ", "enrolment",
                enrolment("e1", "programme-closed", 31, "R=P01"),
                enrolment("e2", "formal-employment", 31, "R=P02"),
                enrolment("e3", "deceased", 31, "R=P03"),
                enrolment("e3b", "deceased", 31, "R=P08 M=P09,P10"),
                enrolment("e4", "left-country", 31, "R=P04"),
                enrolment("e5", "moved", 31, "R=P05"),
                enrolment("e6", "programme-closed", 29, "R=P06"),
            ),
            step(
                "ESN", "AID", "n5", "basic-needs/cash/m 6000", f"{day(20)},{day(-10)}", "R=P05",
                district="TUR034018",
            ),
        ),
        (gap("lapsed-coverage", "e1", 31),),
        see=s25_next_day,
    ),
    Case(
        "P6",
        (
            step("KIZ", "TEMEL", "k1", "basic-needs/cash/m 6000", MAY, P123),
            step("STK", "NAKIT", "s1", "basic-needs/cash/m 20000", MAY, P123, currency="EUR"),
        ),
        (f"double-coverage certain k1–s1 {WHOLE_MAY} None",),
        (("s1", "covered"),),
        rules=BASKET,
        always=unknown_amounts,
    ),
)  # fmt: skip
