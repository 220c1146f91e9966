"""What people say about a case: steps, decisions with a coded reason, appeals.

Who speaks is the account behind the key that signed the submission, so that two
signatures are two people. There is no free text about a person.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from events.model.types import CaseId, FindingId, Record, Uuid

Dismissal = Literal[
    "complementary", "top-up", "different-household", "separated", "shared-custody", "moved",
    "data-error", "urgent", "stale-record", "not-paid",
]  # fmt: skip
Confirmation = Literal["none", "stop-next", "re-programme", "partner-correction", "refer-audit"]
ADVERSE: frozenset[str] = frozenset({"stop-next", "re-programme"})
"""Confirmations that change a family's aid: two people, after the household's notice."""

_DISMISSALS: frozenset[str] = frozenset(Dismissal.__args__)  # type: ignore[attr-defined]  # typing hides it
Revision = Annotated[int, Field(ge=1, le=1_000_000)]


class CaseStep(Record):
    """A step that is due: a partner acknowledges or replies, the administration gave notice."""

    kind: Literal["case-step"]
    step_id: Uuid
    case_id: CaseId
    step: Literal["acknowledged", "replied", "notified"]
    fact: Dismissal | Literal["paid-as-recorded"] | None = None

    @model_validator(mode="after")
    def _fact(self) -> Self:
        if (self.step == "replied") != (self.fact is not None):
            raise ValueError("fact")
        return self


class Decision(Record):
    """A person's decision on one revision of a finding. The supervisor's answers an appeal."""

    kind: Literal["decision"]
    decision_id: Uuid
    finding_id: FindingId
    revision: Revision
    decision: Literal["confirm", "dismiss"]
    reason: Dismissal | Confirmation

    @model_validator(mode="after")
    def _reason(self) -> Self:
        if (self.decision == "dismiss") != (self.reason in _DISMISSALS):
            raise ValueError("reason")
        return self


class Appeal(Record):
    """An appeal against a decision, by the household or a partner, to the supervisor."""

    kind: Literal["appeal"]
    appeal_id: Uuid
    finding_id: FindingId
    revision: Revision
    by: Literal["household", "partner"]
    ground: Dismissal
