"""What came of a record is read from the end of the log, window by window."""

from typing import Any

import pytest

from events.model import Decision
from events.outputs import RegistryOutput
from infra.settings import Settings
from office import effects
from tests.fakes.logs import SystemLogs
from tests.kit import System

MESSAGES = 450
ID = "c4efdf73-0367-81d7-8791-6fb12818f4ec"
APPLIED_LATER = {"version": 2, "effect": "applied"}


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


@pytest.mark.parametrize(("version", "effect"), [(1, "notice-missing"), (2, "applied")])
def test_each_attempt_on_one_revision_has_its_effect(
    log: list[dict[str, Any]], version: int, effect: str
) -> None:
    said = {"decision_id": ID, "effect": "notice-missing", "version": 1}
    log[100]["decisions"] = [said]
    log[300]["decisions"] = [said | {"decision_id": "another"}, said | APPLIED_LATER]
    decision = Decision(
        kind="decision", nonce="0" * 32, version=version, decision_id=ID, finding_id="0" * 32,
        revision=1, decision="confirm", reason="none",
    )  # fmt: skip
    assert effects.of_decision(Settings(), decision) == effect
