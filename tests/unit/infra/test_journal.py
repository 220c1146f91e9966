"""The journal as those read it who do not fold it: nothing of it without its beginning."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from events.journal import ChainBroken
from infra import journal
from infra.journal import standing
from infra.settings import Settings
from tests.fakes.logs import SystemLogs
from tests.kit import System


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> System:
    """A journal of two blocks, which `infra.journal` reads."""
    system = System()
    system.register("KIZ")
    logs = SystemLogs(system)
    monkeypatch.setattr(journal, "scan", logs.scan)
    monkeypatch.setattr(journal, "bounds", logs.bounds)
    return system


def begins_later(monkeypatch: pytest.MonkeyPatch, system: System) -> None:
    def scan(_: Settings, topic: str, start: int = 0, end: int | None = None) -> Iterator[Any]:
        return SystemLogs(system).scan(_, topic, max(start, 1), end)

    monkeypatch.setattr(journal, "scan", scan)
    monkeypatch.setattr(journal, "bounds", lambda *_: [(1, len(system.blocks))])


def test_without_its_beginning_nobody_is_trusted(
    told: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins_later(monkeypatch, told)
    with pytest.raises(ChainBroken, match="begins at 1, 0 is needed"):
        standing(Settings(home=tmp_path))
    with pytest.raises(ChainBroken, match="begins at 1, 0 is needed"):
        list(journal.blocks(Settings(home=tmp_path), (b"kind",)))


def test_what_was_read_before_is_enough(
    told: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = standing(Settings(home=tmp_path))
    assert before.head.seq == 2
    begins_later(monkeypatch, told)
    assert standing(Settings(home=tmp_path)) == before
