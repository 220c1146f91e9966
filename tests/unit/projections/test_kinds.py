"""Each kind of record of the journal has its table, or a reason to have none."""

import pytest

from events.catalog import CATALOG
from projections.kinds import HANDLERS, IGNORED, UnknownKind, table_of
from projections.tables import TABLES


def test_each_kind_has_a_table_or_a_reason() -> None:
    kinds = {entry.name for entry in CATALOG}
    assert set(HANDLERS) | set(IGNORED) == kinds
    assert not set(HANDLERS) & set(IGNORED)
    assert all(reason.endswith(".") for reason in IGNORED.values())
    assert {table.name for table in HANDLERS.values()} <= {table.name for table in TABLES}


def test_a_kind_of_neither_map_is_an_error() -> None:
    assert table_of("need") is HANDLERS["need"]
    assert table_of("inquiry") is None
    with pytest.raises(UnknownKind, match="'service'"):
        table_of("service")
