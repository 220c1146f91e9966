"""A message whose header key is no text is read like any other by kafka-python."""

import kafka.consumer.fetcher
import pytest
from kafka.errors import CorruptRecordError
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from kafka.record.memory_records import MemoryRecords

from infra import lenient
from infra.lenient import LenientRecords

KEY = b"\xff\xfe"


def batch() -> bytes:
    """Three messages, of which the middle one has a header key that is no UTF-8."""
    builder = DefaultRecordBatchBuilder(2, 0, False, -1, -1, -1, 1 << 20)
    for offset in range(3):
        key = "QQ" if offset == 1 else "plain"
        builder.append(offset, 5, b"k", b"value" + KEY, [(key, KEY)])
    return bytes(builder.build()).replace(b"\x04QQ", b"\x04" + KEY)


def test_kafka_python_takes_it_for_damage() -> None:
    """If this fails, kafka-python reads such keys itself: `infra.lenient` can go."""
    with pytest.raises(CorruptRecordError):
        list(MemoryRecords(batch()).next_batch())


def test_it_is_read_and_nothing_else_changes() -> None:
    found = list(LenientRecords(batch()).next_batch())
    assert [one.offset for one in found] == [0, 1, 2]
    assert [one.headers[0][0] for one in found] == ["plain", "��", "plain"]
    assert {(one.key, one.value, one.headers[0][1]) for one in found} == {
        (b"k", b"value" + KEY, KEY)
    }
    assert all(type(one.value) is bytes for one in found)
    assert not isinstance(MemoryRecords(batch()).next_batch(), lenient.LenientBatch)


def test_all_batches_of_a_fetch_are_read() -> None:
    records = LenientRecords(batch() + batch())
    first, second = records.next_batch(), records.next_batch()
    assert (len(list(first)), len(list(second)), records.next_batch()) == (3, 3, None)
    assert isinstance(first, DefaultRecordBatch)
    assert first.magic == lenient.DEFAULT_FORMAT


def test_every_consumer_reads_so() -> None:
    lenient.install()
    assert kafka.consumer.fetcher.MemoryRecords is LenientRecords
