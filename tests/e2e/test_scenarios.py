"""The acceptance scenarios of docs/scenarios.md that this cut holds, through the commands.

Each runs on an empty system in the written order, and in the reverse order on another;
every list is sent twice, which must change nothing.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.kit import Tekil, record

PROGRAMMES = (
    ("KIZ", "ESSN", "KIZ-CESSN"),
    ("KIZ", "CESSN", "KIZ-ESSN"),
    ("KIZ", "OTHER", ""),
    ("STK", "MPCA", ""),
    ("STK", "RENT", ""),
    ("STK", "FOOD", ""),
    ("BEL", "KIRA", ""),
    ("BEL", "GIDA", ""),
    ("ESN", "AID", ""),
    ("UNH", "WINT", ""),
    ("SYD", "AID", ""),
)
ORGS = ("BEL", "ESN", "KIZ", "STK", "SYD", "UNH")
MAY = "2026-05"
P123 = "R=P01 M=P02,P03"
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Step:
    """One list that an organisation publishes."""

    org: str
    rows: Rows


def step(org: str, *words: str, **more: Any) -> Step:
    return Step(org, record(*words, **more))


@dataclass(frozen=True)
class Case:
    name: str
    steps: tuple[Step, ...]
    expected: tuple[str, ...]
    verdicts: tuple[tuple[str, str], ...] = ()
    """(reference, verdict) in the written order."""


CASES = (
    Case(
        "S01",
        (
            step("KIZ", "ESSN", "k1", "basic-needs/cash/m 6000", MAY, P123),
            step("STK", "MPCA", "s1", "basic-needs/cash/m 8000", MAY, P123),
        ),
        ("double-coverage certain k1–s1 [2026-05-01,2026-06-01) 6000.00",),
        (("k1", "clear"), ("s1", "covered")),
    ),
    Case(
        "S02",
        (
            step("BEL", "KIRA", "b1", "rent/cash/m 9300", MAY, P123),
            step("STK", "RENT", "s1", "rent/cash/m 6000", "2026-05-17,2026-06-16", P123),
        ),
        ("double-coverage certain b1–s1 [2026-05-17,2026-06-01) 3000.00",),
    ),
    Case(
        "S02b",
        (
            step("KIZ", "ESSN", "k1", "rent/cash/m 3000", "2026-05-01,2026-05-11", P123),
            step("BEL", "KIRA", "b1", "rent/cash/m 6000", "2026-05-01,2026-06-30", P123),
        ),
        ("double-coverage certain b1–k1 [2026-05-01,2026-05-11) 1000.00",),
    ),
    Case(
        "S03-i",
        (
            step("BEL", "KIRA", "b1", "rent/cash/m 9300", MAY, P123),
            step("STK", "RENT", "s1", "rent/cash/m 6200", "2026-05-27,2026-06-27", P123),
        ),
        (),
    ),
    Case(
        "S03-ii",
        (
            step("BEL", "KIRA", "b1", "rent/cash/m 9300", MAY, P123),
            step("STK", "RENT", "s1", "rent/cash/m 6200", "2026-05-25,2026-06-25", P123),
        ),
        ("double-coverage certain b1–s1 [2026-05-25,2026-06-01) 1400.00",),
    ),
    Case(
        "S03-iii",
        (
            step("BEL", "KIRA", "b1", "rent/cash/m 9300", MAY, P123),
            step("STK", "RENT", "s1", "rent/cash/m 6200", "2026-06-01,2026-07-01", P123),
        ),
        (),
    ),
    Case(
        "S04",
        (
            step("KIZ", "ESSN", "k1", "basic-needs/cash/m 6000", MAY, "R=P01 M=P02"),
            step("BEL", "KIRA", "b1", "rent/cash/m 5000", MAY, "R=P01 M=P02"),
            step("STK", "MPCA", "s1", "health/cash/1 4000", MAY, "R=P01 M=P02"),
            step(
                "ESN", "AID", "e1", "protection/cash/1 3000", MAY, "R=P01 M=P02",
                district="TUR034018",
            ),
        ),
        (),
    ),
    Case(
        "S05",
        (
            step("KIZ", "ESSN", "k1", "basic-needs/cash/m 6000", MAY, "R=P04 M=P05,P06"),
            step("STK", "MPCA", "s1", "basic-needs/cash/m 7000", MAY, "R=P05 M=P04,P06"),
        ),
        ("double-coverage certain k1–s1 [2026-05-01,2026-06-01) 6000.00",),
        (("s1", "covered"),),
    ),
    Case(
        "S10",
        (
            step("KIZ", "ESSN", "k1", "basic-needs/cash/m 6000", MAY, "R=P01"),
            step("KIZ", "CESSN", "k2", "basic-needs/cash/m 1500", MAY, "R=P01"),
            step("KIZ", "OTHER", "k3", "basic-needs/cash/m 900", MAY, "R=P01"),
        ),
        (
            "double-coverage certain k1–k3 [2026-05-01,2026-06-01) 900.00",
            "double-coverage certain k2–k3 [2026-05-01,2026-06-01) 900.00",
        ),
    ),
    Case(
        "S11",
        (
            step("BEL", "GIDA", "b1", "food/in-kind/1 800", "2026-05-05,2026-05-06", "R=P01"),
            step("STK", "FOOD", "s1", "food/voucher/m 3000", MAY, "R=P01"),
            step("STK", "FOOD", "s2", "food/in-kind/1 700", "2026-05-20,2026-05-21", "R=P01"),
        ),
        ("double-coverage certain b1–s2 [2026-05-20,2026-06-02) 325.00",),
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
    ),
    Case(
        "S15",
        (
            step("KIZ", "ESSN", "k1", "basic-needs/cash/m 6000", MAY, P123, version=2),
            step("STK", "MPCA", "s1", "basic-needs/cash/m 8000", MAY, P123),
            step(
                "KIZ", "ESSN", "k1", "basic-needs/cash/m 6000", MAY, P123,
                stage="returned", returned_amount="2000", version=3,
            ),
        ),
        ("double-coverage certain k1–s1 [2026-05-01,2026-06-01) 4000.00",),
    ),
    Case(
        "S16",
        (
            step("BEL", "KIRA", "b1", "rent/cash/m 9000", MAY, P123, version=2),
            step(
                "ESN", "AID", "e1", "rent/cash/m 8000", "2026-05-10,2026-06-10", P123,
                district="TUR034018",
            ),
            step(
                "BEL", "KIRA", "b1", "rent/cash/m 2700", "2026-05-01,2026-05-10", P123,
                stage="amended", version=3,
            ),
        ),
        (),
    ),
    Case(
        "S17",
        (
            step("KIZ", "ESSN", "k1", "basic-needs/cash/m 6000", "2026-03", P123),
            step("KIZ", "ESSN", "k2", "basic-needs/cash/m 6000", "2026-04", P123),
            step("KIZ", "ESSN", "k3", "basic-needs/cash/m 6000", "2026-05", P123),
            step("STK", "MPCA", "s1", "basic-needs/cash/m 8000", "2026-04", P123),
        ),
        ("double-coverage certain k2–s1 [2026-04-01,2026-05-01) 6000.00",),
    ),
)  # fmt: skip


def ready(tekil: Tekil, orgs: Collection[str] = ORGS) -> Tekil:
    tekil.join(*sorted(orgs))
    tekil.programmes(*(row for row in PROGRAMMES if row[0] in orgs))
    return tekil


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_written_order_and_its_reverse(systems: Callable[[], Tekil], case: Case) -> None:
    orgs = {step.org for step in case.steps}
    written, reverse = ready(systems(), orgs), ready(systems(), orgs)
    for tekil, steps in ((written, case.steps), (reverse, case.steps[::-1])):
        verdicts = {}
        for each in steps:
            for answer in tekil.publish(each.org, each.rows):
                assert answer["disposition"] == "accepted", answer
                verdicts[answer["reference"]] = answer["verdict"]
        assert tekil.open_rows() == list(case.expected)
        if tekil is written:
            assert {(r, verdicts[r]) for r, _ in case.verdicts} == set(case.verdicts)
        for each in steps:
            again = tekil.publish(each.org, each.rows)
            assert {answer["disposition"] for answer in again} == {"duplicate"}
        assert tekil.open_rows() == list(case.expected)
        tekil.conserved()


def test_s15_returned_money_step_by_step(tekil: Tekil) -> None:
    ready(tekil)
    words = ("ESSN", "k1", "basic-needs/cash/m 6000", MAY, P123)
    tekil.publish("KIZ", record(*words))
    tekil.publish("STK", record("MPCA", "s1", "basic-needs/cash/m 8000", MAY, P123))
    seen = []
    for amount in ("2000", "6000"):
        tekil.publish("KIZ", record(*words, stage="returned", returned_amount=amount))
        [row] = tekil.query("SELECT revision, status, amount_at_risk FROM v1_findings")
        seen.append((row["revision"], row["status"], row["amount_at_risk"]))
    assert seen[0] == (2, "open", "4000.00")
    assert seen[1][:2] == (3, "withdrawn")
    [verdict] = tekil.query("SELECT verdict FROM v1_verdicts WHERE org = 'STK'")
    assert verdict["verdict"] == "covered"


def test_s16_the_amendment_withdraws_what_the_first_version_opened(tekil: Tekil) -> None:
    ready(tekil)
    tekil.publish("BEL", record("KIRA", "b1", "rent/cash/m 9000", MAY, P123))
    [answer, *_] = tekil.publish(
        "ESN",
        record(
            "AID", "e1", "rent/cash/m 8000", "2026-05-10,2026-06-10", P123, district="TUR034018"
        ),
    )
    assert tekil.open_rows() == ["double-coverage certain b1–e1 [2026-05-10,2026-06-01) 5677.42"]
    said = str(answer)
    assert "TUR034026" not in said, "an answer names no district"
    assert "9000" not in said, "an answer names no amount"
    amended = record(
        "KIRA", "b1", "rent/cash/m 2700", "2026-05-01,2026-05-10", P123, stage="amended"
    )
    tekil.publish("BEL", amended)
    assert tekil.open_rows() == []
    [row] = tekil.query("SELECT status, revision FROM v1_findings")
    assert (row["status"], row["revision"]) == ("withdrawn", 2)


def test_s18_repeat_resend_conflict(tekil: Tekil) -> None:
    ready(tekil)
    words = ("basic-needs/cash/m 6000", MAY, "R=P01 M=P02")
    k1 = record("ESSN", "k1", *words)
    first = tekil.publish("KIZ", k1)
    tekil.publish("KIZ", record("ESSN", "k9", *words))
    expected = ["repeated-payment certain k1–k9 [2026-05-01,2026-06-01) 6000.00"]
    assert tekil.open_rows() == expected
    for _ in range(3):
        again = tekil.publish("KIZ", k1)
        assert {a["disposition"] for a in again} == {"duplicate"}
        assert [a["verdict"] for a in again] == [a["verdict"] for a in first]
    conflict = record("ESSN", "k1", "basic-needs/cash/m 6500", MAY, "R=P01 M=P02", version=2)
    refused = tekil.publish("KIZ", conflict, ok=(1,))
    assert {(a["disposition"], a["reason"]) for a in refused} == {("rejected", "id-conflict")}
    assert tekil.open_rows() == expected
    tekil.conserved()
