"""The tables as data: names, columns with types, keys, and the topic that feeds each.

The migrations make them; a contract test holds that declared schema = live schema,
and the projector refuses to start on another. Every key is a function of the log, so a
row that is written twice is the same row, and ReplacingMergeTree keeps one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Source = Literal["journal", "findings", "projector"]
"""Who feeds a table: aid-journal, aid-findings, or the projector's own book-keeping."""

CODE: Final = "LowCardinality(String)"
TEXT: Final = "String"
DAY: Final = "Date"
MAYBE_DAY: Final = "Nullable(Date)"
MONEY: Final = "Decimal(18, 3)"
MAYBE_MONEY: Final = "Nullable(Decimal(18, 3))"
SEQ: Final = "UInt64"
NUMBER: Final = "UInt32"
MAYBE_NUMBER: Final = "Nullable(UInt32)"
FLAG: Final = "Bool"


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `columns` is name → ClickHouse type, in the order of the rows' values."""

    name: str
    source: Source
    columns: Mapping[str, str]
    order_by: tuple[str, ...]
    engine: str = "ReplacingMergeTree"


SUBMISSIONS: Final = Table(
    "submissions",
    "journal",
    {
        "seq": SEQ,
        "source_offset": SEQ,
        "org": CODE,
        "submission_id": TEXT,
        "assurance": CODE,
        "tokens_epoch": CODE,
        "records": NUMBER,
        "accepted": NUMBER,
        "duplicate": NUMBER,
        "rejected": NUMBER,
        "reason": CODE,
        "field": TEXT,
        "received_day": DAY,
    },
    ("seq", "source_offset"),
)

REJECTIONS: Final = Table(
    "rejections",
    "journal",
    {
        "seq": SEQ,
        "source_offset": SEQ,
        "row_no": NUMBER,
        "org": CODE,
        "submission_id": TEXT,
        "records": NUMBER,
        "reason": CODE,
        "field": TEXT,
        "kind": CODE,
        "record_id": TEXT,
        "version": NUMBER,
        "received_day": DAY,
    },
    ("seq", "source_offset", "row_no"),
)

ASSISTANCE: Final = Table(
    "assistance",
    "journal",
    {
        "org": CODE,
        "assistance_id": TEXT,
        "version": NUMBER,
        "stage": CODE,
        "programme": CODE,
        "purpose": CODE,
        "level": CODE,
        "modality": CODE,
        "delivery_mechanism": CODE,
        "frequency": CODE,
        "instalment_no": MAYBE_NUMBER,
        "instalment_of": MAYBE_NUMBER,
        "covers_from": DAY,
        "covers_to": DAY,
        "event_date": MAYBE_DAY,
        "amount": MONEY,
        "currency": CODE,
        "value_estimated": FLAG,
        "quantity": MAYBE_MONEY,
        "unit": CODE,
        "household_size": MAYBE_NUMBER,
        "household_as_of": MAYBE_DAY,
        "district": CODE,
        "protected": FLAG,
        "override_reason": CODE,
        "returned_amount": MAYBE_MONEY,
        "returned_reason": CODE,
        "replaces": TEXT,
        "lawful_basis_code": CODE,
        "assurance": CODE,
        "submission_id": TEXT,
        "source_offset": SEQ,
        "row_no": NUMBER,
        "seq": SEQ,
        "item": NUMBER,
        "received_day": DAY,
        "tokens_epoch": CODE,
    },
    ("org", "assistance_id", "version"),
)

PROGRAMMES: Final = Table(
    "programmes",
    "journal",
    {
        "programme": CODE,
        "version": NUMBER,
        "owner": CODE,
        "donor": TEXT,
        "purpose": CODE,
        "budget": MAYBE_MONEY,
        "currency": CODE,
        "starts": MAYBE_DAY,
        "ends": MAYBE_DAY,
        "complements": "Array(String)",
        "signed_by": CODE,
        "seq": SEQ,
        "item": NUMBER,
        "received_day": DAY,
    },
    ("programme", "version"),
)

PARTNERS: Final = Table(
    "partners",
    "journal",
    {
        "org": CODE,
        "version": NUMBER,
        "name": TEXT,
        "mailbox": TEXT,
        "seq": SEQ,
        "item": NUMBER,
        "received_day": DAY,
    },
    ("org", "version"),
)

POLICIES: Final = Table(
    "policies",
    "journal",
    {
        "version": NUMBER,
        "in_force_from": DAY,
        "rules": TEXT,
        "signed_by": CODE,
        "seq": SEQ,
        "item": NUMBER,
        "received_day": DAY,
    },
    ("version",),
)

BLOCKS: Final = Table(
    "blocks",
    "journal",
    {
        "seq": SEQ,
        "prev": TEXT,
        "digest": TEXT,
        "source_from": SEQ,
        "source_to": SEQ,
        "day": DAY,
        "clock_ms": SEQ,
        "ticks": NUMBER,
        "submissions": NUMBER,
        "submitted": NUMBER,
        "accepted": NUMBER,
        "duplicate": NUMBER,
        "rejected": NUMBER,
        "assistance": NUMBER,
        "message_offset": SEQ,
    },
    ("seq",),
)

VERDICTS: Final = Table(
    "verdicts",
    "findings",
    {
        "org": CODE,
        "assistance_id": TEXT,
        "version": NUMBER,
        "seq": SEQ,
        "position": NUMBER,
        "verdict": CODE,
        "basis": CODE,
        "purpose": CODE,
        "window_from": MAYBE_DAY,
        "window_to": MAYBE_DAY,
        "focal": TEXT,
        "policy": NUMBER,
        "assurance": CODE,
        "outcome": CODE,
        "amount": MONEY,
        "currency": CODE,
        "answered_day": DAY,
        "changed_day": DAY,
    },
    ("org", "assistance_id", "version", "seq", "position"),
)

FINDINGS: Final = Table(
    "findings",
    "findings",
    {
        "finding_id": TEXT,
        "revision": NUMBER,
        "kind": CODE,
        "strength": CODE,
        "status": CODE,
        "person_ref": TEXT,
        "org_a": CODE,
        "assistance_a": TEXT,
        "org_b": CODE,
        "assistance_b": TEXT,
        "purpose": CODE,
        "overlap_from": MAYBE_DAY,
        "overlap_to": MAYBE_DAY,
        "amount_at_risk": MAYBE_MONEY,
        "currency": CODE,
        "district": CODE,
        "opened_day": DAY,
        "changed_day": DAY,
        "caused_seq": SEQ,
        "caused_item": NUMBER,
        "policy": NUMBER,
        "seq": SEQ,
        "case_id": TEXT,
        "late_org": CODE,
    },
    ("finding_id", "revision"),
)

FINDING_RECORDS: Final = Table(
    "finding_records",
    "findings",
    {"finding_id": TEXT, "revision": NUMBER, "org": CODE, "assistance_id": TEXT, "seq": SEQ},
    ("finding_id", "revision", "org", "assistance_id"),
)

CASES: Final = Table(
    "cases",
    "findings",
    {
        "case_id": TEXT,
        "revision": NUMBER,
        "kind": CODE,
        "purpose": CODE,
        "status": CODE,
        "person_ref": TEXT,
        "programmes": "Array(String)",
        "findings": NUMBER,
        "decide_by": MAYBE_DAY,
        "notified_day": MAYBE_DAY,
        "late": CODE,
        "opened_day": DAY,
        "changed_day": DAY,
        "caused_seq": SEQ,
        "caused_item": NUMBER,
        "seq": SEQ,
    },
    ("case_id", "revision"),
)

EXCESS: Final = Table(
    "excess",
    "findings",
    {
        "case_id": TEXT,
        "month": DAY,
        "seq": SEQ,
        "position": NUMBER,
        "purpose": CODE,
        "amount": MAYBE_MONEY,
        "currency": CODE,
    },
    ("case_id", "month", "seq", "position"),
)

CASE_PARTIES: Final = Table(
    "case_parties",
    "findings",
    {
        "case_id": TEXT,
        "revision": NUMBER,
        "org": CODE,
        "asked_day": DAY,
        "acknowledge_by": DAY,
        "acknowledged_day": MAYBE_DAY,
        "reply_by": DAY,
        "replied_day": MAYBE_DAY,
        "fact": CODE,
        "seq": SEQ,
    },
    ("case_id", "revision", "org"),
)

DECISIONS: Final = Table(
    "decisions",
    "findings",
    {
        "act": CODE,
        "decision_id": TEXT,
        "finding_id": TEXT,
        "revision": NUMBER,
        "case_id": TEXT,
        "org": CODE,
        "decided_by": CODE,
        "decision": CODE,
        "reason": CODE,
        "effect": CODE,
        "decided_day": DAY,
        "seq": SEQ,
    },
    ("act", "decision_id"),
)

NOTICES: Final = Table(
    "notices",
    "findings",
    {
        "org": CODE,
        "assistance_id": TEXT,
        "version": NUMBER,
        "kind": CODE,
        "finding_id": TEXT,
        "day": DAY,
        "case_id": TEXT,
        "revision": NUMBER,
        "reason": CODE,
        "answer_by": MAYBE_DAY,
        "seq": SEQ,
    },
    ("org", "assistance_id", "version", "kind", "finding_id", "seq"),
)

NEEDS: Final = Table(
    "needs",
    "journal",
    {
        "org": CODE,
        "need_id": TEXT,
        "version": NUMBER,
        "purpose": CODE,
        "assessed_on": DAY,
        "closed_on": MAYBE_DAY,
        "district": CODE,
        "household_size": MAYBE_NUMBER,
        "protected": FLAG,
        "assurance": CODE,
        "seq": SEQ,
        "item": NUMBER,
        "received_day": DAY,
        "tokens_epoch": CODE,
    },
    ("org", "need_id", "version"),
)

ENROLMENTS: Final = Table(
    "enrolments",
    "journal",
    {
        "org": CODE,
        "enrolment_id": TEXT,
        "version": NUMBER,
        "programme": CODE,
        "started_on": DAY,
        "ended_on": MAYBE_DAY,
        "end_reason": CODE,
        "district": CODE,
        "protected": FLAG,
        "assurance": CODE,
        "seq": SEQ,
        "item": NUMBER,
        "received_day": DAY,
        "tokens_epoch": CODE,
    },
    ("org", "enrolment_id", "version"),
)

NUMBER_FACTS: Final = Table(
    "number_facts",
    "journal",
    {
        "kind": CODE,
        "org": CODE,
        "record_id": TEXT,
        "version": NUMBER,
        "status": CODE,
        "assurance": CODE,
        "tokens_epoch": CODE,
        "seq": SEQ,
        "item": NUMBER,
        "received_day": DAY,
    },
    ("kind", "org", "record_id", "version"),
)
"""Successions and quarantines: nothing of the numbers, only in which epochs they are said."""

EPOCHS: Final = Table(
    "epochs",
    "journal",
    {
        "epoch": CODE,
        "version": NUMBER,
        "public_key": TEXT,
        "status": CODE,
        "seq": SEQ,
        "item": NUMBER,
        "received_day": DAY,
    },
    ("epoch", "version"),
)

EVALUATIONS: Final = Table(
    "evaluations",
    "journal",
    {
        "server_org": CODE,
        "evaluations_id": TEXT,
        "version": NUMBER,
        "server": "UInt8",
        "day": DAY,
        "org": CODE,
        "epoch": CODE,
        "evaluations": SEQ,
        "seq": SEQ,
        "item": NUMBER,
        "received_day": DAY,
    },
    ("server_org", "evaluations_id", "version"),
)

REGISTRY_BLOCKS: Final = Table(
    "registry_blocks",
    "findings",
    {
        "seq": SEQ,
        "block": TEXT,
        "day": DAY,
        "submissions": NUMBER,
        "submitted": NUMBER,
        "accepted": NUMBER,
        "duplicate": NUMBER,
        "rejected": NUMBER,
        "finding_revisions": NUMBER,
        "verdicts": NUMBER,
        "message_offset": SEQ,
    },
    ("seq",),
)

CURSOR: Final = Table(
    "_cursor",
    "projector",
    {
        "table_group": CODE,
        "source": CODE,
        "next_seq": SEQ,
        "head": TEXT,
        "next_offset": SEQ,
        "last_message": TEXT,
        "day": MAYBE_DAY,
        "skipped": SEQ,
    },
    ("table_group", "source"),
    engine="ReplacingMergeTree(next_offset)",
)

TABLES: Final = (
    # the order of insertion: what the journal says stands before what is said about it, so a
    # protected record is known to be protected before its answer can be read
    ASSISTANCE,
    NEEDS,
    ENROLMENTS,
    NUMBER_FACTS,
    EPOCHS,
    EVALUATIONS,
    PROGRAMMES,
    PARTNERS,
    POLICIES,
    REJECTIONS,
    SUBMISSIONS,
    BLOCKS,
    VERDICTS,
    FINDINGS,
    FINDING_RECORDS,
    CASES,
    CASE_PARTIES,
    DECISIONS,
    EXCESS,
    NOTICES,
    REGISTRY_BLOCKS,
)
BY_NAME: Final = {table.name: table for table in (*TABLES, CURSOR)}

TABLE_GROUPS: Final = ("core", "domain", "epochs")
"""Tables that were added together and share a cursor. A later migration that adds a table
adds a group: its cursor begins at 0 and the projector, which starts at the least cursor,
fills it from the beginning of the log; rows that other groups have are written again."""
