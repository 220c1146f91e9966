"""What a partner is told about a plan or a delivery, and what became of it."""

from typing import Any, Final

from events.outputs import Answer, Notice, Outcome, RegistryOutput, VerdictRow
from processors.registry import keys, links
from processors.registry.days import iso, month_start, next_month, ordinal
from processors.registry.findings import Meet
from processors.registry.index import is_named
from processors.registry.memory import Cause, RegistryState
from processors.registry.records import Assistance
from processors.registry.rules import Overlap, Window, at_beneficiary

_PAID: Final = ("delivered", "returned")
_WARNED: Final = ("covered", "review")


def answer(
    state: RegistryState,
    record: Assistance,
    cause: Cause,
    rec: dict[str, Any],
    meets: list[Meet],
) -> Answer | None:
    """The verdict on a planned or delivered record or an amended plan; None for other stages."""
    stage = rec["stage"]
    if not (stage in ("planned", "delivered") or (stage == "amended" and record.planned)):
        return None
    # a version that comes late is answered for the assistance as it now stands
    given, blocker = verdict(state, record, cause, meets)
    record.answers[rec["version"]] = VerdictRow(
        org=record.org,
        assistance_id=record.record_id,
        version=rec["version"],
        outcome="pending",
        amount=rec["amount"],
        currency=rec["currency"],
        answer=given,
    )
    if blocker is not None and given["basis"] == "reserved":
        state.enlist(keys.beside(keys.BLOCKED, blocker.key), record.key)
    return given


def verdict(
    state: RegistryState, record: Assistance, cause: Cause, meets: list[Meet]
) -> tuple[Answer, Assistance | None]:
    """The answer, and the record that blocks this one, if there is one."""
    content = record.content
    rules = state.rules_on(ordinal(content["covers_from"]))
    given = Answer(
        verdict="clear",
        basis="",
        purpose=content["purpose"],
        window_from="",
        window_to="",
        focal="",
        policy=rules.version,
        assurance=cause.assurance,
        answered_day=state.common.day,
    )
    if record.protected:
        return given, None
    named = is_named(state, record, at_beneficiary(content["purpose"], rules))
    blocker = _blocker(state, meets, named)
    if blocker is None:
        if not named:
            given["verdict"] = "uncheckable"
        return given, None
    overlap = blocker.overlap
    assert overlap is not None
    is_certain = blocker.link is not None and blocker.link.strength == links.CERTAIN
    window = overlap.window if is_certain else _to_the_month(overlap)
    given["verdict"] = "covered" if is_certain else "review"
    given["policy"] = overlap.policy
    given["basis"] = "delivered" if blocker.other.delivered else "reserved"
    given["window_from"], given["window_to"] = iso(window.start), iso(window.end)
    if is_certain:
        given["focal"] = state.common.partners[blocker.other.org]["mailbox"]
    return given, blocker.other


def _to_the_month(overlap: Overlap) -> Window:
    return Window(month_start(overlap.window.start), next_month(overlap.window.end - 1))


def _blocker(state: RegistryState, meets: list[Meet], named: bool) -> Meet | None:
    """The live record that most surely, then for most days, covers this one; then the first.

    A possible link says nothing about a record that can be matched surely.
    """
    found = [
        (
            -links.RANKS[meet.link.strength],
            -meet.overlap.window.days,
            meet.other.first,
            meet,
        )
        for meet in meets
        if meet.overlap
        and meet.link
        and (meet.link.strength != links.POSSIBLE or not named)
        and (meet.other.delivered or meet.other.holds(state.common.today))
    ]
    return min(found, key=lambda entry: entry[:3])[3] if found else None


# -- what became of it ---------------------------------------------------------------------------


def outcomes_of(record: Assistance) -> dict[int, str]:
    """Version → what has become of its answer so far."""
    return {version: row["outcome"] for version, row in record.answers.items()}


def update_outcomes(
    state: RegistryState, out: RegistryOutput, record: Assistance, before: dict[int, str]
) -> None:
    """What became of each answer: a new answer and a changed outcome are said."""
    if not record.answers:
        return
    of_plans = _of_plans(record, state.common.today)
    for version, row in record.answers.items():
        row["outcome"] = _outcome(record, version, of_plans)
        if before.get(version) != row["outcome"]:
            out["verdicts"].append(VerdictRow(**row))


def _outcome(record: Assistance, version: int, of_plans: Outcome) -> Outcome:
    """Of a version: what it said itself, or what became of the record's plans."""
    if record.stages[version] in _PAID:
        return "delivered"
    if of_plans == "delivered" and record.answers[version]["answer"]["verdict"] in _WARNED:
        return "delivered-anyway"
    return of_plans


def _of_plans(record: Assistance, today: int) -> Outcome:
    """Whether what was planned was delivered in the end, cancelled, or its time is over."""
    if record.was_paid_in_its_last_life:
        return "delivered"
    if record.is_cancelled:
        return "cancelled-after-verdict"
    return "lapsed" if record.lapsed(today) else "pending"


def free(state: RegistryState, out: RegistryOutput, record: Assistance) -> None:
    """Tell those whom a plan blocked that it no longer holds."""
    place = keys.beside(keys.BLOCKED, record.key)
    blocked = state.listed(place)
    if not blocked:
        return
    state.overlay.put(place, None)
    state.load(blocked)
    for key in blocked:
        other = state.assistance(key)
        if other is None or not other.planned or not other.answers:
            continue
        version = max(other.answers)
        if other.answers[version]["answer"]["verdict"] in _WARNED:
            out["notices"].append(
                Notice(
                    org=other.org,
                    assistance_id=other.record_id,
                    version=version,
                    kind="freed",
                    day=state.common.day,
                    case_id="",
                    finding_id="",
                    revision=0,
                    reason="",
                    by="",
                )
            )
