"""S01–S05, S09–S12, S17, S19: which pairs are double coverage, and of what amount."""

from tests.e2e.cases.model import BASKET, MAY, P123, WHOLE_MAY, Case, Story, step

FIVE = "R=P01 M=P02,P03,P04,P05"


def excess(story: Story) -> list[tuple[int, str, str | None]]:
    """(case, month, amount) of the excess; cases are numbered."""
    rows = story.tekil.query("SELECT case_id, month, amount FROM v1_excess_month ORDER BY ALL")
    names = {case: number for number, case in enumerate(dict.fromkeys(r["case_id"] for r in rows))}
    return [(names[row["case_id"]], row["month"][:7], row["amount"]) for row in rows]


def s10_excess(story: Story) -> None:
    """What may stand beside each other is no excess."""
    assert excess(story) == [(0, "2026-05", "900.00")]


def s19_one_case(story: Story) -> None:
    """Three rows, one case, and what is beyond the largest payment: 9000 and not 13000."""
    [case] = story.tekil.query("SELECT purpose, status, findings, programmes FROM v1_cases")
    assert case == {
        "purpose": "basic-needs",
        "status": "open",
        "findings": 3,
        "programmes": ["KIZ-TEMEL", "STK-NAKIT", "UNH-WINT"],
    }
    assert excess(story) == [(0, "2026-05", "9000.00")]


CASES = (
    Case(
        "S01",
        (
            step("KIZ", "TEMEL", "k1", "basic-needs/cash/m 6000", MAY, P123),
            step("STK", "NAKIT", "s1", "basic-needs/cash/m 8000", MAY, P123),
        ),
        (f"double-coverage certain k1–s1 {WHOLE_MAY} 6000.00",),
        (("k1", "clear"), ("s1", "covered")),
    ),
    Case(
        "S02",
        (
            step("BEL", "KIRA", "b1", "rent/cash/m 9300", MAY, P123),
            step("STK", "RENT", "s1", "rent/cash/m 6000", "2026-05-17,2026-06-16", P123),
        ),
        ("double-coverage certain b1–s1 [2026-05-17,2026-06-01) 3000.00",),
        (("s1", "covered"),),
    ),
    Case(
        "S02b",
        (
            step("KIZ", "TEMEL", "k1", "rent/cash/m 3000", "2026-05-01,2026-05-11", P123),
            step("BEL", "KIRA", "b1", "rent/cash/m 6000", "2026-05-01,2026-06-30", P123),
        ),
        ("double-coverage certain b1–k1 [2026-05-01,2026-05-11) 1000.00",),
        (("b1", "covered"),),
    ),
    Case(
        "S03-i",
        (
            step("BEL", "KIRA", "b1", "rent/cash/m 9300", MAY, P123),
            step("STK", "RENT", "s1", "rent/cash/m 6200", "2026-05-27,2026-06-27", P123),
        ),
        (),
        (("s1", "clear"),),
    ),
    Case(
        "S03-ii",
        (
            step("BEL", "KIRA", "b1", "rent/cash/m 9300", MAY, P123),
            step("STK", "RENT", "s1", "rent/cash/m 6200", "2026-05-25,2026-06-25", P123),
        ),
        ("double-coverage certain b1–s1 [2026-05-25,2026-06-01) 1400.00",),
        (("s1", "covered"),),
    ),
    Case(
        "S03-iii",
        (
            step("BEL", "KIRA", "b1", "rent/cash/m 9300", MAY, P123),
            step("STK", "RENT", "s1", "rent/cash/m 6200", "2026-06-01,2026-07-01", P123),
        ),
        (),
        (("s1", "clear"),),
    ),
    Case(
        "S04",
        (
            step("KIZ", "TEMEL", "k1", "basic-needs/cash/m 6000", MAY, "R=P01 M=P02"),
            step("BEL", "KIRA", "b1", "rent/cash/m 5000", MAY, "R=P01 M=P02"),
            step("STK", "NAKIT", "s1", "health/cash/1 4000", MAY, "R=P01 M=P02"),
            step(
                "ESN", "AID", "e1", "protection/cash/1 3000", MAY, "R=P01 M=P02",
                district="TUR034018",
            ),
        ),
        (),
        (("k1", "clear"), ("b1", "clear"), ("s1", "clear"), ("e1", "clear")),
        rules=BASKET,
    ),
    Case(
        "S05",
        (
            step("KIZ", "TEMEL", "k1", "basic-needs/cash/m 6000", MAY, "R=P04 M=P05,P06"),
            step("STK", "NAKIT", "s1", "basic-needs/cash/m 7000", MAY, "R=P05 M=P04,P06"),
        ),
        (f"double-coverage certain k1–s1 {WHOLE_MAY} 6000.00",),
        (("s1", "covered"),),
    ),
    Case(
        "S09",
        (
            step(
                "KIZ", "OKUL", "k1", "education/cash/m 900", "2026-03", "R=P16 B=P17",
                level="individual",
            ),
            step(
                "STK", "EDU", "s1", "education/cash/m 1500", "2026-03", "R=P16 B=P18",
                level="individual",
            ),
            step(
                "STK", "EDU", "s2", "education/cash/m 1500", "2026-03", "R=P16 B=P17",
                level="individual",
            ),
        ),
        ("double-coverage certain k1–s2 [2026-03-01,2026-04-01) 900.00",),
        (("k1", "clear"), ("s1", "clear"), ("s2", "covered")),
    ),
    Case(
        "S10",
        (
            step("KIZ", "TEMEL", "k1", "basic-needs/cash/m 6000", MAY, "R=P01"),
            step("KIZ", "EK", "k2", "basic-needs/cash/m 1500", MAY, "R=P01"),
            step("KIZ", "OTHER", "k3", "basic-needs/cash/m 900", MAY, "R=P01"),
        ),
        (
            f"double-coverage certain k1–k3 {WHOLE_MAY} 900.00",
            f"double-coverage certain k2–k3 {WHOLE_MAY} 900.00",
        ),
        (("k2", "clear"), ("k3", "covered")),
        always=s10_excess,
    ),
    Case(
        "S11",
        (
            step("BEL", "GIDA", "b1", "food/in-kind/1 800", "2026-05-05,2026-05-06", "R=P01"),
            step("STK", "FOOD", "s1", "food/voucher/m 3000", MAY, "R=P01"),
            step("STK", "FOOD", "s2", "food/in-kind/1 700", "2026-05-20,2026-05-21", "R=P01"),
        ),
        ("double-coverage certain b1–s2 [2026-05-20,2026-06-02) 325.00",),
        (("s1", "clear"), ("s2", "covered")),
    ),
    Case(
        "S12",
        (
            step("UNH", "WINT", "u1", "winterisation/cash/1 7000", "2025-12", "R=P01"),
            step("BEL", "KIRA", "b1", "winterisation/voucher/1 5000", "2026-02", "R=P01"),
            step(
                "SYD", "AID", "c1", "winterisation/in-kind/1 4000", "2025-11-10,2025-11-11",
                "R=P01",
            ),
            step("UNH", "WINT", "u0", "winterisation/cash/1 5000", "2024-12", "R=P01"),
        ),
        ("double-coverage certain b1–u1 [2025-11-01,2026-04-01) 5000.00",),
        (("b1", "covered"), ("c1", "clear"), ("u0", "clear")),
    ),
    Case(
        "S17",
        (
            step("KIZ", "TEMEL", "k1", "basic-needs/cash/m 6000", "2026-03", P123),
            step("KIZ", "TEMEL", "k2", "basic-needs/cash/m 6000", "2026-04", P123),
            step("KIZ", "TEMEL", "k3", "basic-needs/cash/m 6000", "2026-05", P123),
            step("STK", "NAKIT", "s1", "basic-needs/cash/m 8000", "2026-04", P123),
        ),
        ("double-coverage certain k2–s1 [2026-04-01,2026-05-01) 6000.00",),
        (("k2", "clear"), ("k3", "clear"), ("s1", "covered")),
    ),
    Case(
        "S19",
        (
            step("KIZ", "TEMEL", "k1", "basic-needs/cash/m 6000", MAY, FIVE),
            step("STK", "NAKIT", "s1", "basic-needs/cash/m 5000", MAY, FIVE),
            step("UNH", "WINT", "u1", "basic-needs/cash/m 4000", MAY, FIVE),
        ),
        (
            f"double-coverage certain k1–s1 {WHOLE_MAY} 5000.00",
            f"double-coverage certain k1–u1 {WHOLE_MAY} 4000.00",
            f"double-coverage certain s1–u1 {WHOLE_MAY} 4000.00",
        ),
        (("s1", "covered"), ("u1", "covered")),
        rules=BASKET,
        always=s19_one_case,
    ),
)  # fmt: skip
