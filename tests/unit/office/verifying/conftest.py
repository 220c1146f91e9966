"""A system to look at, and its topics."""

import pytest

from tests.fakes.verified import ListLogs
from tests.kit import System
from tests.unit.office.verifying.looking import told


@pytest.fixture
def system() -> System:
    return told()


@pytest.fixture
def logs(system: System) -> ListLogs:
    return ListLogs.of(system)
