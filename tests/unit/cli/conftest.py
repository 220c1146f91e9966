"""The machine that the commands run on."""

from pathlib import Path

import pytest

from tests.unit.cli.machine import Office


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """At a system that has begun."""
    return Office(tmp_path / "home", monkeypatch)
