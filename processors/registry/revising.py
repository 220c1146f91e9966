"""Revisions of findings: 1, 2, 3, one for each record or tick that changed what is said."""

from typing import Final

import orjson

from events.codec import dumps
from events.outputs import FindingRevision, RegistryOutput
from processors.registry.keys import finding_key
from processors.registry.memory import Cause, RegistryState

SAID: Final = (
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
) -> FindingRevision | None:
    """Say what the finding is now (None: it no longer stands); None if nothing changed."""
    last = known_finding(state, finding_id)
    if fresh is None:
        if last is None:
            return None
        fresh = FindingRevision(**last)
        fresh["status"] = "withdrawn"
    elif last is not None:
        fresh["case_id"] = last["case_id"]
        if last["status"] in DECIDED and _same(fresh, last):
            # what a person decided stands for what was decided
            fresh["status"] = last["status"]
    if last is not None and all(fresh[name] == last[name] for name in SAID):
        return None
    return say(state, out, cause, fresh, last)


def say(
    state: RegistryState,
    out: RegistryOutput,
    cause: Cause,
    fresh: FindingRevision,
    last: FindingRevision | None,
) -> FindingRevision:
    """Count, keep and emit a revision."""
    fresh["revision"] = last["revision"] + 1 if last else 1
    fresh["opened_day"] = last["opened_day"] if last else state.world.day
    fresh["changed_day"] = state.world.day
    fresh["caused_by"] = [cause.seq, cause.index]
    out["findings"].append(fresh)
    keep(state, fresh)
    return fresh


def keep(state: RegistryState, finding: FindingRevision) -> None:
    """Keep a finding's last revision."""
    state.overlay.put(finding_key(finding["finding_id"]), dumps(finding))


def _same(a: FindingRevision, b: FindingRevision) -> bool:
    return all(a[name] == b[name] for name in SAID if name != "status")
