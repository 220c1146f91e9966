"""Property 3 of docs/scenarios.md: a dismissal is remembered, by the commands on a test clock."""

from datetime import timedelta
from typing import Any

import pytest

from tests.e2e.fleet import FIRST_DAY
from tests.e2e.kit import Tekil, record

FAMILY = "R=P01 M=P02,P03"
PAYERS = (("KIZ", "TEMEL", "k", 6000), ("STK", "NAKIT", "s", 8000))
MEMORY_DAYS = 180


@pytest.fixture
def dismissed(tekil: Tekil) -> Tekil:
    """S01, whose finding a person of the administration dismissed on the first day."""
    tekil.join("BEL", "KIZ", "STK")
    tekil.programmes(("KIZ", "TEMEL", ""), ("STK", "NAKIT", ""), ("BEL", "GIDA", ""))
    tekil.run("account", "add", "ayse", "--role", "administrator")
    pay(tekil, "2026-05")
    [row] = findings(tekil)
    assert (row["status"], row["revision"]) == ("open", 1)
    decided = ("decide", row["finding_id"], "dismiss", "--reason", "top-up", "--by", "ayse")
    [said] = tekil.run(*decided, "--json").json
    assert said["disposition"] == "accepted"
    return tekil


def pay(tekil: Tekil, month: str) -> None:
    """Both programmes pay the family for a month."""
    for org, programme, letter, amount in PAYERS:
        what = f"basic-needs/cash/m {amount}"
        tekil.publish(org, record(programme, f"{letter}{month}", what, month, FAMILY))


def findings(tekil: Tekil) -> list[dict[str, Any]]:
    """All findings by the month that they are about, and their organisations."""
    return tekil.query("SELECT * FROM v1_findings ORDER BY overlap_from, org_a, org_b")


def statuses(tekil: Tekil) -> dict[str, str]:
    """Month and organisations → status."""
    return {
        f"{row['overlap_from'][:7]} {row['org_a']}–{row['org_b']}": row["status"]
        for row in findings(tekil)
    }


def case_of(tekil: Tekil) -> dict[str, Any]:
    """The only case."""
    [case] = tekil.query("SELECT case_id, status, findings, programmes FROM v1_cases")
    return case


def test_a_decision_closes_the_case_and_takes_its_excess_away(dismissed: Tekil) -> None:
    [row] = findings(dismissed)
    assert (row["status"], row["revision"]) == ("dismissed", 2)
    assert dismissed.open_rows() == []
    case = case_of(dismissed)
    assert (case["status"], case["findings"]) == ("closed", 0)
    assert dismissed.query("SELECT * FROM v1_excess_month") == []
    dismissed.conserved()


def test_next_months_payments_of_the_same_programmes_are_born_dismissed(dismissed: Tekil) -> None:
    before = case_of(dismissed)["case_id"]
    pay(dismissed, "2026-06")
    later = findings(dismissed)[1]
    assert (later["status"], later["revision"]) == ("dismissed", 1)
    assert later["case_id"] == before
    assert case_of(dismissed)["status"] == "closed"
    # a list sent again changes nothing
    pay(dismissed, "2026-06")
    assert findings(dismissed)[1] == later
    dismissed.conserved()


def test_a_new_programme_reopens_the_same_case(dismissed: Tekil) -> None:
    before = case_of(dismissed)["case_id"]
    pay(dismissed, "2026-06")
    what = "basic-needs/cash/m 5000"
    dismissed.publish("BEL", record("GIDA", "b1", what, "2026-06", FAMILY))
    assert statuses(dismissed) == {
        "2026-05 KIZ–STK": "dismissed",
        "2026-06 BEL–KIZ": "open",
        "2026-06 BEL–STK": "open",
        "2026-06 KIZ–STK": "dismissed",
    }
    case = case_of(dismissed)
    assert (case["case_id"], case["status"], case["findings"]) == (before, "open", 2)
    assert case["programmes"] == ["BEL-GIDA", "KIZ-TEMEL", "STK-NAKIT"]
    dismissed.conserved()


def test_it_is_remembered_for_180_days_and_not_one_more(dismissed: Tekil) -> None:
    """`after N days` is due on the day of the decision + N (docs/domain.md, in force)."""
    for ahead, month in ((MEMORY_DAYS - 1, "2026-06"), (MEMORY_DAYS, "2026-07")):
        day = FIRST_DAY + timedelta(days=ahead)
        dismissed.run("tick", "--as-of", day.isoformat())
        pay(dismissed, month)
    assert statuses(dismissed) == {
        "2026-05 KIZ–STK": "dismissed",
        "2026-06 KIZ–STK": "dismissed",
        "2026-07 KIZ–STK": "open",
    }
    dismissed.conserved()
