"""On a full disk the engine takes no rows, and says so: what it took is there afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from infra.settings import Settings
from lab.bench.ports import claim_port_base
from tests.contract.test_clickhouse_http import Endpoint, start, stop
from tests.disks import Disk, disk_at

ROWS = 100


@pytest.fixture
def on_disk(tmp_path: Path) -> Iterator[tuple[Endpoint, Disk]]:
    with disk_at(tmp_path / "disk") as disk:
        endpoint = start(Settings(home=disk.folder / "home", port_base=claim_port_base()))
        try:
            yield endpoint, disk
        finally:
            stop(endpoint)


def test_what_was_acknowledged_is_there(on_disk: tuple[Endpoint, Disk]) -> None:
    """chDB itself says of each of these that 100 rows were written."""
    endpoint, disk = on_disk
    owner = endpoint.client("owner")
    owner.command("CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n")

    def insert(first: int) -> int:
        rows = [[n] for n in range(first, first + ROWS)]
        return owner.insert("t", rows, ["n"]).written_rows

    assert insert(0) == ROWS
    disk.fill()
    for _ in range(3):
        with pytest.raises(DatabaseError, match=r"NOT_ENOUGH_SPACE|CANNOT_WRITE"):
            insert(ROWS)
    disk.make_room()
    assert insert(ROWS) == ROWS
    assert owner.query("SELECT count(), uniqExact(n) FROM t").result_rows == [(2 * ROWS, 2 * ROWS)]
