"""The store of `tekil verify`: everything of many blocks in one atomic write. Pure but for the
store that it is given."""

from collections.abc import Mapping, Sequence

from infra.ports import Store


class Buffer:
    """A `Store` whose changes wait for `flush`, and are seen by its reads before."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pending: dict[bytes, bytes | None] = {}
        self._fresh: set[bytes] = set()

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """See `Store.get_many`."""
        pending = self._pending
        missing = [key for key in keys if key not in pending]
        known = dict(zip(missing, self._store.get_many(missing), strict=True))
        return [pending[key] if key in pending else known[key] for key in keys]

    def get(self, key: bytes) -> bytes | None:
        """One value."""
        return self.get_many((key,))[0]

    def write(self, changes: Mapping[bytes, bytes | None]) -> None:
        """See `Store.write`; on disk with the next `flush`."""
        self._pending.update(changes)

    def put(self, key: bytes, value: bytes) -> None:
        """Write a key that is not there yet: if it is dropped again soon, it meets no disk."""
        self._fresh.add(key)
        self._pending[key] = value

    def drop(self, key: bytes) -> None:
        """Forget a key."""
        if key in self._fresh:
            self._fresh.discard(key)
            del self._pending[key]
        else:
            self._pending[key] = None

    def flush(self) -> None:
        """All or nothing of what was written since the last one."""
        self._store.write(self._pending)
        self._pending, self._fresh = {}, set()

    def close(self) -> None:
        """Give the store back; what was not flushed is gone."""
        self._store.close()


class Part:
    """A part of a buffer as a `Store` of its own: its keys begin with `prefix`."""

    def __init__(self, buffer: Buffer, prefix: bytes) -> None:
        self._buffer, self._prefix = buffer, prefix

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """See `Store.get_many`."""
        return self._buffer.get_many([self._prefix + key for key in keys])

    def write(self, changes: Mapping[bytes, bytes | None]) -> None:
        """See `Buffer.write`."""
        self._buffer.write({self._prefix + key: value for key, value in changes.items()})

    def close(self) -> None:
        """The buffer is closed as a whole."""
