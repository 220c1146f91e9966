"""Random acts about findings: decisions, second accounts, notices, appeals, answers to them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeAlias

from hypothesis import strategies as st

from tests.oracle.acts import Act, Among, Everybody
from tests.oracle.choices import BOOLEANS, integers, one_of
from tests.oracle.told import FIRST_DAY, Record, Say, Step, StepTo

DISMISSALS = (
    "complementary", "top-up", "different-household", "separated", "shared-custody", "moved",
    "data-error", "urgent", "stale-record", "not-paid",
)  # fmt: skip
MILD = ("none", "partner-correction", "refer-audit")
ADVERSE = ("stop-next", "re-programme")
PEOPLE = ("u1", "u2", "u3")
JUDGES = ("s1", "s1", "s2")


SHORT: Sequence[Record] = (
    {"dismissal_days": 20}, {"dismissal_days": 10, "appeal_days": 10, "decision_days": 12},
    {"acknowledge_working_days": 6, "reply_days": 20}, {"acknowledge_working_days": 1},
    {"notice_days": 5, "reply_days": 2, "appeal_days": 2, "appeal_answer_days": 4},
)  # fmt: skip
"""Other days of a case, so that they come to pass in short histories."""
MOST_DAYS = 260


@dataclass(frozen=True)
class Wait:
    """So many days pass."""

    days: int


Deed: TypeAlias = Act | Everybody | Wait


@st.composite
def threads(draw: st.DrawFn, orgs: Sequence[str]) -> list[list[Deed]]:
    """None in half of the histories, else one to four: each is about one finding."""
    shapes = [_plain, _plain, _adverse, _adverse, _adverse, _appealed, _appealed, _stray]
    many = draw(one_of([0, 0, 1, 1, 2, 2, 3, 4]))
    return [draw(draw(one_of(shapes))(place * 100, tuple(orgs))) for place in range(many)]


@st.composite
def mixed_with(
    draw: st.DrawFn, lives: Sequence[Sequence[Say]], acts: Sequence[Sequence[Deed]]
) -> list[Step]:
    """The lives side by side, each in its order, and acts from when a part of them is said.

    Days pass, now and then half a year; before they do those who are asked may answer.
    """
    left: list[list[Say | Deed]] = [list(life) for life in lives]
    later: list[list[Say | Deed]] = [list(thread) for thread in acts]
    mode = draw(one_of(["replied", "replied", "half", "half", ""]))
    leap = 0 if draw(integers(0, 14)) else draw(one_of([170, 180, 181]))
    begin = sum(map(len, lives)) * draw(integers(1, 3)) // 3
    found: list[Step] = []
    day = 0
    while left:
        place = draw(integers(0, len(left) - 1))
        deed = left[place].pop(0)
        if not left[place]:
            left.pop(place)
        passing = draw(one_of([0] * 14 + [1, 2, 5, 12]))
        if isinstance(deed, Wait):
            passing = deed.days
        else:
            found.append(deed)
        if len(found) >= begin or not left:
            left, later = left + later, []
        if leap and not later and not place:
            passing, leap = leap, 0
        if passing and day + passing <= MOST_DAYS:
            found += draw(_answers(10_000 + len(found), mode))
            day += passing
            found.append(_on(day))
    last = min(draw(one_of([0, 0, 4, 20, 45])), MOST_DAYS - day)
    return [*found, _on(day + last)] if last else found


def _on(offset: int) -> StepTo:
    return StepTo((date.fromisoformat(FIRST_DAY) + timedelta(days=offset)).isoformat())


@st.composite
def _answers(draw: st.DrawFn, number: int, mode: str) -> list[Everybody]:
    """What is said before days pass: by all, by all but one, by none."""
    step = draw(one_of({"half": ["", "acknowledged", "replied"]}.get(mode, [mode])))
    silent = draw(one_of([-1] * 6 + [0, 1, 2]))
    return [Everybody(step, number, silent)] if step else []


@st.composite
def _first(draw: st.DrawFn, act: Act) -> Act:
    """The act with which a thread begins."""
    most: list[Among] = ["asked"] * 5
    among = draw(one_of([*most, "open", "open", "decided", "any"]))
    return replace(act, pick=draw(integers(0, 5)), among=among)


@st.composite
def _decision(
    draw: st.DrawFn, thread: int, number: int, decision: str, reason: str, *users: str
) -> Act:
    user = draw(one_of(users or PEOPLE))
    org = "SUPERVISOR" if user.startswith("s") else "ADMIN"
    fields = (("decision", decision), ("reason", reason))
    stale = not draw(integers(0, 11))
    return Act("decision", thread, thread + number, org, user, fields, stale=stale)


@st.composite
def _any_decision(draw: st.DrawFn, thread: int, number: int, *users: str) -> Act:
    decision = draw(one_of(["dismiss", "dismiss", "confirm"]))
    reasons = DISMISSALS if decision == "dismiss" else (*MILD, *ADVERSE)
    return draw(_decision(thread, number, decision, draw(one_of(reasons)), *users))


@st.composite
def _plain(draw: st.DrawFn, thread: int, orgs: Sequence[str]) -> list[Deed]:
    """A decision; now and then somebody decides again."""
    found: list[Deed] = [draw(_first(draw(_any_decision(thread, 0))))]
    if not draw(integers(0, 2)):
        found.append(draw(_any_decision(thread, 1)))
    return found


@st.composite
def _adverse(draw: st.DrawFn, thread: int, orgs: Sequence[str]) -> list[Deed]:
    """The household's notice, days, and two accounts that mostly say the same."""
    reason = draw(one_of(ADVERSE))
    ones = draw(one_of([("u1", "u2"), ("u1", "u2"), ("u2", "u3"), ("u1", "u1")]))
    notice: Deed = draw(_first(_step(thread, 0, "ADMIN", "notified")))
    found = [notice, Everybody("replied", thread + 1)]
    if draw(integers(0, 7)):
        found.append(Wait(draw(one_of([14, 15, 15, 16, 16, 20]))))
    other = reason if draw(integers(0, 7)) else draw(one_of(ADVERSE))
    for place, (user, said) in enumerate(zip(ones, (reason, other), strict=True)):
        found.append(draw(_decision(thread, 2 + place, "confirm", said, user)))
    if draw(BOOLEANS):
        found += draw(_appeal(thread, 4, orgs))
    return found


@st.composite
def _appealed(draw: st.DrawFn, thread: int, orgs: Sequence[str]) -> list[Deed]:
    """A decision and the appeal against it; sometimes a deadline decided."""
    if not draw(integers(0, 4)):
        found: list[Deed] = [draw(_first(_step(thread, 0, "ADMIN", "notified")))]
        found.append(Wait(draw(one_of([5, 8]))))
    else:
        decision, reasons = draw(one_of([("dismiss", DISMISSALS), ("confirm", MILD)]))
        reason = draw(one_of(reasons))
        found = [draw(_first(draw(_decision(thread, 0, decision, reason))))]
    return found + draw(_appeal(thread, 4, orgs))


@st.composite
def _appeal(draw: st.DrawFn, thread: int, number: int, orgs: Sequence[str]) -> list[Deed]:
    """An appeal, in time or not, and what the supervisor says."""
    found: list[Deed] = [Wait(days)] if (days := draw(one_of([0, 0, 3, 30, 31]))) else []
    org = draw(one_of(["a", "b", "b", "ADMIN", *orgs]))
    by = "household" if org == "ADMIN" else draw(one_of(["household", "partner"]))
    fields = (("by", by), ("ground", draw(one_of(DISMISSALS))))
    stale = not draw(integers(0, 11))
    found.append(Act("appeal", thread, thread + number, org, "", fields, stale=stale))
    if not draw(integers(0, 3)):
        found.append(draw(_any_decision(thread, number + 1)))
    noticed = not draw(integers(0, 3))
    if noticed:
        found += [_step(thread, number + 2, "ADMIN", "notified"), Wait(15)]
    if noticed or not draw(integers(0, 3)):
        reason = draw(one_of(ADVERSE))
        for place, user in enumerate(draw(one_of([("s1", "s2"), ("s1",)]))):
            found.append(draw(_decision(thread, number + 3 + place, "confirm", reason, user)))
    else:
        said = draw(one_of([("dismiss", DISMISSALS), ("confirm", MILD)]))
        reason = draw(one_of(said[1]))
        found.append(draw(_decision(thread, number + 3, said[0], reason, *JUDGES)))
    if not draw(integers(0, 3)):
        found.append(Act("appeal", thread, thread + number + 5, "b", "", fields))
    return found


@st.composite
def _stray(draw: st.DrawFn, thread: int, orgs: Sequence[str]) -> list[Deed]:
    """Things that mostly have no effect: out of turn, by others, about what never was."""
    found: list[Deed] = []
    for number in range(draw(integers(1, 3))):
        among: Among = draw(one_of(["none", "decided", "any"]))
        act = draw(_any_decision(thread, number, *PEOPLE, *JUDGES))
        if draw(BOOLEANS):
            org = draw(one_of(["a", "b", *orgs]))
            act = _step(thread, number, org, draw(one_of(["acknowledged", "replied"])))
        found.append(replace(act, pick=number, among=among))
    return found


def _step(thread: int, number: int, org: str, step: str) -> Act:
    fields = (("step", step), *((("fact", "paid-as-recorded"),) if step == "replied" else ()))
    return Act("case-step", thread, thread + number, org, "", fields)
