"""Room on the disk: the lesser of a share and a number of bytes, asked where the system writes."""

from pathlib import Path

import pytest

from infra import disk
from infra.disk import DiskFull, Level
from infra.settings import Settings
from producers.wire import KafkaWire
from tests.disks import disk_at

GB = 1024**3
MB = 1024**2


@pytest.mark.parametrize(
    ("free", "total", "level"),
    [
        (11 * GB, 100 * GB, Level.FINE),
        (3 * GB, 100 * GB, Level.FINE),  # 3 %, and more than 2 GB
        (2 * GB - 1, 100 * GB, Level.LOW),
        (501 * MB, 100 * GB, Level.LOW),
        (500 * MB - 1, 100 * GB, Level.FULL),
        (2 * GB - 1, 10 * GB, Level.FINE),  # a tenth is 1 GB
        (1 * GB - 1, 10 * GB, Level.LOW),
        (200 * MB, 10 * GB, Level.FULL),  # 2 % is 205 MB
        (210 * MB, 10 * GB, Level.LOW),
        (0, 0, Level.FINE),  # a file system that says nothing of itself
    ],
)
def test_of_share_and_bytes_the_lesser_is_the_limit(free: int, total: int, level: Level) -> None:
    assert disk.level(Settings(), free, total) is level


def test_a_full_disk_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    """Without a mount: the limit is raised above what is free."""
    full = Settings(home=tmp_path, disk_stop_percent=100, disk_stop_bytes=2**62)
    assert disk.look(full).level is Level.FULL
    with pytest.raises(DiskFull, match=r"disk is full: .* free at .*Nothing was sent"):
        KafkaWire(full, "KIZ")
    off = full.model_copy(update={"disk_stop_percent": 0.0, "disk_warn_percent": 0.0})
    assert disk.look(off).level is Level.FINE
    disk.check(full.model_copy(update={"kafka_bootstrap": "elsewhere:9092"}))


def test_the_worst_of_the_disks_counts(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, disk_stop_percent=50.0)
    (tmp_path / "broker").mkdir()
    with disk_at(tmp_path / "broker" / "data") as small:
        (small.folder / "file").write_bytes(bytes(1 << 20))
        small.fill(left_kib=8)
        room = disk.look(settings)
        assert (room.level, room.folder) == (Level.FULL, small.folder)
        assert "KiB" in str(room)
        small.make_room()
        assert disk.look(settings).level is not Level.FULL
