"""What is planted to be found although it is not sure that it is one person. Pure."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from events.model import Role
from lab.demo.aid import Aid, Seat
from lab.demo.scene import Family, Scene
from lab.population.households import Person
from lab.population.names import ARABIC_MEN, ARABIC_SURNAMES


def left_the_household(s: Scene) -> None:
    """She lives alone with a child now: the new record does not list him, so it is probable."""
    a, b = s.monthly()
    month, (sum_a, sum_b, smaller) = s.month(), s.amounts(a)
    he, she = s.home.adults[:2]
    child, *others = s.home.pupils
    seats = s.seats(he, [she, *others])
    one = s.pay(a, month, s.soon(month[0]), seats=seats, amount=sum_a)
    late, seats = s.soon(month[0], 7, 9), s.seats(she, [child])
    two = s.pay(b, month, late, seats=seats, amount=sum_b, verdict="review")
    s.found(one, two, month, smaller, strength="probable")


def namesakes(s: Scene) -> None:
    """Two people with one name and one birth date, and two numbers: no more than possible."""
    offers = s.monthly()
    month, (sum_a, sum_b, smaller) = s.month(), s.amounts(offers[0])
    first, second = (_dated(home.adults[0]) for home in s.households)
    twin = Person(second.number, first.given, first.surname, first.birth_date)
    people = zip(offers, s.households, (first, twin), (sum_a, sum_b), strict=True)
    one, two = (
        s.pay(
            offer,
            month,
            s.soon(month[0]),
            home=home,
            seats=(Seat(Role.RECIPIENT, person),),
            amount=amount,
        )
        for offer, home, person, amount in people
    )
    s.found(one, two, month, smaller, strength="possible")


def two_scripts(s: Scene) -> None:
    """No number, and the name in Arabic letters here and in Turkish ones there."""
    a, b = s.monthly()
    month, somebody = s.month(), _dated(s.home.adults[0])
    sum_a, sum_b, smaller = s.amounts(a)
    given, surname = s.rng.choice(ARABIC_MEN), s.rng.choice(ARABIC_SURNAMES)
    aids: list[Aid] = []
    for offer, script, amount in ((a, 0, sum_a), (b, 1, sum_b)):
        person = replace(somebody, given=given[script], surname=surname[script])
        seats = (Seat(Role.RECIPIENT, person, unnumbered=True),)
        sent = s.soon(aids[-1].sent if aids else month[0])
        verdict = "review" if aids else "uncheckable"
        aids.append(s.pay(offer, month, sent, seats=seats, amount=amount, verdict=verdict))
    s.found(aids[0], aids[1], month, smaller, strength="possible")


def _dated(person: Person) -> Person:
    """The person with a birth date that is one: 1 January means that the day is not known."""
    day = person.birth_date
    unknown = (day.month, day.day) == (1, 1)
    return replace(person, birth_date=day + timedelta(days=1)) if unknown else person


LINKS: Final = (
    Family("left the household", left_the_household, 30, True, needs_full_family=True),
    Family("namesakes", namesakes, 40, True, households=2),
    Family("no number, two scripts", two_scripts, 30, True),
)
