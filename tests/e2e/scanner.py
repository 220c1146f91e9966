"""Looks for bytes in everything that a running Tekil keeps, decompressed.

Files as they lie on the disk, .gz files unpacked, the messages of all topics through a consumer,
all columns of all tables as the owner, and every pair of the RocksDB stores.
"""

import gzip
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from rocksdict import AccessType, Options, Rdict

from infra.clickhouse import OWNER, connect
from infra.settings import Settings
from tests.e2e.topics import messages

PIECE = 4 << 20
OVERLAP = 200
Texts = Iterator[tuple[str, bytes]]
"""(where, bytes)."""


@dataclass(frozen=True, order=True)
class Found:
    """A needle and the kind of place that it was found in: file, gz, topic, table or store."""

    needle: str
    kind: str
    where: str


def scan(services: Settings, exports: Iterable[Path], needles: Sequence[str]) -> list[Found]:
    """Every needle in the data directory, in what was exported, and in the running services."""
    pattern = re.compile(b"|".join(re.escape(needle.encode()) for needle in needles), re.IGNORECASE)
    files = [path for path in Path(services.root).rglob("*") if path.is_file()]
    kinds: dict[str, Iterable[tuple[str, bytes]]] = {
        "file": _files([*files, *exports]),
        "gz": _unpacked(files),
        "topic": _messages(services),
        "table": _tables(services),
        "store": _stores(files),
    }
    found = set()
    for kind, texts in kinds.items():
        seen = 0
        for where, content in texts:
            seen += 1
            found |= {
                Found(hit.decode().casefold(), kind, where) for hit in pattern.findall(content)
            }
        assert seen, f"a scan that saw no {kind} fails"
    return sorted(found)


def _files(paths: Iterable[Path]) -> Texts:
    """The bytes of files, without their holes (Kafka's index files are 10 MB of nothing)."""
    for path in paths:
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:  # a service removed it meanwhile
            continue
        try:
            for content in _data(descriptor, os.fstat(descriptor).st_size):
                yield str(path), content
        finally:
            os.close(descriptor)


def _data(descriptor: int, size: int) -> Iterator[bytes]:
    place = 0
    while place < size:
        try:
            start = os.lseek(descriptor, place, os.SEEK_DATA)
        except OSError:  # nothing but a hole up to the end
            return
        end = os.lseek(descriptor, start, os.SEEK_HOLE)
        for at in range(start, end, PIECE):
            yield os.pread(descriptor, min(PIECE + OVERLAP, end - at), at)
        place = end


def _unpacked(paths: Iterable[Path]) -> Texts:
    for path in paths:
        if path.suffix == ".gz":
            yield str(path), gzip.decompress(path.read_bytes())


def _messages(services: Settings) -> Texts:
    for record in messages(services, lambda _name: True):
        headers = b"\n".join(name.encode() + b"=" + text for name, text in record.headers)
        yield record.topic, b"\n".join((record.key or b"", headers, record.value or b""))


def _tables(services: Settings) -> Texts:
    client = connect(services, OWNER, database="")
    try:
        names = client.query(
            "SELECT database, name FROM system.tables WHERE engine != 'View'"
            " AND lower(database) NOT IN ('system', 'information_schema')"
        ).result_rows
        for database, name in names:
            table = f"`{database}`.`{name}`"
            yield table, client.raw_query(f"SELECT * FROM {table}", fmt="JSONEachRow")
    finally:
        client.close()


def _stores(paths: Iterable[Path]) -> Texts:
    """Keys and values of each store, read beside whoever has it open."""
    for folder in sorted({path.parent for path in paths if path.name == "CURRENT"}):
        store = Rdict(str(folder), Options(raw_mode=True), access_type=AccessType.read_only())
        try:
            for key, value in store.items():
                yield str(folder), cast(bytes, key) + b"\n" + cast(bytes, value)
        finally:
            store.close()
