"""Compressed bytes → the bytes inside, told by what they begin with and not by their name."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Final

import cramjam
import crc32c

DEEPEST: Final = 4
"""How many layers are taken off: a gzip in a zip in a batch in a file is four."""
_BATCH_HEAD: Final = 61
_XERIAL: Final = b"\x82SNAPPY\0"
_BLOCK_HEAD: Final = 25
_METHODS: Final = {0x02, 0x82, 0x90}
_MAX_BLOCK_BYTES: Final = 256 << 20

Inside = Iterator[tuple[str, bytes]]
"""(kind, bytes)."""


def unpacked(data: bytes, depth: int = 0) -> Inside:
    """What is packed in these bytes, and what is packed in that; not the bytes themselves."""
    if depth == DEEPEST:
        return
    for kind, content in _layer(data):
        yield kind, content
        for inner, more in unpacked(content, depth + 1):
            yield f"{kind}/{inner}", more


def _layer(data: bytes) -> Inside:
    if data.startswith(b"\x1f\x8b\x08"):
        yield "gzip", _gunzipped(data)
    elif data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield "zip", archive.read(name)
    elif data.startswith(b"\x28\xb5\x2f\xfd"):
        yield "zstd", bytes(cramjam.zstd.decompress(data))
    elif data.startswith(b"\x04\x22\x4d\x18"):
        yield "lz4", bytes(cramjam.lz4.decompress(data))
    elif is_batch(data):
        yield from (("kafka", content) for content in batches(data))
    elif _is_block(data, 0):
        yield "part", b"".join(blocks(data))


def _gunzipped(data: bytes) -> bytes:
    """Also of a file that is still being written."""
    try:
        return gzip.decompress(data)
    except EOFError:
        return zlib.decompressobj(31).decompress(data)


# -- Kafka: record batches of version 2 ------------------------------------------------------------


def is_batch(data: bytes, place: int = 0) -> bool:
    """True if a whole record batch begins here: its checksum (CRC-32C) says so."""
    head = data[place : place + _BATCH_HEAD]
    if len(head) < _BATCH_HEAD or head[16] != 2:
        return False
    end = place + 12 + int.from_bytes(head[8:12], "big")
    if not place + _BATCH_HEAD <= end <= len(data):
        return False
    return crc32c.crc32c(memoryview(data)[place + 21 : end]) == int.from_bytes(head[17:21], "big")


def batches(data: bytes) -> Iterator[bytes]:
    """Keys, headers and values of each batch of a segment, each on a line of its own.

    Stops where no batch begins: a segment ends so, or in the bytes that Kafka laid out for later.
    """
    place = 0
    while is_batch(data, place):
        head = data[place : place + _BATCH_HEAD]
        end = place + 12 + int.from_bytes(head[8:12], "big")
        codec = int.from_bytes(head[21:23], "big") & 7
        records = _CODECS[codec](data[place + _BATCH_HEAD : end])
        yield b"\n".join(_fields(records, int.from_bytes(head[57:61], "big")))
        place = end


def _fields(records: bytes, count: int) -> Iterator[bytes]:
    place = 0
    for _ in range(count):
        length, place = _varint(records, place)
        end, place = place + length, place + 1  # a byte of attributes
        _, place = _varint(records, place)  # times
        _, place = _varint(records, place)  # and offsets, as differences
        for _ in ("key", "value"):
            field, place = _field(records, place)
            yield field
        headers, place = _varint(records, place)
        for _ in range(2 * headers):
            field, place = _field(records, place)
            yield field
        assert place == end, "a record that is not what its length says"


def _field(data: bytes, place: int) -> tuple[bytes, int]:
    length, place = _varint(data, place)
    end = place + max(length, 0)  # -1 is null
    return data[place:end], end


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """A number in zigzag, seven bits a byte, and the place after it."""
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), place
        shift += 7


def _snappy(data: bytes) -> bytes:
    """Snappy as Kafka's clients write it: bare, or in the frames of Java's library."""
    if not data.startswith(_XERIAL):
        return bytes(cramjam.snappy.decompress_raw(data))
    place, found = 16, []
    while place < len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        place += 4 + length
        found.append(bytes(cramjam.snappy.decompress_raw(data[place - length : place])))
    return b"".join(found)


_CODECS: Final[dict[int, Callable[[bytes], bytes]]] = {
    0: bytes,
    1: gzip.decompress,
    2: _snappy,
    3: lambda data: bytes(cramjam.lz4.decompress(data)),
    4: lambda data: bytes(cramjam.zstd.decompress(data)),
}


# -- ClickHouse: compressed blocks -----------------------------------------------------------------


def _is_block(data: bytes, place: int) -> bool:
    """Checksum (16 bytes), method, size with this head of 9, size of what is inside."""
    head = data[place : place + _BLOCK_HEAD]
    if len(head) < _BLOCK_HEAD or head[16] not in _METHODS:
        return False
    packed, inside = (int.from_bytes(head[n : n + 4], "little") for n in (17, 21))
    return 9 < packed <= len(data) - place - 16 and 0 < inside <= _MAX_BLOCK_BYTES


def blocks(data: bytes) -> Iterator[bytes]:
    """What is inside the compressed blocks of a column's file, one after the other."""
    return (content for _, content in placed_blocks(data))


def placed_blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The same with each block's place in the file."""
    place = 0
    while _is_block(data, place):
        method = data[place + 16]
        packed, size = (int.from_bytes(data[place + n : place + n + 4], "little") for n in (17, 21))
        content = data[place + _BLOCK_HEAD : place + 16 + packed]
        if method == 0x82:
            content = bytes(cramjam.lz4.decompress_block(content, output_len=size))
        elif method == 0x90:
            content = bytes(cramjam.zstd.decompress(content))
        yield place, content
        place += 16 + packed
