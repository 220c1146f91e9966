"""How a stage ends: one ladder from errors to exits, for all four."""

import asyncio
import errno
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka.errors import (
    CorruptRecordException,
    KafkaConnectionError,
    MessageSizeTooLargeError,
)
from kafka.errors import CorruptRecordError

from events.journal import ChainBroken
from infra import stage
from infra.clickhouse import ClickHouseUnavailable
from infra.errors import SystemUnavailable
from infra.kafka import KafkaUnavailable
from infra.rocksdb import StoreDamaged, StoreUnavailable
from infra.stage import Exit, Lag, Stage, Stops, ends_hard
from processors.stages.intake import IntakeStage
from processors.stages.receipts import ReceiptsStage
from processors.stages.registry import RegistryStage
from projections.writer import Projector
from tests.disks import disk_at


class Left(BaseException):
    """The process ended."""


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[Exit]:
    """The exits so far."""
    found: list[Exit] = []

    def leave(code: Exit, _why: str, _error: BaseException | None = None) -> None:
        found.append(code)
        raise Left

    monkeypatch.setattr(stage, "leave", leave)
    return found


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (stage.rewritten("x"), Exit.STAYS_STOPPED),
        (ChainBroken("x"), Exit.STAYS_STOPPED),
        (SystemUnavailable("x"), Exit.UNAVAILABLE),
        (KafkaUnavailable("x"), Exit.UNAVAILABLE),
        (ClickHouseUnavailable("x"), Exit.UNAVAILABLE),
        (KafkaConnectionError("x"), Exit.UNAVAILABLE),
        (OSError(errno.ENOSPC, "x"), Exit.UNAVAILABLE),
        (OSError(errno.EROFS, "x"), Exit.UNAVAILABLE),
        (OSError(errno.EMFILE, "x"), Exit.UNAVAILABLE),
        (OSError(errno.EACCES, "x"), Exit.UNEXPECTED),
        (StoreDamaged("x"), Exit.UNAVAILABLE),
        (StoreUnavailable("x"), Exit.UNAVAILABLE),
        (CorruptRecordException("x"), Exit.STAYS_STOPPED),
        (CorruptRecordError("x"), Exit.STAYS_STOPPED),
        (MessageSizeTooLargeError("x"), Exit.UNEXPECTED),
        (KeyError("x"), Exit.UNEXPECTED),
        (KeyboardInterrupt(), Exit.UNEXPECTED),
    ],
)
def test_an_error_has_its_exit(left: list[Exit], error: BaseException, code: Exit) -> None:
    with pytest.raises(Left), ends_hard("registry"):
        raise error
    assert left == [code]


def test_an_outage_counts_for_no_place_and_a_bad_message_does(
    left: list[Exit], tmp_path: Path
) -> None:
    stops = Stops(tmp_path / "x.stops")
    for error in (*[KafkaConnectionError("x")] * 9, *[ValueError("x")] * 3):
        with pytest.raises(Left), ends_hard("registry", stops, lambda: "aid-journal:7"):
            raise error
    assert left == [Exit.UNAVAILABLE] * 9 + [Exit.UNEXPECTED] * 2 + [Exit.STAYS_STOPPED]


def test_a_full_disk_counts_no_stops_and_keeps_no_stage_alive(
    left: list[Exit], tmp_path: Path
) -> None:
    with disk_at(tmp_path / "disk") as disk:
        (disk.folder / "file").write_bytes(bytes(8192))
        stops = Stops(disk.folder / "x.stops")
        stops.add("aid-journal:7")
        disk.fill()
        for _ in range(5):
            with pytest.raises(Left), ends_hard("registry", stops, lambda: "aid-journal:7"):
                raise ValueError
        assert stops.count("aid-journal:7") == 1
    assert left == [Exit.UNEXPECTED] * 5


def test_stops_that_were_written_by_halves_are_none(tmp_path: Path) -> None:
    (tmp_path / "x.stops").write_bytes(b'{"place":"aid-j')
    stops = Stops(tmp_path / "x.stops")
    assert stops.count("aid-journal:7") == 0
    assert stops.add("aid-journal:7") is False
    assert stops.count("aid-journal:7") == 1


def test_last_words_that_the_disk_does_not_take_keep_nobody_alive() -> None:
    code = "from infra.stage import *; import logging; logging.basicConfig(); leave(Exit.GAP, 'x')"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-c", code], stderr=full, check=False, timeout=60)
    assert done.returncode == Exit.GAP


def test_a_damaged_file_of_the_log_is_named_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def exits(code: int) -> None:
        raise Left(code)

    monkeypatch.setattr(os, "_exit", exits)
    error = CorruptRecordException("Invalid CRC - aid-journal")
    with (
        caplog.at_level(logging.CRITICAL),
        pytest.raises(Left),
        ends_hard("registry", place=lambda: "aid-journal:7"),
    ):
        raise error
    (record,) = caplog.records
    for words in ("registry at aid-journal:7", "Invalid CRC", "docs/runbook.md", "is damaged"):
        assert words in record.getMessage()
    runbook = Path(__file__).parents[3] / "docs" / "runbook.md"
    assert "\n## A file of the log is damaged\n" in runbook.read_text("utf-8")


def test_a_task_that_is_cancelled_is_no_end(left: list[Exit]) -> None:
    with pytest.raises(asyncio.CancelledError), ends_hard("registry"):
        raise asyncio.CancelledError
    assert left == []


def test_all_four_are_stages() -> None:
    stages: tuple[type[Stage], ...] = (IntakeStage, RegistryStage, ReceiptsStage, Projector)
    assert [str(one.name) for one in stages] == [*map(str, stage.StageName)]


def test_lag_is_never_negative() -> None:
    assert [Lag("journal", next_offset, 5).messages for next_offset in (3, 5, 6)] == [2, 0, 0]
