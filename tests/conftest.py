"""Fixtures that all kinds of tests share."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import bootstrap
from infra.local import supervisor
from infra.local.preflight import NotReady, port_is_free
from infra.settings import Settings

LONG = (
    "e2e/test_scenarios", "chaos/test_lost_tail", "e2e/test_demo", "e2e/test_bench",
    "e2e/test_bad_input", "chaos/test_short", "oracle/test_fold_agrees",
    "contract/test_projections", "e2e/", "attack/", "replay/", "chaos/", "oracle/", "contract/",
)  # fmt: skip
"""Modules in this order, then all others: who begins with the long ones ends together."""

# Brokers that live for a minute: translating their hottest code twice costs more than it brings.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")

PORT_OFFSETS = (50, 71, 72, 73, 123, 1092, 1093)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long modules first; what is in one stays together, in its order."""
    here = Path(__file__).parent

    def rank(item: pytest.Item) -> int:
        name = item.path.relative_to(here).as_posix() if here in item.path.parents else ""
        return next((place for place, one in enumerate(LONG) if name.startswith(one)), len(LONG))

    items.sort(key=rank)


def free_port_base() -> int:
    """A port base whose service ports are free now."""
    chance = random.Random()  # no secret, and two runs at once should differ
    for _ in range(200):
        base = chance.randrange(20_000, 30_000, 7)
        if all(port_is_free(base + offset) for offset in PORT_OFFSETS):
            return base
    raise NotReady("no free ports found in 20000-31093")


@pytest.fixture(scope="session")
def services() -> Iterator[Settings]:
    """A running broker and ClickHouse endpoint, with a TEKIL_HOME of their own.

    Started at the first use in a session (one set for each worker of pytest-xdist),
    stopped at its end. No topics and no tables: bring your own, best under
    `services.model_copy(update={"namespace": "…"})`.
    """
    # Not pytest's tmp_path: it keeps the last three runs, and a broker's log is large.
    home = Path(tempfile.mkdtemp(prefix="tekil-test-"))
    settings = Settings(home=home, port_base=free_port_base())
    started = False
    try:
        bootstrap.prepare_keyservers(settings, lambda _text: None)
        started = supervisor.up_services(settings, lambda _text: None)
        yield settings
    finally:
        if started:
            supervisor.down(settings)
        shutil.rmtree(home, ignore_errors=True)
