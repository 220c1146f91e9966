"""How an organisation reserves, cancels and asks: counted by day, limited by the policy. Pure.

Somebody who reserves a province, or probes by plan and cancel, is refused further plans;
somebody who asks all day is refused further inquiries. Days are the journal's, so that a
replay counts the same. One small value an organisation: a row of counts for each day of
the last month, and for each day to come on which plans lapse.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import orjson

from events import codec
from events.rejection import Reason, Refusal
from processors.intake.state import IntakeState, Versions
from processors.reservations import lapse_day

RATIO_DAYS: Final = 30
"""The running days over which plans and their cancellations are compared."""

PLAN: Final = "plan"
ERASED: Final = "erased"
NO_VERSIONS: Final = frozenset({PLAN, ERASED})
"""What stands beside the versions of a record."""
"""Beside an assistance's versions: its `Plan`."""

_PLANS, _OPEN, _CANCELLED, _INQUIRIES = range(4)

Days = dict[int, list[int]]
"""Day → [plans begun, open plans that lapse, cancelled of those begun, inquiries] of that day."""


@dataclass(slots=True)
class Plan:
    """What of an assistance says whether it reserves. Days are ordinals, 0 where there is none.

    As the registry reads it: a plan is open if something was announced since the last
    cancellation and nothing was paid, until it lapses.
    """

    announced: dict[str, int] = field(default_factory=dict)
    """Planned version → the day on which it came, above all paid and cancelled versions."""
    cancelled: int = 0
    """The highest cancelled version, and the highest that was delivered or returned."""
    paid: int = 0
    covers_from: str = ""
    """Of the highest version, if that is above both."""
    begun: int = 0
    until: int = 0
    """The day on which the open plan was begun, and the one on which it lapses."""

    @classmethod
    def of(cls, versions: Versions) -> "Plan":
        """As it stands beside the accepted versions."""
        return cls(**versions.get(PLAN, {}))

    def follow(self, state: IntakeState, rec: dict[str, Any], versions: Versions) -> None:
        """Take a further version."""
        stage, version = rec["stage"], rec["version"]
        if stage == "planned":
            self.announced[str(version)] = _today(state)
        elif stage == "cancelled":
            self.cancelled = max(self.cancelled, version)
        elif stage in ("delivered", "returned"):
            self.paid = max(self.paid, version)
        floor = max(self.cancelled, self.paid)
        self.announced = {v: day for v, day in self.announced.items() if int(v) > floor}
        if not any(int(known) > version for known in versions if known not in NO_VERSIONS):
            self.covers_from = rec["covers_from"] if version > floor else ""
        self.until = 0
        if self.announced and self.paid <= self.cancelled:
            rules = state.world.policies.in_force(self.covers_from).rules
            self.until = lapse_day([*self.announced.values()], rules["reservation_days"])


def limit_plan(state: IntakeState, org: str, rec: dict[str, Any], versions: Versions) -> None:
    """Raise Refusal(quota-exceeded), naming the policy's rule, for a plan too many.

    A renewal of an open one is none.
    """
    if rec["stage"] != "planned":
        return
    plan, rules, today = Plan.of(versions), state.world.rules, _today(state)
    was_open = plan.until > today
    plan.follow(state, rec, versions)
    if was_open or plan.until <= today:
        return
    days = _days(state, org)
    if _sum(days, _OPEN, after=today) >= rules["open_reservations"]:
        raise Refusal(Reason.QUOTA_EXCEEDED, "open_reservations")
    month = today - RATIO_DAYS
    plans, cancelled = _sum(days, _PLANS, after=month), _sum(days, _CANCELLED, after=month)
    if plans >= rules["cancel_plans"] and cancelled * 100 > plans * rules["cancel_percent"]:
        raise Refusal(Reason.QUOTA_EXCEEDED, "cancel_percent")


def take_assistance(state: IntakeState, org: str, rec: dict[str, Any], versions: Versions) -> None:
    """Count an accepted version; `versions` are those before it, and keep its plan."""
    plan, today, changes = Plan.of(versions), _today(state), []
    before = plan.until
    plan.follow(state, rec, versions)
    if plan.until != before:
        changes += [(before, _OPEN, -1), (plan.until, _OPEN, 1)]
    if before <= today < plan.until:
        plan.begun = today
        changes.append((today, _PLANS, 1))
    elif plan.begun and not plan.until:
        if rec["stage"] == "cancelled":
            changes.append((plan.begun, _CANCELLED, 1))
        plan.begun = 0
    kept = ((name, getattr(plan, name)) for name in Plan.__slots__)
    versions[PLAN] = {name: value for name, value in kept if value}
    _add(state, org, changes)


def limit_inquiry(state: IntakeState, org: str, rec: dict[str, Any], versions: Versions) -> None:
    """Raise Refusal(quota-exceeded) for an inquiry too many on one day."""
    asked = _days(state, org).get(_today(state), [0] * 4)[_INQUIRIES]
    if asked >= state.world.rules["inquiries_a_day"]:
        raise Refusal(Reason.QUOTA_EXCEEDED, "inquiries_a_day")


def take_inquiry(state: IntakeState, org: str, rec: dict[str, Any], versions: Versions) -> None:
    """Count an accepted inquiry."""
    _add(state, org, [(_today(state), _INQUIRIES, 1)])


def _today(state: IntakeState) -> int:
    return date.fromisoformat(state.world.day).toordinal()


def _key(org: str) -> bytes:
    return f"q:{org}".encode()


def _days(state: IntakeState, org: str) -> Days:
    found = orjson.loads(state.overlay.get(_key(org)) or b"{}")
    return {int(day): counts for day, counts in found.items()}


def _sum(days: Days, what: int, *, after: int) -> int:
    return sum(counts[what] for day, counts in days.items() if day > after)


def _add(state: IntakeState, org: str, changes: list[tuple[int, int, int]]) -> None:
    """Change counts, each by its day; what lies further back than a month no longer counts."""
    if not changes:
        return
    horizon = _today(state) - RATIO_DAYS
    days = {day: counts for day, counts in _days(state, org).items() if day > horizon}
    for day, what, by in changes:
        if day > horizon:
            days.setdefault(day, [0] * 4)[what] += by
    state.overlay.put(_key(org), codec.dumps({str(day): row for day, row in days.items()}))
