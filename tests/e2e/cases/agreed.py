"""S26 to S28: what a policy adds that two bodies agreed on."""

from tests.e2e.cases.model import MAY, P123, WHOLE_MAY, Case, Step, Story, step
from tests.e2e.cases.pairs import excess

P12 = "R=P01 M=P02"
S26 = (
    step("KIZ", "TEMEL", "k1", "basic-needs/cash/m 6000", MAY, P12),
    step("STK", "FOOD", "s1", "food/voucher/m 3000", MAY, P12),
    step("BEL", "GIDA", "b1", "food/in-kind/1 800", "2026-05-05,2026-05-06", "R=P01"),
)


def s26_by_part(story: Story) -> None:
    """Probable, by the rule that says so, and in no excess."""
    [row] = story.tekil.query("SELECT link, meets_by, matched_as FROM v1_finding_checks")
    assert row == {"link": "same-recipient", "meets_by": "as-part", "matched_as": "household"}
    assert excess(story) == []


def s27_excess(story: Story) -> None:
    """Too much is the smaller payment, in a case of the purpose of `a`."""
    assert excess(story) == [(0, "2026-05", "1500.00")]
    [row] = story.tekil.query("SELECT meets_by FROM v1_finding_checks")
    assert row["meets_by"] == "excluding-programmes"


def decided(story: Story, user: str) -> tuple[str, str]:
    """What comes of an account's confirmation, and how the finding stands then."""
    [row] = story.tekil.query("SELECT finding_id FROM v1_findings")
    words = ("decide", row["finding_id"], "confirm", "--reason", "none", "--by", user)
    [said] = story.tekil.run(*words, "--json", ok=(0, 1)).json
    [row] = story.tekil.query("SELECT status FROM v1_findings")
    return said["effect"], row["status"]


def s28_two_accounts(story: Story) -> None:
    """One account's word waits, the second one's confirms."""
    for user in ("ayse", "baris"):
        story.tekil.run("account", "add", user, "--role", "administrator")
    assert decided(story, "ayse") == ("waits-for-second", "open")
    assert decided(story, "baris") == ("applied", "confirmed")


def s28_one_account(story: Story) -> None:
    """A smaller sum is confirmed by one."""
    story.tekil.run("account", "add", "ayse", "--role", "administrator")
    assert decided(story, "ayse") == ("applied", "confirmed")


def s01(amount: int) -> tuple[Step, ...]:
    """S01 with another first amount."""
    return (
        step("KIZ", "TEMEL", "k1", f"basic-needs/cash/m {amount}", MAY, P123),
        step("STK", "NAKIT", "s1", "basic-needs/cash/m 8000", MAY, P123),
    )


ABOVE = (("two_people_above", {"amount": "5000", "currency": "TRY"}),)
CASES = (
    Case(
        "S26",
        S26,
        (f"double-coverage probable k1–s1 {WHOLE_MAY} 3000.00",),
        (("k1", "clear"), ("s1", "review"), ("b1", "clear")),
        rules=(("as_part", [["basic-needs", "food"]]),),
        always=s26_by_part,
    ),
    Case("S26-without", S26, (), (("s1", "clear"), ("b1", "clear"))),
    Case(
        "S27",
        (
            step("KIZ", "TEMEL", "k1", "basic-needs/cash/m 6000", MAY, "R=P01 M=P02"),
            step("KIZ", "EK2", "k2", "rent/cash/m 1500", MAY, "R=P02 M=P01"),
            step("KIZ", "EK2", "k3", "protection/cash/1 900", MAY, "R=P01"),
        ),
        (f"double-coverage certain k1–k2 {WHOLE_MAY} 1500.00",),
        (("k1", "clear"), ("k2", "covered"), ("k3", "clear")),
        rules=(("excluding_programmes", [["KIZ-TEMEL", "KIZ-EK2"]]),),
        always=s27_excess,
    ),
    Case(
        "S28",
        s01(6000),
        (f"double-coverage certain k1–s1 {WHOLE_MAY} 6000.00",),
        (("s1", "covered"),),
        rules=ABOVE,
        see=s28_two_accounts,
    ),
    Case(
        "S28-small",
        s01(4000),
        (f"double-coverage certain k1–s1 {WHOLE_MAY} 4000.00",),
        (("s1", "covered"),),
        rules=ABOVE,
        see=s28_one_account,
    ),
)
