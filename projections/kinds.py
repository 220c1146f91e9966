"""Which table each kind of record of the journal goes to, and why some go to none."""

from typing import Final

from projections.tables import TABLES
from projections.tables.columns import Table

HANDLERS: Final[dict[str, Table]] = {kind: table for table in TABLES for kind in table.kinds}
"""Kind of record → its table: one row for each accepted version."""

IGNORED: Final[dict[str, str]] = {
    "release": "What it lets through shows as the submission's own records.",
    "clock-step": "The tick that follows it sets the day.",
    "case-step": "What it changes of a case stands in the registry's revision of that case.",
    "decision": "The registry says of each attempt what came of it, in `decisions`.",
    "appeal": "The registry says of each attempt what came of it, in `decisions`.",
}
"""Kind of record → why it has no table."""


class UnknownKind(ValueError):
    """The journal holds a kind of record that is neither projected nor ignored."""


def table_of(kind: str) -> Table | None:
    """The table of a kind; None for one that is ignored. Raises UnknownKind."""
    table = HANDLERS.get(kind)
    if table is None and kind not in IGNORED:
        raise UnknownKind(f"no table for records of kind {kind!r}, and no reason to ignore them")
    return table
