"""The acceptance scenarios S01–S12 and S15–S21 run through the oracle alone; S26–S28: `agreed`.

What the door does (duplicates, conflicts, placeholders, unknown fields: S18 ii and iii, parts of
S23) is no part of the oracle's input and is not said here.
"""

from tests.oracle.story import Story

MAY = "[2026-05-01,2026-06-01)"
K1 = "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P01 M=P02,P03"
S1 = "STK NAKIT s1 basic-needs/cash/m 8000 2026-05 R=P01 M=P02,P03"
FAMILY = "R=P01 M=P02,P03"


def test_s01_same_head() -> None:
    story = Story().say(K1, S1)
    assert story.rows() == [f"double-coverage certain k1–s1 {MAY} 6000.00"]
    assert story.verdict("k1") == "clear"
    assert story.verdict("s1") == "covered"


def test_s02_partial_overlap_and_rates() -> None:
    story = Story().say(
        f"BEL KIRA b1 rent/cash/m 9300 2026-05 {FAMILY}",
        f"STK RENT s1 rent/cash/m 6000 2026-05-17,2026-06-16 {FAMILY}",
    )
    assert story.rows() == ["double-coverage certain b1–s1 [2026-05-17,2026-06-01) 3000.00"]
    story = Story().say(
        f"KIZ AID k1 rent/cash/m 3000 2026-05-01,2026-05-11 {FAMILY}",
        f"BEL AID b1 rent/cash/m 6000 2026-05-01,2026-06-30 {FAMILY}",
    )
    assert story.rows() == ["double-coverage certain b1–k1 [2026-05-01,2026-05-11) 1000.00"]


def test_s03_hand_over() -> None:
    b1 = f"BEL KIRA b1 rent/cash/m 9300 2026-05 {FAMILY}"
    for covers, expected in [
        ("2026-05-27,2026-06-27", []),
        ("2026-05-25,2026-06-25", [
            "double-coverage certain b1–s1 [2026-05-25,2026-06-01) 1400.00"
        ]),
        ("2026-06-01,2026-07-01", []),
    ]:  # fmt: skip
        story = Story().say(b1, f"STK RENT s1 rent/cash/m 6200 {covers} {FAMILY}")
        assert story.rows() == expected


def test_s04_other_purpose() -> None:
    story = Story().say(
        "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P01 M=P02",
        "BEL KIRA b1 rent/cash/m 5000 2026-05 R=P01 M=P02",
        "STK AID s1 health/cash/1 4000 2026-05 R=P01 M=P02",
        "ESN AID e1 protection/cash/1 3000 2026-05 R=P01 M=P02 district=TUR034018",
    )
    assert story.rows() == []


def test_s05_spouses() -> None:
    story = Story().say(
        "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P04 M=P05,P06",
        "STK NAKIT s1 basic-needs/cash/m 7000 2026-05 R=P05 M=P04,P06",
    )
    assert story.rows() == [f"double-coverage certain k1–s1 {MAY} 6000.00"]
    assert story.verdict("s1") == "covered"


def test_s06_left_the_household() -> None:
    story = Story().say(
        "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P04 M=P05,P06",
        "STK NAKIT s1 basic-needs/cash/m 4000 2026-05 R=P05 M=P07",
    )
    assert story.rows() == [f"double-coverage probable k1–s1 {MAY} 4000.00"]
    assert story.verdict("s1") == "review"


def test_s07_two_wives() -> None:
    story = Story().say(
        "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P08 M=P10",
        "STK NAKIT s1 basic-needs/cash/m 6000 2026-05 R=P09 M=P10",
    )
    assert story.rows() == [f"double-coverage possible k1–s1 {MAY} 6000.00"]
    assert story.verdict("s1") == "clear"


def test_s08_one_phone() -> None:
    story = Story()
    for number, org in enumerate(("KIZ", "STK", "BEL", "UNH", "ESN"), 1):
        reference = f"{org[0].lower()}1"
        line = f"{org} AID {reference} basic-needs/cash/m 5000 2026-05 R=P1{number}"
        story.say(line)
        fact = story.facts[-1]
        fact.subjects[0]["tokens"].append(["weak.phone", "f" * 32])  # type: ignore[union-attr]  # told
        assert story.verdict(reference) == "clear"
        assert len(story.rows()) == (0, 1, 3, 6, 0)[number - 1]
    assert {answer.verdict for answer in story.judged().answers.values()} == {"clear"}


def test_s09_education_per_child() -> None:
    what, covers = "education/cash/m", "2026-03 R=P16"
    story = Story().say(
        f"KIZ OKUL k1 {what} 900 {covers} B=P17 level=individual",
        f"STK EDU s1 {what} 1500 {covers} B=P18 level=individual",
        f"STK EDU s2 {what} 1500 {covers} B=P17 level=individual",
    )
    march = "[2026-03-01,2026-04-01)"
    assert story.rows() == [f"double-coverage certain k1–s2 {march} 900.00"]


def test_s10_declared_complement() -> None:
    story = Story()
    story.programme("KIZ", "TEMEL", complements=["KIZ-EK"])
    story.say(
        "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P01",
        "KIZ EK k2 basic-needs/cash/m 1500 2026-05 R=P01",
        "KIZ OTHER k3 basic-needs/cash/m 900 2026-05 R=P01",
    )
    assert story.rows() == [
        f"double-coverage certain k1–k3 {MAY} 900.00",
        f"double-coverage certain k2–k3 {MAY} 900.00",
    ]
    assert list(story.judged().excess.values()) == [{"2026-05": "900.00"}]


def test_s11_parcel_and_voucher() -> None:
    story = Story().say(
        "BEL AID b1 food/in-kind/1 800 2026-05-05,2026-05-06 R=P01",
        "STK AID s1 food/voucher/m 3000 2026-05 R=P01",
        "STK AID s2 food/in-kind/1 700 2026-05-20,2026-05-21 R=P01",
    )
    assert story.rows() == ["double-coverage certain b1–s2 [2026-05-20,2026-06-02) 325.00"]


def test_s12_winter_season() -> None:
    story = Story().say(
        "UNH AID u1 winterisation/cash/1 7000 2025-12-01,2026-01-01 R=P01",
        "BEL AID b1 winterisation/voucher/1 5000 2026-02-01,2026-03-01 R=P01",
        "SYD AID c1 winterisation/in-kind/1 4000 2025-11-10,2025-11-11 R=P01",
        "UNH AID u0 winterisation/cash/1 5000 2024-12-01,2025-01-01 R=P01",
    )
    assert story.rows() == ["double-coverage certain b1–u1 [2025-11-01,2026-04-01) 5000.00"]


def test_s15_returned_money() -> None:
    story = Story().say(K1, S1, f"RETURN {K1} version=3 returned_amount=2000")
    assert story.rows() == [f"double-coverage certain k1–s1 {MAY} 4000.00"]
    story.say(f"RETURN {K1} version=4 returned_amount=6000")
    assert story.rows() == []
    assert story.verdict("s1") == "covered"


def test_s16_amended() -> None:
    story = Story().say(
        f"BEL KIRA b1 rent/cash/m 9000 2026-05 {FAMILY}",
        f"ESN KIRA e1 rent/cash/m 8000 2026-05-10,2026-06-10 {FAMILY} district=TUR034018",
    )
    assert story.rows() == ["double-coverage certain b1–e1 [2026-05-10,2026-06-01) 5677.42"]
    story.say(f"AMEND BEL KIRA b1 rent/cash/m 2700 2026-05-01,2026-05-10 {FAMILY} version=3")
    assert story.rows() == []


def test_s17_instalments() -> None:
    story = Story().say(
        *(
            f"KIZ TEMEL k{month - 2} basic-needs/cash/m 6000 2026-0{month} {FAMILY}"
            for month in (3, 4, 5)
        ),
        f"STK NAKIT s1 basic-needs/cash/m 8000 2026-04 {FAMILY}",
    )
    april = "[2026-04-01,2026-05-01)"
    assert story.rows() == [f"double-coverage certain k2–s1 {april} 6000.00"]


def test_s18_repeat() -> None:
    story = Story().say(
        "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P01 M=P02",
        "KIZ TEMEL k9 basic-needs/cash/m 6000 2026-05 R=P01 M=P02",
    )
    assert story.rows() == [f"repeated-payment certain k1–k9 {MAY} 6000.00"]


def test_s19_three_payers() -> None:
    story = Story().say(
        "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P01 M=P02,P03,P04,P05",
        "STK NAKIT s1 basic-needs/cash/m 5000 2026-05 R=P01 M=P02,P03,P04,P05",
        "UNH AID u1 basic-needs/cash/m 4000 2026-05 R=P01 M=P02,P03,P04,P05",
    )
    assert story.rows() == [
        f"double-coverage certain k1–s1 {MAY} 5000.00",
        f"double-coverage certain k1–u1 {MAY} 4000.00",
        f"double-coverage certain s1–u1 {MAY} 4000.00",
    ]
    judged = story.judged()
    assert len(judged.cases) == 1
    assert list(judged.excess.values()) == [{"2026-05": "9000.00"}]


def test_s20_cap_newborn() -> None:
    lines = [
        f"{what} 2026-06 R=P01 M=P02,P03,P04,P05 household_size=5"
        for what in (
            "KIZ TEMEL k1 basic-needs/cash/m 9000",
            "BEL KIRA b1 rent/cash/m 8000",
            "STK AID s1 food/voucher/m 7000",
        )
    ]
    story = Story().say(*lines)
    assert story.rows() == ["over-cap certain b1 [2026-06-01,2026-07-01) 2000.00"]
    (row,) = story.judged().findings
    assert len(row.records) == 3
    story.say(*(f"AMEND {line[:-1]}6 version=3" for line in lines))
    assert story.rows() == []


def test_s21_protected() -> None:
    story = Story().say(
        "KIZ AID k1 rent/cash/m 9000 2026-05 R=P19 M=P20,P21",
        "STK AID s1 rent/cash/m 9000 2026-05 R=P20 M=P21 protected=true",
        "PLAN BEL KIRA b1 rent/cash/m 9000 2026-05 R=P19 M=P20,P21",
    )
    assert story.rows() == []
    assert story.verdict("s1") == "clear"
    assert story.verdict("b1", 1) == "covered"
    (answer,) = (a for a in story.judged().answers.values() if a.key == story.key("b1"))
    assert answer.basis == "delivered"
    assert answer.window is not None
    assert [str(day) for day in answer.window] == ["2026-05-01", "2026-06-01"]
