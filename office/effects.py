"""What came of a control record, as the registry says it in aid-findings.

A receipt only says that the record is in the journal. The log of findings is read from its end,
as a view may hide what is about a protected record, and may be behind.
"""

from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from events.attributed import output_of
from events.catalog import Topic
from events.model import Appeal, CaseStep, Decision
from events.outputs import CaseRevision, DecisionRow, RegistryOutput, SubmissionOutcome
from events.rejection import Reason
from infra import journal
from infra.errors import SystemUnavailable
from infra.scan import bounds, scan
from infra.settings import Settings
from office.control_records import APPLIED

UNKNOWN_CASE: Final = "unknown-case"
NOT_A_SIDE: Final = "not-a-side"
NOT_ASKED: Final = "not-asked"
NOT_TAKEN: Final = "not-taken"
"""The case was opened again since: what was said before does not hold for it."""
NOT_HELD: Final = "not-held"
FIRST_WINDOW: Final = 100
"""So many of the newest messages are read first; what is asked about is nearly always in them."""
T = TypeVar("T")


def of_decision(settings: Settings, record: Decision | Appeal) -> str:
    """The effect of a decision or appeal that is in the journal. Raises SystemUnavailable."""
    name = record.decision_id if isinstance(record, Decision) else record.appeal_id

    def find(output: RegistryOutput) -> DecisionRow | None:
        rows = (row for row in reversed(output["decisions"]) if row["decision_id"] == name)
        # of an older layout, which did not say the version: the newest
        return next((row for row in rows if row.get("version", 0) in (0, record.version)), None)

    found = newest(settings, find)
    if found is None:
        raise SystemUnavailable("The registry does not say what came of it. Run it again.")
    return found["effect"]


def of_step(settings: Settings, org: str, record: CaseStep) -> str:
    """The effect of a step in a case, from the case as it stands. Raises SystemUnavailable."""

    def find(output: RegistryOutput) -> CaseRevision | None:
        cases = (case for case in reversed(output["cases"]) if case["case_id"] == record.case_id)
        return next(cases, None)

    case = newest(settings, find)
    if case is None:
        return UNKNOWN_CASE
    if case["status"] == "closed":
        return NOT_ASKED
    if record.step == "notified":
        return APPLIED if case["notified_day"] else NOT_TAKEN
    party = next((party for party in case["parties"] if party["org"] == org), None)
    if party is None:
        return NOT_A_SIDE
    is_replied = party["replied_day"] and party["fact"] == record.fact
    stands = is_replied if record.step == "replied" else party["acknowledged_day"]
    return APPLIED if stands else NOT_TAKEN


def is_held(settings: Settings, org: str, submission_id: str) -> bool | None:
    """Whether a submission is held, as it was answered last; None if it was never sent."""

    def find(output: RegistryOutput) -> SubmissionOutcome | None:
        known = (one for one in reversed(output["submissions"]) if one["org"] == org)
        return next((one for one in known if one["submission_id"] == submission_id), None)

    found = newest(settings, find)
    if found is None:
        return None
    return any(row["reason"] == Reason.SUBMISSION_HELD for row in found["rows"])


def newest(settings: Settings, find: Callable[[RegistryOutput], T | None]) -> T | None:
    """The newest that `find` finds in an output of the registry. Raises SystemUnavailable."""
    for window in _windows(settings):
        found = [(out["seq"], one) for out in window if (one := find(out)) is not None]
        if found:
            return max(found, key=lambda said: said[0])[1]  # old ones may have been said again
    return None


def _windows(settings: Settings) -> Iterator[Iterator[RegistryOutput]]:
    """The log's messages, parts of it in their order, the newest part first."""
    [(first, end)] = bounds(settings, Topic.FINDINGS)
    size, trust = FIRST_WINDOW, journal.standing(settings).trust
    while first < end:
        messages = scan(settings, Topic.FINDINGS, end - size, end)
        outputs = (output_of(message.value, trust) for message in messages)
        yield (output for output in outputs if output is not None)
        end, size = end - size, 2 * size
