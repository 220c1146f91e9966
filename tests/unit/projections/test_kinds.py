"""Each kind of record of the journal has its table, or a reason to have none."""

import pytest

from projections.kinds import HANDLERS, UnknownKind, table_of
from projections.tables import TABLES


def test_each_kind_has_a_table_that_is_made() -> None:
    assert {table.name for table in HANDLERS.values()} <= {table.name for table in TABLES}


def test_a_kind_of_neither_map_is_an_error() -> None:
    assert table_of("need") is HANDLERS["need"]
    assert table_of("inquiry") is HANDLERS["inquiry"]
    assert table_of("release") is None
    with pytest.raises(UnknownKind, match="'service'"):
        table_of("service")
