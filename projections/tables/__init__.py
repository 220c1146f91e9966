"""The tables as data. The migrations make them; declared schema = live schema is a test.

`journal` and `findings` hold the tables by who feeds them, `columns` what a table is made of.
Every key is a function of the log, so a row that is written twice is the same row.
"""

from typing import Final

from projections.tables import findings, journal
from projections.tables.columns import CODE, MAYBE_DAY, SEQ, TEXT, context, table

CURSOR: Final = table(
    "_cursor",
    "How far each source was projected, for each group of tables that came together",
    "table_group, source",
    context("table_group", CODE, "The group of tables"),
    context("source", CODE, "journal or findings"),
    context("next_seq", SEQ, "The next block"),
    context("head", TEXT, "SHA-256 of the last block"),
    context("next_offset", SEQ, "The next message of the topic"),
    context("last_message", TEXT, "SHA-256 of the message before it, taken or skipped"),
    context("day", MAYBE_DAY, "The day in force; NULL before genesis"),
    context("skipped", SEQ, "Messages that did not count"),
    engine="ReplacingMergeTree(next_offset)",
)

APPLIED_VIEWS: Final = table(
    "_views",
    "Which text of each view was applied",
    "name",
    context("name", TEXT, "The view"),
    context("digest", TEXT, "SHA-256 of its file"),
)

TABLES: Final = (
    # the order of insertion: what the journal says stands before what is said about it, so a
    # protected record is known to be protected before its answer can be read
    journal.ASSISTANCE,
    journal.NEEDS,
    journal.ENROLMENTS,
    journal.NUMBER_FACTS,
    journal.EPOCHS,
    journal.EVALUATIONS,
    journal.PROGRAMMES,
    journal.PARTNERS,
    journal.SIGNING_KEYS,
    journal.POLICIES,
    journal.POLICY_SIGNATURES,
    journal.REJECTIONS,
    journal.SUBMISSIONS,
    journal.BLOCKS,
    findings.VERDICTS,
    findings.FINDINGS,
    findings.FINDING_RECORDS,
    findings.CASES,
    findings.CASE_PARTIES,
    findings.DECISIONS,
    findings.EXCESS,
    findings.NOTICES,
    findings.REGISTRY_BLOCKS,
)
BY_NAME: Final = {table.name: table for table in (*TABLES, CURSOR, APPLIED_VIEWS)}

TABLE_GROUPS: Final = ("core", "domain", "epochs", "attempts")
"""Tables that were added together and share a cursor. A later migration that adds a table
adds a group: its cursor begins at 0 and the projector, which starts at the least cursor,
fills it from the beginning of the log; rows that other groups have are written again."""
