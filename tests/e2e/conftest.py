"""A fresh system for each case: own topics, state, database and clock on shared services."""

import itertools
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from cli import bootstrap
from infra.local import supervisor
from infra.settings import Settings
from tests.e2e.kit import Tekil

FIRST_DAY = date(2026, 11, 22)
_numbers = itertools.count(1)


@pytest.fixture
def systems(services: Settings, tmp_path: Path) -> Iterator[Callable[[], Tekil]]:
    """Gives empty systems on demand; stops them after the test."""
    started: list[Settings] = []

    def fresh() -> Tekil:
        number = next(_numbers)
        settings = services.model_copy(
            update={"namespace": f"case{number}", "session_timeout_seconds": 6.0}
        )

        def prepare() -> None:
            bootstrap.prepare(settings, test_mode=True, first_day=FIRST_DAY, progress=str)

        started.append(settings)
        supervisor.up(settings, lambda _text: None, prepare)
        folder = tmp_path / settings.namespace
        folder.mkdir()
        return Tekil(settings, folder)

    yield fresh
    for settings in started:
        supervisor.down(settings)


@pytest.fixture
def tekil(systems: Callable[[], Tekil]) -> Tekil:
    """One empty running system."""
    return systems()
