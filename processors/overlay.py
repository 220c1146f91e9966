"""A store seen through the changes that a fold has made and not yet written."""

from collections.abc import Iterable, Mapping, Sequence

from infra.ports import Store


class Overlay:
    """Reads fall through to the store once; writes stay here until `take`.

    `branch` gives an overlay over this one: what is written there is forgotten with it,
    unless `adopt` takes it over.

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

    def branch(self) -> "Overlay":
        """An overlay that sees this one as it stands, and whose writes do not reach it."""
        return Overlay(_Above(self))

    def adopt(self, branch: "Overlay") -> None:
        """Take over what was written in a branch."""
        for key, value in branch.take().items():
            self.put(key, value)

    def take(self) -> dict[bytes, bytes | None]:
        """All changes since the last call, for one atomic write; forgets what was read."""
        changes, self._changes, self._seen = self._changes, {}, {}
        return changes


class _Above:
    """An overlay as the store of its branch."""

    def __init__(self, overlay: Overlay) -> None:
        self._overlay = overlay

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        self._overlay.load(keys)
        return [self._overlay.get(key) for key in keys]

    def write(self, changes: Mapping[bytes, bytes | None]) -> None:
        for key, value in changes.items():
            self._overlay.put(key, value)

    def close(self) -> None:
        """Nothing of its own to release."""
