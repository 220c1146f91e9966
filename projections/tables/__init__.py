"""The tables as data. The migrations make them; declared schema = live schema is a test.

`journal` and `findings` hold the tables by who feeds them, `foreign` what fed none of them,
`columns` what a table is made of.
Every key is a function of the log, so a row that is written twice is the same row.
"""

from typing import Final

from projections.tables import findings, foreign, journal
from projections.tables.columns import CODE, MAYBE_DAY, SEQ, TEXT, Table, context, table

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
    context("trust", TEXT, "Whose word counts behind it, as JSON; of the journal alone"),
    engine="ReplacingMergeTree(next_offset)",
)

WATCHED: Final = table(
    "_watched",
    "How far each topic was looked through that is not projected",
    "topic",
    context("topic", TEXT, "The topic's base name"),
    context("next_offset", SEQ, "Its next message"),
    context("next_seq", SEQ, "Of receipts: the first block of which none was seen"),
)

APPLIED_VIEWS: Final = table(
    "_views",
    "Which text of each view was applied",
    "name",
    context("name", TEXT, "The view"),
    context("digest", TEXT, "SHA-256 of its file"),
)

TABLES: Final = tuple(
    # the order of insertion: what the journal says stands before what is said about it, so a
    # protected record is known to be protected before its answer can be read
    found
    for module in (journal, findings, foreign)
    for found in vars(module).values()
    if isinstance(found, Table)
)
"""All that the log feeds, in the order in which the modules define them."""
BY_NAME: Final = {table.name: table for table in (*TABLES, CURSOR, WATCHED, APPLIED_VIEWS)}

TABLE_GROUPS: Final = tuple(dict.fromkeys(table.group for table in TABLES))
"""Each has cursors of its own; rows that an older group has are written again."""
