"""The tables that aid-findings feeds: what the registry says of each block."""

from typing import Final

import orjson

from projections.tables.columns import (
    CODE,
    DAY,
    LIST,
    MAYBE_DAY,
    MAYBE_MONEY,
    MONEY,
    NUMBER,
    SEQ,
    TEXT,
    Column,
    Item,
    context,
    field,
    made,
    table,
    within,
)

ANSWERED: Final = context("seq", SEQ, "The block whose answer brought it")
POSITION: Final = context("position", NUMBER, "Its place in that answer")
OPENED: Final = field("opened_day", DAY, "Day of the first revision")
CHANGED: Final = field("changed_day", DAY, "Day of this revision")
CAUSED_SEQ: Final = made(
    "caused_seq", SEQ, "Block of the fact that caused it", lambda item: item["caused_by"][0]
)
CAUSED_ITEM: Final = made(
    "caused_item", NUMBER, "Place of that fact in its block", lambda item: item["caused_by"][1]
)
PERSON: Final = context("person_ref", TEXT, "The person: 16 hex digits, others every year")


def kind_a(finding: Item) -> str:
    """What a finding's a is: assistance, need or enrolment; '' where it was not recorded."""
    missing = "enrolment" if finding["kind"] == "lapsed-coverage" else ""
    return str(finding.get("kind_a", missing))


def _gap(finding: Item, kind: str) -> str:
    return finding["assistance_a"] if kind_a(finding) == kind else ""


def answer(name: str, type_: str, comment: str) -> Column:
    """A column with a field of a verdict's answer."""
    return within("answer", field(name, type_, comment))


VERDICTS: Final = table(
    "verdicts",
    "The answer to every planned or delivered record, again with each outcome",
    "org, assistance_id, version, seq, position",
    field("org", CODE, "Organisation of the record that was answered"),
    field("assistance_id", TEXT, "Which record"),
    field("version", NUMBER, "Which version of it"),
    ANSWERED,
    POSITION,
    answer("verdict", CODE, "clear, covered, review or uncheckable: advice"),
    answer("basis", CODE, "delivered or reserved; empty if nothing was found"),
    answer("purpose", CODE, "The purpose that was matched"),
    answer("window_from", MAYBE_DAY, "First day of the window disclosed; NULL if none"),
    answer("window_to", MAYBE_DAY, "First day after that window; NULL if none"),
    answer("focal", TEXT, "Handle of the other side's focal person, or empty"),
    answer("policy", NUMBER, "Version of the policy that it rests on"),
    answer("assurance", CODE, "How the tokens were made that it rests on"),
    field("outcome", CODE, "What became of the record so far"),
    field("amount", MONEY, "Of the record that was answered"),
    field("currency", CODE, "Currency of the amount"),
    answer("answered_day", DAY, "Day of the answer"),
    context("changed_day", DAY, "Day on which the outcome was last set", "day"),
)

FINDINGS: Final = table(
    "findings",
    "Every revision of every finding",
    "finding_id, revision",
    field("finding_id", TEXT, "SHA-256 over its kind and causes, 32 hex digits"),
    field("revision", NUMBER, "Counts 1, 2, 3; a decision binds (finding_id, revision)"),
    field("kind", CODE, "What was found"),
    field("strength", CODE, "certain, probable or possible"),
    field("status", CODE, "open, confirmed, dismissed or withdrawn"),
    PERSON,
    field("org_a", CODE, "Organisation of record a"),
    field("assistance_a", TEXT, "Record a; of a gap its need or enrolment"),
    field("org_b", CODE, "Organisation of record b; empty for gaps and sums"),
    field("assistance_b", TEXT, "Record b; empty for gaps and sums"),
    field("purpose", CODE, "Of the finding"),
    field("overlap_from", MAYBE_DAY, "First day of the overlap; of a gap, since when"),
    field("overlap_to", MAYBE_DAY, "First day after the overlap; NULL for gaps"),
    field("amount_at_risk", MAYBE_MONEY, "The smaller pro-rated amount; NULL if not known"),
    field("currency", CODE, "Currency of the amount"),
    field("district", CODE, "OCHA p-code of a's district"),
    OPENED,
    CHANGED,
    CAUSED_SEQ,
    CAUSED_ITEM,
    field("policy", NUMBER, "Version of the policy that it was judged by"),
    ANSWERED,
    field("case_id", TEXT, "The case it belongs to; empty for a sum over the cap"),
    field("late_org", CODE, "Whose late upload caused it, or empty"),
    made("need_id", TEXT, "Of a gap: its need, or empty", lambda f: _gap(f, "need")),
    made("enrolment_id", TEXT, "Of a gap: its enrolment, or empty",
         lambda f: _gap(f, "enrolment")),
    made("checks", TEXT, "JSON of what was checked; empty: not recorded",
         lambda f: orjson.dumps(f["checks"]).decode() if "checks" in f else ""),
)  # fmt: skip

FINDING_RECORDS: Final = table(
    "finding_records",
    "The records that each revision of a finding is about",
    "finding_id, revision, org, assistance_id",
    context("finding_id", TEXT, "The finding"),
    context("revision", NUMBER, "Its revision"),
    field("org", CODE, "Organisation of the record"),
    field("assistance_id", TEXT, "The record: an assistance, or a gap's need or enrolment"),
    ANSWERED,
    group="domain",
)

CASES: Final = table(
    "cases",
    "Every revision of every case",
    "case_id, revision",
    field("case_id", TEXT, "The case"),
    field("revision", NUMBER, "Counts 1, 2, 3"),
    field("kind", CODE, "coverage, or suspect-identifier: a number too many list"),
    field("purpose", CODE, "Its purpose; empty for a suspect identifier"),
    field("status", CODE, "open while a finding is open or an appeal unanswered, else closed"),
    PERSON,
    field("programmes", LIST, "The programmes ever concerned"),
    field("findings", NUMBER, "Open findings; of a number the households that list it"),
    field("decide_by", MAYBE_DAY, "The day by which to decide; NULL if none"),
    field("notified_day", MAYBE_DAY, "When the household was given notice; NULL: not yet"),
    field("late", CODE, "Whose day is past: administration, supervisor or empty"),
    OPENED,
    CHANGED,
    CAUSED_SEQ,
    CAUSED_ITEM,
    ANSWERED,
    group="domain",
)

CASE_PARTIES: Final = table(
    "case_parties",
    "Who is asked about a case, in each of its revisions",
    "case_id, revision, org",
    context("case_id", TEXT, "The case"),
    context("revision", NUMBER, "Its revision"),
    field("org", CODE, "The organisation that is asked"),
    field("asked_day", DAY, "When it was asked"),
    field("acknowledge_by", DAY, "By when to acknowledge"),
    field("acknowledged_day", MAYBE_DAY, "When it did; NULL: not yet"),
    field("reply_by", DAY, "By when to reply"),
    field("replied_day", MAYBE_DAY, "When it did; NULL: not yet"),
    field("fact", CODE, "The coded fact of its reply, or empty"),
    ANSWERED,
    group="domain",
)

DECISIONS: Final = table(
    "decisions",
    "Every attempt to decide or appeal with its effect, and every deadline that was missed",
    "act, decision_id, seq, position",
    field("act", CODE, "decision, appeal or deadline"),
    field("decision_id", TEXT, "The same for all that one account says of a revision"),
    field("version", NUMBER, "Version of the record; 0: not recorded", default=0),
    field("finding_id", TEXT, "What it is about; empty for a deadline"),
    field("revision", NUMBER, "The revision that it names"),
    field("case_id", TEXT, "The case it is about"),
    field("org", CODE, "The organisation"),
    field("decided_by", CODE, "The account that signed, or empty", "user"),
    field("role", CODE, "What that account is; empty: none, or not recorded", default=""),
    field("decision", CODE, "confirm, dismiss or empty"),
    field("reason", CODE, "Coded reason or ground"),
    field("effect", CODE, "applied, or why nothing followed"),
    field("decided_day", DAY, "Its day", "day"),
    ANSWERED,
    context("position", NUMBER, "Its place in that answer"),
    group="attempts",
)

EXCESS: Final = table(
    "excess",
    "What a case had too much of in a month, again whenever it changes",
    "case_id, month, seq, position",
    field("case_id", TEXT, "The case"),
    field("month", DAY, "First day of the month"),
    ANSWERED,
    POSITION,
    field("purpose", CODE, "Purpose of the case"),
    field("amount", MAYBE_MONEY, "Over its open and confirmed certain pairs; NULL: no rate"),
    field("currency", CODE, "Currency of both amounts"),
    field("amount_confirmed", MAYBE_MONEY, "Over the confirmed alone; NULL: not recorded"),
    field("district", CODE, "Of the case's first finding; empty: not recorded", default=""),
    group="domain",
)

NOTICES: Final = table(
    "notices",
    "What partners were told of their own records beside the answers",
    "org, assistance_id, version, kind, finding_id, seq",
    field("org", CODE, "Who was told"),
    field("assistance_id", TEXT, "About which of its records"),
    field("version", NUMBER, "Which version of it"),
    field("kind", CODE, "freed, case-opened, confirmed or dismissed"),
    field("finding_id", TEXT, "About which finding, or empty"),
    field("day", DAY, "When"),
    field("case_id", TEXT, "About which case, or empty"),
    field("revision", NUMBER, "Revision of the finding"),
    field("reason", CODE, "Why, or empty"),
    field("answer_by", MAYBE_DAY, "By when to acknowledge; NULL if nothing is asked", "by"),
    ANSWERED,
    group="domain",
)

REGISTRY_BLOCKS: Final = table(
    "registry_blocks",
    "What the registry counted in each block",
    "seq",
    ANSWERED,
    field("block", TEXT, "SHA-256 of the block that was answered"),
    field("day", DAY, "The day in force at its end"),
    context("submissions", NUMBER, "Messages of aid-submissions in it"),
    context("submitted", NUMBER, "Records in those"),
    context("accepted", NUMBER, "How many of them were accepted"),
    context("duplicate", NUMBER, "How many were there already"),
    context("rejected", NUMBER, "How many were refused"),
    context("finding_revisions", NUMBER, "Revisions of findings in the answer"),
    context("verdicts", NUMBER, "Verdicts in the answer"),
    context("message_offset", SEQ, "Offset of the answer in aid-findings"),
)
