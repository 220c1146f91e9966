"""A header key that is no text is read as question marks by both clients, and nothing else is."""

from typing import Any

import aiokafka.consumer.fetcher
import kafka.record.memory_records
import pytest
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from aiokafka.record.memory_records import _MemoryRecordsPy
from hypothesis import given
from hypothesis import strategies as st
from kafka.errors import CorruptRecordError
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

from infra.lenient import for_aiokafka, for_kafka_python
from tests.hostile import NoText

BAD = b"\xff\xfe"
KEYS = st.sampled_from(["a", "ü", NoText("bad")])
HEADERS = st.lists(st.tuples(KEYS, st.none() | st.binary(max_size=5)), max_size=4)
RECORDS = st.lists(
    st.tuples(st.none() | st.binary(max_size=5), st.none() | st.just(BAD * 3), HEADERS),
    min_size=1,
    max_size=4,
)


def for_kafka(records: list[Any]) -> bytes:
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 20)
    return built(builder, records)


def for_aio(records: list[Any]) -> bytes:
    builder = _DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, -1, 1 << 20)
    return built(builder, records)


def built(builder: Any, records: list[Any]) -> bytes:
    for offset, (key, value, headers) in enumerate(records):
        builder.append(offset, 1, key, value, headers)
    return bytes(builder.build())


def read(records: Any) -> list[Any]:
    found = []
    while records.has_next():
        found += [(one.key, one.value, list(one.headers)) for one in records.next_batch()]
    return found


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (
        (kafka.record.memory_records, "DefaultRecordBatch"),
        (aiokafka.consumer.fetcher, "MemoryRecords"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))
    for_kafka_python.install()
    for_aiokafka.install()


@given(RECORDS)
def test_all_else_is_as_it_was_sent(records: list[Any]) -> None:
    expected = [
        (key, value, [("??" if isinstance(k, NoText) else k, v) for k, v in headers])
        for key, value, headers in records
    ]
    assert read(kafka.record.memory_records.MemoryRecords(for_kafka(records))) == expected
    assert read(aiokafka.consumer.fetcher.MemoryRecords(for_aio(records))) == expected


def test_without_it_both_clients_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    records = [(None, b"value", [(NoText("bad"), b"v")])]
    monkeypatch.setattr(kafka.record.memory_records, "DefaultRecordBatch", DefaultRecordBatch)
    monkeypatch.setattr(aiokafka.consumer.fetcher, "MemoryRecords", _MemoryRecordsPy)
    plain = kafka.record.memory_records.MemoryRecords(for_kafka(records))
    with pytest.raises(CorruptRecordError):
        read(plain)
    with pytest.raises(UnicodeDecodeError):
        read(aiokafka.consumer.fetcher.MemoryRecords(for_aio(records)))
