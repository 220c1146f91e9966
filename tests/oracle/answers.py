"""What was answered, what became of it, and what was prevented."""

import calendar
from collections.abc import Collection, Mapping
from datetime import date

from tests.oracle.judgement import Answer, Key
from tests.oracle.links import RANK, has_strong
from tests.oracle.pairs import Meeting, meeting
from tests.oracle.world import Aid, Said, World, aid_of, is_plan, says_anything, was_delivered


def answer(
    world: World,
    kind: str,
    key: Key,
    version: int,
    last: Mapping[Key, str],
    later: Collection[Key] = (),
) -> Answer | None:
    """The answer to the version just accepted, None if its stage has none.

    `world` is the prefix that ends with that version; the content is that of the highest one.
    `last` is the verdict of each assistance's last answer; `later` what does not block.
    """
    said = next(said for said in world.things[kind][key] if said.version == version)
    if kind == "assistance" and not _answered(world, key, said):
        return None
    if kind == "assistance":
        aid = world.aids[key]
    else:
        newest = max(world.things[kind][key], key=lambda other: other.version)
        aid = aid_of(key, "inquiry", newest)
        # what blocks is another assistance than the one that is asked about
        later = {*later, (key[0], str(newest.record.get("about")))}
    verdict, blocker = _verdict(world, aid, last, later)
    basis, window = None, None
    if blocker is not None:
        other, meet = blocker
        basis = "delivered" if other.state == "delivered" else "reserved"
        window = meet.overlap_from, meet.overlap_to
        if meet.strength != "certain":
            window = whole_months(*window)
    return Answer(
        key=key,
        version=version,
        stage=str(said.record.get("stage", "")),
        verdict=verdict,
        basis=basis,
        window=window,
        purpose=aid.purpose,
        amount=aid.amount,
        currency=aid.currency,
    )


def _answered(world: World, key: Key, said: Said) -> bool:
    """Planned, delivered, and an amended version of what is not delivered."""
    if said.record["stage"] in ("planned", "delivered"):
        return True
    if said.record["stage"] != "amended":
        return False
    (life,) = (life for life in world.lives(key) if said in life)
    return is_plan(life)


def _verdict(
    world: World, aid: Aid, last: Mapping[Key, str], later: Collection[Key]
) -> tuple[str, tuple[Aid, Meeting] | None]:
    """The verdict, and what it rests on if something blocks."""
    if aid.protected:
        return "clear", None
    rules = world.rules(aid.covers_from)
    strong = has_strong(aid.people, rules.per_beneficiary(aid.purpose))
    blockers = [
        (other, meet)
        for other in blocking(world, aid, last)
        if other.key not in later and (meet := meeting(world, other, aid)) is not None
    ]
    if not blockers:
        return ("clear" if strong else "uncheckable"), None
    best = min(blockers, key=lambda pair: _weight(world, *pair))
    strength = best[1].strength
    if strength == "certain":
        return "covered", best
    if strength == "probable" or not strong:
        return "review", best
    return "clear", None


def blocking(world: World, aid: Aid, last: Mapping[Key, str]) -> list[Aid]:
    """Live records of other assistances that stand before this answer in the journal."""
    return [
        other
        for key, other in sorted(world.aids.items())
        if (key != aid.key or aid.state == "inquiry")
        and not other.protected
        and (other.state == "delivered" or world.holds(key, last.get(key)))
    ]


def _weight(world: World, other: Aid, meet: Meeting) -> tuple[int, int, int]:
    """Sorts blockers: the strongest, then for most days, then first in the journal."""
    first = list(world.things["assistance"]).index(other.key)
    days = (meet.overlap_to - meet.overlap_from).days
    return -RANK[meet.strength], -days, first


def whole_months(start: date, end: date) -> tuple[date, date]:
    """The whole months that hold a half-open window."""
    last = date.fromordinal(end.toordinal() - 1)
    days = calendar.monthrange(last.year, last.month)[1]
    after = date.fromordinal(last.replace(day=days).toordinal() + 1)
    return start.replace(day=1), after


# -- what became of it --------------------------------------------------------------------------


def outcome(world: World, given: Answer) -> str | None:
    """What became of an answered version by the last day; None for an inquiry."""
    if not given.stage:
        return None
    if given.stage == "delivered":
        return "delivered"
    lives = world.lives(given.key)
    current = lives[-1] if says_anything(lives[-1]) else []
    last = next(life for life in reversed(lives) if says_anything(life))
    if was_delivered(last):
        return "delivered-anyway" if given.verdict in ("covered", "review") else "delivered"
    if not current:
        return "cancelled-after-verdict"
    return "lapsed" if world.day >= world.held_until(given.key) else "pending"


def prevented(world: World, given: list[Answer]) -> dict[Key, tuple[str, str]]:
    """Planned records that stand cancelled after a covered verdict, each once: its last amount."""
    found: dict[Key, tuple[str, str]] = {}
    for one in given:
        if one.verdict == "covered" and outcome(world, one) == "cancelled-after-verdict":
            found[one.key] = one.amount, one.currency
    return found
