"""The table of what no topic's reader counted: messages that are not ours, or were said before."""

from typing import Final

from projections.tables.columns import CODE, MAYBE_DAY, SEQ, context, table

FOREIGN_MESSAGES: Final = table(
    "foreign_messages",
    "Every message that did not count; refused submissions stand in `submissions`",
    "topic, org, message_offset",
    context("topic", CODE, "journal, keys, findings or receipts"),
    context("org", CODE, "Whose receipts; empty in other topics"),
    context("message_offset", SEQ, "Its offset in that topic"),
    context("kind", CODE, "foreign: not ours; repeat: said before"),
    context("day", MAYBE_DAY, "The day in force when it was counted; NULL before genesis"),
    group="foreign",
)
