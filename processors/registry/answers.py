"""What a partner is told about a plan or a delivery, and what became of it."""

from typing import Any, Final

from events.outputs import Answer, Outcome, RegistryOutput, VerdictRow
from processors.registry import links
from processors.registry import state as st
from processors.registry.findings import Meets
from processors.registry.memory import Cause, RegistryState
from processors.registry.rules import Overlap, Rules, at_beneficiary, in_force
from processors.registry.state import Assistance

_PAID: Final = ("delivered", "returned")


def answer(
    state: RegistryState,
    record: Assistance,
    cause: Cause,
    rec: dict[str, Any],
    meets: Meets,
) -> Answer | None:
    """The verdict on a planned or delivered record or an amended plan; None for other stages."""
    stage = rec["stage"]
    if not (stage in ("planned", "delivered") or (stage == "amended" and record.planned)):
        return None
    # a version that comes late is answered for the assistance as it now stands
    content = record.content
    rules = in_force(state.rules, st.ordinal(content["covers_from"]))
    said = Answer(
        verdict="clear",
        basis="",
        purpose=content["purpose"],
        window_from="",
        window_to="",
        focal="",
        policy=rules.version if rules else 0,
        assurance=cause.assurance,
        answered_day=state.world.day,
    )
    blocker = _blocker(state, meets)
    if blocker:
        other, overlap = blocker
        said["verdict"] = "covered"
        said["policy"] = overlap.policy
        said["basis"] = "delivered" if other.delivered else "reserved"
        said["window_from"] = st.iso(overlap.window.start)
        said["window_to"] = st.iso(overlap.window.end)
        said["focal"] = state.world.partners[other.org]["mailbox"]
    elif not record.protected and not _checkable(record, rules):
        said["verdict"] = "uncheckable"
    record.answers[rec["version"]] = VerdictRow(
        org=record.org,
        assistance_id=record.assistance_id,
        version=rec["version"],
        outcome="pending",
        amount=rec["amount"],
        currency=rec["currency"],
        answer=said,
    )
    return said


def _checkable(record: Assistance, rules: Rules | None) -> bool:
    beneficiary = rules is not None and at_beneficiary(record.content["purpose"], rules)
    return bool(links.served(record, beneficiary))


def _blocker(state: RegistryState, meets: Meets) -> tuple[Assistance, Overlap] | None:
    """The live record that covers most of this one; of equals, the one that came first."""
    found = [
        (-overlap.window.days, other.first, other, overlap)
        for other, overlap in meets
        if overlap and (other.delivered or other.holds(state.world.today))
    ]
    if not found:
        return None
    *_, other, overlap = min(found, key=lambda entry: entry[:2])
    return other, overlap


def update_outcomes(out: RegistryOutput, record: Assistance, before: dict[int, str]) -> None:
    """What became of each answer: a new answer and a changed outcome are said."""
    for version, row in record.answers.items():
        row["outcome"] = _outcome(record, version)
        if before.get(version) != row["outcome"]:
            out["verdicts"].append(VerdictRow(**row))


def _outcome(record: Assistance, version: int) -> Outcome:
    """Of a plan: what its next delivery or cancellation was. Of a delivery: delivered."""
    if record.stages[version] in _PAID:
        return "delivered"
    warned = record.answers[version]["answer"]["verdict"] in ("covered", "review")
    paid: Outcome = "delivered-anyway" if warned else "delivered"
    later = sorted(v for v in record.stages if v > version)
    for stage in (record.stages[v] for v in later):
        if stage == "cancelled":
            return "cancelled-after-verdict"
        if stage in _PAID:
            return paid
    # a plan that came after its delivery
    return paid if record.paid else "pending"
