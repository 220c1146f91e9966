"""What RocksDB says of a disk that is full or damaged, in our words."""

from pathlib import Path

import pytest

from infra.rocksdb import DAMAGED, RocksStore, StoreDamaged, StoreUnavailable
from tests.disks import disk_at


def made(folder: Path) -> RocksStore:
    store = RocksStore(folder)
    for number in range(40):
        store.write({b"key %d" % number: b"value" * 100})
    store.close()
    return RocksStore(folder)


def test_a_flipped_byte_is_found_when_it_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "registry"
    made(folder).close()
    (table,) = folder.glob("*.sst")
    content = bytearray(table.read_bytes())
    content[50] ^= 1
    table.write_bytes(content)
    store = RocksStore(folder)
    with pytest.raises(StoreDamaged, match="checksum"):
        store.get_many([b"key %d" % number for number in range(40)])
    assert (folder / DAMAGED).exists()
    store.close()


@pytest.mark.parametrize("file", ["MANIFEST-*", "CURRENT", "*.sst"])
@pytest.mark.parametrize("how", ["cut", "gone"])
def test_a_damaged_folder_is_not_opened(tmp_path: Path, file: str, how: str) -> None:
    folder = tmp_path / "registry"
    made(folder).close()
    for found in folder.glob(file):
        found.write_bytes(b"") if how == "cut" else found.unlink()
    with pytest.raises(StoreDamaged):
        RocksStore(folder)


def test_no_room_is_an_outage(tmp_path: Path) -> None:
    with disk_at(tmp_path / "disk") as disk:
        store = made(disk.folder / "registry")
        disk.fill(left_kib=8)
        with pytest.raises(StoreUnavailable, match="No space left"):
            store.write({b"more": bytes(100_000)})
        del store
        disk.make_room()
        again = RocksStore(disk.folder / "registry")
        assert again.get_many([b"key 0"]) == [b"value" * 100], "what was there is there"
        assert not (disk.folder / "registry" / DAMAGED).exists()
        again.close()
        disk.protect()
        with pytest.raises(StoreUnavailable, match="Read-only"):
            RocksStore(disk.folder / "registry")
