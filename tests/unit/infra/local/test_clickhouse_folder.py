"""A folder that the engine could not start with is left, by itself, for an empty one."""

import os
import time
from pathlib import Path

import pytest

from infra import disk
from infra.clickhouse import ClickHouseUnavailable
from infra.local import clickhouse_folder
from infra.local.clickhouse_folder import begin_anew_if_damaged
from infra.settings import Settings
from infra.stage import Exit
from projections import migrate


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As chDB lays it out: definitions of a database and of a table."""
    for name in ("data/metadata/t.sql", "data/store/2d2/2d2b/findings.sql"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text("ATTACH …")
    return tmp_path / "data"


class Ended(BaseException):
    """Instead of the end of this process."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time goes on with each sleep; an end of the process is Ended."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds
        if now[0] > 1_000:
            raise TimeoutError

    def leave(code: int) -> None:
        raise Ended(code)

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(os, "_exit", leave)
    return now


def on_a(monkeypatch: pytest.MonkeyPatch, level: disk.Level) -> None:
    monkeypatch.setattr(disk, "look", lambda _: disk.Room(Path(), 0, 1, level))


@pytest.mark.parametrize("name", ["metadata/t.sql", "store/2d2/2d2b/findings.sql"])
def test_an_empty_definition_is_damage(folder: Path, name: str) -> None:
    assert not begin_anew_if_damaged(folder)
    assert (folder / name).exists()
    (folder / name).write_bytes(b"")
    assert begin_anew_if_damaged(folder)
    assert not folder.exists()
    assert not begin_anew_if_damaged(folder), "there is none yet"


def test_the_process_ends_when_a_full_disk_did_not_keep_a_definition(
    folder: Path, tmp_path: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path)
    (folder / "metadata/t.sql").write_bytes(b"")
    on_a(monkeypatch, disk.Level.FINE)
    with pytest.raises(TimeoutError):  # nobody looks through all files all the time
        clickhouse_folder.watch(settings, folder)
    clock[0] = 0.0
    on_a(monkeypatch, disk.Level.FULL)
    with pytest.raises(Ended) as ended:
        clickhouse_folder.watch(settings, folder)
    assert ended.value.args == (Exit.UNAVAILABLE,)
    assert clock[0] == 2 * clickhouse_folder.SECONDS, "a file may be empty for a moment"


def test_the_process_ends_when_its_folder_is_gone(
    folder: Path, tmp_path: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_a(monkeypatch, disk.Level.FINE)

    def look(_: Settings) -> disk.Room:
        if clock[0] > 5:
            folder.rename(tmp_path / "elsewhere")
            monkeypatch.setattr(disk, "look", lambda _: disk.Room(Path(), 1, 1, disk.Level.FINE))
        return disk.Room(Path(), 1, 1, disk.Level.FINE)

    monkeypatch.setattr(disk, "look", look)
    with pytest.raises(Ended):
        clickhouse_folder.watch(Settings(home=tmp_path), folder)


def test_no_table_is_made_on_a_full_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    on_a(monkeypatch, disk.Level.FULL)
    with pytest.raises(ClickHouseUnavailable, match="once there is room"):
        migrate._check_room(Settings(home=tmp_path))
    migrate._check_room(Settings(home=tmp_path, clickhouse_url="http://ch.example:8123"))
    on_a(monkeypatch, disk.Level.FINE)
    migrate._check_room(Settings(home=tmp_path))
