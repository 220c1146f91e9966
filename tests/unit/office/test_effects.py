"""What came of a record is read from the end of the log, window by window."""

from typing import Any

import pytest

from events.outputs import RegistryOutput
from infra.settings import Settings
from office import effects
from tests.fakes.logs import SystemLogs
from tests.kit import System

MESSAGES = 450


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A log whose messages have their offset as seq, and in the order of the test's choice."""
    system = System()
    SystemLogs(system).install(monkeypatch)
    said: list[dict[str, Any]] = [dict(system.outputs[0], seq=seq) for seq in range(MESSAGES)]
    monkeypatch.setattr(system, "outputs", said)
    return said


def found(*wanted: int) -> int | None:
    def find(output: RegistryOutput) -> int | None:
        return output["seq"] if output["seq"] in wanted else None

    return effects.newest(Settings(), find)


@pytest.mark.parametrize("seq", [0, 1, 49, 50, 51, 149, 150, 151, 349, 350, 351, 448, 449])
def test_it_is_found_wherever_it_stands(log: list[dict[str, Any]], seq: int) -> None:
    assert found(seq) == seq


def test_the_newest_counts_and_nothing_is_nothing(log: list[dict[str, Any]]) -> None:
    assert found(3, 448, 440) == 448
    assert found(3, 5) == 5
    assert found() is None


def test_what_is_said_again_does_not_become_newer(log: list[dict[str, Any]]) -> None:
    log.append(dict(log[430]))
    assert found(430, 440) == 440
