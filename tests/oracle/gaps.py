"""Gaps: an assessed need without help, and coverage that lapsed. Functions of the facts and day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

from tests.oracle.judgement import Key, Row
from tests.oracle.links import link, same_person, targets
from tests.oracle.pairs import window_of
from tests.oracle.policy import Rules
from tests.oracle.world import Aid, Person, Said, World

LastVerdicts: TypeAlias = Mapping[Key, str]
"""Assistance → the verdict of its last answer."""


@dataclass(frozen=True)
class Gap:
    """One need or ended enrolment that nothing meets, on its day."""

    key: Key
    day: date
    purpose: str
    people: tuple[Person, ...]
    district: str


def gap_rows(world: World, last: LastVerdicts) -> list[Row]:
    """All gaps, one for each kind, person and purpose."""
    needs = [
        _gap(key, said, "assessed_on", said.record["purpose"])
        for key, said in world.newest("need")
        if _unmet(world, last, said)
    ]
    ends = [
        _gap(key, said, "ended_on", _purpose(world, said))
        for key, said in world.newest("enrolment")
        if _lapsed(world, last, said)
    ]
    return _one_a_person(world, "unmet-need", needs) + _one_a_person(world, "lapsed-coverage", ends)


def _gap(key: Key, said: Said, day: str, purpose: str) -> Gap:
    district = said.record.get("district") or ""
    return Gap(key, date.fromisoformat(said.record[day]), purpose, said.people, district)


# -- unmet need ---------------------------------------------------------------------------------


def _unmet(world: World, last: LastVerdicts, need: Said) -> bool:
    assessed = date.fromisoformat(need.record["assessed_on"])
    closed = need.record.get("closed_on")
    purpose = need.record["purpose"]
    days = world.rules(assessed).unmet_days.get(purpose)
    if need.protected or days is None or world.day < assessed + timedelta(days=days):
        return False
    if closed is not None and date.fromisoformat(closed) <= world.day:
        return False
    return not _helped(world, last, assessed, purpose, need.people)


def _helped(
    world: World,
    last: LastVerdicts,
    day: date,
    purpose: str,
    people: tuple[Person, ...],
    not_by: str = "",
) -> bool:
    """Whether a live delivered record or a live reservation meets a need assessed that day.

    `not_by` is a programme whose deliveries do not count.
    """
    for key, aid in world.aids.items():
        if aid.protected:
            continue
        if aid.state == "delivered":
            if aid.programme == not_by:
                continue
        elif not world.holds(key, last.get(key)):
            continue
        rules = world.rules(day, aid.covers_from)
        if (
            _meets_purpose(rules, purpose, aid.purpose)
            and window_of(aid, rules)[1] > day
            and _linked(world, rules, purpose, people, aid)
        ):
            return True
    return False


def _meets_purpose(rules: Rules, needed: str, given: str) -> bool:
    return given == needed or given in rules.also_met_by.get(needed, ())


def _linked(world: World, rules: Rules, purpose: str, people: tuple[Person, ...], aid: Aid) -> bool:
    level = link(world, rules, people, aid.people, rules.per_beneficiary(purpose))
    return level in ("certain", "probable")


# -- lapsed coverage ----------------------------------------------------------------------------


def _purpose(world: World, enrolment: Said) -> str:
    """The purpose of an enrolment's programme, '' if it has none."""
    return world.purpose_of(enrolment.record["programme"]) or ""


def _lapsed(world: World, last: LastVerdicts, enrolment: Said) -> bool:
    record = enrolment.record
    purpose = _purpose(world, enrolment)
    if enrolment.protected or record.get("ended_on") is None or not purpose:
        return False
    ended = date.fromisoformat(record["ended_on"])
    rules = world.rules(ended)
    if record["end_reason"] not in rules.lapsed_reasons:
        return False
    if world.day < ended + timedelta(days=rules.lapsed_days):
        return False
    if _enrolled_after(world, ended, purpose, enrolment.people):
        return False
    return not _helped(
        world, last, ended, purpose, enrolment.people, not_by=str(record["programme"])
    )


def _enrolled_after(world: World, day: date, purpose: str, people: tuple[Person, ...]) -> bool:
    """Whether an enrolment that serves the purpose begins after the day."""
    for _, other in world.newest("enrolment"):
        started = date.fromisoformat(other.record["started_on"])
        rules = world.rules(day, started)
        if started <= day or other.protected:
            continue
        if not _meets_purpose(rules, purpose, _purpose(world, other)):
            continue
        level = link(world, rules, people, other.people, rules.per_beneficiary(purpose))
        if level in ("certain", "probable"):
            return True
    return False


# -- one finding a person and purpose -----------------------------------------------------------


def _one_a_person(world: World, kind: str, gaps: Sequence[Gap]) -> list[Row]:
    def same(one: Gap, other: Gap) -> bool:
        if one.purpose != other.purpose:
            return False
        per_beneficiary = world.rules(one.day, other.day).per_beneficiary(one.purpose)
        return any(
            same_person(world, a, b)
            for a in targets(one.people, per_beneficiary)
            for b in targets(other.people, per_beneficiary)
        )

    rows = []
    for group in _groups(gaps, same):
        first = min(group, key=lambda gap: (gap.day, gap.key))
        rows.append(
            Row(
                kind=kind,
                strength="certain",
                status="open",
                a=first.key,
                b=None,
                purpose=first.purpose,
                overlap_from=first.day,
                overlap_to=None,
                amount=None,
                currency="",
                district=first.district,
            )
        )
    return rows


def _groups(gaps: Sequence[Gap], same: Callable[[Gap, Gap], bool]) -> list[list[Gap]]:
    """Gaps of one person together."""
    groups: list[list[Gap]] = []
    for gap in gaps:
        joined = [group for group in groups if any(same(gap, other) for other in group)]
        groups = [group for group in groups if group not in joined]
        groups.append([gap, *(other for group in joined for other in group)])
    return groups
