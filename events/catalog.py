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

    `signers` says who may publish it: 'partner', 'administration', or both.
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

CATALOG: Final = (
    Entry("assistance", 1, model.Assistance, Topic.SUBMISSIONS, "assistance_id", 24, _PARTNER),
    Entry("programme", 1, model.Programme, Topic.SUBMISSIONS, "programme", None, _PARTNER | _ADMIN),
    Entry("partner", 1, model.Partner, Topic.SUBMISSIONS, "org", None, _ADMIN),
    Entry("key", 1, model.PartnerKey, Topic.SUBMISSIONS, "public_key", None, _ADMIN),
    Entry("policy", 1, model.Policy, Topic.SUBMISSIONS, "in_force_from", None, _ADMIN),
    Entry("clock-step", 1, model.ClockStep, Topic.SUBMISSIONS, "day", None, _ADMIN),
    Entry("genesis", 1, model.Genesis, Topic.JOURNAL, "first_day", None, _ADMIN),
)
BY_NAME: Final = {entry.name: entry for entry in CATALOG}


def receipts_topic(org: str) -> str:
    """Base name of the topic that only `org` may read."""
    return f"{Topic.RECEIPTS}-{org.lower()}"
