"""Identifiers: schemes, canonical forms, check digits, placeholders."""

import csv
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import identity
from events.identity import identifier, is_strong, normalise
from events.placeholder_list import STRONG
from events.rejection import Reason, Refusal
from events.weak import NAMES_BIRTH

# the persons of the acceptance scenarios: foreigners, two citizens, an early number
PERSONS = [
    "99291417710",
    "99011524438",
    "99398259756",
    "99341672168",
    "99945807348",
    "99917400256",
    "99526018156",
    "99356230186",
    "99795422074",
    "99906790368",
    "99787789352",
    "99748526088",
    "99442323242",
    "99198344478",
    "99308023026",
    "99577463752",
    "99864542894",
    "99217533784",
    "99081836554",
    "99241592078",
    "99266473758",
    "29385708394",
    "32952892662",
    "98453331444",
]
LISTS = Path(__file__).resolve().parents[3] / "data" / "two-organisations"


def refused(scheme: str, number: str) -> tuple[Reason, str]:
    with pytest.raises(Refusal) as caught:
        identifier(scheme, number)
    assert number not in str(caught.value)
    return caught.value.reason, caught.value.field


@pytest.mark.parametrize("number", PERSONS)
def test_the_scenarios_persons_are_valid(number: str) -> None:
    assert identifier("tr.tckimlik", number) == ("tr.tckimlik", number)


@pytest.mark.parametrize("alias", [*identity.ALIASES, "TR.TCKN", " tr.ykn ", "tr_id", ""])
def test_turkish_schemes_are_one_scheme(alias: str) -> None:
    if identity.ALIASES.get(alias.strip().lower(), identity.TURKISH) == identity.TURKISH:
        assert identifier(alias, "99291417710") == ("tr.tckimlik", "99291417710")


def test_an_empty_scheme_means_turkish_only_with_eleven_digits() -> None:
    assert identifier("", "29385708394")[0] == "tr.tckimlik"
    assert refused("", "026457234") == (Reason.MISSING_FIELD, "id_scheme")


@pytest.mark.parametrize("scheme", ["tr.vkn", "us.ein", "de.vat", "xx", "util.clean", "../us.ssn"])
def test_companies_and_nonsense_are_no_schemes_of_persons(scheme: str) -> None:
    assert refused(scheme, "99291417710") == (Reason.INVALID_VALUE, "id_scheme")


@pytest.mark.parametrize("scheme", sorted(identity.PERSONAL))
def test_every_scheme_has_a_check(scheme: str) -> None:
    assert refused(scheme, "?")[0] in (Reason.INVALID_IDENTIFIER, Reason.PLACEHOLDER)


@pytest.mark.parametrize(
    "number", ["9929141771", "99291417711", "99291417701", "0929141771", "abc"]
)
def test_a_wrong_number_is_refused(number: str) -> None:
    assert refused("tr.tckn", number) == (Reason.INVALID_IDENTIFIER, "id_number")


@pytest.mark.parametrize(
    ("scheme", "number"),
    [
        *STRONG,
        ("tr.tckn", "11111111111"),
        ("tr.tckn", "00000000000"),
        ("us.ssn", "123-45-6789"),
        ("us.ssn", "000-00-0000"),
        ("sy.passport", "XXXXXXX"),
        ("", "11111111110"),
    ],
)
def test_placeholders_are_refused(scheme: str, number: str) -> None:
    assert refused(scheme, number) == (Reason.PLACEHOLDER, "id_number")


@pytest.mark.parametrize("number", ["000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567"])
def test_never_issued_american_numbers_are_refused(number: str) -> None:
    assert refused("us.ssn", number)[0] is Reason.INVALID_IDENTIFIER


def test_passports_and_unhcr_numbers() -> None:
    assert identifier("SY.passport", " n 0123-45678 ") == ("sy.passport", "N012345678")
    assert identifier("unhcr.individual", "385-00012345") == ("unhcr.individual", "38500012345")
    assert refused("sy.passport", "N012") == (Reason.INVALID_IDENTIFIER, "id_number")
    assert refused("sy.passport", "ABCDEFG") == (Reason.INVALID_IDENTIFIER, "id_number")


@pytest.mark.parametrize("name", ["test_overlap1.csv", "test_overlap2.csv"])
def test_all_people_of_the_two_lists_are_valid(name: str) -> None:
    with (LISTS / name).open(encoding="utf-8", newline="") as file:
        numbers = [row["SocialSecurityNumber"] for row in csv.DictReader(file)]
    assert len(numbers) == 1_999
    assert all(identifier("us.ssn", n) == ("us.ssn", n.replace("-", "")) for n in numbers)


ZEROS = [zero for zero in map(chr, range(0x110000)) if unicodedata.decimal(zero, -1) == 0]


@given(st.sampled_from(PERSONS), st.sampled_from(ZEROS), st.data())
def test_any_digits_and_separators_give_one_number(
    number: str, zero: str, data: st.DataObject
) -> None:
    marks = st.sampled_from(["", " ", "-", "\u00a0", "\u200f", "\u2013", "'", "\t"])
    written = "".join(data.draw(marks) + chr(ord(zero) + int(digit)) for digit in number)
    assert identifier("tr.tckn", written) == ("tr.tckimlik", number)


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    # what is not ASCII by then is refused by every scheme
    assert not once.isascii() or normalise(once) == once


@given(st.sampled_from(PERSONS), st.integers(0, 10), st.integers(1, 9))
def test_a_single_wrong_digit_is_always_caught(number: str, place: int, by: int) -> None:
    digit = str((int(number[place]) + by) % 10)
    assert refused("tr.tckn", number[:place] + digit + number[place + 1 :])


def test_strong_tokens_stand_for_one_person() -> None:
    assert is_strong("tr.tckimlik")
    assert is_strong("sy.passport")
    assert not is_strong("case.kiz")
    assert not is_strong("weak.phone")


# -- telephones, accounts, case numbers, names ---------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "+905321112233", "0532 111 22 33", "532 111 22 33", "(0532) 111-22-33", "00905321112233",
        "905321112233", "5321112233", "٠٥٣٢١١١٢٢٣٣", "+90 (532) 111 22 33", "0532.111.22.33",
    ],
)  # fmt: skip
def test_a_telephone_has_one_form(text: str) -> None:
    assert identity.phone(text) == ("weak.phone", "+905321112233")


def test_a_foreign_telephone_says_its_country() -> None:
    assert identity.phone("+963 944 123 456") == ("weak.phone", "+963944123456")


@pytest.mark.parametrize("text", ["", "yok", "12345", "053211122", "+9053211122334455", "0532 x"])
def test_what_is_no_telephone(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        identity.phone(text)
    assert (caught.value.reason, caught.value.field) == (Reason.INVALID_IDENTIFIER, "phone")


@pytest.mark.parametrize("text", ["0555 555 55 55", "0000000000", "+90 111 111 11 11"])
def test_a_telephone_that_stands_for_nobody(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        identity.phone(text)
    assert caught.value.field == "phone"


@pytest.mark.parametrize(
    "text",
    [
        "TR330006100519786457841326",
        "tr33 0006 1005 1978 6457 8413 26",
        "TR33-0006100519786457841326",
    ],
)
def test_an_account_has_one_form(text: str) -> None:
    assert identity.account(text) == ("weak.iban", "TR330006100519786457841326")


@pytest.mark.parametrize(
    "text", ["", "TR340006100519786457841326", "TR33", "0006100519786457841326", "XX3300061005"]
)
def test_what_is_no_account(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        identity.account(text)
    assert (caught.value.reason, caught.value.field) == (Reason.INVALID_IDENTIFIER, "iban")
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("385-19C00001", ("case.kiz", "38519C00001")),
        ("385 19c00001", ("case.kiz", "38519C00001")),
        ("UNH:385-19C00001", ("case.unh", "38519C00001")),
        ("unh: 385-19C00001", ("case.unh", "38519C00001")),
        ("İST-2024/15", ("case.kiz", "IST2024/15")),
        ("ist-2024/15", ("case.kiz", "IST2024/15")),
    ],
)
def test_case_numbers(text: str, found: tuple[str, str]) -> None:
    assert identity.case_number(text, "KIZ") == found
    assert identity.is_token_type(found[0])


@pytest.mark.parametrize("text", ["", "yok", "-", ":5", "U:385", "0000", "x" * 41, "1:2:345"])
def test_what_is_no_case_number(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        identity.case_number(text, "KIZ")
    assert caught.value.field == "case_number"


@pytest.mark.parametrize("name", ["Işıl Yılmaz", "IŞIL YILMAZ", "ışıl  yılmaz", "İşil YİLMAZ."])
def test_a_name_has_one_form(name: str) -> None:
    assert identity.folded(name) == "isil yilmaz"


def test_marks_of_other_letters_do_not_count() -> None:
    assert identity.folded("مُحَمَّد") == identity.folded("محمد")


def test_the_new_types_stand_for_no_single_person() -> None:
    for kind in (identity.PHONE, identity.IBAN, NAMES_BIRTH, "case.kiz"):
        assert identity.is_token_type(kind)
        assert not is_strong(kind)
