"""The logs of a `tests.kit.System` as commands read them, without a broker."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from events.catalog import Topic
from events.codec import dumps
from events.outputs import split
from infra.settings import Settings
from office import clock, effects, policies, retroactive
from tests.kit import System


class SystemLogs:
    """Stands for `infra.scan` in the modules of the office."""

    def __init__(self, system: System) -> None:
        self.system = system

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Have the office read here."""
        for module in (clock, effects, policies, retroactive):
            patch.setattr(module, "scan", self.scan)
            if hasattr(module, "bounds"):
                patch.setattr(module, "bounds", self.bounds)

    def _all(self, topic: str) -> list[tuple[str, bytes]]:
        if topic == Topic.JOURNAL:
            return [("", value) for value in self.system.blocks]
        if topic == Topic.KEYS:
            return list(self.system.keys.items())
        return [("", dumps(part)) for output in self.system.outputs for part in split(output)]

    def bounds(self, settings: Settings, *topics: str) -> list[tuple[int, int]]:
        """See `infra.scan.bounds`."""
        return [(0, len(self._all(topic))) for topic in topics]

    def scan(
        self, settings: Settings, topic: str, start: int = 0, end: int | None = None
    ) -> Iterator[Any]:
        """See `infra.scan.scan`."""
        for offset, (key, value) in enumerate(self._all(topic)):
            if start <= offset and (end is None or offset < end):
                yield SimpleNamespace(offset=offset, key=key.encode(), value=value)
