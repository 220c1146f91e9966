"""Reading messages whose header keys are no UTF-8.

The Kafka protocol says that a header key is text, brokers take any bytes, and aiokafka
0.14 raises in the middle of a fetch: one such message, from anybody, would stop intake
at every start. Here the bytes of such a key become question marks, so that the message
is delivered, refused as malformed, and answered. The rest of the parsing is aiokafka's.
"""

from typing import Any

import aiokafka.consumer.fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy

MAGIC_OFFSET = 16
DEFAULT_FORMAT = 2


class LenientBatch(_DefaultRecordBatchPy):  # type: ignore[misc]  # aiokafka has no types
    """A batch that never fails for the text of a header key."""

    _pos: int

    def _read_msg(self, *args: Any) -> Any:
        start = self._pos
        while True:
            self._pos = start
            try:
                return super()._read_msg(*args)
            except UnicodeDecodeError as error:
                key = bytes(error.object)
                at = self._buffer.find(key, start)
                self._buffer[at : at + len(key)] = b"?" * len(key)


class LenientRecords(_MemoryRecordsPy):  # type: ignore[misc]
    """The batches of a fetch, in today's format as `LenientBatch`."""

    def next_batch(self, *args: Any) -> Any:
        """The next batch, None at the end."""
        ahead = self._next_slice
        batch = super().next_batch(*args)
        if ahead is not None and ahead[MAGIC_OFFSET] >= DEFAULT_FORMAT:
            return LenientBatch(ahead)
        return batch


def install() -> None:
    """Let the consumers of this process read leniently."""
    aiokafka.consumer.fetcher.MemoryRecords = LenientRecords
