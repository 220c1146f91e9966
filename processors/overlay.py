"""A store seen through the changes that a fold has made and not yet written."""

from collections.abc import Iterable

from infra.ports import Store


class Overlay:
    """Reads fall through to the store once; writes stay here until `take`.

    What is written after `begin` can be undone; that costs one look-up a write, where
    an overlay over the overlay would cost one or two a read.

    `load` fetches many keys in one call: a fold names what it will need at the
    start of a block, because one multi-get costs a fraction of many gets.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: dict[bytes, bytes | None] = {}
        self._changes: dict[bytes, bytes | None] = {}
        self._undo: dict[bytes, tuple[bytes | None, bool]] | None = None

    def load(self, keys: Iterable[bytes]) -> None:
        """Fetch the keys that are not known yet."""
        missing = [key for key in dict.fromkeys(keys) if key not in self._seen]
        if missing:
            self._seen.update(zip(missing, self._store.get_many(missing), strict=True))

    def get(self, key: bytes) -> bytes | None:
        """The value as the fold sees it now."""
        try:
            return self._seen[key]
        except KeyError:
            self.load((key,))
            return self._seen[key]

    def put(self, key: bytes, value: bytes | None) -> None:
        """Change a value (None deletes) for the reads that follow."""
        if self._undo is not None and key not in self._undo:
            self._undo[key] = self.get(key), key in self._changes
        self._seen[key] = value
        self._changes[key] = value

    def begin(self) -> None:
        """Remember from here on what each key held before it was changed."""
        self._undo = {}

    def keep(self) -> None:
        """What was changed since `begin` stays."""
        self._undo = None

    def undo(self) -> None:
        """Everything is as it was at `begin`."""
        for key, (value, was_changed) in (self._undo or {}).items():
            self._seen[key] = value
            if was_changed:
                self._changes[key] = value
            else:
                del self._changes[key]
        self._undo = None

    def take(self) -> dict[bytes, bytes | None]:
        """All changes since the last call, for one atomic write; forgets what was read."""
        changes, self._changes, self._seen = self._changes, {}, {}
        return changes
