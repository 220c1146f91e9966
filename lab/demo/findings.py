"""What is planted to be found: double coverage and repeated payments. Pure.

Each function tells one story and says itself what must be found. The second payment of a
pair is sent on a later day, so its answer is `covered`.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from events.model import Modality, Purpose, Role, Stage
from lab.demo.aid import Aid, Seat, days_of, overlap, winter
from lab.population.names import ARABIC_MEN, ARABIC_SURNAMES
from lab.demo.offers import BY_PROGRAMME, Offer
from lab.population.households import Person
from lab.demo.scene import Family, Scene

COVERED: Final = "covered"
ARABIC_DIGITS: Final = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def same_recipient(s: Scene) -> None:
    """Two organisations pay the same person for the same month."""
    a, b = s.of_each_org(s.monthly_purpose(), Modality.CASH, Modality.VOUCHER, one_off=False)
    month = s.month()
    one = s.pay(a, month, s.soon(month[0]))
    s.found(one, s.pay(b, month, s.soon(one.sent), verdict=COVERED))


def spouses(s: Scene) -> None:
    """One pays the husband, the other the wife; each lists the other."""
    a, b = s.of_each_org(s.monthly_purpose(), Modality.CASH, Modality.VOUCHER, one_off=False)
    month = s.month()
    one = s.pay(a, month, s.soon(month[0]))
    wife = s.seats(s.home.adults[1])
    s.found(one, s.pay(b, month, s.soon(one.sent), seats=wife, verdict=COVERED))


def part_of_a_month(s: Scene) -> None:
    """Two rents overlap by some days."""
    _overlapping(s, s.rng.randint(8, 20))


def just_a_week(s: Scene) -> None:
    """Two rents overlap by seven days: the least that is no hand-over."""
    _overlapping(s, 7)


def _overlapping(s: Scene, days: int) -> None:
    a, b = s.of_each_org(Purpose.RENT)
    month = s.month(before_end=2)
    start = month[1] - timedelta(days=days)
    one = s.pay(a, month, s.soon(month[0]))
    two = s.pay(b, (start, start + timedelta(days=30)), s.soon(start), verdict=COVERED)
    assert s.found(one, two).overlap == (start, month[1])


def one_off_and_monthly(s: Scene) -> None:
    """A one-off counts for 28 days; a monthly payment falls into them."""
    purpose = s.rng.choice((Purpose.BASIC_NEEDS, Purpose.FOOD))
    (a,) = s.of_each_org(purpose, Modality.CASH, count=1, one_off=True)
    b = s.rng.choice(
        [
            offer
            for offer in s.of_each_org(purpose, Modality.CASH, Modality.VOUCHER, one_off=False)
            if offer.org != a.org
        ]
    )
    month = s.month(before_end=2)
    day = s.soon(month[0], 0, 12)
    one = s.pay(a, (day, day + timedelta(days=1)), s.soon(day, 0, 3))
    s.found(one, s.pay(b, month, s.soon(one.sent, 1, 9), verdict=COVERED))


def two_parcels(s: Scene) -> None:
    """Two organisations bring a food parcel within 28 days."""
    a, b = s.of_each_org(Purpose.FOOD, Modality.IN_KIND)
    _one_offs(s, a, b, s.rng.randint(3, 20))


def parcel_twice(s: Scene) -> None:
    """One programme brings a parcel, and another soon after."""
    purpose = s.rng.choice((Purpose.FOOD, Purpose.HYGIENE))
    (a,) = s.of_each_org(purpose, Modality.IN_KIND, count=1)
    _one_offs(s, a, a, s.rng.randint(3, 20))


def livelihood_twice(s: Scene) -> None:
    """A grant to begin a trade, and within a year another one for the same person."""
    a, b = s.of_each_org(Purpose.LIVELIHOOD)
    _one_offs(s, a, b, s.rng.randint(20, 80))


def _one_offs(s: Scene, a: Offer, b: Offer, apart: int) -> None:
    first = s.start()
    second = first + timedelta(days=apart)
    one = s.pay(a, (first, first + timedelta(days=1)), s.soon(first, 0, 2))
    two = s.pay(b, (second, second + timedelta(days=1)), s.soon(second), verdict=COVERED)
    assert s.found(one, two).overlap[0] == second


def winter_season(s: Scene) -> None:
    """Two grants for one winter, months apart: both count for all of the season."""
    a, b = s.of_each_org(Purpose.WINTERISATION, Modality.CASH, Modality.VOUCHER)
    one_day, two_day = winter_days(s)
    one = s.pay(a, (one_day, one_day + timedelta(days=1)), s.soon(one_day, 0, 2))
    two = s.pay(b, (two_day, two_day + timedelta(days=1)), s.soon(two_day, 3, 6), verdict=COVERED)
    assert s.found(one, two).overlap == winter(one_day)


def winter_days(s: Scene) -> tuple[date, date]:
    """Two days of one winter of the year, the earlier one first."""
    days = [s.year.day(n) for n in range(s.year.days - 10)]
    cold = [day for day in days if winter(day)[0] <= day < winter(day)[1]]
    season = max({winter(day) for day in cold}, key=lambda w: sum(w == winter(d) for d in cold))
    one, two = sorted(s.rng.sample([day for day in cold if winter(day) == season], 2))
    return one, two


def same_child(s: Scene) -> None:
    """Two school grants for one child: the father collects one, the mother the other."""
    a, b = s.of_each_org(Purpose.EDUCATION, one_off=False)
    month, child = s.month(), s.home.pupils[0]
    father, mother = s.home.adults[:2]
    one = s.pay(a, month, s.soon(month[0]), seats=s.for_child(child, father))
    two = s.pay(b, month, s.soon(one.sent), seats=s.for_child(child, mother), verdict=COVERED)
    s.found(one, two)


def school_set_and_grant(s: Scene) -> None:
    """A one-off for school counts for 120 days; a monthly grant for the child falls into them."""
    month, child = s.month(before_end=4), s.home.pupils[0]
    day = s.soon(month[0], 0, 5)
    seats = s.for_child(child, s.home.adults[0])
    kit, grant = BY_PROGRAMME["EGTA-KIRTASIYE"], BY_PROGRAMME["KIZM-OKUL"]
    one = s.pay(kit, (day, day + timedelta(days=1)), s.soon(day, 0, 2), seats=seats)
    following = next(window for window in s.year.months if window[0] == month[1])
    two = s.pay(grant, following, s.soon(following[0]), seats=seats, verdict=COVERED)
    assert s.found(one, two).overlap == following


def two_programmes(s: Scene) -> None:
    """Two programmes of one organisation that do not know of each other."""
    month = s.month(before_end=2)
    day = s.soon(month[0], 0, 8)
    one = s.pay(BY_PROGRAMME["UNHA-NAKIT"], month, s.soon(month[0]))
    urgent = (day, day + timedelta(days=1))
    s.found(one, s.pay(BY_PROGRAMME["UNHA-ACIL"], urgent, s.soon(day, 9, 14), verdict=COVERED))


def three_payers(s: Scene) -> None:
    """Three organisations, one month: three findings."""
    a, b, c = s.of_each_org(Purpose.BASIC_NEEDS, Modality.CASH, count=3, one_off=False)
    month = s.month()
    one = s.pay(a, month, s.soon(month[0]))
    two = s.pay(b, month, s.soon(one.sent), verdict=COVERED)
    three = s.pay(c, month, s.soon(two.sent), verdict=COVERED)
    s.found(one, two)
    s.found(one, three)
    s.found(two, three)


def returned_in_part(s: Scene) -> None:
    """Part of a doubled payment came back: what is at risk is what stayed."""
    a, b = s.of_each_org(Purpose.BASIC_NEEDS, Modality.CASH, one_off=False)
    month = s.month()
    one = s.pay(a, month, s.soon(month[0]))
    two = s.pay(b, month, s.soon(one.sent), verdict=COVERED)
    part = two.amount * s.rng.randint(20, 80) // 100
    s.found(one, s.again(two, s.soon(two.sent), Stage.RETURNED, returned=part))


def amended_into(s: Scene) -> None:
    """A rent that followed another is corrected to begin earlier: now they overlap."""
    a, b = s.of_each_org(Purpose.RENT)
    month = s.month(before_end=2)
    one = s.pay(a, month, s.soon(month[0]))
    two = s.pay(b, (month[1], month[1] + timedelta(days=30)), s.soon(month[1]))
    start = month[1] - timedelta(days=s.rng.randint(8, 14))
    covers = (start, start + timedelta(days=30))
    s.found(one, s.again(two, s.soon(two.sent), Stage.AMENDED, covers=covers))


def delivered_anyway(s: Scene) -> None:
    """The plan was answered `covered`; it was paid all the same, with a reason."""
    a, b = s.of_each_org(s.monthly_purpose(), Modality.CASH, Modality.VOUCHER, one_off=False)
    month = s.month()
    one = s.pay(a, month, s.soon(month[0]))
    plan = s.pay(b, month, s.soon(one.sent), stage=Stage.PLANNED, verdict=COVERED)
    paid = s.soon(plan.sent)
    s.found(one, s.again(plan, paid, Stage.DELIVERED, override="top-up", verdict=COVERED))


def late_upload(s: Scene) -> None:
    """The second payment is reported weeks after it was made."""
    a, b = s.of_each_org(s.monthly_purpose(), Modality.CASH, Modality.VOUCHER, one_off=False)
    month = s.month(before_end=4)
    one = s.pay(a, month, s.soon(month[0]))
    s.found(one, s.pay(b, month, s.soon(month[1], 20, 60), verdict=COVERED))


def number_written_otherwise(s: Scene) -> None:
    """The same number in Arabic digits, with spaces, under the other name of the scheme."""
    a, b = s.of_each_org(s.monthly_purpose(), Modality.CASH, Modality.VOUCHER, one_off=False)
    month, number = s.month(), s.home.adults[0].number
    written = f"{number[:3]} {number[3:7]} {number[7:]}".translate(ARABIC_DIGITS)
    one = s.pay(a, month, s.soon(month[0]))
    seats = s.seats(members=(), written=written, scheme="tr.ykn")
    s.found(one, s.pay(b, month, s.soon(one.sent), seats=seats, verdict=COVERED))


def paid_after_cancellation(s: Scene) -> None:
    """A delivery is cancelled and made again: the finding closes and opens again."""
    a, b = s.of_each_org(Purpose.RENT)
    month = s.month()
    one = s.pay(a, month, s.soon(month[0]))
    two = s.pay(b, month, s.soon(one.sent), verdict=COVERED)
    cancelled = s.again(one, s.soon(two.sent), Stage.CANCELLED)
    paid = s.again(cancelled, s.soon(cancelled.sent), Stage.DELIVERED, verdict=COVERED)
    s.found(paid, two)


def in_euro(s: Scene) -> None:
    """One pays in euro, and the policy has no rate: found, without an amount."""
    a, b = s.of_each_org(Purpose.BASIC_NEEDS, Modality.CASH, one_off=False)
    month = s.month()
    one = s.pay(a, month, s.soon(month[0]), currency="EUR", amount=s.rng.randint(5000, 20000))
    assert s.found(one, s.pay(b, month, s.soon(one.sent), verdict=COVERED)).amount is None


def month_twice(s: Scene) -> None:
    """One programme pays a month twice, under two references."""
    (a,) = s.of_each_org(
        s.monthly_purpose(), Modality.CASH, Modality.VOUCHER, count=1, one_off=False
    )
    month = s.month()
    one = s.pay(a, month, s.soon(month[0]))
    s.found(one, s.pay(a, month, s.soon(one.sent), amount=one.amount, verdict=COVERED))


def both_spouses_paid(s: Scene) -> None:
    """One programme has the family twice: once under him, once under her."""
    (a,) = s.of_each_org(
        s.monthly_purpose(), Modality.CASH, Modality.VOUCHER, count=1, one_off=False
    )
    month = s.month()
    one = s.pay(a, month, s.soon(month[0]))
    wife = s.seats(s.home.adults[1])
    s.found(one, s.pay(a, month, s.soon(one.sent), seats=wife, verdict=COVERED))


def grant_twice(s: Scene) -> None:
    """One school programme pays a child's month twice, by another day's length."""
    (a,) = s.of_each_org(Purpose.EDUCATION, count=1, one_off=False)
    month = s.month(before_end=2)
    seats = s.for_child(s.home.pupils[1], s.home.adults[0])
    one = s.pay(a, month, s.soon(month[0]), seats=seats)
    longer = (month[0] + timedelta(days=3), month[1] + timedelta(days=3))
    two = s.pay(a, longer, s.soon(one.sent), seats=seats, verdict=COVERED)
    assert days_of(s.found(one, two).overlap) == days_of(overlap(month, longer))


def left_the_household(s: Scene) -> None:
    """She lives alone with a child now: the new record does not list him, so it is probable."""
    a, b = s.of_each_org(s.monthly_purpose(), Modality.CASH, Modality.VOUCHER, one_off=False)
    month = s.month()
    he, she = s.home.adults[:2]
    child, *others = s.home.pupils
    one = s.pay(a, month, s.soon(month[0]), seats=s.seats(he, [she, *others]))
    late, seats = s.soon(month[0], 7, 9), s.seats(she, [child])
    s.found(one, s.pay(b, month, late, seats=seats, verdict="review"), strength="probable")


def namesakes(s: Scene) -> None:
    """Two people with one name and one birth date, and two numbers: no more than possible."""
    a, b = s.of_each_org(s.monthly_purpose(), Modality.CASH, Modality.VOUCHER, one_off=False)
    month = s.month()
    first, second = (_dated(home.adults[0]) for home in s.households)
    twin = Person(second.number, first.given, first.surname, first.birth_date)
    aids = []
    for offer, home, person in zip((a, b), s.households, (first, twin), strict=True):
        seats = (Seat(Role.RECIPIENT, person),)
        aids.append(s.pay(offer, month, s.soon(month[0]), home=home, seats=seats))
    one, two = aids
    s.found(one, two, strength="possible")


def two_scripts(s: Scene) -> None:
    """No number, and the name in Arabic letters here and in Turkish ones there."""
    a, b = s.of_each_org(s.monthly_purpose(), Modality.CASH, Modality.VOUCHER, one_off=False)
    month, somebody = s.month(), _dated(s.home.adults[0])
    given, surname = s.rng.choice(ARABIC_MEN), s.rng.choice(ARABIC_SURNAMES)
    aids: list[Aid] = []
    for offer, script in ((a, 0), (b, 1)):
        person = replace(somebody, given=given[script], surname=surname[script])
        seats = (Seat(Role.RECIPIENT, person, unnumbered=True),)
        sent = s.soon(aids[-1].sent if aids else month[0])
        verdict = "review" if aids else "uncheckable"
        aids.append(s.pay(offer, month, sent, seats=seats, verdict=verdict))
    s.found(aids[0], aids[1], strength="possible")


def _dated(person: Person) -> Person:
    """The person with a birth date that is one: 1 January means that the day is not known."""
    day = person.birth_date
    unknown = (day.month, day.day) == (1, 1)
    return replace(person, birth_date=day + timedelta(days=1)) if unknown else person


FINDINGS: Final = (
    Family("same recipient", same_recipient, 120, True),
    Family("spouses", spouses, 80, True, needs_full_family=True),
    Family("part of a month", part_of_a_month, 60, True),
    Family("just a week", just_a_week, 30, True),
    Family("one-off and monthly", one_off_and_monthly, 40, True),
    Family("two parcels", two_parcels, 60, True),
    Family("winter season", winter_season, 40, True),
    Family("same child", same_child, 40, True, needs_full_family=True),
    Family("school set and grant", school_set_and_grant, 20, True, needs_full_family=True),
    Family("livelihood twice", livelihood_twice, 15, True),
    Family("two programmes of one organisation", two_programmes, 30, True),
    Family("three payers", three_payers, 20, True),
    Family("returned in part", returned_in_part, 30, True),
    Family("amended into an overlap", amended_into, 20, True),
    Family("delivered anyway", delivered_anyway, 30, True),
    Family("late upload", late_upload, 30, True),
    Family("number written otherwise", number_written_otherwise, 30, True),
    Family("paid after a cancellation", paid_after_cancellation, 15, True),
    Family("in euro, no rate", in_euro, 10, True),
    Family("month paid twice", month_twice, 80, True),
    Family("both spouses paid", both_spouses_paid, 40, True, needs_full_family=True),
    Family("parcel twice", parcel_twice, 40, True),
    Family("school grant twice", grant_twice, 20, True, needs_full_family=True),
    Family("left the household", left_the_household, 30, True, needs_full_family=True),
    Family("namesakes", namesakes, 40, True, households=2),
    Family("no number, two scripts", two_scripts, 30, True),
)
