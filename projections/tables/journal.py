"""The tables that aid-journal feeds. The sealed subjects of a record are in none of them."""

from typing import Any, Final

import orjson

from events import signing
from events.catalog import identity_of
from projections.tables.columns import (
    BYTE,
    CODE,
    DAY,
    FLAG,
    LIST,
    MAYBE_DAY,
    MAYBE_MONEY,
    MAYBE_NUMBER,
    MAYBE_SEQ,
    MONEY,
    NUMBER,
    SEQ,
    TEXT,
    context,
    field,
    made,
    table,
)

SEQ_COLUMN: Final = context("seq", SEQ, "The block of the journal it stands in")
ITEM: Final = context("item", NUMBER, "Its place in that block; with seq it names the fact")
RECEIVED: Final = context("received_day", DAY, "The day in force: the last tick before it")
PLACE: Final = (SEQ_COLUMN, ITEM, RECEIVED)
ORG: Final = context("org", CODE, "The organisation that signed it")
SIGNED_BY: Final = context("signed_by", CODE, "The organisation that signed it", "org")
KEY_ID: Final = context("key_id", CODE, "The key that signed it; empty: genesis itself")
ASSURANCE: Final = context("assurance", CODE, "How identifiers became tokens")
EPOCH: Final = context(
    "tokens_epoch", CODE, "Key epoch of its tokens; two, joined by -, in an overlap"
)
VERSION: Final = field("version", NUMBER, "Version of the record; the highest is the current one")
PROTECTED: Final = field(
    "protected", FLAG, "One protected version hides the record from every view", default=False
)

SUBMISSIONS: Final = table(
    "submissions",
    "One row for each message of aid-submissions that was taken or refused",
    "seq, source_offset",
    SEQ_COLUMN,
    context("source_offset", SEQ, "Its offset in aid-submissions"),
    context("org", CODE, "The organisation; of a refused message: what it claims, or empty"),
    context("submission_id", TEXT, "Its id; of a refused message: what it claims, or empty"),
    context("assurance", CODE, "How identifiers became tokens; empty if refused"),
    context("tokens_epoch", CODE, "Key epoch of its tokens; none without tokens"),
    context("records", NUMBER, "Records in it; of a message that cannot be read at least 1"),
    context("accepted", NUMBER, "How many of them were accepted"),
    context("duplicate", NUMBER, "How many were there already, with the same content"),
    context("rejected", NUMBER, "How many were refused"),
    context("reason", CODE, "Why the message was refused as a whole; empty if it was read"),
    context("field", TEXT, "The field that is wrong, or empty"),
    RECEIVED,
)

REJECTIONS: Final = table(
    "rejections",
    "One row for each refused record; row_no 0 is a message refused as a whole",
    "seq, source_offset, row_no",
    SEQ_COLUMN,
    context("source_offset", SEQ, "Offset of the message in aid-submissions"),
    context("row_no", NUMBER, "Its place in the submission, from 1; 0: the whole message"),
    ORG,
    context("submission_id", TEXT, "The submission it was in"),
    context("records", NUMBER, "1, or how many records the refused message held"),
    field("reason", CODE, "A code of the closed list of reasons"),
    field("field", TEXT, "The field that is wrong, or empty"),
    field("kind", CODE, "The kind of record; empty if it could not be read", default=""),
    field("record_id", TEXT, "Its id; empty if it could not be read", "id", default=""),
    field("version", NUMBER, "Its version; 0 if it could not be read", default=0),
    RECEIVED,
)

BLOCKS: Final = table(
    "blocks",
    "One row for each block of the journal: its place in the chain, and what it holds",
    "seq",
    SEQ_COLUMN,
    context("prev", TEXT, "SHA-256 of the block before it"),
    context("digest", TEXT, "SHA-256 of its own message"),
    context("source_from", SEQ, "The first offset of aid-submissions that it took"),
    context("source_to", SEQ, "The offset after the last that it took"),
    context("day", DAY, "The day in force at its end"),
    context("clock_ms", SEQ, "The journal's clock: the largest append time so far"),
    context("ticks", NUMBER, "How many days it closes"),
    context("submissions", NUMBER, "Messages of aid-submissions in it"),
    context("submitted", NUMBER, "Records in those"),
    context("accepted", NUMBER, "How many of them were accepted"),
    context("duplicate", NUMBER, "How many were there already"),
    context("rejected", NUMBER, "How many were refused"),
    context("assistance", NUMBER, "How many are assistance"),
    context("message_offset", SEQ, "Its offset in aid-journal"),
    context("keys_offset", MAYBE_SEQ, "Where its keys stand in aid-keys; NULL: it has none"),
    context("keys_id", TEXT, "What names that message; empty: it has none"),
)

ASSISTANCE: Final = table(
    "assistance",
    "Every accepted version of every assistance",
    "org, assistance_id, version",
    ORG,
    field("assistance_id", TEXT, "Made by the partner from its own reference"),
    VERSION,
    field("stage", CODE, "planned, delivered, amended, cancelled or returned"),
    field("programme", CODE, "The programme that pays"),
    field("purpose", CODE, "What it is for"),
    field("level", CODE, "Whom it is for: household or beneficiary", default="household"),
    field("modality", CODE, "cash, voucher, in-kind or service"),
    field("delivery_mechanism", CODE, "How it reaches the person", default="other"),
    field("frequency", CODE, "Once, or how often it comes again"),
    field("instalment_no", MAYBE_NUMBER, "Which instalment; NULL if there are none"),
    field("instalment_of", MAYBE_NUMBER, "Of how many; NULL if there are none"),
    field("covers_from", DAY, "First day of the declared window"),
    field("covers_to", DAY, "First day after the declared window"),
    field("event_date", MAYBE_DAY, "When it happened; NULL if not given"),
    field("amount", MONEY, "Transfer value"),
    field("currency", CODE, "Currency of the amount"),
    field("value_estimated", FLAG, "True: the value is estimated (in kind)", default=False),
    field("quantity", MAYBE_MONEY, "Of aid in kind; NULL if not given"),
    field("unit", CODE, "Of the quantity, or empty", default=""),
    field("household_size", MAYBE_NUMBER, "Persons; NULL if not known"),
    field("household_as_of", MAYBE_DAY, "The day of that knowledge; NULL if not given"),
    field("district", CODE, "OCHA p-code of the district"),
    PROTECTED,
    field("override_reason", CODE, "Why delivered after a warning, or empty", default=""),
    field("returned_amount", MAYBE_MONEY, "Returned so far; NULL if nothing was"),
    field("returned_reason", CODE, "Why it was returned, or empty", default=""),
    field("replaces", TEXT, "The assistance that this one replaces, or empty", default=""),
    field("lawful_basis_code", CODE, "Of the processing, or empty", default=""),
    ASSURANCE,
    context("submission_id", TEXT, "The submission it was in"),
    context("source_offset", SEQ, "Offset of that in aid-submissions"),
    context("row_no", NUMBER, "Its place in the submission, from 1"),
    *PLACE,
    EPOCH,
    kinds="assistance",
)

NEEDS: Final = table(
    "needs",
    "Every accepted version of every assessed need",
    "org, need_id, version",
    ORG,
    field("need_id", TEXT, "Made by the partner from its own reference"),
    VERSION,
    field("purpose", CODE, "What is needed"),
    field("assessed_on", DAY, "The day of the assessment"),
    field("closed_on", MAYBE_DAY, "The day it was closed; NULL while open"),
    field("district", CODE, "OCHA p-code of the district"),
    field("household_size", MAYBE_NUMBER, "Persons; NULL if not known"),
    PROTECTED,
    ASSURANCE,
    *PLACE,
    EPOCH,
    kinds="need",
    group="domain",
)

ENROLMENTS: Final = table(
    "enrolments",
    "Every accepted version of every time in a programme",
    "org, enrolment_id, version",
    ORG,
    field("enrolment_id", TEXT, "Made by the partner from its own reference"),
    VERSION,
    field("programme", CODE, "The programme"),
    field("started_on", DAY, "First day in it"),
    field("ended_on", MAYBE_DAY, "The day it ended; NULL while it runs"),
    field("end_reason", CODE, "Why it ended, or empty", default=""),
    field("district", CODE, "OCHA p-code of the district, or empty", default=""),
    PROTECTED,
    ASSURANCE,
    *PLACE,
    EPOCH,
    kinds="enrolment",
    group="domain",
)

INQUIRIES: Final = table(
    "inquiries",
    "Every accepted version of every question without a plan; its answer is the asker's alone",
    "org, inquiry_id, version",
    ORG,
    field("inquiry_id", TEXT, "Made by the partner for this question alone"),
    VERSION,
    field("reason", CODE, "Why it was asked; empty if asked before reasons were", default=""),
    field("about", TEXT, "The asker's own assistance that is meant, or empty", default=""),
    field("programme", CODE, "The programme that would pay"),
    field("purpose", CODE, "What it would be for"),
    field("modality", CODE, "cash, voucher, in-kind or service"),
    field("frequency", CODE, "Once, or how often it would come again"),
    field("covers_from", DAY, "First day of the window that was asked about"),
    field("covers_to", DAY, "First day after that window"),
    field("district", CODE, "OCHA p-code of the district"),
    ASSURANCE,
    *PLACE,
    EPOCH,
    kinds="inquiry",
    group="inquiries",
)

NUMBER_FACTS: Final = table(
    "number_facts",
    "Successions and quarantines: nothing of the numbers, only the epochs that they carry",
    "kind, org, record_id, version",
    field("kind", CODE, "succession or quarantine"),
    ORG,
    made("record_id", TEXT, "Its id", lambda rec: identity_of(rec["kind"], dict(rec))),
    VERSION,
    field("status", CODE, "active or lifted", default="active"),
    ASSURANCE,
    EPOCH,
    *PLACE,
    kinds="succession quarantine",
    group="epochs",
)

EPOCHS: Final = table(
    "epochs",
    "Every version of every key epoch of the tokens",
    "epoch, version",
    field("epoch", CODE, "Its name"),
    field("version", NUMBER, "Version of the record; 0: opened by genesis"),
    field("public_key", TEXT, "The joint key of the servers, which partners pin"),
    field("status", CODE, "open or closed"),
    *PLACE,
    kinds="token-epoch",
    group="epochs",
)

EVALUATIONS: Final = table(
    "evaluations",
    "How often each key server says that it was asked",
    "server_org, evaluations_id, version",
    context("server_org", CODE, "The body that says it", "org"),
    field("evaluations_id", TEXT, "Id of the record"),
    VERSION,
    field("server", BYTE, "Number of the server, 1 to 255"),
    field("day", DAY, "The day that is counted (UTC+3)"),
    field("org", CODE, "Who asked"),
    field("epoch", CODE, "Under which epoch's key"),
    field("evaluations", SEQ, "How often"),
    *PLACE,
    kinds="evaluations",
    group="epochs",
)

PROGRAMMES: Final = table(
    "programmes",
    "Every accepted version of every programme",
    "programme, version",
    field("programme", CODE, "Its code"),
    VERSION,
    field("owner", CODE, "The organisation that runs it"),
    field("donor", TEXT, "Who pays for it, or empty", default=""),
    field("purpose", CODE, "What it is for, or empty", default=""),
    field("budget", MAYBE_MONEY, "NULL if not given"),
    field("currency", CODE, "Of the budget, or empty", default=""),
    field("starts", MAYBE_DAY, "First day; NULL if not given"),
    field("ends", MAYBE_DAY, "Last day; NULL if not given"),
    field("complements", LIST, "Programmes that it declares to complement", default=[]),
    SIGNED_BY,
    *PLACE,
    kinds="programme",
)

PARTNERS: Final = table(
    "partners",
    "Every accepted version of every organisation's entry",
    "org, version",
    field("org", CODE, "Its code"),
    VERSION,
    field("name", TEXT, "Its name"),
    field("mailbox", TEXT, "Functional mailbox, never a person's"),
    *PLACE,
    kinds="partner",
)

SIGNING_KEYS: Final = table(
    "signing_keys",
    "The public keys that the journal introduced, and whose account each is",
    "key_id, version",
    made("key_id", CODE, "Id of the key", lambda rec: key_id(rec["public_key"])),
    VERSION,
    field("org", CODE, "The organisation that signs with it"),
    field("user", CODE, "The person's account; empty: the organisation's own", default=""),
    field("role", CODE, "What that person may do, or empty", default=""),
    field("status", CODE, "active or revoked", default="active"),
    *PLACE,
    kinds="key",
    group="attempts",
)


def key_id(public_key: str) -> str:
    """The id under which manifests name a key (hex)."""
    return signing.key_id(bytes.fromhex(public_key))


def public_rules(policy: Any) -> str:
    """JSON of a policy's rules, without the tokens of placeholder numbers."""
    rules = {name: rule for name, rule in policy["rules"].items() if name != "placeholder_tokens"}
    return orjson.dumps(rules).decode()


STAGE_KEYS: Final = table(
    "stage_keys",
    "Every version of every key with which a stage signs",
    "public_key, version",
    field("public_key", TEXT, "Ed25519, 64 hex digits"),
    field("version", NUMBER, "Version of the record; 0: named by genesis"),
    field("stage", CODE, "intake, registry or receipts"),
    field("status", CODE, "active or revoked", default="active"),
    *PLACE,
    kinds="stage-key",
    group="trust",
)


def named_records(rec: Any) -> str:
    """JSON of the records that an erasure names: what both bodies have to say alike."""
    return orjson.dumps(rec["records"]).decode()


ERASURES: Final = table(
    "erasures",
    "What each of the two bodies said of erasing the people of records",
    "erasure_id, org, version",
    field("erasure_id", CODE, "Its id"),
    ORG,
    VERSION,
    field("reason", CODE, "Why: a code of docs/domain.md"),
    made("named", TEXT, "JSON of the records that it names", named_records),
    made("records", NUMBER, "How many", lambda rec: len(rec["records"])),
    KEY_ID,
    *PLACE,
    kinds="erasure",
    group="erasure",
)

POLICIES: Final = table(
    "policies",
    "Every proposed version of the policy",
    "version",
    VERSION,
    field("in_force_from", DAY, "The first covers_from that it is for"),
    made("rules", TEXT, "JSON of its rules, without tokens", public_rules),
    SIGNED_BY,
    *PLACE,
    KEY_ID,
    field("supervised", FLAG, "Genesis: later versions need a second body", default=False),
    kinds="policy",
)

POLICY_SIGNATURES: Final = table(
    "policy_signatures",
    "The second body's signatures under versions of the policy",
    "version",
    field("version", NUMBER, "The version of the policy that is signed", "policy_version"),
    SIGNED_BY,
    KEY_ID,
    *PLACE,
    kinds="policy-signature",
    group="attempts",
)
