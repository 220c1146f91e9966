"""A `Store` in a dict, for the pure folds."""

from collections.abc import Mapping, Sequence


class MemoryStore:
    """Keeps everything in memory; a batch is atomic because nothing runs in between."""

    def __init__(self) -> None:
        self.data: dict[bytes, bytes] = {}
        self._closed = False

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """See `Store.get_many`."""
        self._check_open()
        return [self.data.get(key) for key in keys]

    def write(self, changes: Mapping[bytes, bytes | None]) -> None:
        """See `Store.write`."""
        self._check_open()
        if not all(isinstance(part, bytes) for pair in changes.items() for part in pair if part):
            raise TypeError("keys and values are bytes")
        for key, value in changes.items():
            if value is None:
                self.data.pop(key, None)
            else:
                self.data[key] = value

    def close(self) -> None:
        """See `Store.close`."""
        self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise ValueError("the store is closed")
