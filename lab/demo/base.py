"""The aid of ordinary families: laid out so that no two records can be a finding. Pure.

A household has at most one programme for each purpose and class of modality, and the
windows that this programme's payments count for never overlap.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Final

from events.model import Modality, Purpose, Role, Stage
from lab.demo.aid import Aid, Seat
from lab.demo.offers import COUNTED_DAYS, OFFERS, ONE_OFF_DAYS, SIDE_PROGRAMMES, Offer
from lab.demo.scene import KURUS, References, whole_household
from lab.demo.year import Window, Year
from lab.population.households import Household

PURPOSES: Final = (
    Purpose.BASIC_NEEDS,
    Purpose.RENT,
    Purpose.FOOD,
    Purpose.HYGIENE,
    Purpose.WINTERISATION,
    Purpose.EDUCATION,
    Purpose.LIVELIHOOD,
    Purpose.HEALTH,
    Purpose.PROTECTION,
)
WEIGHTS: Final = (26, 12, 30, 8, 9, 9, 2, 3, 1)
PLANNED_FIRST_SHARE: Final = 0.06


def everyday_aid(
    rng: Random,
    year: Year,
    references: References,
    household: Household,
    without: frozenset[Purpose],
    least: int,
) -> Iterator[Aid]:
    """What one household gets in the year, from `least` to 3 kinds of aid; none `without`."""
    purposes = [p for p in PURPOSES if p not in without and _suits(p, household)]
    wanted = max(least, rng.choices((0, 1, 2, 3), (15, 62, 19, 4))[0])
    chosen: list[Purpose] = []
    while purposes and len(chosen) < wanted:
        purpose = rng.choices(purposes, [WEIGHTS[PURPOSES.index(p)] for p in purposes])[0]
        purposes.remove(purpose)
        chosen.append(purpose)
    for purpose in chosen:
        offer = rng.choice([o for o in _OFFERS if o.purpose is purpose])
        seats = _seats(rng, offer, household)
        windows = _one_offs(rng, year, offer) if offer.is_one_off else _months(rng, year)
        yield from _payments(rng, year, references, household, offer, seats, windows)


_OFFERS: Final = tuple(
    offer
    for offer in OFFERS
    if offer.programme not in SIDE_PROGRAMMES and offer.modality is not Modality.SERVICE
)


def _suits(purpose: Purpose, household: Household) -> bool:
    return purpose is not Purpose.EDUCATION or bool(household.pupils)


def _seats(rng: Random, offer: Offer, household: Household) -> tuple[Seat, ...]:
    adult = rng.choice(household.adults)
    if offer.purpose is Purpose.EDUCATION:
        return Seat(Role.RECIPIENT, adult), Seat(Role.BENEFICIARY, rng.choice(household.pupils))
    if offer.purpose is Purpose.LIVELIHOOD:
        return (Seat(Role.RECIPIENT, adult),)
    return whole_household(household)


def _months(rng: Random, year: Year) -> Sequence[Window]:
    """Months in a row; the last one of the year is left out, as it is paid in its first days."""
    count = rng.choices((1, 2, 3, 6), (62, 22, 12, 4))[0]
    usable = year.months[:-1]
    count = min(count, len(usable))
    first = rng.randrange(len(usable) - count + 1)
    return usable[first : first + count]


def _one_offs(rng: Random, year: Year, offer: Offer) -> Sequence[Window]:
    """A day, or two so far apart that the first no longer counts at the second."""
    first = rng.randrange(1, year.days - 12)
    days = [first]
    apart = COUNTED_DAYS.get(offer.purpose, ONE_OFF_DAYS) + rng.randint(0, 60)
    fits = first + apart < year.days - 12 and offer.purpose is not Purpose.WINTERISATION
    if fits and rng.random() < 0.15:
        days.append(first + apart)
    return [(year.day(n), year.day(n) + timedelta(days=1)) for n in days]


def _payments(
    rng: Random,
    year: Year,
    references: References,
    household: Household,
    offer: Offer,
    seats: tuple[Seat, ...],
    windows: Sequence[Window],
) -> Iterator[Aid]:
    amount = rng.randrange(offer.least, offer.most, 25) * KURUS
    is_series = not offer.is_one_off and len(windows) > 1
    for number, covers in enumerate(windows, start=1):
        lag = rng.randint(1, 9)
        delivered = Aid(
            offer=offer,
            reference=references.next(offer.org),
            sent=covers[0] + timedelta(days=lag),
            covers=covers,
            amount=amount,
            district=household.district,
            seats=seats,
            household_size=len(household.people),
            instalment=(number, len(windows)) if is_series else None,
        )
        if rng.random() < PLANNED_FIRST_SHARE:
            yield _plan_of(delivered, covers[0] + timedelta(days=rng.randrange(lag)))
        yield delivered


def _plan_of(delivered: Aid, sent: date) -> Aid:
    """The plan that was sent before the delivery; both are answered `clear`."""
    return replace(delivered, version=1, stage=Stage.PLANNED, sent=sent)
