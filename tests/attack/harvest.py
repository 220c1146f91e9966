"""What lies on a machine of the system, taken store by store by whoever administers it."""

from collections.abc import Iterator
from pathlib import Path

import orjson

from events.catalog import Topic
from events.stage_signing import content_of
from infra.clickhouse import OWNER, connect
from infra.settings import Settings
from processors.stages.base import subjects_of
from tests.attack.loot import Loot
from tests.e2e.topics import messages
from tests.files import bytes_of, under
from tests.kit import chain
from tests.scanner import engines, packed
from tests.scanner.look import texts


def submissions(settings: Settings, loot: Loot) -> None:
    """The broker's administrator: the messages as the partners sent them."""
    for content in _batches(settings, settings.topic(Topic.SUBMISSIONS)):
        loot.text(content)


def topics(settings: Settings, loot: Loot) -> None:
    """The broker's administrator: every segment of every topic, unpacked."""
    for content in _batches(settings, ""):
        loot.text(content)


def unsealed(settings: Settings, loot: Loot, *, erased: bool = False) -> int:
    """Who holds journal and aid-keys: all sealed records, opened; how many there were.

    `erased`: as if each key had been overwritten by zeros, which is how records are erased.
    """
    names = {settings.topic(Topic.JOURNAL), settings.topic(Topic.KEYS)}
    found = list(messages(settings, names.__contains__))
    written = [record for record in found if record.topic == settings.topic(Topic.KEYS)]
    keys = {record.key.decode(): content_of(record.value) for record in written}
    if erased:
        keys = {name: bytes(len(value)) for name, value in keys.items()}
    for value in keys.values():
        loot.keys_message(value)
    opened = 0
    for block in chain(r.value for r in found if r.topic.endswith(Topic.JOURNAL)):
        for item in block.items:
            if "sealed" in item:
                subjects = subjects_of(keys.get(block.keys_id), block, item)
                loot.text(orjson.dumps(subjects))
                opened += subjects is not None
    return opened


def stores(settings: Settings, loot: Loot) -> int:
    """Who reads the disk: every pair of the stages' RocksDB stores; how many there were."""
    pairs = 0
    for folder in sorted(settings.folder("state").iterdir()):
        for _, pair in engines.rocksdb(folder):
            loot.raw(pair)
            pairs += 1
    return pairs


def tables(settings: Settings, loot: Loot) -> int:
    """ClickHouse's owner: every row of every table and view; how many bytes there were."""
    return _rows(settings, loot, "")


def views(settings: Settings, loot: Loot) -> int:
    """Who sees what is published: every row of every v1 view; how many bytes there were."""
    return _rows(settings, loot, "v1_")


def _rows(settings: Settings, loot: Loot, prefix: str) -> int:
    client = connect(settings, OWNER, database="")
    size = 0
    try:
        for (name,) in client.query(
            "SELECT name FROM system.tables"
            f" WHERE database = '{settings.database}' AND startsWith(name, '{prefix}')"
        ).result_rows:
            table = f"{settings.database}.`{name}`"
            rows = client.raw_query(f"SELECT * FROM {table}", fmt="JSONEachRow")
            size += len(rows)
            loot.text(rows)
    finally:
        client.close()
    return size


def logs(settings: Settings, loot: Loot) -> None:
    """Who reads the disk: the logs."""
    for path in under(settings.folder("logs")):
        loot.text(bytes_of(path))


def key_files(path: Path, loot: Loot) -> int:
    """Who reads the disk: every file in a folder of keys; how many there were."""
    files = list(under(path))
    for file in files:
        loot.key_file(file.name, file.read_bytes())
    return len(files)


def folder(path: Path, loot: Loot) -> None:
    """Who reads a disk, such as a key server's operator: all files, as text and as keys."""
    for _, _, content in texts(path):
        loot.text(content)
    key_files(path, loot)


def _batches(settings: Settings, topic: str) -> Iterator[bytes]:
    data = settings.root / "broker" / "data"
    prefix = topic or f"{settings.namespace}-"
    for path in sorted(data.glob(f"{prefix}*/*.log")):
        yield from packed.batches(path.read_bytes())
