"""The few interfaces that have a fake in the tests and a real implementation here."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class Store(Protocol):
    """An ordered key-value store whose writes are atomic batches."""

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The values of `keys` in the same order; None where there is none."""
        ...

    def write(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Apply all changes (None deletes) or none; a crash of the process loses none of them."""
        ...

    def close(self) -> None:
        """Release the store; later calls are errors."""
        ...
