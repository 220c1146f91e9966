"""The acceptance scenarios on the pure chain: written order, reverse, and every file sent twice.

Only the findings and verdicts that need certain links; the rest follows with its rules.
"""

from dataclasses import dataclass, field

import pytest

from events.codec import dumps
from tests.kit import ZERO_NONCE, System, spoken

FAMILY = "R=P01 M=P02,P03"
DOUBLE = "double-coverage certain"


@dataclass(frozen=True)
class Case:
    """Lines in the order of SCENARIOS.md, and what stands open after the last."""

    name: str
    lines: tuple[str, ...]
    rows: tuple[str, ...] = ()
    complements: tuple[tuple[str, tuple[str, ...]], ...] = ()
    rules: tuple[tuple[str, object], ...] = ()
    """What its policy has other than version 1."""
    last_verdict: str = ""
    rejected: frozenset[str] = field(default_factory=frozenset)
    """Reasons that a line of the case may be rejected with."""


B1 = f"BEL KIRA b1 rent/cash/m 9300 2026-05-01,2026-06-01 {FAMILY}"
S15 = "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P01 M=P02,P03"
S26 = (
    "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P01 M=P02",
    "STK AID s1 food/voucher/m 3000 2026-05 R=P01 M=P02",
    "BEL AID b1 food/in-kind/1 800 2026-05-05,2026-05-06 R=P01",
)
S27 = (
    "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P01 M=P02",
    "KIZ EK2 k2 rent/cash/m 1500 2026-05 R=P02 M=P01",
    "KIZ EK2 k3 protection/cash/1 900 2026-05 R=P01",
)

CASES = (
    Case(
        "S01 same head",
        (
            f"KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 {FAMILY}",
            f"STK NAKIT s1 basic-needs/cash/m 8000 2026-05 {FAMILY}",
        ),
        (f"{DOUBLE} k1–s1 [2026-05-01,2026-06-01) 6000.00",),
        last_verdict="covered",
    ),
    Case(
        "S02 partial overlap",
        (B1, f"STK RENT s1 rent/cash/m 6000 2026-05-17,2026-06-16 {FAMILY}"),
        (f"{DOUBLE} b1–s1 [2026-05-17,2026-06-01) 3000.00",),
        last_verdict="covered",
    ),
    Case(
        "S02b rates",
        (
            f"KIZ TEMEL k1 rent/cash/m 3000 2026-05-01,2026-05-11 {FAMILY}",
            f"BEL KIRA b1 rent/cash/m 6000 2026-05-01,2026-06-30 {FAMILY}",
        ),
        (f"{DOUBLE} b1–k1 [2026-05-01,2026-05-11) 1000.00",),
        last_verdict="covered",
    ),
    Case(
        "S03 (i) five days",
        (B1, f"STK RENT s1 rent/cash/m 6200 2026-05-27,2026-06-27 {FAMILY}"),
        last_verdict="clear",
    ),
    Case(
        "S03 (ii) seven days",
        (B1, f"STK RENT s1 rent/cash/m 6200 2026-05-25,2026-06-25 {FAMILY}"),
        (f"{DOUBLE} b1–s1 [2026-05-25,2026-06-01) 1400.00",),
        last_verdict="covered",
    ),
    Case(
        "S03 (iii) half open",
        (B1, f"STK RENT s1 rent/cash/m 6200 2026-06-01,2026-07-01 {FAMILY}"),
        last_verdict="clear",
    ),
    Case(
        "S04 other purpose, other district",
        (
            "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P01 M=P02",
            "BEL KIRA b1 rent/cash/m 5000 2026-05 R=P01 M=P02",
            "STK AID s1 health/cash/1 4000 2026-05 R=P01 M=P02",
            "ESN AID e1 protection/cash/1 3000 2026-05 R=P01 M=P02 district=TUR034018",
        ),
        last_verdict="clear",
    ),
    Case(
        "S05 spouses",
        (
            "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P04 M=P05,P06",
            "STK NAKIT s1 basic-needs/cash/m 7000 2026-05 R=P05 M=P04,P06",
        ),
        (f"{DOUBLE} k1–s1 [2026-05-01,2026-06-01) 6000.00",),
        last_verdict="covered",
    ),
    Case(
        "S09 education per child",
        (
            "KIZ OKUL k1 education/cash/m 900 2026-03 R=P16 B=P17 level=individual",
            "STK EDU s1 education/cash/m 1500 2026-03 R=P16 B=P18 level=individual",
            "STK EDU s2 education/cash/m 1500 2026-03 R=P16 B=P17 level=individual",
        ),
        (f"{DOUBLE} k1–s2 [2026-03-01,2026-04-01) 900.00",),
    ),
    Case(
        "S10 declared complement",
        (
            "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P01",
            "KIZ EK k2 basic-needs/cash/m 1500 2026-05 R=P01",
            "KIZ OTHER k3 basic-needs/cash/m 900 2026-05 R=P01",
        ),
        (
            f"{DOUBLE} k1–k3 [2026-05-01,2026-06-01) 900.00",
            f"{DOUBLE} k2–k3 [2026-05-01,2026-06-01) 900.00",
        ),
        complements=(("KIZ-TEMEL", ("KIZ-EK",)),),
    ),
    Case(
        "S11 parcel and voucher",
        (
            "BEL AID b1 food/in-kind/1 800 2026-05-05,2026-05-06 R=P01",
            "STK AID s1 food/voucher/m 3000 2026-05 R=P01",
            "STK AID s2 food/in-kind/1 700 2026-05-20,2026-05-21 R=P01",
        ),
        (f"{DOUBLE} b1–s2 [2026-05-20,2026-06-02) 325.00",),
        last_verdict="covered",
    ),
    Case(
        "S12 winter season",
        (
            "UNH AID u1 winterisation/cash/1 7000 2025-12-01,2026-01-01 R=P01",
            "BEL AID b1 winterisation/voucher/1 5000 2026-02-01,2026-03-01 R=P01",
            "SYD AID c1 winterisation/in-kind/1 4000 2025-11-10,2025-11-11 R=P01",
            "UNH AID u0 winterisation/cash/1 5000 2024-12-01,2025-01-01 R=P01",
        ),
        (f"{DOUBLE} b1–u1 [2025-11-01,2026-04-01) 5000.00",),
        last_verdict="clear",
    ),
    Case(
        "S13 race and prevention",
        (
            "PLAN KIZ TEMEL k1 basic-needs/cash/m 6000 2026-11 R=P01",
            "PLAN BEL AID b1 basic-needs/cash/m 5000 2026-11 R=P01",
            "CANCEL BEL AID b1 basic-needs/cash/m 5000 2026-11 R=P01",
            "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-11 R=P01",
        ),
        last_verdict="clear",
    ),
    Case(
        "S15 returned in part",
        (
            S15,
            f"STK NAKIT s1 basic-needs/cash/m 8000 2026-05 {FAMILY}",
            f"RETURN {S15} version=3 returned_amount=2000",
        ),
        (f"{DOUBLE} k1–s1 [2026-05-01,2026-06-01) 4000.00",),
    ),
    Case(
        "S15 returned in full",
        (
            S15,
            f"STK NAKIT s1 basic-needs/cash/m 8000 2026-05 {FAMILY}",
            f"RETURN {S15} version=3 returned_amount=2000",
            f"RETURN {S15} version=4 returned_amount=6000",
        ),
    ),
    Case(
        "S16 before the amendment",
        (
            f"BEL KIRA b1 rent/cash/m 9000 2026-05 {FAMILY}",
            f"ESN KIRA e1 rent/cash/m 8000 2026-05-10,2026-06-10 {FAMILY} district=TUR034018",
        ),
        (f"{DOUBLE} b1–e1 [2026-05-10,2026-06-01) 5677.42",),
        last_verdict="covered",
    ),
    Case(
        "S16 amended, moved",
        (
            f"BEL KIRA b1 rent/cash/m 9000 2026-05 {FAMILY}",
            f"ESN KIRA e1 rent/cash/m 8000 2026-05-10,2026-06-10 {FAMILY} district=TUR034018",
            f"AMEND BEL KIRA b1 rent/cash/m 2700 2026-05-01,2026-05-10 {FAMILY} version=3",
        ),
    ),
    Case(
        "S17 instalments",
        (
            f"KIZ TEMEL k1 basic-needs/cash/m 6000 2026-03 {FAMILY}",
            f"KIZ TEMEL k2 basic-needs/cash/m 6000 2026-04 {FAMILY}",
            f"KIZ TEMEL k3 basic-needs/cash/m 6000 2026-05 {FAMILY}",
            f"STK NAKIT s1 basic-needs/cash/m 8000 2026-04 {FAMILY}",
        ),
        (f"{DOUBLE} k2–s1 [2026-04-01,2026-05-01) 6000.00",),
        last_verdict="covered",
    ),
    Case(
        "S18 (i) paid twice",
        (
            "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P01 M=P02",
            "KIZ TEMEL k9 basic-needs/cash/m 6000 2026-05 R=P01 M=P02",
        ),
        ("repeated-payment certain k1–k9 [2026-05-01,2026-06-01) 6000.00",),
        last_verdict="covered",
    ),
    Case(
        "S19 three payers",
        (
            "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P01 M=P02,P03,P04,P05",
            "STK NAKIT s1 basic-needs/cash/m 5000 2026-05 R=P01 M=P02,P03,P04,P05",
            "UNH AID u1 basic-needs/cash/m 4000 2026-05 R=P01 M=P02,P03,P04,P05",
        ),
        (
            f"{DOUBLE} k1–s1 [2026-05-01,2026-06-01) 5000.00",
            f"{DOUBLE} k1–u1 [2026-05-01,2026-06-01) 4000.00",
            f"{DOUBLE} s1–u1 [2026-05-01,2026-06-01) 4000.00",
        ),
    ),
    Case(
        "S21 protected",
        (
            "KIZ KIRA k1 rent/cash/m 9000 2026-05 R=P19 M=P20,P21",
            "STK RENT s1 rent/cash/m 9000 2026-05 R=P20 M=P21 protected=true",
            "PLAN BEL KIRA b1 rent/cash/m 9000 2026-05 R=P19 M=P20,P21",
        ),
        last_verdict="covered",
    ),
    Case(
        "S26 a purpose inside another",
        S26,
        ("double-coverage probable k1–s1 [2026-05-01,2026-06-01) 3000.00",),
        rules=(("as_part", [["basic-needs", "food"]]),),
    ),
    Case("S26 without that line in the policy", S26, last_verdict="clear"),
    Case(
        "S27 programmes that exclude each other",
        S27,
        (f"{DOUBLE} k1–k2 [2026-05-01,2026-06-01) 1500.00",),
        rules=(("excluding_programmes", [["KIZ-TEMEL", "KIZ-EK2"]]),),
        last_verdict="clear",
    ),
    Case("S27 without that line in the policy", S27, last_verdict="clear"),
)


def system_for(case: Case) -> System:
    """A system with the case's declared complements and its policy."""
    system = System.ready()
    if case.rules:
        system.policy(2, "2025-01-01", **dict(case.rules))
    for programme, complements in case.complements:
        org = programme.partition("-")[0]
        row = system.control(
            "programme", 2, org, programme=programme, owner=org, complements=complements
        )
        assert row["disposition"] == "accepted"
    return system


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_written_order(case: Case) -> None:
    system = system_for(case)
    rows = [system.say(line) for line in case.lines]
    assert [row["disposition"] for row in rows] == ["accepted"] * len(rows)
    assert system.open_rows() == sorted(case.rows)
    if case.last_verdict:
        answer = rows[-1]["answer"]
        assert answer is not None
        assert answer["verdict"] == case.last_verdict
    assert system.conserved()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_reverse_order(case: Case) -> None:
    system = system_for(case)
    for line in reversed(case.lines):
        assert system.say(line)["disposition"] == "accepted"
    assert system.open_rows() == sorted(case.rows)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_file_twice(case: Case) -> None:
    system = system_for(case)
    for line in case.lines:
        first, second = system.say(line), system.say(line)
        assert (first["disposition"], second["disposition"]) == ("accepted", "duplicate")
        assert second["answer"] == first["answer"]
    assert system.open_rows() == sorted(case.rows)
    once = system_for(case)
    for line in case.lines:
        once.say(line)
    ids = {fid: f["revision"] for fid, f in system.findings().items()}
    assert ids == {fid: f["revision"] for fid, f in once.findings().items()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_as_one_file_of_each_organisation(case: Case) -> None:
    system = system_for(case)
    files: dict[str, list[bytes]] = {}
    for line in case.lines:
        org, reference, record = spoken(line)
        system.names[record["assistance_id"]] = reference
        files.setdefault(org, []).append(dumps(record))
    system.send(*(system.message(org, lines) for org, lines in files.items()))
    assert system.open_rows() == sorted(case.rows)


def test_s13_whoever_is_second_is_covered_and_what_he_cancels_is_known() -> None:
    plans = ("PLAN KIZ TEMEL k1", "PLAN BEL AID b1")
    what = "basic-needs/cash/m 6000 2026-11 R=P01"
    for first, second in (plans, plans[::-1]):
        system = System.ready()
        # the same second: both wait for one block
        records = [spoken(f"{plan} {what}") for plan in (first, second)]
        sent = [system.message(org, [dumps(record)]) for org, _, record in records]
        answers = [rows[0]["answer"] for rows in system.send(*sent)]
        assert [a and a["verdict"] for a in answers] == ["clear", "covered"]
        assert [a and a["basis"] for a in answers] == ["", "reserved"]
        system.names = {record["assistance_id"]: ref for _, ref, record in records}
        system.say(f"CANCEL{second[4:]} {what}")
        system.say(f"{first[5:]} {what}")
        outcomes = {row["org"]: row["outcome"] for row in system.verdicts().values()}
        assert outcomes[second[5:8]] == "cancelled-after-verdict"
        assert outcomes[first[5:8]] == "delivered"
        assert system.open_rows() == []


def test_s15_revisions_and_the_verdict_that_stays() -> None:
    system = System.ready()
    system.say(S15)
    row = system.say(f"STK NAKIT s1 basic-needs/cash/m 8000 2026-05 {FAMILY}")
    history = [
        [(f["revision"], f["status"], f["amount_at_risk"]) for f in o["findings"]]
        for o in system.outputs[-1:]
    ]
    for version, returned in ((3, "2000"), (4, "6000")):
        system.say(f"RETURN {S15} version={version} returned_amount={returned}")
        history.append(
            [
                (f["revision"], f["status"], f["amount_at_risk"])
                for f in system.outputs[-1]["findings"]
            ]
        )
    assert [h[0][:2] for h in history] == [(1, "open"), (2, "open"), (3, "withdrawn")]
    assert [h[0][2] for h in history[:2]] == ["6000.00", "4000.00"]
    said = system.verdicts()["STK", "s1", 2]
    assert said["answer"] == row["answer"]
    assert said["answer"]["verdict"] == "covered"


def test_s16_the_answer_names_neither_district_nor_amount() -> None:
    system = System.ready()
    system.say(f"BEL KIRA b1 rent/cash/m 9000 2026-05 {FAMILY}")
    row = system.say(
        f"ESN KIRA e1 rent/cash/m 8000 2026-05-10,2026-06-10 {FAMILY} district=TUR034018"
    )
    assert row["answer"] == {
        "verdict": "covered",
        "basis": "delivered",
        "purpose": "rent",
        "window_from": "2026-05-10",
        "window_to": "2026-06-01",
        "focal": "focal@bel.example",
        "policy": 1,
        "assurance": "hmac",
        "answered_day": "2025-01-01",
    }


def test_s18_resent_unchanged_and_changed_under_the_same_version() -> None:
    system = System.ready()
    line = "KIZ TEMEL k1 basic-needs/cash/m 6000 2026-05 R=P01 M=P02"
    first = system.say(line)
    for nonce in ("1" * 32, "2" * 32, ZERO_NONCE):
        again = system.say(f"{line} nonce={nonce}")
        assert (again["disposition"], again["answer"]) == ("duplicate", first["answer"])
    changed = system.say("KIZ TEMEL k1 basic-needs/cash/m 6500 2026-05 R=P01 M=P02")
    assert (changed["disposition"], changed["reason"]) == ("rejected", "id-conflict")
    assert (changed["id"], changed["version"]) == (first["id"], 2)
    assert system.open_rows() == []
    assert system.conserved()


def test_s21_nothing_refers_to_the_protected_record() -> None:
    system = System.ready()
    system.say("KIZ KIRA k1 rent/cash/m 9000 2026-05 R=P19 M=P20,P21")
    protected = system.say("STK RENT s1 rent/cash/m 9000 2026-05 R=P20 M=P21 protected=true")
    assert protected["answer"]
    assert protected["answer"]["verdict"] == "clear"
    # whoever asks about the same family afterwards learns of k1 only
    system.say("CANCEL KIZ KIRA k1 rent/cash/m 9000 2026-05 R=P19 M=P20,P21 version=3")
    assert system.verdict("UNH AID u1 rent/cash/m 9000 2026-05 R=P20 M=P21") == "clear"
    assert system.findings() == {}
