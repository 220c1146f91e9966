"""What the registry says about a block (aid-findings) and what a partner is told (aid-receipts-*).

One message of aid-findings for each block, with the same `seq`. Amounts are
decimal strings, days ISO dates, windows half open. Nothing here is a token.
"""

import hashlib
from typing import Final, Literal, NotRequired, TypedDict

OUTPUT_VERSION: Final = 1

Disposition = Literal["accepted", "duplicate", "rejected"]
Verdict = Literal["clear", "covered", "review", "uncheckable"]
Basis = Literal["", "delivered", "reserved"]
FindingKind = Literal["double-coverage", "repeated-payment"]
FindingStatus = Literal["open", "withdrawn"]
Outcome = Literal["pending", "lapsed", "cancelled-after-verdict", "delivered-anyway", "delivered"]


class Answer(TypedDict):
    """The verdict on a planned or delivered record: advice, and all that is disclosed.

    `window_from`/`window_to` and `focal` are empty unless something was found;
    the window is to the month unless the link is certain.
    """

    verdict: Verdict
    basis: Basis
    purpose: str
    window_from: str
    window_to: str
    focal: str
    policy: int
    assurance: str
    answered_day: str


class Row(TypedDict):
    """The disposition of one record of a submission; `row` counts from 1."""

    row: int
    disposition: Disposition
    kind: str
    id: str
    version: int
    reason: str
    field: str
    answer: Answer | None


class SubmissionOutcome(TypedDict):
    """A submission or refused message as the block took it.

    `org` and `submission_id` are what a refused message claims (maybe ''). With
    `reason` set the whole message was refused and `rows` is empty; `records` counts
    the records in it, at least 1 for a message that cannot be read.
    """

    org: str
    submission_id: str
    offset: int
    assurance: str
    records: int
    reason: str
    field: str
    rows: list[Row]


class FindingRevision(TypedDict):
    """One revision of a finding. `person` is (seq, index, subject): internal, never shown."""

    finding_id: str
    revision: int
    kind: FindingKind
    strength: Literal["certain", "probable", "possible"]
    status: FindingStatus
    person: list[int]
    org_a: str
    assistance_a: str
    org_b: str
    assistance_b: str
    purpose: str
    overlap_from: str
    overlap_to: str
    amount_at_risk: str | None
    currency: str
    district: str
    opened_day: str
    changed_day: str
    caused_by: list[int]
    policy: int


class VerdictRow(TypedDict):
    """An answer with its later outcome; sent again whenever the outcome changes."""

    org: str
    assistance_id: str
    version: int
    outcome: Outcome
    amount: str
    currency: str
    answer: Answer


class RegistryOutput(TypedDict):
    """The message of aid-findings for block `seq`; `block` is that block's digest."""

    v: int
    seq: int
    block: str
    day: str
    submissions: list[SubmissionOutcome]
    findings: list[FindingRevision]
    verdicts: list[VerdictRow]


class Receipt(TypedDict):
    """What one partner is told about block `seq`; a heartbeat has no submissions."""

    v: int
    receipt_id: str
    org: str
    seq: int
    submissions: list[SubmissionOutcome]
    heartbeat: NotRequired[bool]


def finding_id(kind: str, org_a: str, id_a: str, org_b: str, id_b: str) -> str:
    """32 hex digits: SHA-256 over the kind and its causes, a before b in text order."""
    if (org_b, id_b) < (org_a, id_a):
        org_a, id_a, org_b, id_b = org_b, id_b, org_a, id_a
    text = "\n".join(("tekil-finding-v1", kind, org_a, id_a, org_b, id_b))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def receipt_id(org: str, seq: int) -> str:
    """32 hex digits, the same however often the receipt of (org, seq) is sent."""
    return hashlib.sha256(f"tekil-receipt-v1\n{org}\n{seq}".encode()).hexdigest()[:32]
