"""The logs of a `tests.kit.System` as commands read them, without a broker."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from events.catalog import Topic
from events.outputs import split
from infra import journal, key_messages
from infra.journal import Standing
from infra.settings import Settings
from office import effects, retroactive
from tests.kit import System


class SystemLogs:
    """Stands for `infra.scan` in the modules of the office."""

    def __init__(self, system: System) -> None:
        self.system = system

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Have the office read here."""
        for module in (journal, key_messages, effects, retroactive):
            patch.setattr(module, "scan", self.scan)
            if hasattr(module, "bounds"):
                patch.setattr(module, "bounds", self.bounds)
        patch.setattr(journal, "standing", self.standing)

    def _all(self, topic: str) -> list[tuple[str, bytes]]:
        if topic == Topic.JOURNAL:
            return [("", value) for value in self.system.blocks]
        if topic == Topic.KEYS:
            kept = self.system.keys.items()
            return [(name, self.system.signed_keys(name, keys)) for name, keys in kept]
        parts = [part for output in self.system.outputs for part in split(output)]
        return [("", self.system.signed_output(part)) for part in parts]

    def standing(self, settings: Settings, reader: str = "") -> Standing:
        """See `infra.journal.standing`; it keeps no file."""
        found = Standing()
        for message in self.scan(settings, Topic.JOURNAL):
            found.take(message)
        return found

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
