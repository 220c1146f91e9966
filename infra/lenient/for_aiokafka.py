"""aiokafka's consumers, read leniently (and Faust's, which are aiokafka's)."""

from typing import Any

import aiokafka.consumer.fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy

from infra.lenient import Lenient

MAGIC_OFFSET = 16
DEFAULT_FORMAT = 2


class LenientBatch(Lenient, _DefaultRecordBatchPy):  # type: ignore[misc]  # it has no types
    """A batch of today's format."""


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
