"""Reading messages whose header keys are no UTF-8, with kafka-python.

The Kafka protocol says that a header key is text, brokers take any bytes, and kafka-python 3.0.12
takes such a message for a damaged one: whoever may write to a topic would stop its readers for
good. Here such a key's bytes become U+FFFD, which no header of ours has, and nothing else changes.
(The stages' aiokafka has `processors/stages/lenient.py`.)
"""

from typing import Any, Final, SupportsIndex

import kafka.consumer.fetcher
from kafka.record.default_records import DefaultRecordBatch
from kafka.record.memory_records import MemoryRecords

DEFAULT_FORMAT: Final = 2


class AnyText(bytes):
    """Bytes whose slices can always be read as text."""

    def __getitem__(self, at: SupportsIndex | slice) -> Any:
        """A slice is of this class too."""
        found = super().__getitem__(at)
        return type(self)(found) if isinstance(found, bytes) else found

    def decode(self, encoding: str = "utf-8", errors: str = "replace") -> str:
        """See `bytes.decode`."""
        return super().decode(encoding, "replace")


class LenientBatch(DefaultRecordBatch):  # type: ignore[misc]  # kafka-python has no types
    """A batch that never fails for the text of a header key."""

    _pos: int
    _buffer: bytes | bytearray

    def _read_msg(self, *args: Any, **options: Any) -> Any:
        start = self._pos
        try:
            return super()._read_msg(*args, **options)
        except UnicodeDecodeError:
            self._buffer, self._pos = AnyText(self._buffer), start
            return super()._read_msg(*args, **options)


class LenientRecords(MemoryRecords):  # type: ignore[misc]
    """The batches of a fetch, in today's format as `LenientBatch`."""

    def next_batch(self, *args: Any, **options: Any) -> Any:
        """The next batch, None at the end."""
        ahead = self._next_slice
        batch = super().next_batch(*args, **options)
        return LenientBatch(ahead) if batch is not None and batch.magic >= DEFAULT_FORMAT else batch


def install() -> None:
    """Let the consumers of this process read leniently."""
    kafka.consumer.fetcher.MemoryRecords = LenientRecords
