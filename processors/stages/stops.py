"""Three stops at one place, and the stage stays stopped until a person acts.

Source: docs/design.md, rule 5.
"""

from pathlib import Path
from typing import Final

import orjson

MAX_STOPS: Final = 3


class Stops:
    """Counts how often a stage stopped at one place, across restarts, in a small file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def count(self, place: str) -> int:
        """How often the stage has stopped at `place` in a row."""
        if not self._path.exists():
            return 0
        saved = orjson.loads(self._path.read_bytes())
        return int(saved["count"]) if saved["place"] == place else 0

    def add(self, place: str) -> bool:
        """Count one more stop; True if that was one too many."""
        count = self.count(place) + 1
        self._path.write_bytes(orjson.dumps({"place": place, "count": count}))
        return count >= MAX_STOPS
