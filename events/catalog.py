"""ONE table of everything that is written to a topic: name, version, model, key, retention."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pydantic import BaseModel

from events import model


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
    compact: bool = False
    flush_every_message: bool = False
    broker_uncompresses: bool = False
    per_partner: bool = False


TOPICS: Final = (
    TopicSpec(Topic.SUBMISSIONS, 35, 1 << 20, broker_uncompresses=True),
    TopicSpec(Topic.JOURNAL, None, 8 << 20, flush_every_message=True),
    TopicSpec(Topic.KEYS, None, 1 << 20, compact=True, flush_every_message=True),
    TopicSpec(Topic.FINDINGS, None, 15 << 20),
    TopicSpec(Topic.RECEIPTS, 400, 15 << 20, per_partner=True),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An event type: a written name and a version, never a class path.

    `signers` says who may publish it: 'partner', 'administration', 'supervisor'.
    `retention_months` of person-bearing content counts from its end: the last day that is
    covered, the day a need or an enrolment was closed, a quarantine lifted; None is for ever.
    """

    name: str
    version: int
    model: type[BaseModel]
    topic: Topic
    key: str
    retention_months: int | None
    signers: frozenset[str]


_PARTNER: Final = frozenset({"partner"})
_ADMIN: Final = frozenset({"administration"})
_SUPERVISOR: Final = frozenset({"supervisor"})
_KEPT_MONTHS: Final = 24


def _sent(
    name: str,
    model_: type[BaseModel],
    key: str,
    signers: frozenset[str],
    *,
    version: int = 1,
    months: int | None = None,
) -> Entry:
    """An entry of what is sent to aid-submissions."""
    return Entry(name, version, model_, Topic.SUBMISSIONS, key, months, signers)


CATALOG: Final = (
    _sent("assistance", model.Assistance, "assistance_id", _PARTNER, months=_KEPT_MONTHS),
    _sent("need", model.Need, "need_id", _PARTNER, months=_KEPT_MONTHS),
    _sent("enrolment", model.Enrolment, "enrolment_id", _PARTNER, months=_KEPT_MONTHS),
    _sent("succession", model.Succession, "succession_id", _PARTNER, months=_KEPT_MONTHS),
    _sent("inquiry", model.Inquiry, "inquiry_id", _PARTNER, version=2, months=_KEPT_MONTHS),
    _sent("programme", model.Programme, "programme", _PARTNER | _ADMIN),
    _sent("partner", model.Partner, "org", _ADMIN, version=2),
    _sent("key", model.PartnerKey, "public_key", _ADMIN | _SUPERVISOR),
    _sent("policy", model.Policy, "in_force_from", _ADMIN, version=3),
    _sent("policy-signature", model.PolicySignature, "policy_version", _SUPERVISOR),
    _sent("quarantine", model.Quarantine, "quarantine_id", _ADMIN, months=_KEPT_MONTHS),
    _sent("release", model.Release, "submission_id", _ADMIN),
    _sent("clock-step", model.ClockStep, "day", _ADMIN),
    _sent("token-epoch", model.TokenEpoch, "epoch", _ADMIN),
    _sent("evaluations", model.Evaluations, "evaluations_id", _PARTNER),
    _sent("case-step", model.CaseStep, "step_id", _PARTNER | _ADMIN),
    _sent("decision", model.Decision, "decision_id", _ADMIN | _SUPERVISOR),
    _sent("appeal", model.Appeal, "appeal_id", _PARTNER | _ADMIN),
    Entry("genesis", 4, model.Genesis, Topic.JOURNAL, "first_day", None, _ADMIN),
)
BY_NAME: Final = {entry.name: entry for entry in CATALOG}


def side_of(org: str) -> str:
    """Which of the three sides an organisation is, as `Entry.signers` names them."""
    return {model.ADMINISTRATION: "administration", model.SUPERVISOR: "supervisor"}.get(
        org, "partner"
    )


def receipts_topic(org: str) -> str:
    """Base name of the topic that only `org` may read."""
    return f"{Topic.RECEIPTS}-{org.lower()}"
