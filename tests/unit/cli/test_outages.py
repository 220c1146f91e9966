"""A command on a machine that refuses: one clear line and exit code 3, never a traceback."""

import sqlite3
from pathlib import Path

import pytest
import typer

from cli.common import guarded
from infra.errors import FULL, ExitCode, outage
from tests.disks import disk_at


def test_a_command_on_a_read_only_disk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with disk_at(tmp_path / "disk") as disk:
        disk.protect()

        @guarded
        def command() -> None:
            (disk.folder / "up.lock").write_text("")

        with pytest.raises(typer.Exit) as ended:
            command()
    assert ended.value.exit_code == ExitCode.UNAVAILABLE
    assert "the disk is read-only" in capsys.readouterr().err


def test_a_ledger_on_a_full_disk(tmp_path: Path) -> None:
    with disk_at(tmp_path / "disk") as disk:
        db = sqlite3.connect(disk.folder / "ledger.sqlite", isolation_level=None)
        db.execute("CREATE TABLE sent (line BLOB)")
        disk.fill(left_kib=16)
        with pytest.raises(sqlite3.OperationalError) as full:
            db.execute("INSERT INTO sent VALUES (?)", (bytes(100_000),))
        db.close()
    assert outage(full.value) == FULL
    assert outage(sqlite3.OperationalError("no such table")) == ""


def test_another_error_stays_a_traceback() -> None:
    @guarded
    def command() -> None:
        raise FileNotFoundError(2, "No such file")

    with pytest.raises(FileNotFoundError):
        command()
