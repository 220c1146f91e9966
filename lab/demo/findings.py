"""What is planted to be found: double coverage and repeated payments. Pure.

Each function tells one story and says what must be found. It chooses the days that two payments
share and what is at risk in them first, and lays the payments around that: of equal windows the
smaller amount, else the smaller of two amounts a day for each day that is shared. The second
payment of a pair is sent on a later day, so its answer is `covered`.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, Final, NamedTuple

from events.model import Modality, Purpose, Stage
from lab.demo.aid import Aid, Status
from lab.demo.offers import BY_PROGRAMME, COUNTED_DAYS, ONE_OFF_DAYS, Offer
from lab.demo.scene import KURUS, Family, Scene
from lab.demo.year import Window

COVERED: Final = "covered"
ARABIC_DIGITS: Final = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def same_recipient(s: Scene) -> None:
    """Two organisations pay the same person for the same month."""
    twice(s, s.monthly(), s.month())


def twice(
    s: Scene, offers: Sequence[Offer], month: Window, *, status: Status = "open", **second: Any
) -> tuple[Aid, Aid]:
    """Two programmes pay for the same month; `second` says more of the second payment."""
    a, b = offers
    sum_a, sum_b, smaller = s.amounts(a)
    one = s.pay(a, month, s.soon(month[0]), amount=sum_a)
    sent: date = second.pop("sent", None) or s.soon(one.sent)
    two = s.pay(b, month, sent, amount=sum_b, verdict=COVERED, **second)
    s.found(one, two, month, smaller, status=status)
    return one, two


def spouses(s: Scene) -> None:
    """One pays the husband, the other the wife; each lists the other."""
    twice(s, s.monthly(), s.month(), seats=s.seats(s.home.adults[1]))


def part_of_a_month(s: Scene) -> None:
    """Two rents overlap by some days."""
    _overlapping(s, s.rng.randint(8, 20))


def just_a_week(s: Scene) -> None:
    """Two rents overlap by seven days: the least that is no hand-over."""
    _overlapping(s, 7)


def _overlapping(s: Scene, shared: int) -> None:
    a, b = s.of_each_org(Purpose.RENT)
    first = s.start()
    second = first + timedelta(days=30 - shared)
    _by_day(s, (a, first, 30), (b, second, 30), (second, shared))


Stretch = tuple[Offer, date, int]
"""A programme, and the first day and the number of days that its payment counts for."""


def _by_day(s: Scene, a: Stretch, b: Stretch, overlap: tuple[date, int]) -> tuple[Aid, Aid]:
    """Two payments that share the days of `overlap` (first day, how many)."""
    rate_a, rate_b, smaller = s.rates(a[0], a[2])
    one = s.pay(a[0], _declared(a), s.soon(a[1], 0, 2), amount=rate_a * a[2])
    sent = max(s.soon(b[1]), s.soon(one.sent))
    two = s.pay(b[0], _declared(b), sent, amount=rate_b * b[2], verdict=COVERED)
    start, days = overlap
    s.found(one, two, (start, start + timedelta(days=days)), smaller * days)
    return one, two


def _declared(stretch: Stretch) -> Window:
    """What the record says: a one-off is given on a day, and counts for longer."""
    offer, first, days = stretch
    return first, first + timedelta(days=1 if offer.is_one_off else days)


class Example(NamedTuple):
    """Two rents as the acceptance scenarios have them: TRY, days after the first day, days."""

    one: tuple[str, int, int]
    two: tuple[str, int, int]
    overlap: tuple[int, int]
    at_risk: str


EXAMPLES: Final = (
    Example(("9300.00", 0, 31), ("6000.00", 16, 30), (16, 15), "3000.00"),
    Example(("3000.00", 0, 10), ("6000.00", 0, 60), (0, 10), "1000.00"),
    Example(("9300.00", 0, 31), ("6200.00", 24, 31), (24, 7), "1400.00"),
    Example(("9000.00", 0, 31), ("8000.00", 9, 31), (9, 22), "5677.42"),
)
"""S02, S02b, S03 (ii), S16: what is at risk was calculated by hand."""


def published_example(s: Scene) -> None:
    """Two rents of the acceptance scenarios, with their published result."""
    example, offers, first = s.rng.choice(EXAMPLES), s.of_each_org(Purpose.RENT), s.start()

    def days(start: int, count: int) -> Window:
        return first + timedelta(days=start), first + timedelta(days=start + count)

    aids: list[Aid] = []
    for offer, (amount, start, count) in zip(offers, (example.one, example.two), strict=True):
        covers = days(start, count)
        sent = s.soon(max([covers[0], *(aid.sent for aid in aids)]))
        verdict = COVERED if aids else "clear"
        aids.append(s.pay(offer, covers, sent, amount=_kurus(amount), verdict=verdict))
    s.found(aids[0], aids[1], days(*example.overlap), _kurus(example.at_risk))


def _kurus(amount: str) -> int:
    lira, kurus = amount.split(".")
    return int(lira) * KURUS + int(kurus)


def one_off_and_monthly(s: Scene) -> None:
    """A one-off counts for 28 days; a monthly payment falls into them."""
    purpose = s.rng.choice((Purpose.BASIC_NEEDS, Purpose.FOOD))
    (a,) = s.of_each_org(purpose, Modality.CASH, count=1, one_off=True)
    monthly = s.of_each_org(purpose, Modality.CASH, Modality.VOUCHER, one_off=False)
    b = s.rng.choice([offer for offer in monthly if offer.org != a.org])
    first, apart = s.start(), s.rng.randint(3, 18)
    second = first + timedelta(days=apart)
    shared = second, ONE_OFF_DAYS - apart
    _by_day(s, (a, first, ONE_OFF_DAYS), (b, second, 30), shared)


def two_parcels(s: Scene) -> None:
    """Two organisations bring a food parcel within 28 days."""
    a, b = s.of_each_org(Purpose.FOOD, Modality.IN_KIND)
    _one_offs(s, a, b, ONE_OFF_DAYS, s.rng.randint(3, 20))


def parcel_twice(s: Scene) -> None:
    """One programme brings a parcel, and another soon after."""
    purpose = s.rng.choice((Purpose.FOOD, Purpose.HYGIENE))
    (a,) = s.of_each_org(purpose, Modality.IN_KIND, count=1)
    _one_offs(s, a, a, ONE_OFF_DAYS, s.rng.randint(3, 20))


def livelihood_twice(s: Scene) -> None:
    """A grant to begin a trade, and within a year another one for the same person."""
    a, b = s.of_each_org(Purpose.LIVELIHOOD)
    _one_offs(s, a, b, COUNTED_DAYS[Purpose.LIVELIHOOD], s.rng.randint(20, 80))


def _one_offs(s: Scene, a: Offer, b: Offer, counted: int, apart: int) -> None:
    first = s.start()
    second = first + timedelta(days=apart)
    _by_day(s, (a, first, counted), (b, second, counted), (second, counted - apart))


def winter_season(s: Scene) -> None:
    """Two grants for one winter, months apart: both count for all of the season."""
    a, b = s.of_each_org(Purpose.WINTERISATION, Modality.CASH, Modality.VOUCHER)
    season, one_day, two_day = winter_days(s)
    sum_a, sum_b, smaller = s.amounts(a)
    one = s.pay(a, (one_day, one_day + timedelta(days=1)), s.soon(one_day, 0, 2), amount=sum_a)
    covers = two_day, two_day + timedelta(days=1)
    two = s.pay(b, covers, s.soon(two_day, 3, 6), amount=sum_b, verdict=COVERED)
    s.found(one, two, season, smaller)


def winter_days(s: Scene) -> tuple[Window, date, date]:
    """A winter of the year, 1 November to 1 April, and two days of it, the earlier one first."""
    days = [s.year.day(n) for n in range(s.year.days - 10)]
    winters = [
        (date(year, 11, 1), date(year + 1, 4, 1))
        for year in range(s.year.first.year - 1, s.year.last.year + 1)
    ]
    season = max(winters, key=lambda winter: sum(winter[0] <= day < winter[1] for day in days))
    cold = [day for day in days if season[0] <= day < season[1]]
    one, two = sorted(s.rng.sample(cold, 2))
    return season, one, two


def same_child(s: Scene) -> None:
    """Two school grants for one child: the father collects one, the mother the other."""
    a, b = s.of_each_org(Purpose.EDUCATION, one_off=False)
    month, child = s.month(), s.home.pupils[0]
    father, mother = s.home.adults[:2]
    sum_a, sum_b, smaller = s.amounts(a)
    seats = s.for_child(child, father)
    one = s.pay(a, month, s.soon(month[0]), seats=seats, amount=sum_a)
    seats = s.for_child(child, mother)
    two = s.pay(b, month, s.soon(one.sent), seats=seats, amount=sum_b, verdict=COVERED)
    s.found(one, two, month, smaller)


def school_set_and_grant(s: Scene) -> None:
    """A one-off for school counts for 120 days; a grant for 30 days of the child is within."""
    kit, grant = BY_PROGRAMME["EGTA-KIRTASIYE"], BY_PROGRAMME["KIZM-OKUL"]
    seats = s.for_child(s.home.pupils[0], s.home.adults[0])
    first, counted = s.start(), COUNTED_DAYS[Purpose.EDUCATION]
    second = first + timedelta(days=s.rng.randint(10, 40))
    rate_a, rate_b, smaller = s.rates(kit, counted)
    covers = first, first + timedelta(days=1)
    one = s.pay(kit, covers, s.soon(first, 0, 2), seats=seats, amount=rate_a * counted)
    covers = second, second + timedelta(days=30)
    sum_b = rate_b * 30
    two = s.pay(grant, covers, s.soon(second), seats=seats, amount=sum_b, verdict=COVERED)
    s.found(one, two, covers, smaller * 30)


def two_programmes(s: Scene) -> None:
    """Two programmes of one organisation that do not know of each other."""
    monthly, urgent, first = BY_PROGRAMME["UNHA-NAKIT"], BY_PROGRAMME["UNHA-ACIL"], s.start()
    shared = first, ONE_OFF_DAYS
    _by_day(s, (monthly, first, 30), (urgent, first, ONE_OFF_DAYS), shared)


def three_payers(s: Scene) -> None:
    """Three organisations, one month: three findings."""
    a, b, c = s.of_each_org(Purpose.BASIC_NEEDS, Modality.CASH, count=3, one_off=False)
    month, (least, middle) = s.month(), s.smaller_first(a)
    one = s.pay(a, month, s.soon(month[0]), amount=least)
    two = s.pay(b, month, s.soon(one.sent), amount=middle, verdict=COVERED)
    most = middle + 500 * KURUS
    three = s.pay(c, month, s.soon(two.sent), amount=most, verdict=COVERED)
    s.found(one, two, month, least)
    s.found(one, three, month, least)
    s.found(two, three, month, middle)


def returned_in_part(s: Scene) -> None:
    """Part of a doubled payment came back: what is at risk is what stayed."""
    a, b = s.of_each_org(Purpose.BASIC_NEEDS, Modality.CASH, one_off=False)
    month, (smaller, larger) = s.month(), s.smaller_first(a)
    one = s.pay(a, month, s.soon(month[0]), amount=larger)
    two = s.pay(b, month, s.soon(one.sent), amount=smaller, verdict=COVERED)
    part = smaller * s.rng.randint(20, 80) // 100
    kept = s.again(two, s.soon(two.sent), Stage.RETURNED, returned=part)
    s.found(one, kept, month, smaller - part, opened=two.sent, revision=2)


def amended_into(s: Scene) -> None:
    """A rent that followed another is corrected to begin earlier: now they overlap."""
    a, b = s.of_each_org(Purpose.RENT)
    first, shared = s.start(), s.rng.randint(8, 14)
    end = first + timedelta(days=30)
    earlier = end - timedelta(days=shared)
    rate_a, rate_b, smaller = s.rates(a, 30)
    one = s.pay(a, (first, end), s.soon(first), amount=rate_a * 30)
    two = s.pay(b, (end, end + timedelta(days=30)), s.soon(end), amount=rate_b * 30)
    covers = earlier, earlier + timedelta(days=30)
    amended = s.again(two, s.soon(two.sent), Stage.AMENDED, covers=covers)
    s.found(one, amended, (earlier, end), smaller * shared)


def delivered_anyway(s: Scene) -> None:
    """The plan was answered `covered`; it was paid all the same, with a reason."""
    a, b = s.monthly()
    month, (sum_a, sum_b, smaller) = s.month(), s.amounts(a)
    one = s.pay(a, month, s.soon(month[0]), amount=sum_a)
    sent = s.soon(one.sent)
    plan = s.pay(b, month, sent, amount=sum_b, stage=Stage.PLANNED, verdict=COVERED)
    day = s.soon(sent)
    paid = s.again(plan, day, Stage.DELIVERED, override="top-up", verdict=COVERED)
    s.found(one, paid, month, smaller)


def late_upload(s: Scene) -> None:
    """The second payment is reported weeks after it was made."""
    month = s.month(before_end=4)
    twice(s, s.monthly(), month, sent=s.soon(month[1], 20, 60))


def number_written_otherwise(s: Scene) -> None:
    """The same number in Arabic digits, with spaces, under the other name of the scheme."""
    number = s.home.adults[0].number
    written = f"{number[:3]} {number[3:7]} {number[7:]}".translate(ARABIC_DIGITS)
    seats = s.seats(members=(), written=written, scheme="tr.ykn")
    twice(s, s.monthly(), s.month(), seats=seats)


def paid_after_cancellation(s: Scene) -> None:
    """A delivery is cancelled and made again: the finding closes and opens again."""
    a, b = s.of_each_org(Purpose.RENT)
    month, (sum_a, sum_b, smaller) = s.month(), s.amounts(a)
    one = s.pay(a, month, s.soon(month[0]), amount=sum_a)
    two = s.pay(b, month, s.soon(one.sent), amount=sum_b, verdict=COVERED)
    cancelled = s.again(one, s.soon(two.sent), Stage.CANCELLED)
    paid = s.again(cancelled, s.soon(cancelled.sent), Stage.DELIVERED, verdict=COVERED)
    s.found(paid, two, month, smaller, revision=3)


def in_euro(s: Scene) -> None:
    """One pays in euro, and the policy has no rate: found, without an amount."""
    a, b = s.of_each_org(Purpose.BASIC_NEEDS, Modality.CASH, one_off=False)
    month, euro = s.month(), s.rng.randint(5_000, 20_000)
    one = s.pay(a, month, s.soon(month[0]), currency="EUR", amount=euro)
    two = s.pay(b, month, s.soon(one.sent), verdict=COVERED)
    s.found(one, two, month, None)


def month_twice(s: Scene) -> None:
    """One programme pays a month twice, under two references."""
    (a,) = s.monthly(count=1)
    month = s.month()
    one = s.pay(a, month, s.soon(month[0]))
    two = s.pay(a, month, s.soon(one.sent), amount=one.amount, verdict=COVERED)
    s.found(one, two, month, one.amount)


def both_spouses_paid(s: Scene) -> None:
    """One programme has the family twice: once under him, once under her."""
    (a,) = s.monthly(count=1)
    twice(s, (a, a), s.month(), seats=s.seats(s.home.adults[1]))


def grant_twice(s: Scene) -> None:
    """One school programme pays a child twice, for windows that are three days apart."""
    (a,) = s.of_each_org(Purpose.EDUCATION, count=1, one_off=False)
    seats = s.for_child(s.home.pupils[1], s.home.adults[0])
    first = s.start()
    second = first + timedelta(days=3)
    rate_a, rate_b, smaller = s.rates(a, 30)
    covers = first, first + timedelta(days=30)
    one = s.pay(a, covers, s.soon(first), seats=seats, amount=rate_a * 30)
    later = second, second + timedelta(days=30)
    sum_b, sent = rate_b * 30, s.soon(max(one.sent, second))
    two = s.pay(a, later, sent, seats=seats, amount=sum_b, verdict=COVERED)
    s.found(one, two, (second, covers[1]), smaller * 27)


def reported_lately(s: Scene, least: int, most: int) -> None:
    """The second payment was reported in the year's last days: `least` to `most` days ago."""
    month = s.year.months[-1]
    reported = s.year.last - timedelta(days=s.rng.randint(least, most))
    twice(s, s.monthly(), month, sent=reported)


PAIRS: Final = (
    Family("same recipient", same_recipient, 120, True),
    Family("spouses", spouses, 80, True, needs_full_family=True),
    Family("part of a month", part_of_a_month, 60, True),
    Family("just a week", just_a_week, 30, True),
    Family("published example", published_example, 40, True, least=4),
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
    Family("reported yesterday", partial(reported_lately, least=0, most=1), 20, True),
    Family("reported this week", partial(reported_lately, least=3, most=7), 40, True),
    Family("reported this month", partial(reported_lately, least=8, most=19), 60, True),
)
