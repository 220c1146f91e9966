"""Reading messages whose header keys are no UTF-8, whoever wrote them into whatever topic.

The Kafka protocol says that a header key is text, and brokers take any bytes. aiokafka 0.14 raises
in the middle of a fetch, kafka-python 3.0.12 says that the record is corrupt: one such message,
from anybody, would stop every reader of its topic for good. Here the bytes of such a key become
question marks, and nothing else changes. Each library's parser has a module of its own, as a
process should not import both.
"""

from collections.abc import Iterator
from typing import Any


class Lenient:
    """A batch of either library (magic 2) that never fails for the text of a header key."""

    _pos: int
    _buffer: bytearray

    def _read_msg(self, *args: Any) -> Any:
        start = self._pos
        read: Any = super()
        try:
            return read._read_msg(*args)
        except UnicodeDecodeError:
            for begin, end in header_keys(self._buffer, start):
                _make_text(self._buffer, begin, end)
            self._pos = start
            return read._read_msg(*args)


def _make_text(buffer: bytearray, begin: int, end: int) -> None:
    try:
        buffer[begin:end].decode()
    except UnicodeDecodeError:
        buffer[begin:end] = b"?" * (end - begin)


def header_keys(buffer: bytearray, at: int) -> Iterator[tuple[int, int]]:
    """Where each header key of the record at `at` begins and ends.

    kafka.apache.org/documentation/#record: length, attributes, time, offset, key, value, headers.
    """
    _, at = varint(buffer, at)
    at += 1
    for _ in ("time", "offset"):
        _, at = varint(buffer, at)
    for _ in ("key", "value"):
        size, at = varint(buffer, at)
        at += max(0, size)
    headers, at = varint(buffer, at)
    for _ in range(headers):
        size, at = varint(buffer, at)
        yield at, at + size
        at += size
        size, at = varint(buffer, at)
        at += max(0, size)


def varint(buffer: bytearray, at: int) -> tuple[int, int]:
    """A number in zigzag encoding, and where it ends (protobuf.dev/programming-guides/encoding)."""
    raw = shift = 0
    while True:
        byte = buffer[at]
        raw |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return (raw >> 1) ^ -(raw & 1), at
