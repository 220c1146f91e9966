"""A record is marked protected once a finding was opened: nothing of it can be read any more."""

from tests.e2e.cases.links import everything
from tests.e2e.kit import Tekil, record

WORDS, MAY = "rent/cash/m {}", "2026-05"
FAMILY = "R=P01 M=P02"


def pay(tekil: Tekil, org: str, programme: str, reference: str, amount: int, **more: str) -> str:
    """One payment for May; its assistance_id."""
    what = WORDS.format(amount)
    rows = tekil.publish(org, record(programme, reference, what, MAY, FAMILY, **more))
    assert {row["disposition"] for row in rows} == {"accepted"}
    return str(rows[0]["assistance_id"])


def cases(tekil: Tekil) -> list[list[str]]:
    """The programmes of each case."""
    return [row["programmes"] for row in tekil.query("SELECT programmes FROM v1_cases")]


def test_its_case_is_gone_unless_others_have_a_finding_in_it(tekil: Tekil) -> None:
    tekil.join("BEL", "KIZ", "STK")
    tekil.programmes(("KIZ", "TEMEL", ""), ("STK", "RENT", ""), ("BEL", "KIRA", ""))
    pay(tekil, "KIZ", "TEMEL", "k1", 9000)
    hidden = pay(tekil, "STK", "RENT", "s1", 8000)
    assert cases(tekil) == [["KIZ-TEMEL", "STK-RENT"]]
    assert tekil.query("SELECT org FROM v1_case_parties ORDER BY org") == [
        {"org": "KIZ"},
        {"org": "STK"},
    ]
    assert [row["amount"] for row in tekil.query("SELECT * FROM v1_excess_month")] == ["8000.00"]

    pay(tekil, "STK", "RENT", "s1", 8000, version="3", protected="true")
    for view in ("findings", "finding_revisions", "cases", "case_parties", "excess_month"):
        assert tekil.query(f"SELECT * FROM v1_{view}") == [], view
    assert [name for name, text in everything(tekil).items() if hidden in text] == []

    pay(tekil, "BEL", "KIRA", "b1", 7000)
    assert cases(tekil) == [["BEL-KIRA", "KIZ-TEMEL"]]
    assert [row["amount"] for row in tekil.query("SELECT * FROM v1_excess_month")] == ["7000.00"]
    tekil.conserved()
