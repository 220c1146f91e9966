"""Identity numbers, telephones and accounts with right check digits, which nobody has. Pure.

Each generator gives every value once, and goes on for ever.
"""

from collections.abc import Iterator
from random import Random
from typing import Final

from events.identity import TURKISH
from events.placeholders import is_placeholder

COUNTRY_CODE: Final = "+90"
NOBODYS_CODES: Final = range(583, 590)
"""Codes that no network has (the numbering plan as `phonenumbers` knows it)."""
NOBODYS_BANKS: Final = range(90_000, 100_000)
"""Bank codes far above those that are given out."""
_TR: Final = "2927"
"""The letters T and R as ISO 13616 counts them."""


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


def telephones(rng: Random) -> Iterator[str]:
    """Mobile numbers in E.164, in codes that no network has."""
    taken: set[str] = set()
    while True:
        phone = f"{COUNTRY_CODE}{rng.choice(NOBODYS_CODES)}{rng.randrange(10**7):07d}"
        if phone not in taken:
            taken.add(phone)
            yield phone


def accounts(rng: Random) -> Iterator[str]:
    """Turkish IBANs (ISO 13616) of banks that do not exist."""
    taken: set[str] = set()
    while True:
        inner = f"{rng.choice(NOBODYS_BANKS)}0{rng.randrange(10**16):016d}"
        if inner not in taken:
            taken.add(inner)
            yield f"TR{98 - int(f'{inner}{_TR}00') % 97:02d}{inner}"
