"""Columns and headers as real desks write them: read rightly, or refused as a whole."""

from pathlib import Path

import pytest

from events.rejection import Reason
from infra.errors import UsageProblem
from producers.listed import read_list
from producers.lists.columns import LastDay, Order, Said
from producers.lists.grouping import Draft
from producers.publishing import validate_list

CASES = Path(__file__).parent


def drafts(name: str, **said: object) -> dict[str, Draft]:
    found = read_list("KIZ", CASES / name, "assistance", said=Said(**said))  # type: ignore[arg-type]
    assert not found.bad, found.bad
    return {draft.reference: draft for draft in found.drafts}


def window(draft: Draft) -> tuple[object, object]:
    return draft.fields["covers_from"], draft.fields["covers_to"]


def refused(name: str, **said: object) -> list[tuple[Reason, str, str]]:
    with pytest.raises(UsageProblem) as caught:
        drafts(name, **said)
    return [(one.reason, one.field, one.hint) for one in caught.value.all]


def test_07_midnight_in_istanbul_written_in_utc_is_the_day_in_istanbul() -> None:
    draft = drafts("07-day-before/KIZ-utc.csv")["k1"]
    assert window(draft) == ("2026-05-01", "2026-06-01")
    assert draft.fields["event_date"] == "2026-05-04"
    (person,) = draft.persons
    (other,) = drafts("07-day-before/STK.csv")["s1"].persons
    assert person.identifiers == other.identifiers, "born on 25 March in both lists"
    assert any("1990-03-25" in text for _, text in person.identifiers)


def test_07_a_day_that_an_export_made_the_evening_before_is_refused() -> None:
    rows = validate_list("KIZ", CASES / "07-day-before/KIZ-seconds.xlsx", "assistance")
    found = {(p.field, p.reason) for row in rows for p in row.problems}
    assert {("covers_from", Reason.TIME_OF_DAY), ("covers_to", Reason.TIME_OF_DAY)} <= found


def test_08_no_row_of_a_month_first_list_is_taken_day_first() -> None:
    """Refused with the hint, as one row may be a slip; read once the officer has said it."""
    name = "08-month-first/KIZ.csv"
    assert refused(name) == [
        (Reason.MONTH_FIRST, "covers_from", "4"),
        (Reason.MONTH_FIRST, "covers_to", "4"),
    ]
    assert [reason for reason, _, _ in refused(name, dates=Order.DAY_FIRST)] == [
        Reason.MIXED_DAYS,
        Reason.MIXED_DAYS,
    ]
    found = drafts(name, dates=Order.MONTH_FIRST)
    assert [window(found[key]) for key in ("k1", "k2", "k3", "k4")] == [
        ("2026-05-06", "2026-06-06"),
        ("2026-03-05", "2026-04-05"),
        ("2026-05-16", "2026-06-16"),
        ("2026-05-28", "2026-06-28"),
    ]


def test_23_headers_with_points_brackets_and_units_are_read() -> None:
    draft = drafts("23-header-tc/KIZ.csv")["k1"]
    assert draft.fields["amount"] == "6000.00"
    assert draft.fields["currency"] == "TRY"
    assert draft.persons[0].identifiers[0] == ("tr.tckimlik", "99291417710")


def test_31_a_month_that_ends_on_its_last_day_is_remarked() -> None:
    name = "31-last-day-inclusive/KIZ.csv"
    draft = drafts(name)["k1"]
    assert window(draft) == ("2026-05-01", "2026-05-31"), "covers_to itself is exact"
    assert [(r.row, r.reason, r.field) for r in draft.remarks] == [
        (2, Reason.ODD_WINDOW, "covers_to")
    ]
    whole = drafts(name, covers_to=LastDay.INCLUSIVE)["k1"]
    assert window(whole) == ("2026-05-01", "2026-06-01")
    assert not whole.remarks
    rows = validate_list("KIZ", CASES / name, "assistance", said=Said(strict=True))
    assert [(row.disposition, row.reason) for row in rows] == [("rejected", "odd-window")]
