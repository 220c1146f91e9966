"""Families with numbers that pass the check, in İstanbul's districts. Pure.

Nobody in them exists, and no number in them is one of the known placeholders.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final

from lab.population import names
from lab.population.namesakes import Namesakes
from lab.population.numbers import accounts, numbers, telephones

PROVINCE: Final = "TUR034"
PCODES: Final = Path(__file__).resolve().parents[2] / "data" / "geo" / "pcodes.csv"
MAX_PEOPLE: Final = 8
FOREIGN_SHARE: Final = 0.65
ARABIC_SCRIPT_SHARE: Final = 0.6
SCHOOL_AGES: Final = range(6, 18)
LEAST_LETTERS: Final = 9
"""Who has a shorter name has a second given name too: short ones stand in files by chance."""


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
    """People who live together. The first adult collects; `pupils` are of school age.

    `phone` is in E.164, `account` an IBAN without spaces.
    """

    number: int
    district: str
    phone: str
    account: str
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


def population(rng: Random, households: int, pcodes: Sequence[str], today: date) -> list[Household]:
    """`households` families of 1 to 8 people; with as many as there are districts, all have one.

    No two people are so alike in name and birth date that the registry would ask about them:
    who is to be asked about is planted.
    """
    source = _Source(rng, today)
    weights = [rng.randint(1, 6) for _ in pcodes]
    placed = list(pcodes[:households])
    placed += rng.choices(pcodes, weights, k=households - len(placed))
    return [source.household(number, district) for number, district in enumerate(placed)]


class _Source:
    """Where families come from, each person and number once."""

    def __init__(self, rng: Random, today: date) -> None:
        self._rng, self._today = rng, today
        taken: set[str] = set()
        self._numbers = {
            foreign: numbers(rng, foreign=foreign, taken=taken) for foreign in (False, True)
        }
        self._phones, self._accounts = telephones(rng), accounts(rng)
        self._namesakes = Namesakes()

    def household(self, number: int, district: str) -> Household:
        """One more family."""
        rng = self._rng
        foreign = rng.random() < FOREIGN_SHARE
        adults = rng.choices((1, 2, 3), (22, 66, 12))[0]
        children = min(rng.choices(range(7), (16, 12, 20, 22, 16, 9, 5))[0], MAX_PEOPLE - adults)
        ages = [rng.randint(19, 62), rng.randint(19, 62), rng.randint(60, 85)][:adults]
        ages += [rng.randint(0, 17) for _ in range(children)]
        is_man = rng.random() < 0.55
        family = _surname(rng, foreign)
        people = []
        for place, age in enumerate(ages):
            # a wife keeps her father's surname in Syria, and takes her husband's in Türkiye
            surname = _surname(rng, foreign) if foreign and place == 1 else family
            man = is_man if place == 0 else not is_man if place == 1 else None
            people.append(self._person(foreign, surname, man, age))
        pupils = [person for person, age in zip(people, ages, strict=True) if age in SCHOOL_AGES]
        return Household(
            number=number,
            district=district,
            phone=next(self._phones),
            account=next(self._accounts),
            adults=tuple(people[:adults]),
            children=tuple(people[adults:]),
            pupils=tuple(pupils),
        )

    def _person(
        self, foreign: bool, surname: tuple[str, str], man: bool | None, age: int
    ) -> Person:
        rng = self._rng
        script = 0 if rng.random() < ARABIC_SCRIPT_SHARE else 1
        man = rng.random() < 0.5 if man is None else man
        given, last = _given(rng, man, foreign)[script], surname[script]
        while len(given) + len(last) < LEAST_LETTERS:
            given = f"{given} {_given(rng, man, foreign)[script]}"
        birth_date = _birth_date(rng, self._today, age)
        while not self._namesakes.admit(given, last, birth_date):
            birth_date = _birth_date(rng, self._today, age)
        return Person(next(self._numbers[foreign]), given, last, birth_date)


def _birth_date(rng: Random, today: date, age: int) -> date:
    return today - timedelta(days=365 * age + age // 4 + rng.randint(1, 364))


def _given(rng: Random, man: bool, foreign: bool) -> tuple[str, str]:
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
