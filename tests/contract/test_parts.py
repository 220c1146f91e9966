"""A part that the disk did not keep is found, live or set aside, and the tables go."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error

from infra import disk
from infra.clickhouse import OWNER, ClickHouseUnavailable, connect
from infra.kafka import ensure_topics
from infra.settings import Settings
from projections import writer
from projections.migrate import migrate
from projections.parts import Parts


@pytest.fixture
def home(services: Settings) -> Settings:
    settings = services.model_copy(update={"namespace": f"p{uuid.uuid4().hex[:12]}"})
    ensure_topics(settings)
    migrate(settings)
    return settings


@pytest.fixture
def client(home: Settings) -> Iterator[Client]:
    made = connect(home, OWNER)
    made.command("CREATE TABLE t (k UInt64, s String) ENGINE = MergeTree ORDER BY k")
    made.command("SYSTEM STOP MERGES t")
    for number in range(2):
        made.command(f"INSERT INTO t SELECT number + {number}, toString(number) FROM numbers(9)")
    yield made
    made.command("SYSTEM START MERGES")
    made.command(f"DROP DATABASE IF EXISTS {home.database} SYNC")  # others look at all files
    made.close()


def damage(client: Client, name: str) -> None:
    """Empty a file of a part, as a full disk does."""
    [(folder,)] = client.query(
        "SELECT path FROM system.parts WHERE active AND table = 't' AND name = {name:String}"
        " AND database = currentDatabase()",
        {"name": name},
    ).result_rows
    [marks] = Path(folder).glob("data.*mrk*")
    marks.write_bytes(b"")


def test_a_broken_part_is_named(home: Settings, client: Client) -> None:
    parts = Parts(home, client)
    assert parts.broken() == []
    damage(client, "all_2_2_0")
    [said] = parts.broken()
    assert said.startswith("t, part all_2_2_0: ")
    client.command("ALTER TABLE t DETACH PART 'all_2_2_0'")
    assert parts.broken() == [], "whoever set it aside by hand knows"


def test_one_that_the_engine_set_aside_is_named(home: Settings, client: Client) -> None:
    damage(client, "all_2_2_0")
    client.command("DETACH TABLE t")
    client.command("ATTACH TABLE t")
    assert client.query("SELECT count() FROM t").result_rows == [(9,)], "rows are gone in silence"
    [said] = Parts(home, client).broken()
    assert "set aside" in said


def test_parts_are_read_when_there_is_room_again(
    home: Settings, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    level = disk.Level.FINE
    monkeypatch.setattr(disk, "look", lambda _: disk.Room(Path(), 0, 1, level))
    parts = Parts(home, client)
    damage(client, "all_1_1_0")
    assert parts.look(1.0) == [], "nobody reads all of it every two seconds"
    level = disk.Level.FULL
    assert parts.look(3.0) == []
    with pytest.raises(Error, match=r"[Cc]ancel|stopped|ABORTED"):
        client.command("OPTIMIZE TABLE t FINAL SETTINGS optimize_throw_if_noop = 1")
    assert parts.look(5.0) == []
    level = disk.Level.FINE
    [said] = parts.look(7.0)
    assert "all_1_1_0" in said
    assert parts.look(9.0) == []


def test_merges_that_a_dead_projector_stopped_go_on(
    home: Settings, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge = "OPTIMIZE TABLE t FINAL SETTINGS optimize_throw_if_noop = 1"
    client.command("SYSTEM STOP MERGES")
    with pytest.raises(Error):
        client.command(merge)
    monkeypatch.setattr(disk, "look", lambda _: disk.Room(Path(), 1, 1, disk.Level.FINE))
    assert Parts(home, client).look(1.0) == []
    client.command(merge)
    assert client.query(
        "SELECT count() FROM system.parts WHERE active AND table = 't'"
        " AND database = currentDatabase()"
    ).result_rows == [(1,)]


def test_a_projector_does_not_start_on_broken_tables(
    home: Settings, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    damage(client, "all_1_1_0")
    with pytest.raises(ClickHouseUnavailable, match="made anew"):
        writer._open(home)
    assert "the disk did not keep t, part all_1_1_0" in caplog.text
    _, close, _ = writer._open(home)
    close()
    names = {row[0] for row in client.query("SHOW TABLES").result_rows}
    assert "t" not in names
    assert "_cursor" in names
