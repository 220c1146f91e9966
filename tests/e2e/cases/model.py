"""What a case is made of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.e2e.fleet import FIRST_DAY
from tests.e2e.kit import DISTRICT, PERSONS, ROLES, Tekil, record

Rows = list[dict[str, Any]]
Answers = list[dict[str, Any]]
MAY = "2026-05"
WHOLE_MAY = "[2026-05-01,2026-06-01)"
P123 = "R=P01 M=P02,P03"

BASKET = (
    ("basket_by_size", [str(10_000 + 3_000 * further) for further in range(12)]),
    ("basket_further", "3000"),
)
"""The rules' published basket: 10,000 and 3,000 for each further person."""

PROGRAMMES = (
    ("KIZ", "TEMEL", "KIZ-EK"),
    ("KIZ", "EK", "KIZ-TEMEL"),
    ("KIZ", "EK2", ""),
    ("KIZ", "OKUL", ""),
    ("KIZ", "OTHER", ""),
    ("STK", "NAKIT", ""),
    ("STK", "RENT", ""),
    ("STK", "FOOD", ""),
    ("STK", "EDU", ""),
    ("BEL", "KIRA", ""),
    ("BEL", "GIDA", ""),
    ("ESN", "AID", ""),
    ("UNH", "WINT", ""),
    ("SYD", "AID", ""),
)
"""(owner, code, complements); all are for basic needs, which decides what a lapse is about."""


@dataclass
class Story:
    """A case under way on one system, for what is to be seen between its steps."""

    tekil: Tekil
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The first answer to each reference."""

    @property
    def names(self) -> list[str]:
        """References in the order in which they came."""
        return list(self.answers)

    def verdict(self, reference: str) -> str:
        """The verdict on the record when it came in."""
        return str(self.answers[reference]["verdict"])

    def rows(self) -> list[str]:
        """What stands open now."""
        return self.tekil.open_rows()


See = Callable[[Story], None]


@dataclass(frozen=True)
class Step:
    """A list that an organisation publishes, or a day that the test clock is stepped to."""

    org: str = ""
    rows: tuple[dict[str, Any], ...] = ()
    kind: str = "assistance"
    day: date | None = None
    see: See | None = None
    """Looks at the system after this step, in the written order."""


@dataclass(frozen=True)
class Case:
    """The steps in the written order, and what stands open after the last, whatever the order."""

    name: str
    steps: tuple[Step, ...]
    expected: tuple[str, ...] = ()
    verdicts: tuple[tuple[str, str], ...] = ()
    """(reference, verdict) in the written order."""
    other: tuple[Step, ...] = ()
    """The other order, where it is not the written one from its end."""
    rules: tuple[tuple[str, Any], ...] = ()
    """What its policy has other than version 1."""
    see: See | None = None
    """Looks at the system at the end, in the written order."""
    always: See | None = None
    """Looks at the system at the end, in both orders."""

    @property
    def orders(self) -> tuple[tuple[Step, ...], ...]:
        """The written order and the other one."""
        return self.steps, self.other or self.steps[::-1]

    @property
    def orgs(self) -> list[str]:
        """Who takes part."""
        return sorted({step.org for step in self.steps if step.org})


def step(org: str, *words: str, see: See | None = None, **more: Any) -> Step:
    """One record in the scenarios' shorthand, published as a list of its own."""
    return Step(org, tuple(record(*words, **more)), see=see)


def listed(org: str, kind: str, *records: Rows, see: See | None = None) -> Step:
    """A list of another kind."""
    return Step(org, tuple(row for one in records for row in one), kind, see=see)


def tick(day: date, see: See | None = None) -> Step:
    """The clock is stepped."""
    return Step(day=day, see=see)


def day(back: int) -> date:
    """So many days before the day on which the check runs."""
    return FIRST_DAY - timedelta(days=back)


def need(reference: str, back: int, who: str, purpose: str = "basic-needs") -> Rows:
    """A need that was assessed so many days ago."""
    fields = {"purpose": purpose, "assessed_on": day(back).isoformat(), "district": DISTRICT}
    return _rows(reference, fields, who)


def enrolment(reference: str, reason: str, back: int, who: str) -> Rows:
    """A time in KIZ-TEMEL since January that ended so many days ago."""
    fields = {
        "programme": "TEMEL",
        "started_on": "2026-01-01",
        "ended_on": day(back).isoformat(),
        "end_reason": reason,
    }
    return _rows(reference, fields, who)


def succession(reference: str, former: str, successor: str) -> Rows:
    """One number takes the place of another."""
    fields = {"old_number": PERSONS[former], "new_number": PERSONS[successor]}
    return [{"reference": reference} | fields]


def _rows(reference: str, fields: dict[str, str], who: str) -> Rows:
    people = [(ROLES[part[0]], name) for part in who.split() for name in part[2:].split(",")]
    return [
        {"reference": reference}
        | (fields if number == 0 else {})
        | {"role": role, "id_number": PERSONS[name]}
        for number, (role, name) in enumerate(people)
    ]


def opened(*expected: str) -> See:
    """These rows stand open, and no other."""

    def see(story: Story) -> None:
        assert story.rows() == sorted(expected)

    return see
