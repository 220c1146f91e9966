"""Numbers that stand for nobody, in the reader and in the list whose tokens intake refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import identity
from events.identity import account, identifier, is_token_type, phone
from events.iso import COUNTRIES, CURRENCIES
from events.placeholder_list import PLACEHOLDERS, STRONG, WEAK
from events.placeholders import is_filler, is_placeholder
from events.rejection import Reason, Refusal
from lab.population.numbers import with_check_digits


def refused(scheme: str, number: str) -> Reason:
    with pytest.raises(Refusal) as caught:
        identifier(scheme, number)
    return caught.value.reason


@pytest.mark.parametrize("filler", [int(d * 9) for d in "123456789"] + [123456789, 987654321])
def test_check_digits_do_not_make_a_person_of_a_filler(filler: int) -> None:
    number = with_check_digits(filler)
    assert refused("tr.tckimlik", number) is Reason.PLACEHOLDER
    assert ("tr.tckimlik", number) in STRONG


def test_each_listed_number_passes_its_check_and_is_refused_all_the_same() -> None:
    for kind, number in STRONG:
        assert refused(kind, number) is Reason.PLACEHOLDER, (kind, number)
    for kind, text in WEAK:
        with pytest.raises(Refusal) as caught:
            (phone if kind == identity.PHONE else account)(text)
        assert caught.value.reason is Reason.PLACEHOLDER, text
    assert len(set(PLACEHOLDERS)) == len(PLACEHOLDERS) < 1_000
    assert all(is_token_type(kind) for kind, _ in PLACEHOLDERS)
    assert not any(kind.endswith(".passport") for kind, _ in PLACEHOLDERS)


@given(st.sampled_from(sorted(COUNTRIES)), st.sampled_from(["", "N", "AB"]), st.data())
def test_fillers_of_passports(country: str, series: str, data: st.DataObject) -> None:
    count = data.draw(st.integers(6, 10))
    digit = data.draw(st.sampled_from("123456789"))
    filler = data.draw(
        st.sampled_from(
            [digit * count, "0" * count, "0" * (count - 1) + digit, digit + "0" * (count - 1),
             "1234567890"[:count], "9876543210"[:count]]
        )
    )  # fmt: skip
    assert refused(f"{country}.passport", series + filler) is Reason.PLACEHOLDER


@given(st.integers(100_000_000, 899_999_999))
def test_people_are_no_fillers(nine: int) -> None:
    number = with_check_digits(nine)
    if not is_filler(str(nine)) and number != "10000000146":
        assert identifier("tr.tckn", number) == ("tr.tckimlik", number)


@pytest.mark.parametrize("number", ["N0123456", "A0012345", "S10000023", "385123456", "12345"])
def test_numbers_that_look_a_little_alike_are_somebodys(number: str) -> None:
    assert is_placeholder("sy.passport", number) == (number == "12345")


@pytest.mark.parametrize("scheme", ["xx.passport", "uk.passport", "xk.passport", "tur.passport"])
def test_passports_are_of_countries(scheme: str) -> None:
    assert refused(scheme, "U12345679") is Reason.INVALID_VALUE
    assert not is_token_type(scheme)
    assert len(COUNTRIES) == 249


def test_currencies_are_those_in_use() -> None:
    assert {"TRY", "USD", "EUR", "SYP", "IQD", "GBP"} <= CURRENCIES
    assert not {"TRL", "YTL", "TYR", "XXX", "XTS", "XAU", "TL", "BGN"} & CURRENCIES


@pytest.mark.parametrize("number", ["385-00012345", "385 00012345", "٣٨٥-٠٠٠١٢٣٤٥", "38500012345"])
def test_a_unhcr_individual(number: str) -> None:
    assert identifier("unhcr", number) == ("unhcr.individual", "38500012345")


@pytest.mark.parametrize(
    "number",
    ["385-19C00001", "385-19-00001", "38519C00001", "3851900001", "385-CS00012345", "1234/5678",
     "385-0001234", "385-000123456"],
)  # fmt: skip
def test_a_file_number_is_no_individuals(number: str) -> None:
    assert refused("unhcr.individual", number) is Reason.INVALID_IDENTIFIER


def test_a_number_cell_counts_only_where_no_zero_can_be_missing() -> None:
    for scheme, number in (("", "99291417710"), ("unhcr", "38500012345"), ("us.ssn", "274534012")):
        assert identifier(scheme, number, was_number=True)[1] == number
    doubtful = {"sy.passport": "12845678", "ar.dni": "5234567", "cz.rc": "992108030"}
    for scheme, number in doubtful.items():
        assert identifier(scheme, number)[1] == number
        with pytest.raises(Refusal) as caught:
            identifier(scheme, number, was_number=True)
        assert caught.value.reason is Reason.DIGITS_LOST
