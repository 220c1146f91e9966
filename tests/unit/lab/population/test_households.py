"""The invented people: numbers, telephones and accounts of their own, and no short names."""

from datetime import date
from random import Random

import phonenumbers
import pytest

from events.identity import IBAN, TURKISH, account, identifier
from events.placeholders import is_placeholder
from lab.population.households import Household, districts, people_of, population


@pytest.fixture(scope="module")
def homes() -> list[Household]:
    return population(Random(7), 400, districts(), date(2025, 11, 22))


def test_people_have_valid_numbers_of_their_own_and_all_districts_are_there(
    homes: list[Household],
) -> None:
    numbers = [person.number for person in people_of(homes)]
    assert len(set(numbers)) == len(numbers)
    assert any(number.startswith("99") for number in numbers)
    for number in numbers:
        assert identifier("", number) == (TURKISH, number)
        assert not is_placeholder(TURKISH, number)
    assert {home.district for home in homes} == set(districts())
    assert len(districts()) == 39
    assert {len(home.people) for home in homes} >= set(range(1, 8))


def test_names_are_turkish_and_arabic(homes: list[Household]) -> None:
    names = " ".join(person.name for person in people_of(homes))
    assert any("؀" <= char <= "ۿ" for char in names)
    assert any(char in "ğışİŞÖÜ" for char in names)


def test_telephones_are_nobodys_and_have_digits_of_all_kinds(homes: list[Household]) -> None:
    phones = [phonenumbers.parse(home.phone) for home in homes]
    assert len({home.phone for home in homes}) == len(homes)
    assert all(phonenumbers.is_possible_number(phone) for phone in phones)
    assert not any(phonenumbers.is_valid_number(phone) for phone in phones)
    assert all(len(set(home.phone[-7:])) > 1 for home in homes)
    assert len({home.phone[-7:-3] for home in homes}) > len(homes) * 9 // 10


def test_accounts_pass_their_check_and_no_bank_has_them(homes: list[Household]) -> None:
    assert len({home.account for home in homes}) == len(homes)
    assert all(account(home.account) == (IBAN, home.account) for home in homes)
    assert all(home.account[4] == "9" for home in homes)


def test_no_name_is_so_short_that_it_stands_in_files_by_chance(homes: list[Household]) -> None:
    assert min(len(person.name) for person in people_of(homes)) >= 10
