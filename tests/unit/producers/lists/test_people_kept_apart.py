"""People of one record: one by a strong number alone, two wherever that may be wrong."""

from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from events.identity import is_strong
from events.rejection import Reason
from producers.listed import read_list
from producers.lists import contacts, people
from producers.lists.grouping import BadRecord, Draft
from producers.lists.likeness import are_two, likeness
from tests.unit.producers.lists.test_grouping import PEOPLE, drafts, one, problems
from tests.unit.producers.lists.test_people import RECORD

WORDS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=12)
FAMILY = {"last_name": "Yılmaz", "birth_date": "2026-04-01"}


def roles(*rows: dict[str, str]) -> list[str]:
    """The roles of the people that these rows make."""
    return [person.role for person in one([RECORD | rows[0], *rows[1:]]).persons]


def row(**cells: str) -> dict[str, str]:
    return {"reference": "k1"} | cells


# -- twins, newborns -----------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["", "beneficiary", "member", "recipient"])
@pytest.mark.parametrize("first", [("Hasan", "Hüseyin"), ("Bebek", "Bebek"), ("", "")])
def test_twins_and_newborns_without_numbers_are_two(role: str, first: tuple[str, str]) -> None:
    mother = row(id_number=PEOPLE[0], first_name="Ayşe", last_name="Yılmaz", role="recipient")
    twins = [row(first_name=name, role=role, **FAMILY) for name in first]
    assert roles(mother, *twins) == ["recipient", role or "member", role or "member"]


def test_a_row_that_stands_twice_without_a_number_is_two_people() -> None:
    # nobody can tell a copied row from twins, and one member more takes nothing from anybody
    assert len(roles(row(phone="0532 111 22 33"), row(phone="0532 111 22 33"))) == 2


def test_a_row_that_stands_twice_with_a_number_is_one_person() -> None:
    same = row(id_number=PEOPLE[0], first_name="Ayşe", birth_date="1990-03-25")
    assert len(roles(same, same, same)) == 1


# -- copied numbers ------------------------------------------------------------------------------

AYSE = {"first_name": "Ayşe", "last_name": "Yılmaz", "birth_date": "25.03.1990"}


@pytest.mark.parametrize(
    "other",
    [
        {"first_name": "Mehmet", "last_name": "Yılmaz", "birth_date": "01.02.2015"},
        {"first_name": "Mehmet", "last_name": "Yılmaz", "birth_date": "25.03.1990"},
        {"first_name": "Mehmet"},
        {"first_name": "Mehmet Ayhan"},
        {"first_name": "Ayşe", "last_name": "Yılmaz", "birth_date": "25.03.1950"},
        {"birth_date": "2015"},
    ],
)
@pytest.mark.parametrize("role", ["", "member", "beneficiary"])
def test_a_number_that_is_copied_is_refused(other: dict[str, str], role: str) -> None:
    rows = [RECORD | row(id_number=PEOPLE[0], **AYSE), row(id_number=PEOPLE[0], role=role, **other)]
    assert problems(rows) == [(3, "number-copied", "id_number")]


def test_brothers_who_share_a_first_name_are_two() -> None:
    rows = [row(id_number=PEOPLE[0], first_name=name) for name in ("Muhammed Ali", "Muhammed Emin")]
    assert problems([RECORD | rows[0], rows[1]]) == [(3, "number-copied", "id_number")]


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"first_name": "AYSE", "last_name": "YILMAZ", "birth_date": "1990-03-25"},
        {"first_name": "Ayşe Nur", "last_name": "Demir"},
        {"first_name": "Yılmaz", "last_name": "Ayşe"},
        {"first_name": "عائشة", "birth_date": "1990"},
        {"last_name": "Demir", "birth_date": "01.01.1990"},
        {"birth_date": "no date"},
    ],
)
def test_one_person_written_in_two_ways_is_one(other: dict[str, str]) -> None:
    assert roles(row(id_number=PEOPLE[0], **AYSE), row(id_number=PEOPLE[0], **other)) == [
        "recipient"
    ]


@given(st.lists(st.sampled_from([*PEOPLE, ""]), min_size=1, max_size=6), st.data())
def test_no_two_people_become_one_but_by_their_number(
    numbers: list[str], data: st.DataObject
) -> None:
    names = st.sampled_from(["Hasan", "Bebek", "", "محمد"])
    rows = [row(id_number=number, first_name=data.draw(names)) for number in numbers]
    (found,) = drafts([RECORD | rows[0], *rows[1:]])
    if isinstance(found, BadRecord):
        assert {problem.reason for problem in found.problems} == {Reason.NUMBER_COPIED}
        return
    assert len(found.persons) == numbers.count("") + len(set(numbers) - {""})
    strong = [one for person in found.persons for one in person.identifiers if is_strong(one[0])]
    assert len(set(strong)) == len(strong)
    for number in set(numbers) - {""}:
        likes = [likeness(cells) for cells in rows if cells["id_number"] == number]
        assert not any(are_two(first, second) for first in likes for second in likes)


# -- telephones ----------------------------------------------------------------------------------

MEANT = st.one_of(
    st.integers(5301000000, 5499999999).map(lambda n: f"+90{n}"),
    st.integers(930000000, 999999999).map(lambda n: f"+963{n}"),
)


@given(MEANT, MEANT, st.data())
def test_a_cell_of_telephones_is_the_first_or_none(
    first: str, second: str, data: st.DataObject
) -> None:
    ways = ["{0}", "{0} / {1}", "{0};{1}", "{0} ve {1}", "{0} (eşi)", "Cep: {0}", "{0} - {1}",
            "{0}\u200e", "{0}, {1}"]  # fmt: skip
    forms = [
        lambda n: n,
        lambda n: n[1:],
        lambda n: f"00{n[1:]}",
        lambda n: f"{n[:3]} {n[3:6]} {n[6:]}",
        lambda n: f"0{n[3:]}" if n.startswith("+90") else n,
    ]
    write = data.draw(st.sampled_from(forms))
    cell = data.draw(st.sampled_from(ways)).format(write(first), write(second))
    (found,) = drafts([RECORD | {"phone": cell}])
    assert isinstance(found, Draft)
    got = dict(found.persons[0].identifiers).get("weak.phone", "")
    if got:
        assert got in (first, second)
        assert got == first or not _is_one(first)
    else:
        assert [remark.field for remark in found.remarks] == ["phone"]


def _is_one(number: str) -> bool:
    try:
        return contacts.phone(number) is not None
    except Exception:  # noqa: BLE001
        return False


# -- case numbers, spreadsheets ------------------------------------------------------------------


@given(WORDS)
def test_only_organisations_issue_case_numbers(word: str) -> None:
    (found,) = drafts([RECORD | {"case_number": f"{word}:2026/17"}])
    assert isinstance(found, BadRecord) == (word not in ("KIZ", "UNH", "UNHCR", "BMMYK"))


@pytest.mark.parametrize(
    ("text", "issuers", "kind"),
    [
        ("UNHCR:385-19C00001", set(), "case.unh"),
        ("BMMYK: 385-19C00001", set(), "case.unh"),
        ("unh\u200e:385\u201119C00001", set(), "case.unh"),
        ("UNHCR:385-19C00001", {"UNHCR"}, "case.unhcr"),
        ("STK:385-19C00001", {"STK"}, "case.stk"),
        ("385-19C00001", set(), "case.kiz"),
    ],
)
def test_whose_case_number_it_is(text: str, issuers: set[str], kind: str) -> None:
    read = people.identifiers(
        {"case_number": text}, "recipient", people.Row(org="KIZ", issuers=issuers)
    )
    assert read.identifiers == ((kind, "38519C00001"),)


@pytest.mark.parametrize("text", ["R-1; R-2", "R-1 & R-2", "R-1, R-2", "DOSYA:1", "CASE:0012"])
def test_two_case_numbers_are_not_glued_together(text: str) -> None:
    found = problems([RECORD | {"case_number": text}])
    assert found == [(2, "invalid-identifier", "case_number")]


def sheet(path: Path, rows: list[dict[str, Any]]) -> Path:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, columns)
        for number, cells in enumerate(rows, 1):
            page.write_row(number, 0, [cells.get(name, "") for name in columns])
    return path


def refused(path: Path) -> list[tuple[int, str, str]]:
    found = read_list("KIZ", path, "assistance").bad
    return [(p.row, p.reason.value, p.field) for bad in found for p in bad.problems]


def test_zeros_that_a_number_cell_has_lost(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        RECORD | {"reference": "0012", "case_number": 78},
        RECORD | {"reference": 12, "case_number": "0078"},
        RECORD | {"reference": 4711, "case_number": 8887},
        RECORD | {"reference": "p", "id_scheme": "sy.passport", "id_number": 12845678},
        RECORD | {"reference": "q", "id_number": 99291417710, "replaces": 3},
    ]
    assert refused(sheet(tmp_path / "list.xlsx", rows)) == [
        (2, "digits-lost", "case_number"),
        (3, "digits-lost", "reference"),
        (5, "digits-lost", "id_number"),
    ]


def test_a_column_whose_long_numbers_all_end_with_zeros_is_shortened() -> None:
    rows = [RECORD | {"reference": f"20260500000{n}00000"} for n in range(3)]
    assert [(reason, column) for _, reason, column in problems(rows)] == [
        ("digits-lost", "reference")
    ] * 3
    exact = RECORD | {"reference": "2026050000012345"}
    assert problems([*rows, exact]) == []
    protected = [cells | {"reference": f'="{cells["reference"]}"'} for cells in rows]
    assert problems(protected) == []
