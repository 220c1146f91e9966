"""What becomes of the planted cases: who answers when, what is decided, who appeals. Pure.

A good administration: partners acknowledge and reply in time, the household has notice, and
fifteen days later somebody decides, two people where aid stops. A few are late on purpose: a
partner, by which the case is dismissed; the administration or the supervisor, by which it is
past its day. What happens after the year's last day has not happened yet: so there are cases at
each step.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Final, Literal

from events.model import ADMINISTRATION, SUPERVISOR
from events.model.case import ADVERSE
from lab.demo.aid import Planted
from lab.demo.scene import Story
from lab.demo.year import Year

DESK: Final = "ayse"
SECOND_DESK: Final = "kemal"
"""Who decides, and who decides beside her where aid stops."""
HEARING: Final = "derya"
"""Who answers appeals, for the supervisor."""
ACCOUNTS: Final = {DESK: ADMINISTRATION, SECOND_DESK: ADMINISTRATION, HEARING: SUPERVISOR}
"""The accounts of the demo, and whose they are."""

ACKNOWLEDGED: Final = 2
"""Days after a partner was asked; three working days are given."""
REPLIED: Final = 5
NOTIFIED: Final = 4
"""Days after the case was opened; a decision by which aid stops waits 15 days from then on."""
DECIDED: Final = (20, 26)
SECOND_AFTER: Final = 2
APPEALED_AFTER: Final = (4, 15)
HEARD_AFTER: Final = (8, 25)
SETTLED_DAYS: Final = 80
"""A case that was opened so long ago has come to its end, whatever becomes of it."""
LEAST_OF_EACH: Final = 2

SILENCE: Final = "deadline-missed"
"""The reason of a case that a partner's silence dismissed."""


@dataclass(frozen=True, slots=True)
class Appeal:
    """Who appeals on which ground, and what the supervisor says ('': nothing, and is late)."""

    by: Literal["household", "partner"]
    ground: str
    answer: Literal["confirm", "dismiss", ""]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """What may become of a case. `weight` is its share; `decided` is '' if nobody decides.

    `silent`: one of the partners does not acknowledge, or acknowledges and does not reply.
    """

    name: str
    weight: int
    decided: Literal["confirm", "dismiss", ""]
    reason: str = ""
    silent: Literal["", "acknowledged", "replied"] = ""
    appeal: Appeal | None = None


COURSES: Final = (
    Course("repaired by the partner", 16, "confirm", "partner-correction"),
    Course("confirmed, nothing follows", 16, "confirm", "none"),
    Course("goes to audit", 8, "confirm", "refer-audit"),
    Course("next payment stops", 8, "confirm", "stop-next"),
    Course("moved into another programme", 4, "confirm", "re-programme"),
    Course("a top-up", 9, "dismiss", "top-up"),
    Course("two households", 8, "dismiss", "different-household"),
    Course("an error in the data", 7, "dismiss", "data-error"),
    Course("never paid", 6, "dismiss", "not-paid"),
    Course("shared custody", 3, "dismiss", "shared-custody"),
    Course("it was urgent", 3, "dismiss", "urgent"),
)
RARE: Final = (
    Course("never acknowledged", 3, "", silent="acknowledged"),
    Course("never replied", 2, "", silent="replied"),
    Course("administration late", 2, ""),
    Course(
        "household heard", 2, "confirm", "stop-next",
        appeal=Appeal("household", "urgent", "dismiss", "urgent"),
    ),
    Course(
        "household not heard", 1, "confirm", "re-programme",
        appeal=Appeal("household", "moved", "confirm", "re-programme"),
    ),
    Course(
        "partner heard", 1, "dismiss", "top-up",
        appeal=Appeal("partner", "data-error", "confirm", "none"),
    ),
    Course(
        "supervisor late", 1, "confirm", "none", appeal=Appeal("household", "separated", ""),
    ),
)  # fmt: skip
"""These are dealt to plain cases that have come to their end; each is there at least twice."""
UNSURE: Final = (
    Course("two people", 6, "dismiss", "different-household"),
    Course("an error in a name", 2, "dismiss", "data-error"),
    Course("one person", 2, "confirm", "none"),
)
"""Of possible links: nobody is asked, the desk looks at them alone."""


@dataclass(frozen=True, slots=True)
class Act:
    """What the administration, the supervisor or an appealing partner says on a day.

    `account` is '' where the body's own key signs; `finding` is its number in the story.
    `effect` is what must come of it; '' where nothing is said of that.
    """

    day: date
    org: str
    account: str
    step: Literal["notified", "appeal", "confirm", "dismiss"]
    finding: int
    revision: int
    reason: str = ""
    by: str = ""
    effect: Literal["applied", "waits-for-second", ""] = "applied"


@dataclass(frozen=True, slots=True)
class Party:
    """What a partner has answered by the end of the year; None where it has not."""

    org: str
    acknowledged: date | None
    replied: date | None


@dataclass(frozen=True, slots=True)
class Case:
    """What must be known of a story's case in the end; its first finding opened it."""

    status: Literal["open", "closed"]
    late: Literal["", "administration", "supervisor"]
    notified: date | None
    parties: tuple[Party, ...]


@dataclass(frozen=True, slots=True)
class Handled:
    """A story with what becomes of its case; `planted` has the statuses of the end."""

    story: Story
    course: Course
    planted: tuple[Planted, ...]
    acts: tuple[Act, ...]
    case: Case | None

    @property
    def silent_org(self) -> str:
        """Who does not answer: the organisation of the second payment."""
        return self.planted[0].two[0] if self.course.silent else ""


def handle(seed: int, year: Year, stories: Sequence[Story]) -> list[Handled]:
    """The stories with what becomes of their cases, in the same order."""
    rng = Random(seed + 1)
    settled = [
        number
        for number, story in enumerate(stories)
        if _is_plain(story) and story.planted[0].opened <= year.last - timedelta(days=SETTLED_DAYS)
    ]
    rng.shuffle(settled)
    dealt: dict[int, Course] = {}
    for course in RARE:
        count = max(LEAST_OF_EACH, len(stories) * course.weight // 1_000)
        for _ in range(count):
            dealt[settled.pop()] = course
    return [
        _handled(rng, year, story, dealt.get(number) or _usual(rng, story))
        for number, story in enumerate(stories)
    ]


def _is_plain(story: Story) -> bool:
    """True for two payments, one finding, and no doubt about who it is."""
    if len(story.entries) != 2 or len(story.planted) != 1:
        return False
    (planted,) = story.planted
    return planted.is_pair and planted.status == "open" and planted.strength == "certain"


def _usual(rng: Random, story: Story) -> Course:
    is_unsure = any(planted.strength == "possible" for planted in story.planted)
    courses = UNSURE if is_unsure else COURSES
    return rng.choices(courses, [course.weight for course in courses])[0]


def _handled(rng: Random, year: Year, story: Story, course: Course) -> Handled:
    if not story.planted:
        return Handled(story, course, (), (), None)
    if not any(planted.is_pair and planted.status == "open" for planted in story.planted):
        # a gap has no days of its own; what was withdrawn has none left
        is_open = any(planted.status == "open" for planted in story.planted)
        case = Case("open" if is_open else "closed", "", None, ())
        return Handled(story, course, story.planted, (), case)
    acts = tuple(_acts(rng, year, story.planted, course))
    planted = tuple(
        _as_decided(one, [act for act in acts if act.finding == number], course)
        for number, one in enumerate(story.planted)
    )
    return Handled(story, course, planted, acts, _case(year, planted, acts, course))


def _acts(rng: Random, year: Year, planted: Sequence[Planted], course: Course) -> Iterator[Act]:
    """What is said in the year, by days."""
    opened = min(one.opened for one in planted)
    is_asked = planted[0].strength != "possible"
    notified = year.case_day(opened, NOTIFIED)
    if is_asked and not course.silent and notified:
        yield Act(notified, ADMINISTRATION, DESK, "notified", 0, 0, effect="")
    decided = year.case_day(opened, rng.randint(*DECIDED))
    if not course.decided or not decided:
        return
    accounts = [(decided, DESK)]
    if course.reason in ADVERSE:
        second = year.case_day(decided, SECOND_AFTER)
        accounts += [(second, SECOND_DESK)] if second else []
    for day, account in accounts:
        waits = course.reason in ADVERSE and account == DESK
        effect: Literal["applied", "waits-for-second"] = "waits-for-second" if waits else "applied"
        for number, one in enumerate(planted):
            yield Act(
                day, ADMINISTRATION, account, course.decided, number, one.revision,
                course.reason, effect=effect,
            )  # fmt: skip
    if course.appeal:
        yield from _appealed(rng, year, planted[0], course.appeal, accounts[-1][0])


def _appealed(
    rng: Random, year: Year, planted: Planted, appeal: Appeal, decided: date
) -> Iterator[Act]:
    revision = planted.revision + 1
    day = year.case_day(decided, rng.randint(*APPEALED_AFTER))
    if not day:
        return
    is_partner = appeal.by == "partner"
    org, account = (planted.one[0], "") if is_partner else (ADMINISTRATION, DESK)
    yield Act(day, org, account, "appeal", 0, revision, appeal.ground, appeal.by)
    heard = year.case_day(day, rng.randint(*HEARD_AFTER))
    if heard and appeal.answer:
        yield Act(heard, SUPERVISOR, HEARING, appeal.answer, 0, revision, appeal.reason)


STATUS: Final[dict[str, Literal["confirmed", "dismissed"]]] = {
    "confirm": "confirmed",
    "dismiss": "dismissed",
}


def _as_decided(planted: Planted, acts: Sequence[Act], course: Course) -> Planted:
    """The finding as its last decision with an effect leaves it."""
    if course.silent:
        return replace(planted, status="dismissed")
    for act in acts:
        if act.step in STATUS and act.effect == "applied":
            planted = replace(planted, status=STATUS[act.step])
    return planted


def _case(year: Year, planted: Sequence[Planted], acts: Sequence[Act], course: Course) -> Case:
    """What is known of the case on the year's last day."""
    if course.appeal and not course.appeal.answer and any(act.step == "appeal" for act in acts):
        return Case("open", "supervisor", None, ())
    if not any(one.status == "open" for one in planted):
        return Case("closed", "", None, ())
    opened = min(one.opened for one in planted)
    is_late = course.decided == "" and opened <= year.last - timedelta(days=SETTLED_DAYS)
    asked = planted if planted[0].strength != "possible" else ()
    parties = tuple(
        Party(org, year.case_day(day, ACKNOWLEDGED), year.case_day(day, REPLIED))
        for org, day in _asked(asked)
    )
    notified = next((act.day for act in acts if act.step == "notified"), None)
    return Case("open", "administration" if is_late else "", notified, parties)


def _asked(planted: Sequence[Planted]) -> list[tuple[str, date]]:
    """Each organisation, and the day on which its first finding was opened."""
    first: dict[str, date] = {}
    for one in planted:
        for org in one.orgs:
            first[org] = min(one.opened, first.get(org, one.opened))
    return sorted(first.items())
