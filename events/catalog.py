"""ONE table of everything that is written to a topic, and all that its readers ask of a kind.

A new kind is a model, a row here, and an entry in the `kinds.py` of each package that reads
kinds: a handler, or a reason to ignore it (tests/architecture/test_kinds.py names what lacks).
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field, TypeAdapter

from events.model import (
    ADMINISTRATION,
    SUPERVISOR,
    KeyRole,
    Record,
    aid,
    case,
    epochs,
    erasure,
    genesis,
    numbers,
    partners,
    policy,
    stages,
    submission,
)


class Topic(StrEnum):
    """Base names of the topics; a namespace may stand before them."""

    SUBMISSIONS = "aid-submissions"
    JOURNAL = "aid-journal"
    KEYS = "aid-keys"
    FINDINGS = "aid-findings"
    RECEIPTS = "aid-receipts"


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """How a topic is made. All have one partition, LogAppendTime and no transactions."""

    topic: Topic
    retention_days: int | None
    max_message_bytes: int
    flush_every_message: bool = False
    per_partner: bool = False


TOPICS: Final = (
    TopicSpec(Topic.SUBMISSIONS, 35, 1 << 20),
    TopicSpec(Topic.JOURNAL, None, 8 << 20, flush_every_message=True),
    TopicSpec(Topic.KEYS, None, 1 << 20, flush_every_message=True),
    TopicSpec(Topic.FINDINGS, None, 15 << 20),
    TopicSpec(Topic.RECEIPTS, 400, 15 << 20, per_partner=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A kind of record: a written name and a version, never a class path."""

    name: str
    version: int = 1
    model: type[BaseModel]
    topic: Topic = Topic.SUBMISSIONS
    id_field: str = ""
    """The field that names the thing a record is a version of; '' where there is but one."""
    is_shared: bool = False
    """One name space of ids for all signers; else each organisation has its own."""
    signers: frozenset[str]
    """The sides that may publish it: 'partner', 'administration', 'supervisor'."""
    roles: frozenset[str] = frozenset()
    """Roles of accounts that may sign it; keys of organisations may sign all."""
    needs_account: bool = False
    """A person says it: an organisation's own key may not sign it."""
    has_version_limit: bool = True
    """False for one thing, or a few, that are changed for ever (`intake.quotas`)."""
    month_field: str | None = None
    """A record's tokens count against the limit of the month of this day; '' is one limit
    for all months, None no limit.
    """
    retention_months: int | None = None
    """How long person-bearing content is kept from its end: the last day that is covered, the
    day a need or an enrolment was closed, a quarantine lifted; None is for ever.
    """
    is_answered: bool = False
    """The registry gives its sender an answer, and gives it again for a repetition."""
    handled_by: frozenset[str] = frozenset()
    """Whose `kinds.py` has a handler: 'intake' (rules beyond this table), 'registry' (folds
    it), 'projections' (keeps rows of it), 'lists' (a partner's list may hold it).
    """

    @property
    def bears_persons(self) -> bool:
        """True if tokens of people stand in it, under `subjects`, which intake seals."""
        return "subjects" in self.model.model_fields


_PARTNER: Final = frozenset({"partner"})
_ADMIN: Final = frozenset({"administration"})
_SUPERVISOR: Final = frozenset({"supervisor"})
_KEPT_MONTHS: Final = 24
_ADMINISTRATOR: Final = frozenset({KeyRole.ADMINISTRATOR})
_BODIES_ROLES: Final = frozenset({KeyRole.ADMINISTRATOR, KeyRole.SUPERVISOR})
_CASE_ROLES: Final = frozenset({KeyRole.ADMINISTRATOR, KeyRole.FOCAL_PERSON})


def _by(names: str) -> frozenset[str]:
    return frozenset(names.split())


CATALOG: Final = (
    Entry(name="assistance", model=aid.Assistance, id_field="assistance_id", signers=_PARTNER,
          month_field="covers_from", retention_months=_KEPT_MONTHS, is_answered=True,
          handled_by=_by("intake registry projections lists")),
    Entry(name="need", model=aid.Need, id_field="need_id", signers=_PARTNER,
          month_field="assessed_on", retention_months=_KEPT_MONTHS,
          handled_by=_by("registry projections lists")),
    Entry(name="enrolment", model=aid.Enrolment, id_field="enrolment_id", signers=_PARTNER,
          month_field="started_on", retention_months=_KEPT_MONTHS,
          handled_by=_by("intake registry projections lists")),
    Entry(name="succession", model=numbers.Succession, id_field="succession_id", signers=_PARTNER,
          month_field="", retention_months=_KEPT_MONTHS,
          handled_by=_by("intake registry projections lists")),
    Entry(name="inquiry", version=3, model=aid.Inquiry, id_field="inquiry_id", signers=_PARTNER,
          month_field="covers_from", retention_months=_KEPT_MONTHS, is_answered=True,
          handled_by=_by("intake registry projections")),
    Entry(name="programme", model=partners.Programme, id_field="programme", is_shared=True,
          signers=_PARTNER | _ADMIN, has_version_limit=False,
          handled_by=_by("intake registry projections lists")),
    Entry(name="partner", version=2, model=partners.Partner, id_field="org", is_shared=True,
          signers=_ADMIN, has_version_limit=False, handled_by=_by("intake registry projections")),
    Entry(name="key", model=partners.PartnerKey, id_field="public_key", is_shared=True,
          signers=_ADMIN | _SUPERVISOR, has_version_limit=False,
          handled_by=_by("intake registry projections")),
    Entry(name="stage-key", model=stages.StageKey, id_field="public_key", is_shared=True,
          signers=_ADMIN, has_version_limit=False,
          handled_by=_by("intake registry projections")),
    Entry(name="policy", version=4, model=policy.Policy, is_shared=True, signers=_ADMIN,
          has_version_limit=False, handled_by=_by("intake registry projections")),
    Entry(name="policy-signature", model=policy.PolicySignature, id_field="policy_version",
          signers=_SUPERVISOR, roles=frozenset({KeyRole.SUPERVISOR}),
          handled_by=_by("intake registry projections")),
    Entry(name="quarantine", model=numbers.Quarantine, id_field="quarantine_id", signers=_ADMIN,
          roles=_ADMINISTRATOR, retention_months=_KEPT_MONTHS,
          handled_by=_by("registry projections")),
    Entry(name="erasure", model=erasure.Erasure, id_field="erasure_id",
          signers=_ADMIN | _SUPERVISOR, roles=_BODIES_ROLES,
          handled_by=_by("intake registry projections")),
    Entry(name="release", model=submission.Release, id_field="submission_id", signers=_ADMIN,
          roles=_ADMINISTRATOR, handled_by=_by("intake")),
    Entry(name="clock-step", model=genesis.ClockStep, id_field="day", is_shared=True,
          signers=_ADMIN, has_version_limit=False, handled_by=_by("intake")),
    Entry(name="token-epoch", model=epochs.TokenEpoch, id_field="epoch", signers=_ADMIN,
          handled_by=_by("intake projections")),
    Entry(name="evaluations", model=epochs.Evaluations, id_field="evaluations_id", signers=_PARTNER,
          handled_by=_by("intake projections")),
    Entry(name="case-step", model=case.CaseStep, id_field="step_id", signers=_PARTNER | _ADMIN,
          roles=_CASE_ROLES, handled_by=_by("intake registry")),
    Entry(name="decision", model=case.Decision, id_field="decision_id",
          signers=_ADMIN | _SUPERVISOR, roles=_BODIES_ROLES, needs_account=True,
          handled_by=_by("registry")),
    Entry(name="appeal", model=case.Appeal, id_field="appeal_id", signers=_PARTNER | _ADMIN,
          roles=_CASE_ROLES, handled_by=_by("intake registry")),
    Entry(name="genesis", version=6, model=genesis.Genesis, topic=Topic.JOURNAL, signers=_ADMIN),
)  # fmt: skip
BY_NAME: Final = {entry.name: entry for entry in CATALOG}
SENT: Final = tuple(entry for entry in CATALOG if entry.topic is Topic.SUBMISSIONS)
"""The kinds that come through the door; genesis is born in the journal."""
_MODELS: Any = reduce(or_, (entry.model for entry in SENT))
RECORD: Final[TypeAdapter[Record]] = TypeAdapter(Annotated[_MODELS, Field(discriminator="kind")])
"""Everything that may stand in a submission, told apart by `kind`."""


def identity_of(kind: str, fields: dict[str, object]) -> str:
    """The id of the thing that a record's fields (in JSON shape) are a version of."""
    name = BY_NAME[kind].id_field
    return str(fields[name]) if name else kind


def identity(record: Record) -> tuple[str, str]:
    """(kind, id) of the thing that `record` is a version of, unique within its organisation."""
    name = BY_NAME[record.kind].id_field
    return record.kind, str(getattr(record, name)) if name else record.kind


def side_of(org: str) -> str:
    """Which of the three sides an organisation is, as `Entry.signers` names them."""
    return {ADMINISTRATION: "administration", SUPERVISOR: "supervisor"}.get(org, "partner")


def receipts_topic(org: str) -> str:
    """Base name of the topic that only `org` may read."""
    return f"{Topic.RECEIPTS}-{org.lower()}"
