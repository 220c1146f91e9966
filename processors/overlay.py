"""A store seen through the changes that a fold has made and not yet written."""

from collections.abc import Iterable

from infra.ports import Store


class Overlay:
    """Reads fall through to the store once; writes stay here until `take`.

    `load` fetches many keys in one call: a fold names what it will need at the
    start of a block, because one multi-get costs a fraction of many gets.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: dict[bytes, bytes | None] = {}
        self._changes: dict[bytes, bytes | None] = {}

    def load(self, keys: Iterable[bytes]) -> None:
        """Fetch the keys that are not known yet."""
        missing = [key for key in dict.fromkeys(keys) if key not in self._seen]
        if missing:
            self._seen.update(zip(missing, self._store.get_many(missing), strict=True))

    def get(self, key: bytes) -> bytes | None:
        """The value as the fold sees it now."""
        if key not in self._seen:
            self.load((key,))
        return self._seen[key]

    def put(self, key: bytes, value: bytes | None) -> None:
        """Change a value (None deletes) for the reads that follow."""
        self._seen[key] = value
        self._changes[key] = value

    def take(self) -> dict[bytes, bytes | None]:
        """All changes since the last call, for one atomic write; forgets what was read."""
        changes, self._changes, self._seen = self._changes, {}, {}
        return changes
