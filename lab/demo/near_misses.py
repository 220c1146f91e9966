"""What looks like double coverage and is none, and what is taken back or refused. Pure.

None of these stories leaves an open finding. Some leave a withdrawn one, a prevented
payment, duplicates or rejections, and say so.
"""

from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from typing import Any, Final

from events.identity import IBAN, PHONE
from events.model import Modality, Purpose, Role, Stage
from lab.demo.aid import Seat
from lab.demo.findings import COVERED, twice, winter_days
from lab.demo.offers import BY_PROGRAMME
from lab.demo.scene import Family, Scene

SHARED_BY: Final = 5
"""Recipients from whom on a telephone or an account says nothing (policy, version 1)."""


def hand_over(s: Scene) -> None:
    """One rent follows another and they overlap by less than a week."""
    a, b = s.of_each_org(Purpose.RENT)
    month = s.month(before_end=2)
    start = month[1] - timedelta(days=s.rng.randint(1, 6))
    s.pay(a, month, s.soon(month[0]))
    s.pay(b, (start, start + timedelta(days=30)), s.soon(start))


def next_month(s: Scene) -> None:
    """Another organisation goes on the day the first one ends: windows are half open."""
    a, b = s.monthly()
    month = s.month(before_end=2)
    s.pay(a, month, s.soon(month[0]))
    s.pay(b, (month[1], month[1] + timedelta(days=30)), s.soon(month[1]))


def other_purpose(s: Scene) -> None:
    """Rent, food and basic needs in one month are three things."""
    month = s.month()
    for programme in ("KIZM-TEMEL", "BELA-KIRA", "STKB-KART"):
        s.pay(BY_PROGRAMME[programme], month, s.soon(month[0]))


def parcel_and_voucher(s: Scene) -> None:
    """Goods and money for food do not meet."""
    month = s.month()
    (parcel,) = s.of_each_org(Purpose.FOOD, Modality.IN_KIND, count=1)
    s.pay(parcel, (month[0], month[0] + timedelta(days=1)), s.soon(month[0]))
    s.pay(BY_PROGRAMME["STKB-KART"], month, s.soon(month[0]))


def declared_complement(s: Scene) -> None:
    """A top-up that both programmes' owners have declared."""
    pair = s.rng.choice((("KIZM-TEMEL", "KIZM-EK"), ("STKB-KART", "STKA-TAZE")))
    month = s.month()
    for programme in pair:
        s.pay(BY_PROGRAMME[programme], month, s.soon(month[0]))


def never_matched(s: Scene) -> None:
    """Health, protection and services are never counted as double."""
    month = s.month()
    day = (month[0], month[0] + timedelta(days=1))
    for programme in ("STKB-SAGLIK", "BELA-SAGLIK"):
        s.pay(BY_PROGRAMME[programme], day, s.soon(month[0]))
    s.pay(BY_PROGRAMME["STKA-KORUMA"], day, s.soon(month[0]))
    for programme in ("SYDA-ASEVI", "BELB-ASEVI"):
        s.pay(BY_PROGRAMME[programme], month, s.soon(month[0]))


def siblings(s: Scene) -> None:
    """One mother collects for two children: they are two beneficiaries."""
    a, b = s.of_each_org(Purpose.EDUCATION, one_off=False)
    month, mother = s.month(), s.home.adults[1]
    for offer, child in zip((a, b), s.home.pupils, strict=False):
        s.pay(offer, month, s.soon(month[0]), seats=s.for_child(child, mother))


def one_phone(s: Scene) -> None:
    """A whole building leaves the telephone of the grocer: from the fifth on it says nothing."""
    _shared(s, PHONE, s.home.phone)


def one_account(s: Scene) -> None:
    """A neighbour's bank account is named for six homes: from the fifth on it says nothing."""
    _shared(s, IBAN, s.home.account)


def _shared(s: Scene, kind: str, value: str) -> None:
    orgs = s.of_each_org(Purpose.BASIC_NEEDS, Modality.CASH, count=3, one_off=False)
    month = s.month()
    aids = []
    for number, home in enumerate(s.households):
        seats = (Seat(Role.RECIPIENT, home.adults[0], weak=((kind, value),)),)
        aids.append(s.pay(orgs[number % 3], month, s.soon(month[0]), home=home, seats=seats))
    first = sorted(aids, key=lambda aid: (aid.sent, aid.org))[: SHARED_BY - 1]
    pairs = sorted(combinations(first, 2), key=lambda pair: first.index(pair[1]))
    for one, two in pairs:
        s.found(one, two, month, None, status="withdrawn", strength="possible")


def returned_in_full(s: Scene) -> None:
    """The second payment came back, all of it: the finding is withdrawn."""
    _, two = twice(s, s.monthly(), s.month(), status="withdrawn")
    s.again(two, s.soon(two.sent), Stage.RETURNED, returned=two.amount)


def prevented(s: Scene) -> None:
    """The plan was answered `covered`, and the organisation did not pay."""
    a, b = s.monthly()
    month = s.month()
    one = s.pay(a, month, s.soon(month[0]))
    plan = s.pay(b, month, s.soon(one.sent), stage=Stage.PLANNED, verdict=COVERED)
    s.again(plan, s.soon(plan.sent), Stage.CANCELLED)


def two_plans(s: Scene) -> None:
    """Two plan for one family: the earlier one is clear and pays, the later one gives way."""
    a, b = s.monthly()
    month = s.month()
    early = s.pay(a, month, s.soon(month[0]), stage=Stage.PLANNED)
    late = s.pay(b, month, s.soon(early.sent), stage=Stage.PLANNED, verdict=COVERED)
    cancelled = s.again(late, s.soon(late.sent), Stage.CANCELLED)
    s.again(early, s.soon(cancelled.sent), Stage.DELIVERED)


def lapsed_plan(s: Scene) -> None:
    """A plan that was never carried out holds nothing after thirty days."""
    a, b = s.of_each_org(Purpose.RENT)
    month = s.month(before_end=3)
    plan = s.pay(a, month, s.soon(month[0]), stage=Stage.PLANNED)
    s.pay(b, month, s.soon(plan.sent, 31, 40))


def amended_apart(s: Scene) -> None:
    """A correction shows that the rents did not overlap: withdrawn."""
    a, b = s.of_each_org(Purpose.RENT)
    month = s.month(before_end=2)
    start = month[1] - timedelta(days=s.rng.randint(8, 20))
    one = s.pay(a, month, s.soon(month[0]))
    two = s.pay(b, (start, start + timedelta(days=30)), s.soon(start), verdict=COVERED)
    s.again(one, s.soon(two.sent), Stage.AMENDED, covers=(month[0], start))
    s.found(one, two, (start, month[1]), None, status="withdrawn")


def delivery_cancelled(s: Scene) -> None:
    """The second payment was booked by mistake, and cancelled: withdrawn."""
    _, two = twice(s, s.monthly(), s.month(), status="withdrawn")
    s.again(two, s.soon(two.sent), Stage.CANCELLED)


def sent_again(s: Scene) -> None:
    """A partner sends what it has sent, up to three times: duplicates, with the first answer."""
    (a,) = s.monthly(count=1)
    month = s.month()
    last = s.pay(a, month, s.soon(month[0]))
    for _ in range(s.rng.randint(1, 3)):
        last = s.tell(replace(last, sent=s.soon(last.sent, 1, 4), disposition="duplicate"))


def instalments(s: Scene) -> None:
    """Months of one programme follow each other."""
    (a,) = s.monthly(count=1)
    count = s.rng.randint(3, min(5, len(s.year.months) - 1))
    first = s.rng.randrange(len(s.year.months) - count)
    for number, month in enumerate(s.year.months[first : first + count], start=1):
        s.pay(a, month, s.soon(month[0]), instalment=(number, count))


def last_winter(s: Scene) -> None:
    """A grant for last winter, reported late, and one for this winter."""
    a, b = s.of_each_org(Purpose.WINTERISATION, Modality.CASH, Modality.VOUCHER)
    _, day, _ = winter_days(s)
    before = day - timedelta(days=365)
    s.pay(a, (before, before + timedelta(days=1)), s.soon(day, 0, 2))
    s.pay(b, (day, day + timedelta(days=1)), s.soon(day, 3, 5))


def two_terms(s: Scene) -> None:
    """The second set for school comes when the first term's 120 days are over."""
    kit, child = BY_PROGRAMME["EGTA-KIRTASIYE"], s.home.pupils[0]
    seats = s.for_child(child, s.home.adults[0])
    first = s.year.day(s.rng.randrange(5, 150))
    second = first + timedelta(days=s.rng.randint(120, 150))
    for day in (first, second):
        s.pay(kit, (day, day + timedelta(days=1)), s.soon(day), seats=seats)


def protected_person(s: Scene) -> None:
    """A protected record is answered clear and causes nothing, for anybody."""
    a, b = s.of_each_org(Purpose.RENT)
    month = s.month()
    one = s.pay(a, month, s.soon(month[0]), protected=True)
    s.pay(b, month, s.soon(one.sent))


def conflict(s: Scene) -> None:
    """The same version with another amount is no correction: refused."""
    (a,) = s.monthly(count=1)
    month = s.month()
    one = s.pay(a, month, s.soon(month[0]))
    refused: dict[str, Any] = {"disposition": "rejected", "reason": "id-conflict", "verdict": ""}
    s.tell(replace(one, sent=s.soon(one.sent), amount=one.amount + 50_000, **refused))


def refused_programme(s: Scene) -> None:
    """A programme that nobody registered, and one that is somebody else's."""
    month = s.month()
    refused = {"disposition": "rejected", "verdict": ""}
    offer = BY_PROGRAMME["KIZM-TEMEL"]
    unknown = {"programme": "KIZM-YOK", "reason": "unknown-programme"}
    s.pay(offer, month, s.soon(month[0]), **refused, **unknown)
    foreign = {"programme": "UNHA-NAKIT", "reason": "not-your-programme"}
    s.pay(offer, month, s.soon(month[0]), **refused, **foreign)


def placeholder(s: Scene) -> None:
    """11111111110 is typed to get past a form; its token is refused at the door too."""
    (a,) = s.monthly(count=1)
    month = s.month()
    seats = (Seat(Role.RECIPIENT, s.home.adults[0], placeholder=True),)
    refused = {"disposition": "rejected", "verdict": "", "reason": "placeholder-identifier"}
    s.pay(a, month, s.soon(month[0]), seats=seats, **refused)


NEAR_MISSES: Final = (
    Family("hand-over under a week", hand_over, 80, False),
    Family("next month, half open", next_month, 80, False),
    Family("other purpose", other_purpose, 80, False),
    Family("parcel and voucher", parcel_and_voucher, 60, False),
    Family("declared complement", declared_complement, 60, False),
    Family("never matched", never_matched, 60, False),
    Family("siblings", siblings, 60, False, needs_full_family=True),
    Family("one telephone, six homes", one_phone, 15, False, households=6),
    Family("one account, six homes", one_account, 15, False, households=6),
    Family("returned in full", returned_in_full, 40, False),
    Family("plan cancelled after a warning", prevented, 60, False),
    Family("two plans, one gives way", two_plans, 40, False),
    Family("lapsed plan", lapsed_plan, 30, False),
    Family("amended apart", amended_apart, 30, False),
    Family("delivery cancelled", delivery_cancelled, 30, False),
    Family("sent again", sent_again, 80, False),
    Family("instalments", instalments, 60, False),
    Family("last winter and this", last_winter, 30, False),
    Family("two school terms", two_terms, 20, False, needs_full_family=True),
    Family("protected", protected_person, 20, False),
    Family("same version, other content", conflict, 20, False),
    Family("refused programme", refused_programme, 15, False),
    Family("placeholder number", placeholder, 15, False),
)
