"""Lists as real desks have them: identifiers that a spreadsheet or a clerk has changed.

The folders of tests/cases are invented lists; each README says what should happen.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from producers import records
from producers.answers import VALID
from producers.listed import Known, read_list
from producers.lists.grouping import BadRecord, Draft
from producers.publishing import tokens_of, validate_list
from producers.tokens import HmacTokeniser
from tests.kit import ZERO_NONCE, System

CASES = Path(__file__).resolve().parents[3] / "cases"
TOKENISER = HmacTokeniser(bytes(32))
Problem = tuple[int, str, str]


def problems(case: str, name: str = "KIZ.csv", org: str = "KIZ") -> list[Problem]:
    """(row, reason, column) of each refused row of a case's file."""
    rows = validate_list(org, CASES / case / name, "assistance")
    return [(row.row, row.reason, row.field) for row in rows if row.disposition != VALID]


def drafts(case: str, name: str = "KIZ.csv", org: str = "KIZ") -> tuple[Draft, ...]:
    found = read_list(org, CASES / case / name, "assistance")
    assert found.bad == ()
    return found.drafts


def publish(system: System, case: str, *files: tuple[str, str]) -> list[str]:
    """Send what these files' rows are, and give the open findings' kinds and strengths."""
    for org, name in files:
        found = read_list(org, CASES / case / name, "assistance")
        for draft in found.drafts:
            tokens = tokens_of(TOKENISER, [draft])
            content = records.content("assistance", bytes(32), org, draft, tokens)
            sent = {**content, "nonce": ZERO_NONCE, "version": 1}
            system.names[content["assistance_id"]] = f"{org}-{draft.reference}"
            assert system.submit(org, sent)[0]["disposition"] == "accepted"
    return [" ".join(row.split()[:2]) for row in system.open_rows()]


@pytest.mark.parametrize("name", ["KIZ-scientific.csv", "KIZ-15-digits.xlsx"])
def test_02_a_shortened_reference_makes_no_family_of_four(name: str) -> None:
    case = "02-reference-collapsed"
    found = problems(case, name)
    assert [(reason, column) for _, reason, column in found] == [("digits-lost", "reference")] * 4
    assert publish(System.ready(), case, ("KIZ", name), ("STK", "STK.csv")) == []


def test_09_fillers_link_nobody() -> None:
    case = "09-fillers"
    for org in ("KIZ", "STK"):
        found = problems(case, f"{org}.csv", org)
        assert [row for row, _, _ in found] == list(range(2, 16))
        assert Counter((reason, column) for _, reason, column in found) == {
            ("placeholder-identifier", "id_number"): 12,
            ("invalid-value", "id_scheme"): 2,
        }
    assert publish(System.ready(), case, ("KIZ", "KIZ.csv"), ("STK", "STK.csv")) == []


def test_10_a_households_file_number_is_nobodys_own() -> None:
    case = "10-unhcr-case-as-person"
    assert problems(case) == [(row, "invalid-identifier", "id_number") for row in (2, 3, 4)]
    assert problems(case, "STK.csv", "STK") == [(2, "invalid-identifier", "id_number")]


def test_15_marks_that_nobody_sees_make_no_other_reference() -> None:
    case = "15-marks-in-reference"
    (family,) = drafts(case, "members.csv")
    assert (family.reference, family.rows) == ("H-014", (2, 3, 4))
    assert [person.role for person in family.persons] == ["recipient", "member", "member"]
    (again,) = drafts(case, "again.csv")
    assert (again.reference, len(again.persons)) == ("H-014", 1)
    assert publish(System.ready(), case, ("KIZ", "again.csv")) == []


def test_17_a_word_is_no_issuer() -> None:
    case = "17-issuer-that-is-a-word"
    for org in ("KIZ", "STK"):
        assert problems(case, f"{org}.csv", org) == [(2, "invalid-identifier", "case_number")]
    # the door says the same to who has a client of its own
    system = System.ready()
    issuers = Known(frozenset({"DOSYA"}))
    known = read_list("KIZ", CASES / case / "KIZ.csv", "assistance", known=issuers)
    (draft,) = known.drafts
    tokens = tokens_of(TOKENISER, [draft])
    record: dict[str, Any] = records.content("assistance", bytes(32), "KIZ", draft, tokens)
    row = system.submit("KIZ", {**record, "nonce": ZERO_NONCE, "version": 1})[0]
    assert (row["reason"], row["field"]) == ("invalid-value", "subjects.tokens")


def test_18_a_slip_is_no_currency() -> None:
    assert problems("18-currency") == [(r, "invalid-value", "currency") for r in range(2, 6)]


def test_19_a_telephone_holds_up_no_payment() -> None:
    phones = [
        dict(person.identifiers).get("weak.phone", "")
        for draft in drafts("19-phone-holds-up-payment")
        for person in draft.persons
    ]
    assert phones == ["+963955000001", "+905321112233", "", "+905321112233"]
    assert [draft.remarks for draft in drafts("19-phone-holds-up-payment")] == [()] * 4


def test_26_what_protects_a_number_is_no_part_of_it() -> None:
    (draft,) = drafts("26-equals-quote")
    assert draft.reference == "0012"
    assert draft.persons[0].identifiers == (("tr.tckimlik", "99291417710"),)


def test_no_case_is_left_without_its_files() -> None:
    for case in ("02", "09", "10", "15", "17", "18", "19", "26"):
        (folder,) = CASES.glob(f"{case}-*")
        assert {"README"} < {path.name for path in folder.iterdir()}
    assert not isinstance(drafts("26-equals-quote")[0], BadRecord)
