"""The whole year: who lives where, what is sent on which day, and what must come of it. Pure."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from events.model import ADMINISTRATION, Purpose, Stage
from lab.demo.aid import Aid, Entry, Planted, Reference, expected_answer
from lab.demo.base import everyday_aid
from lab.demo.cases import ACCOUNTS, Handled, handle
from lab.demo.findings import PAIRS
from lab.demo.gaps import GAPS, NO_GAPS
from lab.demo.links import LINKS
from lab.demo.near_misses import NEAR_MISSES
from lab.demo.offers import OFFERS, ORGANISATIONS
from lab.demo.scene import Family, References, Scene, Story
from lab.demo.sizes import HOUSEHOLDS, LEAST_HOUSEHOLDS
from lab.demo.year import Year
from lab.population.households import Household, population

FAMILIES: Final = PAIRS + LINKS + GAPS + NEAR_MISSES + NO_GAPS
YEAR_DAYS: Final = 365
EVERYDAY: Final = "everyday aid"


@dataclass(frozen=True, slots=True)
class Counts:
    """What must become of the records of one organisation."""

    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that the demo does and expects."""

    seed: int
    year: Year
    households: Sequence[Household]
    days: dict[date, dict[str, list[Entry]]]
    handled: Sequence[Handled]
    family_of: dict[Reference, str]

    @property
    def planted(self) -> list[Planted]:
        """All findings, with the status that each must have at the end."""
        return [planted for one in self.handled for planted in one.planted]

    def entries(self) -> Iterable[Entry]:
        """All records in the order in which they are sent."""
        for by_org in self.days.values():
            for entries in by_org.values():
                yield from entries

    def aids(self) -> Iterable[Aid]:
        """All records of aid."""
        return (entry for entry in self.entries() if isinstance(entry, Aid))

    def prevented(self) -> list[Aid]:
        """The plans that are given up after the answer `covered`: nothing is paid for them."""
        cancelled = {aid.where for aid in self.aids() if aid.stage is Stage.CANCELLED}
        return [
            aid
            for aid in self.aids()
            if aid.stage is Stage.PLANNED and aid.verdict == "covered" and aid.where in cancelled
        ]

    def counts(self) -> dict[str, Counts]:
        """What must become of each organisation's records, control records among them.

        What is said about cases is not: it answers what the registry asks.
        """
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for entry in self.entries():
            found[entry.org][expected_answer(entry)[0]] += 1
        for offer in OFFERS:
            found[offer.org]["accepted"] += 1
        for body in ACCOUNTS.values():
            found[body]["accepted"] += 1
        # organisations with their keys, the steps of the clock
        found[ADMINISTRATION]["accepted"] += 2 * len(ORGANISATIONS) + len(self.days) - 1
        return {org: Counts(**found[org]) for org in sorted(found)}


def make_plan(seed: int, households: int, first: date, pcodes: Sequence[str]) -> Plan:
    """The same arguments give the same plan. Raises ValueError for too few households."""
    if households < LEAST_HOUSEHOLDS:
        raise ValueError(f"a demo has at least {LEAST_HOUSEHOLDS} households")
    rng = Random(seed)
    year = Year(first, first + timedelta(days=YEAR_DAYS))
    people = population(rng, households, pcodes, first)
    references = References()
    stories = _stories(rng, year, references, people)
    used = {home.number: story.purposes for story in stories for home in story.households}
    family_of: dict[Reference, str] = {}
    entries: list[Entry] = []
    for story in stories:
        entries += story.entries
        family_of |= {entry.where: story.family for entry in story.entries}
    for home in people:
        planted: frozenset[Purpose] = used.get(home.number, frozenset())
        everyday = list(everyday_aid(rng, year, references, home, planted, 0 if planted else 1))
        family_of |= {aid.where: EVERYDAY for aid in everyday}
        entries += everyday
    handled = handle(seed, year, stories)
    return Plan(seed, year, people, _by_day(year, entries), handled, family_of)


def _stories(
    rng: Random, year: Year, references: References, people: Sequence[Household]
) -> list[Story]:
    """Each story has households of its own, so that no two stories can meet."""
    shuffled = rng.sample(people, len(people))
    full = deque(home for home in shuffled if home.is_full_family)
    other = deque(home for home in shuffled if not home.is_full_family)
    stories = []
    for family in FAMILIES:
        for _ in range(max(family.least, family.weight * len(people) // HOUSEHOLDS)):
            source = full if family.needs_full_family or len(other) < family.households else other
            homes = [source.pop() for _ in range(family.households)]
            stories.append(_told(rng, year, references, family, homes))
    return stories


def _told(
    rng: Random, year: Year, references: References, family: Family, homes: Sequence[Household]
) -> Story:
    scene = Scene(rng, year, references, homes, family.name, family.is_finding)
    family.tell(scene)
    return scene.story()


def _by_day(year: Year, entries: Iterable[Entry]) -> dict[date, dict[str, list[Entry]]]:
    """Day → organisation → records, in the order of the year; versions of one thing in order."""
    days: dict[date, dict[str, list[Entry]]] = {year.day(n): {} for n in range(year.days)}
    for entry in sorted(entries, key=lambda entry: (entry.sent, entry.org)):
        days[entry.sent].setdefault(entry.org, []).append(entry)
    return days
