"""kafka-python's consumers, read leniently."""

import kafka.record.memory_records
from kafka.record.default_records import DefaultRecordBatch

from infra.lenient import Lenient


class LenientBatch(Lenient, DefaultRecordBatch):  # type: ignore[misc]  # it has no types
    """A batch of today's format."""


def install() -> None:
    """Let the consumers of this process read leniently."""
    kafka.record.memory_records.DefaultRecordBatch = LenientBatch
