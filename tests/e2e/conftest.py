"""A fresh system for each case: own topics, state, database and clock on shared services."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import programs
from infra.local import supervisor
from infra.settings import Settings
from office import bootstrap
from tests.e2e.fleet import FIRST_DAY
from tests.e2e.kit import Tekil

_numbers = itertools.count(1)


@pytest.fixture
def systems(services: Settings, tmp_path: Path) -> Iterator[Callable[[], Tekil]]:
    """Gives empty systems on demand; stops them after the test."""
    with systems_of(services, tmp_path) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def shared(services: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tekil]:
    """One system for all tests of a module, for those that do not mind each other."""
    with systems_of(services, tmp_path_factory.mktemp("shared")) as fresh:
        yield fresh()


@contextmanager
def systems_of(services: Settings, folder: Path) -> Iterator[Callable[..., Tekil]]:
    """Gives empty systems, each a namespace of its own with `more` settings; stops them at the
    end.
    """
    started: list[Settings] = []

    def fresh(**more: str) -> Tekil:
        number = next(_numbers)
        own_settings = {"namespace": f"case{number}", "session_timeout_seconds": 6.0}
        settings = services.model_copy(update=own_settings | more)

        def prepare() -> None:
            bootstrap.prepare(settings, test_mode=True, first_day=FIRST_DAY, progress=_quiet)

        started.append(settings)
        programs.up(settings, _quiet, prepare)
        own = folder / settings.namespace
        own.mkdir()
        return Tekil(settings, own)

    try:
        yield fresh
    finally:
        for settings in started:
            supervisor.down(settings)


def _quiet(_text: str) -> None:
    """Progress that nobody reads."""


@pytest.fixture
def tekil(systems: Callable[[], Tekil]) -> Tekil:
    """One empty running system."""
    return systems()


@pytest.fixture(scope="module")
def partners(shared: Tekil) -> Tekil:
    """A system with two organisations and a programme each; each test has its own references."""
    shared.join("KIZ", "STK")
    shared.programmes(("KIZ", "TEMEL", ""), ("STK", "NAKIT", ""))
    return shared
