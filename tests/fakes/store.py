"""A `Store` in a dict, for the pure folds."""

from collections.abc import Mapping, Sequence


class MemoryStore:
    """Keeps everything in memory; a batch is atomic because nothing runs in between."""

    def __init__(self) -> None:
        self.data: dict[bytes, bytes] = {}

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        return [self.data.get(key) for key in keys]

    def write(self, changes: Mapping[bytes, bytes | None]) -> None:
        for key, value in changes.items():
            if value is None:
                self.data.pop(key, None)
            else:
                self.data[key] = value

    def close(self) -> None:
        self.data.clear()
