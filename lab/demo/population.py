"""An invented population: families with numbers that pass the check, in İstanbul's districts.

Pure: the same seed gives the same people. Nobody in it exists, and no number in it is
one of the known placeholders.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final

from events.identity import TURKISH, is_placeholder
from lab.demo import names
from lab.demo.namesakes import Namesakes

PROVINCE: Final = "TUR034"
PCODES: Final = Path(__file__).resolve().parents[2] / "data" / "geo" / "pcodes.csv"
MAX_PEOPLE: Final = 8
FOREIGN_SHARE: Final = 0.65
ARABIC_SCRIPT_SHARE: Final = 0.6
SCHOOL_AGES: Final = range(6, 18)


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person. `number` is the 11-digit Turkish number on the document."""

    number: str
    given: str
    surname: str
    birth_date: date

    @property
    def name(self) -> str:
        """Given name and surname as the document writes them."""
        return f"{self.given} {self.surname}"


@dataclass(frozen=True, slots=True)
class Household:
    """People who live together. The first adult collects; `pupils` are of school age."""

    number: int
    district: str
    phone: str
    adults: tuple[Person, ...]
    children: tuple[Person, ...]
    pupils: tuple[Person, ...]

    @property
    def people(self) -> tuple[Person, ...]:
        """All who live in it, the adults first."""
        return self.adults + self.children

    @property
    def is_full_family(self) -> bool:
        """True for two adults or more with two children or more of school age."""
        return len(self.adults) >= 2 and len(self.pupils) >= 2


def districts(path: Path = PCODES, province: str = PROVINCE) -> list[str]:
    """The p-codes of a province's districts, in the file's order."""
    with path.open(encoding="utf-8", newline="") as file:
        return [row["pcode"] for row in csv.DictReader(file) if row["province_pcode"] == province]


def with_check_digits(nine: int) -> str:
    """The 11-digit number of nine digits: the tenth and eleventh are its check digits."""
    digits = [int(digit) for digit in f"{nine:09d}"]
    tenth = (7 * sum(digits[0::2]) - sum(digits[1::2])) % 10
    eleventh = (sum(digits) + tenth) % 10
    return f"{nine:09d}{tenth}{eleventh}"


def numbers(rng: Random, *, foreign: bool, taken: set[str]) -> Iterator[str]:
    """Numbers that nobody has yet: citizens' begin with 1 to 8, foreigners' with 99."""
    first, last = (990_000_000, 999_999_999) if foreign else (100_000_000, 899_999_999)
    while True:
        number = with_check_digits(rng.randint(first, last))
        if number not in taken and not is_placeholder(TURKISH, number):
            taken.add(number)
            yield number


def population(rng: Random, households: int, pcodes: Sequence[str], today: date) -> list[Household]:
    """`households` families of 1 to 8 people; with as many as there are districts, all have one.

    No two people are so alike in name and birth date that the registry would ask about them:
    who is to be asked about is planted.
    """
    taken: set[str] = set()
    namesakes = Namesakes()
    citizens = numbers(rng, foreign=False, taken=taken)
    foreigners = numbers(rng, foreign=True, taken=taken)
    weights = [rng.randint(1, 6) for _ in pcodes]
    placed = list(pcodes[:households])
    placed += rng.choices(pcodes, weights, k=households - len(placed))
    found = []
    for number, district in enumerate(placed):
        foreign = rng.random() < FOREIGN_SHARE
        source = foreigners if foreign else citizens
        found.append(_household(rng, number, district, source, foreign, today, namesakes))
    return found


def _household(
    rng: Random,
    number: int,
    district: str,
    numbers: Iterator[str],
    foreign: bool,
    today: date,
    namesakes: Namesakes,
) -> Household:
    adults = rng.choices((1, 2, 3), (22, 66, 12))[0]
    children = min(rng.choices(range(7), (16, 12, 20, 22, 16, 9, 5))[0], MAX_PEOPLE - adults)
    ages = [rng.randint(19, 62), rng.randint(19, 62), rng.randint(60, 85)][:adults]
    ages += [rng.randint(0, 17) for _ in range(children)]
    is_man = rng.random() < 0.55
    people: list[Person] = []
    family = _surname(rng, foreign)
    for place, age in enumerate(ages):
        given = _given(rng, is_man if place == 0 else not is_man if place == 1 else None, foreign)
        script = 0 if rng.random() < ARABIC_SCRIPT_SHARE else 1
        # a wife keeps her father's surname in Syria, and takes her husband's in Türkiye
        surname = _surname(rng, foreign) if foreign and place == 1 else family
        name = given[script], surname[script]
        birth_date = _birth_date(rng, today, age)
        while not namesakes.admit(*name, birth_date):
            birth_date = _birth_date(rng, today, age)
        people.append(Person(next(numbers), *name, birth_date))
    pupils = [person for person, age in zip(people, ages, strict=True) if age in SCHOOL_AGES]
    phone = f"+90500{number:07d}"
    grown, small = tuple(people[:adults]), tuple(people[adults:])
    return Household(number, district, phone, grown, small, tuple(pupils))


def _birth_date(rng: Random, today: date, age: int) -> date:
    return today - timedelta(days=365 * age + age // 4 + rng.randint(1, 364))


def _given(rng: Random, man: bool | None, foreign: bool) -> tuple[str, str]:
    man = rng.random() < 0.5 if man is None else man
    if foreign:
        return rng.choice(names.ARABIC_MEN if man else names.ARABIC_WOMEN)
    name = rng.choice(names.TURKISH_MEN if man else names.TURKISH_WOMEN)
    return name, name


def _surname(rng: Random, foreign: bool) -> tuple[str, str]:
    if foreign:
        return rng.choice(names.ARABIC_SURNAMES)
    name = rng.choice(names.TURKISH_SURNAMES)
    return name, name


def people_of(households: Iterable[Household]) -> Iterator[Person]:
    """Everybody."""
    for household in households:
        yield from household.people
