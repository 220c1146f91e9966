"""How a stage ends: one ladder from errors to exits, for all four."""

import asyncio
from pathlib import Path

import pytest
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError

from events.journal import ChainBroken
from infra import stage
from infra.clickhouse import ClickHouseUnavailable
from infra.errors import SystemUnavailable
from infra.kafka import KafkaUnavailable
from infra.stage import Exit, Lag, Stage, Stops, ends_hard
from processors.stages.intake import IntakeStage
from processors.stages.receipts import ReceiptsStage
from processors.stages.registry import RegistryStage
from projections.writer import Projector


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


def test_a_task_that_is_cancelled_is_no_end(left: list[Exit]) -> None:
    with pytest.raises(asyncio.CancelledError), ends_hard("registry"):
        raise asyncio.CancelledError
    assert left == []


def test_all_four_are_stages() -> None:
    stages: tuple[type[Stage], ...] = (IntakeStage, RegistryStage, ReceiptsStage, Projector)
    assert [str(one.name) for one in stages] == [*map(str, stage.StageName)]


def test_lag_is_never_negative() -> None:
    assert [Lag("journal", next_offset, 5).messages for next_offset in (3, 5, 6)] == [2, 0, 0]
