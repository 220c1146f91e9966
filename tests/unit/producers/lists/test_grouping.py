"""Rows become records: any split of the same facts over rows is one draft."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.model.types import MAX_SUBJECTS
from events.rejection import MESSAGES, Reason, Refusal, Refusals
from producers.lists import grouping
from producers.lists.grouping import BadRecord, Draft, group
from producers.lists.headers import layout, unnamed
from producers.lists.templates import ASSISTANCE, PROGRAMME, Template
from producers.lists.values import Cell, Context

CONTEXT = Context("KIZ", frozenset({"TUR034026"}))
RECORD: dict[str, str] = {
    "reference": "k1", "programme": "TEMEL", "stage": "delivered", "purpose": "basic-needs",
    "modality": "cash", "frequency": "monthly", "amount": "6000", "currency": "TRY",
    "covers_from": "2026-05-01", "covers_to": "2026-06-01", "district": "TUR034026",
}  # fmt: skip
PEOPLE = ["99291417710", "99011524438", "99398259756"]
Row = dict[str, str]


def drafts(rows: Sequence[Row], template: Template = ASSISTANCE) -> list[Draft | BadRecord]:
    header: list[Cell] = list(dict.fromkeys(name for row in rows for name in row))
    for column in template.columns:
        if column.required and column.name not in header:
            header.append(column.name)
    cells: list[tuple[int, list[Cell]]] = [
        (number, [row.get(str(name), "") for name in header]) for number, row in enumerate(rows, 2)
    ]
    columns = layout(header, template, {})
    return list(group(cells, columns, unnamed(header), template, CONTEXT))


def one(rows: Sequence[Row], template: Template = ASSISTANCE) -> Draft:
    (found,) = drafts(rows, template)
    assert isinstance(found, Draft), found
    return found


def problems(rows: Sequence[Row]) -> list[tuple[int, str, str]]:
    return [
        (problem.row, problem.reason.value, problem.field)
        for bad in drafts(rows)
        if isinstance(bad, BadRecord)
        for problem in bad.problems
    ]


def household(*numbers: str, **fields: str) -> list[Row]:
    rows = [{"reference": "k1", "id_number": number} for number in numbers]
    rows[0] = RECORD | rows[0] | fields
    return rows


def test_one_row_a_person_and_roles_by_default() -> None:
    draft = one(household(*PEOPLE))
    assert [(p.row, p.role) for p in draft.persons] == [
        (2, "recipient"),
        (3, "member"),
        (4, "member"),
    ]
    assert [p.identifiers for p in draft.persons] == [(("tr.tckimlik", n),) for n in PEOPLE]
    assert draft.rows == (2, 3, 4)
    assert draft.fields["programme"] == "KIZ-TEMEL"
    assert draft.fields["amount"] == "6000.00"


@given(st.data())
def test_record_fields_may_stand_on_any_rows(data: st.DataObject) -> None:
    rows = household(*PEOPLE)
    for name in RECORD.keys() - {"reference", "stage"}:
        places = data.draw(st.sets(st.integers(0, 2), min_size=1), label=name)
        for place, row in enumerate(rows):
            row[name] = RECORD[name] if place in places else ""
    whole = one(household(*PEOPLE))
    assert one(rows) == whole


@given(st.permutations([("a", 0), ("a", 1), ("a", 2), ("b", 0), ("b", 1), ("c", 0)]))
def test_the_rows_of_a_record_may_stand_apart(order: list[tuple[str, int]]) -> None:
    rows = [
        RECORD | {"reference": reference, "id_number": PEOPLE[i], "role": role}
        for reference, i in order
        for role in ["recipient" if i == 0 else "member"]
    ]
    found = drafts(rows)
    assert {d.reference: len(d.rows) for d in found} == {"a": 3, "b": 2, "c": 1}
    for draft in found:
        assert isinstance(draft, Draft)
        assert sorted(p.identifiers[0][1] for p in draft.persons) == sorted(
            PEOPLE[: len(draft.rows)]
        )
    assert [d.rows[0] for d in found] == sorted(d.rows[0] for d in found)


def test_another_stage_or_version_begins_another_record() -> None:
    plan = household(*PEOPLE, stage="planned")
    paid = household(*PEOPLE)
    again = household(*PEOPLE, stage="amended", version="7")
    found = drafts([*plan, *paid, *again])
    assert [(d.rows, getattr(d, "fields", {}).get("stage")) for d in found] == [
        ((2, 3, 4), "planned"),
        ((5, 6, 7), "delivered"),
        ((8, 9, 10), "amended"),
    ]


def test_an_explicit_version_beside_an_empty_one_is_another_record() -> None:
    found = drafts([*household(PEOPLE[0]), *household(PEOPLE[0], version="2", amount="6500")])
    assert [d.rows for d in found] == [(2,), (3,)]


def test_rows_that_disagree_are_named() -> None:
    rows = household(PEOPLE[0], PEOPLE[1])
    rows[1] |= {"amount": "6500", "currency": "EUR", "purpose": "Temel ihtiyaç"}
    assert problems(rows) == [
        (3, "conflicting-rows", "amount"),
        (3, "conflicting-rows", "currency"),
    ]


def test_a_row_that_stands_twice_is_one_person() -> None:
    rows = household(PEOPLE[0], PEOPLE[1], PEOPLE[1])
    assert (
        one([rows[0], *rows]).persons
        == one(rows).persons[:1] + one([rows[0], rows[0], *rows[1:2]]).persons[1:]
    )


def test_a_mother_who_collects_for_herself_keeps_both_roles() -> None:
    rows = household(PEOPLE[0], PEOPLE[0], role="recipient")
    rows[1]["role"] = "beneficiary"
    assert [p.role for p in one(rows).persons] == ["recipient", "beneficiary"]


def test_every_problem_is_reported_by_row_and_column() -> None:
    rows = household(PEOPLE[0], "11111111110", "99291417711", amount="much", covers_to="soon")
    rows[0]["district"] = "TUR000000"
    rows[0]["currency"] = "TRY"
    assert problems(rows) == [
        (2, "invalid-value", "amount"),
        (2, "invalid-value", "covers_to"),
        (2, "unknown-district", "district"),
        (3, "placeholder-identifier", "id_number"),
        (4, "invalid-identifier", "id_number"),
    ]


def test_missing_fields_and_references_are_reported() -> None:
    rows = household(PEOPLE[0])
    rows[0] |= {"purpose": "", "frequency": ""}
    assert problems(rows) == [(2, "missing-field", "frequency"), (2, "missing-field", "purpose")]
    assert problems([{"reference": "", "id_number": PEOPLE[0]}])[0][2] == "amount"
    assert (2, "missing-field", "reference") in problems([{"reference": "", "amount": "1"}])


def test_a_missing_identifier_rejects_nothing() -> None:
    draft = one(household("", first_name="A", birth_date="1990", sex="not looked at"))
    assert draft.persons[0].identifiers == ()
    assert not {"first_name", "birth_date"} & draft.fields.keys()


def test_protection_is_protected_unless_said_otherwise() -> None:
    assert one(household(PEOPLE[0], purpose="protection")).fields["protected"] is True
    assert (
        one(household(PEOPLE[0], purpose="protection", protected="0")).fields["protected"] is False
    )
    assert "protected" not in one(household(PEOPLE[0])).fields


def test_data_without_a_header_is_a_problem_of_its_row() -> None:
    header: list[Cell] = [*RECORD, ""]
    columns = layout(header, ASSISTANCE, {})
    cells: list[Cell] = [*RECORD.values(), "x", "y"]
    (bad,) = group([(2, cells)], columns, unnamed(header), ASSISTANCE, CONTEXT)
    assert isinstance(bad, BadRecord)
    assert [p.field for p in bad.problems] == ["column 12", "column 13"]


def test_programmes_of_several_owners() -> None:
    rows = [
        {"programme": "TEMEL", "owner": "KIZ", "budget": "1.000.000,50", "currency": "TL"},
        {"programme": "TEMEL", "owner": "STK", "complements": "EK KIZ-TEMEL"},
    ]
    header: list[Cell] = ["programme", "owner", "budget", "currency", "complements"]
    cells: list[tuple[int, list[Cell]]] = [
        (i, [row.get(str(name), "") for name in header]) for i, row in enumerate(rows, 2)
    ]
    columns = layout(header, PROGRAMME, {})
    nobody = Context("", frozenset())
    first, second = group(cells, columns, frozenset(), PROGRAMME, nobody)
    assert isinstance(first, Draft)
    assert isinstance(second, Draft)
    assert (first.reference, first.fields["budget"]) == ("KIZ-TEMEL", "1000000.50")
    assert second.fields["complements"] == ("STK-EK", "KIZ-TEMEL")


# -- headers -----------------------------------------------------------------------------


def wrong(
    header: list[Cell], mapping: dict[str, str | None] | None = None
) -> list[tuple[str, str]]:
    with pytest.raises(Refusals) as caught:
        layout(header, ASSISTANCE, mapping or {})
    return [(one.reason.value, one.field) for one in caught.value.all]


def test_all_unknown_and_missing_columns_are_named_at_once() -> None:
    assert wrong([*RECORD, "notlar", "99291417710", "a@b.example"]) == [
        ("unknown-field", "notlar"),
        ("unknown-field", "column 13"),
        ("unknown-field", "column 14"),
    ]
    header: list[Cell] = [name for name in RECORD if name not in ("currency", "amount")]
    assert wrong([*header, "Tutr"]) == [
        ("unknown-field", "Tutr"),
        ("missing-field", "amount"),
        ("missing-field", "currency"),
    ]


def test_a_file_without_a_header_shows_nothing_of_its_first_row() -> None:
    assert wrong(["Ayşe", "99291417710"]) == [("missing-field", "reference")]


def test_a_mapping_renames_leaves_out_and_says_what_is_the_same_everywhere() -> None:
    header: list[Cell] = [*RECORD, "T.C. No", "Notes"]
    columns = layout(header, ASSISTANCE, {"t.c. no": "id_number", "NOTES": None})
    assert columns.names[-2:] == ("id_number", None)
    assert wrong(header, {"T.C. No": "idnumber"}) == [("unknown-field", "idnumber")]
    assert wrong(header, {"numara2": "=1"}) == [("unknown-field", "numara2")]
    assert wrong(header, {"reference": "=k1"}) == [("unknown-field", "reference")]


def test_reasons_have_their_texts() -> None:
    for reason in (Reason.AMBIGUOUS_NUMBER, Reason.DIGITS_LOST, Reason.DUPLICATE_COLUMN):
        assert all(reason in texts for texts in MESSAGES.values())


# -- lists that would take for ever, or all memory -----------------------------------------------


def test_of_a_row_that_is_too_wide_one_cell_is_named() -> None:
    header: list[Cell] = list(RECORD)
    wide: list[Cell] = [*RECORD.values(), *[""] * 50, *["x"] * 10_000]
    columns = layout(header, ASSISTANCE, {})
    (bad,) = group([(2, wide)], columns, unnamed(header), ASSISTANCE, CONTEXT)
    assert isinstance(bad, BadRecord)
    assert [problem.field for problem in bad.problems] == [f"column {len(RECORD) + 51}"]


def test_a_list_in_which_nearly_everything_is_wrong_is_refused_as_a_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grouping, "MAX_PROBLEMS", 50)
    rows = [RECORD | {"reference": f"k{number}", "district": "?"} for number in range(50)]
    assert len(drafts(rows)) == 50
    with pytest.raises(Refusal) as caught:
        drafts([*rows, rows[0] | {"reference": "last"}])
    assert (caught.value.reason, caught.value.field) == (Reason.FILE_TOO_LARGE, "50 problems")


def test_more_persons_than_a_record_may_have_are_not_kept() -> None:
    rows = household(*[f"{number:011d}" for number in range(20_000, 30_000)])
    rows = [row | {"id_scheme": "sy.passport", "id_number": f"N{row['id_number']}"} for row in rows]
    assert len(one(rows).persons) == MAX_SUBJECTS + 1, "one too many: the record is refused for it"
