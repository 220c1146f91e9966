"""Needs and ended programmes: gaps that must be found, and what looks like one. Pure.

The days until a need counts as unmet are the policy's; who lays a story out knows whether
help came before.
"""

from datetime import date, timedelta
from typing import Any, Final

from events.model import EndReason, Modality, Purpose, Stage
from lab.demo.aid import HouseholdEnrolment, HouseholdNeed
from lab.demo.offers import ORGANISATIONS, Offer
from lab.demo.scene import Family, Scene
from lab.demo.year import Window

UNMET_DAYS: Final = {
    Purpose.FOOD: 14,
    Purpose.HEALTH: 14,
    Purpose.BASIC_NEEDS: 30,
    Purpose.RENT: 30,
    Purpose.HYGIENE: 30,
}
LAPSED_DAYS: Final = 30
RESERVATION_DAYS: Final = 30
LAST_DAYS: Final = 90
"""A programme ends so long before the year does, that its story can be told to its end."""
LASTING: Final = (Purpose.BASIC_NEEDS, Purpose.RENT)
LAPSING: Final = (
    EndReason.PROGRAMME_CLOSED,
    EndReason.MOVED,
    EndReason.DOCUMENT_EXPIRED,
    EndReason.NON_COLLECTION,
)
NO_LAPSE: Final = (
    EndReason.FORMAL_EMPLOYMENT,
    EndReason.NO_LONGER_ELIGIBLE,
    EndReason.GRADUATED,
    EndReason.DECEASED,
    EndReason.LEFT_COUNTRY,
    EndReason.VOLUNTARY,
)


def _somebody(s: Scene) -> str:
    return s.rng.choice([*ORGANISATIONS])


def _need(s: Scene, purpose: Purpose, day: date, **more: Any) -> HouseholdNeed:
    return s.need(_somebody(s), purpose, day, s.soon(day, 0, 3), **more)


def _month_from(day: date) -> Window:
    return day, day + timedelta(days=30)


def _money(s: Scene, purpose: Purpose, count: int = 1) -> list[Offer]:
    return s.of_each_org(purpose, Modality.CASH, Modality.VOUCHER, count=count, one_off=False)


# -- needs that nobody meets ---------------------------------------------------------------------


def never_met(s: Scene) -> None:
    """A need was assessed, and nothing came."""
    purpose = s.rng.choice(tuple(UNMET_DAYS))
    need = _need(s, purpose, s.start())
    s.missing(need, need.assessed_on, s.later(need.assessed_on, UNMET_DAYS[purpose]))


def seen_by_two(s: Scene) -> None:
    """Two organisations assessed one need: it is one finding, of the earlier assessment."""
    purpose = s.rng.choice(LASTING)
    one, two = s.rng.sample([*ORGANISATIONS], 2)
    first = s.start()
    second = s.soon(first, 2, 9)
    need = s.need(one, purpose, first, s.soon(first, 0, 2))
    s.need(two, purpose, second, s.soon(second, 0, 2))
    s.missing(need, first, s.later(first, UNMET_DAYS[purpose]))


def help_had_ended(s: Scene) -> None:
    """What was paid ended before the need was assessed: it does not meet it."""
    purpose = s.rng.choice(LASTING)
    (offer,) = _money(s, purpose)
    month = s.month(before_end=4)
    s.pay(offer, month, s.soon(month[0]))
    need = _need(s, purpose, s.soon(month[1], 0, 10))
    s.missing(need, need.assessed_on, s.later(need.assessed_on, UNMET_DAYS[purpose]))


def promised_only(s: Scene) -> None:
    """A plan put it off, and lapsed: nothing was paid."""
    need = _need(s, Purpose.RENT, s.start())
    (offer,) = _money(s, Purpose.RENT)
    planned = s.soon(need.assessed_on, 4, 20)
    s.pay(offer, _month_from(planned), planned, stage=Stage.PLANNED)
    s.missing(need, need.assessed_on, s.later(planned, RESERVATION_DAYS))


def met_too_late(s: Scene) -> None:
    """Help came after the day on which the need counted as unmet: withdrawn."""
    purpose = s.rng.choice(LASTING)
    need = _need(s, purpose, s.start())
    opened = s.later(need.assessed_on, UNMET_DAYS[purpose])
    (offer,) = _money(s, purpose)
    paid = s.soon(opened, 2, 20)
    s.pay(offer, _month_from(paid), paid)
    s.missing(need, need.assessed_on, opened, status="withdrawn")


# -- needs that are none by now ------------------------------------------------------------------


def met_in_time(s: Scene) -> None:
    """Somebody paid before the day."""
    purpose = s.rng.choice(LASTING)
    need = _need(s, purpose, s.start())
    (offer,) = _money(s, purpose)
    paid = s.soon(need.assessed_on, 5, 25)
    s.pay(offer, _month_from(paid), paid)


def met_for_the_spouse(s: Scene) -> None:
    """The need was assessed with him, and paid to her; each lists the other."""
    need = _need(s, Purpose.BASIC_NEEDS, s.start())
    (offer,) = _money(s, Purpose.BASIC_NEEDS)
    paid = s.soon(need.assessed_on, 5, 25)
    s.pay(offer, _month_from(paid), paid, seats=s.seats(s.home.adults[1]))


def food_by_basic_needs(s: Scene) -> None:
    """Money for basic needs meets a need of food."""
    need = _need(s, Purpose.FOOD, s.start())
    (offer,) = _money(s, Purpose.BASIC_NEEDS)
    paid = s.soon(need.assessed_on, 4, 11)
    s.pay(offer, _month_from(paid), paid)


def not_due_yet(s: Scene) -> None:
    """The need is younger than the days that the policy gives."""
    _need(s, Purpose.RENT, s.year.last - timedelta(days=s.rng.randint(4, 29)))


def put_off_by_a_plan(s: Scene) -> None:
    """The need is due, and a plan of the last weeks holds."""
    need = _need(s, Purpose.RENT, s.year.last - timedelta(days=s.rng.randint(31, 35)))
    (offer,) = _money(s, Purpose.RENT)
    planned = s.soon(need.assessed_on, 8, 25)
    s.pay(offer, _month_from(planned), planned, stage=Stage.PLANNED)


def closed_by_its_organisation(s: Scene) -> None:
    """Who assessed the need closed it before the day."""
    need = _need(s, s.rng.choice(LASTING), s.start())
    s.close(need, s.soon(need.assessed_on, 10, 25))


def protected_need(s: Scene) -> None:
    """A protected need causes nothing."""
    _need(s, Purpose.RENT, s.start(), protected=True)


# -- programmes that ended -----------------------------------------------------------------------


def _ended(
    s: Scene, reason: EndReason, end: date | None = None
) -> tuple[HouseholdEnrolment, Offer]:
    """Some weeks in a programme, which paid until they ended; another programme of its purpose."""
    own, other = _money(s, s.rng.choice(LASTING), 2)
    end = end or s.later(s.year.first, s.rng.randint(60, s.year.days - LAST_DAYS))
    began = end - timedelta(days=s.rng.randint(30, 45))
    enrolment = s.enrol(own, began, s.soon(began, 0, 4))
    s.pay(own, (began, end), s.soon(began, 5, 9))
    return s.end(enrolment, end, reason, s.soon(end, 0, 4)), other


def _lapse(s: Scene, reason: EndReason) -> None:
    enrolment, _ = _ended(s, reason)
    assert enrolment.ended_on
    s.missing(enrolment, enrolment.ended_on, s.later(enrolment.ended_on, LAPSED_DAYS))


def programme_closed(s: Scene) -> None:
    """The programme closed, and nobody took over."""
    _lapse(s, EndReason.PROGRAMME_CLOSED)


def fell_out(s: Scene) -> None:
    """The family fell out of a programme, and nobody took over."""
    _lapse(s, s.rng.choice(LAPSING[1:]))


def ended_for_good(s: Scene) -> None:
    """They left the country, or need nothing more: an end that leaves no gap."""
    _ended(s, s.rng.choice(NO_LAPSE[1:]))


def formal_employment(s: Scene) -> None:
    """Somebody found work: never a finding."""
    _ended(s, NO_LAPSE[0])


def taken_over(s: Scene) -> None:
    """The family moved, and another organisation pays from then on."""
    enrolment, other = _ended(s, EndReason.MOVED)
    assert enrolment.ended_on
    paid = s.soon(enrolment.ended_on, 5, 25)
    s.pay(other, _month_from(paid), paid)


def enrolled_elsewhere(s: Scene) -> None:
    """The programme closed, and another one took the family in."""
    enrolment, other = _ended(s, EndReason.PROGRAMME_CLOSED)
    assert enrolment.ended_on
    began = s.soon(enrolment.ended_on, 5, 20)
    s.enrol(other, began, s.soon(began, 0, 5))


def ended_lately(s: Scene) -> None:
    """The end is younger than the days that the policy gives."""
    _ended(s, EndReason.PROGRAMME_CLOSED, s.year.last - timedelta(days=s.rng.randint(4, 29)))


def goes_on(s: Scene) -> None:
    """A family that is in a programme, and is paid."""
    (offer,) = _money(s, s.rng.choice(LASTING))
    month = s.month()
    s.enrol(offer, month[0], s.soon(month[0], 0, 4))
    s.pay(offer, month, s.soon(month[0]))


GAPS: Final = (
    Family("need never met", never_met, 70, True),
    Family("need seen by two", seen_by_two, 15, True),
    Family("need after help had ended", help_had_ended, 20, True),
    Family("need met by a promise", promised_only, 15, True),
    Family("programme closed", programme_closed, 40, True),
    Family("fell out of a programme", fell_out, 20, True),
)
NO_GAPS: Final = (
    Family("need met too late", met_too_late, 30, False),
    Family("need met in time", met_in_time, 120, False),
    Family("need met for the spouse", met_for_the_spouse, 30, False, needs_full_family=True),
    Family("food met by basic needs", food_by_basic_needs, 30, False),
    Family("need not due yet", not_due_yet, 40, False),
    Family("need put off by a plan", put_off_by_a_plan, 20, False),
    Family("need closed", closed_by_its_organisation, 20, False),
    Family("protected need", protected_need, 10, False),
    Family("ended by formal employment", formal_employment, 40, False),
    Family("ended for good", ended_for_good, 30, False),
    Family("moved, taken over", taken_over, 20, False),
    Family("enrolled elsewhere", enrolled_elsewhere, 20, False),
    Family("ended lately", ended_lately, 20, False),
    Family("enrolment goes on", goes_on, 40, False),
)
