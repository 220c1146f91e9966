"""Revisions of findings: 1, 2, 3, one for each record or tick that changed what is said."""

from collections.abc import Sequence
from typing import Final

import orjson

from events.codec import dumps
from events.outputs import FindingRevision, RegistryOutput
from processors.registry.keys import finding_key
from processors.registry.memory import Cause, FindingAtHand, RegistryState
from processors.registry.records import Fact

COMPARED: Final = (
    "strength", "status", "purpose", "overlap_from", "overlap_to", "amount_at_risk", "currency",
    "district", "records",
)  # fmt: skip
"""A revision is made if and only if one of these changed."""
DECIDED: Final = ("confirmed", "dismissed")


def known_finding(state: RegistryState, finding_id: str) -> FindingRevision | None:
    """The last revision of a finding."""
    value = state.overlay.get(finding_key(finding_id))
    found: FindingRevision | None = orjson.loads(value) if value else None
    return found


def revise(
    state: RegistryState,
    out: RegistryOutput,
    cause: Cause,
    finding_id: str,
    fresh: FindingRevision | None,
    facts: Sequence[Fact],
) -> None:
    """Say what the finding is now (None: it no longer stands), if that has changed.

    What was decided of it stays its status for the moment; `cases.settle` decides if it does.
    """
    last = known_finding(state, finding_id)
    if fresh is None:
        if last is None:
            return
        fresh = FindingRevision(**last)
        fresh["status"] = "withdrawn"
    elif last is not None:
        fresh["case_id"] = last["case_id"]
        if last["status"] in DECIDED:
            fresh["status"] = last["status"]
    before = last["status"] if last else ""
    if last is not None and all(fresh[name] == last[name] for name in COMPARED):
        if last["status"] != "withdrawn" and not state.renewed.isdisjoint(f.key for f in facts):
            state.unchanged.setdefault(finding_id, FindingAtHand(last, [*facts], before))
        return
    said = append(state, out, cause, fresh, last)
    known = state.revised.get(finding_id)
    state.revised[finding_id] = FindingAtHand(said, [*facts], known.before if known else before)


def append(
    state: RegistryState,
    out: RegistryOutput,
    cause: Cause,
    fresh: FindingRevision,
    last: FindingRevision | None,
) -> FindingRevision:
    """Count, keep and emit a revision; one item makes at most one of each finding."""
    here = [cause.seq, cause.index]
    fresh["opened_day"] = last["opened_day"] if last else state.common.day
    fresh["changed_day"] = state.common.day
    fresh["caused_by"] = here
    if last is not None and last["caused_by"] == here:
        fresh["revision"] = last["revision"]
        place = next(
            place
            for place in reversed(range(len(out["findings"])))
            if out["findings"][place]["finding_id"] == fresh["finding_id"]
        )
        out["findings"][place] = fresh
    else:
        fresh["revision"] = last["revision"] + 1 if last else 1
        out["findings"].append(fresh)
    keep(state, fresh)
    return fresh


def restate(
    state: RegistryState, out: RegistryOutput, cause: Cause, last: FindingRevision, status: str
) -> FindingRevision:
    """Say that a finding has another status; nothing is said if it has it already."""
    if last["status"] == status:
        return last
    fresh = FindingRevision(**last)
    fresh["status"] = status  # type: ignore[typeddict-item]  # one of the four
    return append(state, out, cause, fresh, last)


def keep(state: RegistryState, finding: FindingRevision) -> None:
    """Keep a finding's last revision."""
    state.overlay.put(finding_key(finding["finding_id"]), dumps(finding))
