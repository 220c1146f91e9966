"""Rows become typed identifiers of persons, and lists of other kinds their records."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events.dates import Birth
from events.model import Enrolment, Inquiry, Need, Succession
from events.rejection import Reason
from events.weak import recipient_identifiers
from infra.settings import Settings
from producers import checking, keys, listed, publishing
from producers.answers import AnsweredRow
from producers.lists.columns import NOTHING_SAID, Said
from producers.lists.grouping import BadRecord, Draft
from producers.tokens import HmacTokeniser
from tests.fakes.wire import FakeSystem

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
TOKENISER = HmacTokeniser(bytes(32))
P01, P02, X1 = "99291417710", "99011524438", "98453331444"
PHONE, IBAN = "0532 111 22 33", "TR33 0006 1005 1978 6457 8413 26"
RECORD = {
    "reference": "k1",
    "programme": "TEMEL",
    "stage": "delivered",
    "purpose": "rent",
    "modality": "cash",
    "frequency": "monthly",
    "amount": "6000",
    "currency": "TRY",
    "covers_from": "2026-05-01",
    "covers_to": "2026-06-01",
    "district": "TUR034026",
}
WHO = {
    "id_number": P01,
    "phone": PHONE,
    "iban": IBAN,
    "case_number": "UNH:385-1",
    "first_name": "Işıl",
    "last_name": "Yılmaz",
    "birth_date": "01.02.1990",
}
STRONG = ("tr.tckimlik", P01)
WEAK = (
    ("weak.phone", "+905321112233"),
    ("weak.iban", "TR330006100519786457841326"),
    *recipient_identifiers("Işıl", "Yılmaz", Birth(1990, 2, 1)),
)
CASE = ("case.unh", "3851")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def file(folder: Path, *rows: dict[str, str]) -> Path:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [columns, *([row.get(name, "") for name in columns] for row in rows)]
    path = folder / "list.csv"
    path.write_text("\n".join(";".join(line) for line in lines), encoding="utf-8")
    return path


def read(folder: Path, *rows: dict[str, str], kind: str = "assistance") -> list[Draft | BadRecord]:
    found = listed.read_list("KIZ", file(folder, *rows), kind)
    return [*found.drafts, *found.bad]


def one(folder: Path, *rows: dict[str, str]) -> Draft:
    (draft,) = read(folder, *rows)
    assert isinstance(draft, Draft), draft
    return draft


def problems(
    folder: Path, *rows: dict[str, str], kind: str = "assistance"
) -> list[tuple[str, Any]]:
    return [
        (problem.field, problem.reason)
        for bad in read(folder, *rows, kind=kind)
        if isinstance(bad, BadRecord)
        for problem in bad.problems
    ]


def publish(
    settings: Settings, system: FakeSystem, path: Path, kind: str, said: Said = NOTHING_SAID
) -> list[AnsweredRow]:
    return publishing.publish_list(
        settings, "KIZ", path, kind,
        private_key=KEY, tokeniser=TOKENISER, connect=system.connect, said=said,
    )  # fmt: skip


# -- who gets which identifier -------------------------------------------------------------------


def test_the_recipient_has_all_of_them(tmp_path: Path) -> None:
    draft = one(tmp_path, RECORD | WHO)
    assert draft.persons[0].identifiers == (STRONG, *WEAK, CASE)


def test_a_beneficiary_has_no_case_number_and_a_member_its_number_only(tmp_path: Path) -> None:
    rows = [
        RECORD | {"id_number": P02, "role": "recipient"},
        {"reference": "k1", "role": "beneficiary"} | WHO,
        {"reference": "k1", "role": "member"} | WHO | {"id_number": X1},
    ]
    draft = one(tmp_path, *rows)
    assert draft.persons[1].identifiers == (STRONG, *WEAK)
    assert draft.persons[2].identifiers == (("tr.tckimlik", X1),)


def test_what_is_missing_is_fine(tmp_path: Path) -> None:
    assert one(tmp_path, RECORD).persons[0].identifiers == ()
    only_name = {k: v for k, v in WHO.items() if k.endswith("name") or k == "birth_date"}
    assert one(tmp_path, RECORD | only_name).persons[0].identifiers == WEAK[2:]
    assert one(tmp_path, RECORD | {"case_number": "7-1"}).persons[0].identifiers == (
        ("case.kiz", "71"),
    )


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("phone", "12345", Reason.INVALID_IDENTIFIER),
        ("phone", "0555 555 55 55", Reason.PLACEHOLDER),
        ("phone", "5,32111E+09", Reason.DIGITS_LOST),
        ("iban", "TR340006100519786457841326", Reason.INVALID_IDENTIFIER),
        ("birth_date", "31.02.1990", Reason.INVALID_VALUE),
        ("birth_date", "01.01.1900", Reason.PLACEHOLDER),
        ("first_name", "\x07", Reason.INVALID_VALUE),
    ],
)
def test_what_says_only_possible_is_left_out_with_a_remark(
    tmp_path: Path, column: str, value: str, reason: Reason
) -> None:
    draft = one(tmp_path, RECORD | WHO | {column: value})
    assert [(r.row, r.field, r.reason) for r in draft.remarks] == [(2, column, reason)]
    assert STRONG in draft.persons[0].identifiers
    assert CASE in draft.persons[0].identifiers
    left = {kind for kind, _ in draft.persons[0].identifiers}
    assert f"weak.{column}" not in left
    assert ("weak.names-birth" in left) == (column in ("phone", "iban"))
    # of a member it is not looked at
    member = {"reference": "k1", "role": "member"} | WHO | {"id_number": P02, column: value}
    assert one(tmp_path, RECORD | WHO, member).remarks == ()


def test_all_problems_of_a_row_are_told_at_once(tmp_path: Path) -> None:
    bad = {"id_number": "99291417711", "phone": "1", "case_number": "DOSYA:17"}
    (found,) = read(tmp_path, RECORD | bad)
    assert isinstance(found, BadRecord)
    assert [problem.field for problem in found.problems] == ["case_number", "id_number"]
    assert [remark.field for remark in found.remarks] == ["phone"]


@pytest.mark.parametrize("none", ["-", "—", "yok", "YOK", "n/a", "N/A", "لا يوجد", " . "])
def test_what_people_write_for_none_is_an_empty_cell(tmp_path: Path, none: str) -> None:
    columns = ("id_number", "phone", "iban", "case_number", "birth_date", "replaces")
    draft = one(tmp_path, RECORD | dict.fromkeys(columns, none))
    assert (draft.persons[0].identifiers, draft.remarks) == ((), ())
    assert "replaces" not in draft.fields
    assert problems(tmp_path, RECORD | {"reference": none}) == [("reference", Reason.MISSING_FIELD)]


def test_a_row_that_stands_twice_adds_what_it_knows(tmp_path: Path) -> None:
    again = {"reference": "k1", "role": "recipient", "id_number": P01, "phone": PHONE}
    draft = one(tmp_path, RECORD | {"id_number": P01, "role": "recipient"}, again)
    assert [p.identifiers for p in draft.persons] == [(STRONG, WEAK[0])]


@pytest.mark.parametrize("written", ["1 Şubat 1990", "1990/2/1", "19900201", "٠١.٠٢.١٩٩٠", "32905"])
def test_birth_dates_as_lists_have_them(tmp_path: Path, written: str) -> None:
    draft = one(tmp_path, RECORD | WHO | {"birth_date": written})
    assert draft.persons[0].identifiers == one(tmp_path, RECORD | WHO).persons[0].identifiers


def test_a_year_alone_says_less(tmp_path: Path) -> None:
    draft = one(
        tmp_path, RECORD | {"first_name": "Işıl", "last_name": "Yılmaz"} | {"birth_date": "1990"}
    )
    assert [kind for kind, _ in draft.persons[0].identifiers] == ["weak.names-year"]


def test_a_spreadsheets_numbers_are_read(tmp_path: Path) -> None:
    import xlsxwriter

    row: dict[str, object] = RECORD | {"phone": 5321112233, "birth_date": 32905}
    row |= {"first_name": "Işıl", "last_name": "Yılmaz"}
    with xlsxwriter.Workbook(str(tmp_path / "list.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(row))
        sheet.write_row(1, 0, list(row.values()))
    found = listed.read_list("KIZ", tmp_path / "list.xlsx", "assistance")
    assert found.drafts[0].persons[0].identifiers == (WEAK[0], *WEAK[2:])


# -- lists of other kinds ------------------------------------------------------------------------

NEED = {"reference": "n1", "purpose": "rent", "assessed_on": "2026-05-04", "district": "TUR034026"}
ENROLMENT = {"reference": "e1", "programme": "TEMEL", "started_on": "2026-01-01"}
SUCCESSION = {"reference": "s1", "old_number": X1, "new_number": P01}
KINDS: dict[str, tuple[dict[str, str], type[Any]]] = {
    "need": (NEED | {"id_number": P01, "phone": PHONE}, Need),
    "enrolment": (ENROLMENT | {"id_number": P01, "phone": PHONE}, Enrolment),
    "succession": (SUCCESSION, Succession),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_of_another_kind_has_versions_and_a_ledger(
    settings: Settings, tmp_path: Path, kind: str
) -> None:
    row, model = KINDS[kind]
    system = FakeSystem()
    found = publish(settings, system, file(tmp_path, row), kind)
    assert [(r.reference, r.disposition, r.version) for r in found] == [
        (row["reference"], "accepted", 1)
    ]
    again = publish(settings, system, file(tmp_path, row), kind)
    assert [(r.disposition, r.version) for r in again] == [("duplicate", 1)]
    changed = row | {"succession": {"new_number": P02}}.get(kind, {"id_number": P02})
    same = Said(same_assistance=True)  # other people, so it would be asked about
    third = publish(settings, system, file(tmp_path, changed), kind, same)
    assert [(r.disposition, r.version) for r in third] == [("accepted", 2)]
    records = system.records()
    assert all(type(record) is model for record in records)
    ids = {getattr(record, f"{kind}_id") for record in records}
    assert ids == {found[0].assistance_id}
    text = b"".join(value for _, value in system.messages)
    assert b'"reference"' not in text
    for secret in (P01, P02, X1, "5321112233"):
        assert secret.encode() not in text


def test_equal_references_of_two_kinds_are_two_things(settings: Settings, tmp_path: Path) -> None:
    system = FakeSystem()
    need = publish(settings, system, file(tmp_path, NEED | {"reference": "x"}), "need")
    other = publish(settings, system, file(tmp_path, ENROLMENT | {"reference": "x"}), "enrolment")
    assert need[0].assistance_id != other[0].assistance_id


def test_a_need_for_protection_is_protected(tmp_path: Path) -> None:
    (draft,) = read(tmp_path, NEED | {"purpose": "protection"}, kind="need")
    assert isinstance(draft, Draft)
    assert draft.fields["protected"] is True


def test_an_ended_enrolment_says_why(tmp_path: Path) -> None:
    path = file(tmp_path, ENROLMENT | {"ended_on": "2026-05-01"})
    (row,) = publishing.validate_list("KIZ", path, "enrolment")
    assert (row.reason, row.field) == ("invalid-value", "end_reason")
    path = file(tmp_path, ENROLMENT | {"ended_on": "2026-05-01", "end_reason": "Taşındı"})
    (row,) = publishing.validate_list("KIZ", path, "enrolment")
    assert row.disposition == "valid"


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"old_number": ""}, "old_number", Reason.MISSING_FIELD),
        ({"new_number": "99291417711"}, "new_number", Reason.INVALID_IDENTIFIER),
        ({"old_number": "11111111110"}, "old_number", Reason.PLACEHOLDER),
        ({"old_scheme": "tr.vkn"}, "old_scheme", Reason.INVALID_VALUE),
        ({"new_number": "9,93E+10"}, "new_number", Reason.DIGITS_LOST),
    ],
)
def test_the_numbers_of_a_succession(
    tmp_path: Path, changes: dict[str, str], field: str, reason: Reason
) -> None:
    assert problems(tmp_path, SUCCESSION | changes, kind="succession") == [(field, reason)]


def test_a_number_does_not_succeed_itself(tmp_path: Path) -> None:
    path = file(tmp_path, SUCCESSION | {"old_number": P01})
    (row,) = publishing.validate_list("KIZ", path, "succession")
    assert (row.reason, row.field) == ("invalid-value", "new_number")
    assert publishing.validate_list("KIZ", file(tmp_path, SUCCESSION), "succession")[0].reason == ""


def test_a_reference_has_one_succession(tmp_path: Path) -> None:
    other = SUCCESSION | {"new_number": P02}
    assert problems(tmp_path, SUCCESSION, other, kind="succession") == [
        ("new_number", Reason.CONFLICTING_ROWS)
    ]


# -- checking ------------------------------------------------------------------------------------


def check(settings: Settings, system: FakeSystem, path: Path) -> list[AnsweredRow]:
    return checking.check_list(
        settings, "KIZ", path,
        private_key=KEY, tokeniser=TOKENISER, connect=system.connect,
    )  # fmt: skip


def test_a_check_asks_and_plans_nothing(settings: Settings, tmp_path: Path) -> None:
    system = FakeSystem()
    rows = [RECORD | WHO, {"reference": "k1", "id_number": P02}]
    found = check(settings, system, file(tmp_path, *rows))
    assert [(r.row, r.reference, r.disposition) for r in found] == [
        (2, "k1", "accepted"),
        (3, "k1", "accepted"),
    ]
    (record,) = system.records()
    assert isinstance(record, Inquiry)
    assert (record.programme, record.purpose, record.modality) == ("KIZ-TEMEL", "rent", "cash")
    assert [subject.role for subject in record.subjects] == ["recipient", "member"]
    assert [len(subject.tokens) for subject in record.subjects] == [10, 1]
    assert found[0].answer is not None
    assert found[0].answer["verdict"] == "clear"


def test_each_check_asks_anew(settings: Settings, tmp_path: Path) -> None:
    system, path = FakeSystem(), file(tmp_path, RECORD | WHO)
    for _ in range(2):
        assert [row.disposition for row in check(settings, system, path)] == ["accepted"]
    first, second = system.records()
    assert first.inquiry_id != second.inquiry_id
    # and a plan of the same list afterwards is its first version
    planned = file(tmp_path, RECORD | WHO | {"stage": "planned"})
    assert [row.version for row in publish(settings, system, planned, "assistance")] == [1]


def test_rows_with_problems_are_answered_and_not_asked(settings: Settings, tmp_path: Path) -> None:
    system = FakeSystem()
    bad = RECORD | {"reference": "k2", "id_number": "1", "id_scheme": "tr.id"}
    worse = RECORD | {"reference": "k3", "covers_to": "2026-04-01"}
    protected = RECORD | {"reference": "k4", "purpose": "protection"}
    found = check(settings, system, file(tmp_path, RECORD, bad, worse, protected))
    assert [(r.disposition, r.field, r.sent) for r in found] == [
        ("accepted", "", True),
        ("rejected", "id_number", False),
        ("rejected", "covers_to", False),
        ("accepted", "", True),
    ]
    assert len(system.lines) == 2


# -- held submissions ----------------------------------------------------------------------------


def test_a_held_list_is_sent_again_as_the_same_submission(
    settings: Settings, tmp_path: Path
) -> None:
    keys.keygen(settings, "KIZ")
    system, path = FakeSystem(), file(tmp_path, RECORD | WHO)
    system.refuse = lambda record: Reason.SUBMISSION_HELD
    for _ in range(2):
        (row,) = publish(settings, system, path, "assistance")
        assert (row.disposition, row.reason) == ("rejected", "submission-held")
    system.refuse = lambda record: None
    (row,) = publish(settings, system, path, "assistance")
    assert row.disposition == "accepted"
    assert len({value for _, value in system.messages}) == 1, "a release names one submission"
    # a corrected row is another version, in another submission
    corrected = file(tmp_path, RECORD | WHO | {"amount": "7000"})
    (row,) = publish(settings, system, corrected, "assistance")
    assert (row.disposition, row.version) == ("accepted", 3)
