"""What is said about a case: decisions, appeals, steps. Whose key signs, and what comes of it."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import TypeAdapter, ValidationError

from events.model import ADMINISTRATION, SUPERVISOR, Appeal, CaseStep, Decision, FindingId, Record
from infra.errors import UsageProblem
from infra.settings import Settings
from office import effects, views
from office.control_records import Outcome, publish
from producers import facts, keys
from projections.queries import Query

DUPLICATE: Final = "duplicate"
AGAIN: Final = ("notice-missing", "waits-for-second", effects.NOT_TAKEN)
"""What may have another effect when it is said once more, as the case has moved on."""
_HEX: Final[TypeAdapter[str]] = TypeAdapter(FindingId)
_REVISION: Final = Query(
    "SELECT max(revision) AS newest FROM v1_findings WHERE finding_id = {finding:String}"
)


@dataclass(frozen=True, slots=True)
class DecisionWanted:
    """`decision` is confirm or dismiss; revision 0 is the newest that the views show."""

    finding: str
    decision: str
    reason: str
    user: str
    revision: int = 0


@dataclass(frozen=True, slots=True)
class AppealWanted:
    """`by` is household or partner; revision 0 is the newest that the views show.

    Without an organisation the administration brings the household's appeal.
    """

    finding: str
    ground: str
    by: str
    org: str = ""
    revision: int = 0


@dataclass(frozen=True, slots=True)
class StepWanted:
    """`step` is acknowledged, replied (with the coded `fact`) or notified."""

    case: str
    step: str
    org: str
    fact: str = ""


def decide(settings: Settings, wanted: DecisionWanted) -> Outcome:
    """A decision on a finding, signed by a person's account. UsageProblem, SystemUnavailable."""
    user = wanted.user
    bodies = [
        org for org in (ADMINISTRATION, SUPERVISOR) if keys.has_account_key(settings, org, user)
    ]
    if len(bodies) != 1:
        what = "Both bodies have" if bodies else "Neither body has"
        raise UsageProblem(
            f"{what} an account {user} on this machine. "
            "Run: tekil account add USER --role administrator|supervisor"
        )
    (org,) = bodies
    finding = _hex(wanted.finding, "finding")
    revision = wanted.revision or newest_revision(settings, finding)
    fact = facts.decision(org, user, finding, revision, wanted.decision, wanted.reason)
    key = keys.load_account_key(settings, org, user)
    return _published(settings, org, fact, key)


def appeal(settings: Settings, wanted: AppealWanted) -> Outcome:
    """An appeal against the decision on a finding. UsageProblem, SystemUnavailable."""
    if wanted.by == "partner" and not wanted.org:
        raise UsageProblem("A partner's appeal names the partner: --org ORG")
    org, finding = wanted.org or ADMINISTRATION, _hex(wanted.finding, "finding")
    revision = wanted.revision or newest_revision(settings, finding)
    fact = facts.appeal(org, finding, revision, wanted.by, wanted.ground)
    return _published(settings, org, fact)


def answer(settings: Settings, wanted: StepWanted) -> Outcome:
    """A step in a case. UsageProblem, SystemUnavailable."""
    fact = facts.case_step(wanted.org, _hex(wanted.case, "case"), wanted.step, wanted.fact)
    return _published(settings, wanted.org, fact)


def _published(
    settings: Settings, org: str, fact: facts.Fact, key: Ed25519PrivateKey | None = None
) -> Outcome:
    """Publish it; once more if it is a duplicate of before the household's notice was over, or of
    the case as it was open an earlier time: duplicates are not folded.
    """
    judge = partial(_effect, settings, org)
    (outcome,) = publish(settings, org, [fact], key, judge=judge)
    if outcome.disposition == DUPLICATE and outcome.effect in AGAIN:
        (outcome,) = publish(settings, org, [fact], key, anew=True, judge=judge)
    return outcome


def _effect(settings: Settings, org: str, record: Record) -> str:
    match record:
        case Decision() | Appeal():
            return effects.of_decision(settings, record)
        case CaseStep():
            return effects.of_step(settings, org, record)
    raise TypeError(f"no effect of a {record.kind} is known here")


def newest_revision(settings: Settings, finding: str) -> int:
    """The revision of a finding that the views show now. Raises UsageProblem if there is none."""
    (row,) = views.rows(settings, _REVISION, finding=finding)
    if not row["newest"]:
        raise UsageProblem(f"No finding has the id {finding}. See: tekil query 'FROM v1_findings'")
    return int(row["newest"])


def _hex(text: str, what: str) -> str:
    try:
        return _HEX.validate_python(text)
    except ValidationError:
        raise UsageProblem(f"The id of a {what} has 32 hex digits.") from None
