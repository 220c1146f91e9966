"""Fixtures that all kinds of tests share."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

import programs
from infra.local import supervisor
from infra.settings import Settings
from lab.bench.ports import claim_port_base
from office import bootstrap

# a busy machine is no failure: no test asserts wall time
hypothesis.settings.register_profile("tekil", deadline=None)
hypothesis.settings.load_profile("tekil")


LONG = (
    "e2e/test_scenarios", "chaos/test_lost_tail", "e2e/test_demo", "e2e/test_bench",
    "e2e/test_bad_input", "chaos/test_short", "oracle/test_fold_agrees",
    "contract/test_projections", "e2e/", "attack/", "replay/", "chaos/", "oracle/", "contract/",
)  # fmt: skip
"""Modules in this order, then all others: who begins with the long ones ends together."""

# Brokers that live for a minute: translating their hottest code twice costs more than it brings.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long modules first; what is in one stays together, in its order."""
    here = Path(__file__).parent

    def rank(item: pytest.Item) -> int:
        name = item.path.relative_to(here).as_posix() if here in item.path.parents else ""
        return next((place for place, one in enumerate(LONG) if name.startswith(one)), len(LONG))

    items.sort(key=rank)


@pytest.fixture(scope="session")
def services() -> Iterator[Settings]:
    """A running broker and ClickHouse endpoint, with a TEKIL_HOME of their own.

    Started at the first use in a session (one set for each worker of pytest-xdist),
    stopped at its end. No topics and no tables: bring your own, best under
    `services.model_copy(update={"namespace": "…"})`.
    """
    # Not pytest's tmp_path: it keeps the last three runs, and a broker's log is large.
    home = Path(tempfile.mkdtemp(prefix="tekil-test-"))
    settings = Settings(home=home, port_base=claim_port_base())
    started = False
    try:
        bootstrap.prepare_keyservers(settings, lambda _text: None)
        started = programs.up_services(settings, lambda _text: None)
        yield settings
    finally:
        if started:
            supervisor.down(settings)
        shutil.rmtree(home, ignore_errors=True)
