"""How an organisation reserves, cancels and asks: counted by day, limited by the policy. Pure.

Somebody who reserves a province, or probes by plan and cancel, is refused further plans;
somebody who asks all day is refused further inquiries. Days are the journal's, so that a
replay counts the same. One small value an organisation: a row of counts for each day of
the last month (or of the policy's reservation, if that is longer).
"""

from datetime import date, timedelta
from typing import Any, Final

import orjson

from events import codec
from events.rejection import Reason, Refusal
from processors.intake.state import IntakeState, Versions

RATIO_DAYS: Final = 30
"""The running days over which plans and their cancellations are compared."""

PLAN_DAY: Final = "plan"
"""Beside an assistance's versions: the day on which its open plan was begun."""

_PLANS, _OPEN, _CANCELLED, _INQUIRIES = range(4)
_ENDS: Final = frozenset({"delivered", "returned", "cancelled"})

Days = dict[str, list[int]]
"""ISO day → [plans begun, those still open, those cancelled, inquiries] of that day."""


def conduct_key(org: str) -> bytes:
    """Where an organisation's counts by day stand."""
    return f"q:{org}".encode()


def check(state: IntakeState, org: str, rec: dict[str, Any], versions: Versions) -> None:
    """Raise Refusal(quota-exceeded), naming the policy's rule, if this record is one too many."""
    rules = state.world.rules
    if rec["kind"] == "inquiry":
        asked = _days(state, org).get(state.world.day, [0] * 4)[_INQUIRIES]
        if asked >= rules["inquiries_a_day"]:
            raise Refusal(Reason.QUOTA_EXCEEDED, "inquiries_a_day")
    if not _begins_plan(state, rec, versions):
        return
    days = _days(state, org)
    held = _sum(days, _OPEN, since=_back(state, rules["reservation_days"]))
    if held >= rules["open_reservations"]:
        raise Refusal(Reason.QUOTA_EXCEEDED, "open_reservations")
    month = _back(state, RATIO_DAYS)
    plans, cancelled = _sum(days, _PLANS, since=month), _sum(days, _CANCELLED, since=month)
    if plans >= rules["cancel_plans"] and cancelled * 100 > plans * rules["cancel_percent"]:
        raise Refusal(Reason.QUOTA_EXCEEDED, "cancel_percent")


def count(state: IntakeState, org: str, rec: dict[str, Any], versions: Versions) -> None:
    """Count an accepted record; `versions` are the thing's before it, and keep its plan's day."""
    today = state.world.day
    if rec["kind"] == "inquiry":
        _add(state, org, {today: {_INQUIRIES: 1}})
    elif rec["kind"] != "assistance":
        return
    elif _begins_plan(state, rec, versions):
        _end_plan(state, org, versions, cancelled=False)  # of a plan that lapsed
        versions[PLAN_DAY] = today
        _add(state, org, {today: {_PLANS: 1, _OPEN: 1}})
    elif rec["stage"] in _ENDS and not (rec["stage"] == "cancelled" and _is_late(rec, versions)):
        _end_plan(state, org, versions, cancelled=rec["stage"] == "cancelled")


def _begins_plan(state: IntakeState, rec: dict[str, Any], versions: Versions) -> bool:
    """True for a plan that opens a reservation; a renewal of an open one does not."""
    if rec["kind"] != "assistance" or rec["stage"] != "planned":
        return False
    if _is_late(rec, versions):
        return False
    begun = versions.get(PLAN_DAY)
    return begun is None or begun <= _back(state, state.world.rules["reservation_days"])


def _is_late(rec: dict[str, Any], versions: Versions) -> bool:
    """True if a higher version is known already."""
    return any(int(known) > rec["version"] for known in versions if known != PLAN_DAY)


def _end_plan(state: IntakeState, org: str, versions: Versions, *, cancelled: bool) -> None:
    begun = versions.pop(PLAN_DAY, None)
    if begun is not None:
        _add(state, org, {begun: {_OPEN: -1, _CANCELLED: int(cancelled)}})


def _back(state: IntakeState, days: int) -> str:
    """The last day that no longer belongs to the running `days`."""
    return (date.fromisoformat(state.world.day) - timedelta(days=days)).isoformat()


def _days(state: IntakeState, org: str) -> Days:
    found: Days = orjson.loads(state.overlay.get(conduct_key(org)) or b"{}")
    return found


def _sum(days: Days, what: int, *, since: str) -> int:
    return sum(counts[what] for day, counts in days.items() if day > since)


def _add(state: IntakeState, org: str, more: dict[str, dict[int, int]]) -> None:
    horizon = _back(state, max(RATIO_DAYS, state.world.rules["reservation_days"]))
    days = {day: counts for day, counts in _days(state, org).items() if day > horizon}
    for day, changes in more.items():
        if day <= horizon:
            continue
        counts = days.setdefault(day, [0] * 4)
        for what, by in changes.items():
            counts[what] += by
    state.overlay.put(conduct_key(org), codec.dumps(days))
