"""`tekil verify`: the rows that stand in the tables, against what the projector should write."""

from typing import Any

import pytest

from tests.fakes.verified import ListLogs, ListTables
from tests.kit import System
from tests.unit.office.verifying.looking import difference, look, place


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("assistance", "amount", 1),
        ("findings", "amount_at_risk", None),
        ("blocks", "digest", "0" * 64),
        ("verdicts", "verdict", "review"),
        ("submissions", "accepted", 99),
        ("registry_blocks", "message_offset", 99),
    ],
)
def test_a_row_with_another_value(
    system: System, logs: ListLogs, table: str, column: str, value: Any
) -> None:
    tables = ListTables(system)
    row = tables.change(table, -1, column, value)
    what = difference(logs, tables)
    assert (what.where, what.field) == (table, column)
    assert what.seq in row
    assert all(name in what.at for name in ("=",))


def test_a_row_that_is_missing_or_too_many(system: System, logs: ListLogs) -> None:
    tables = ListTables(system)
    lost = tables.stored["rejections"].pop()
    what = difference(logs, tables)
    assert (what.where, what.expected, what.found) == ("rejections", "a row", "(not there)")
    assert what.at.startswith(f"seq={lost[0]} source_offset={lost[1]} row_no=")
    tables.stored["rejections"].append(lost)
    tables.stored["rejections"].append((lost[0], 77, *lost[2:]))
    what = difference(logs, tables)
    assert (what.where, what.expected, what.found) == ("rejections", "no such row", "a row")
    assert "source_offset=77" in what.at


def test_rows_of_a_block_that_is_not_there(system: System, logs: ListLogs) -> None:
    tables = ListTables(system)
    tables.change("notices", 0, "seq", 900)
    assert place(difference(logs, tables)) == ("notices", "seq=900", 900)
    tables = ListTables(system)
    tables.at = [900, 900]
    assert place(difference(logs, tables)) == ("_cursor", "journal", -1)


def test_rows_that_are_not_written_yet(system: System, logs: ListLogs) -> None:
    tables = ListTables(system)
    tables.at = [len(system.blocks) - 2, len(system.blocks) - 3]
    found = look(logs, tables)
    assert found.not_yet == {"journal": 2, "findings": 3}
    tables.at[0] = 0
    tables.stored["blocks"].clear()
    assert look(logs, tables).not_yet["journal"] == len(system.blocks)
