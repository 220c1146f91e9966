"""How much room there is where the system writes. Asked for each time: one call of the kernel.

Nothing is written down about it: a file that says that the disk is full would not fit on it.
"""

import shutil
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Final

from infra.errors import SystemUnavailable
from infra.settings import Settings

SHARED: Final = ("broker", "clickhouse")
"""Folders under TEKIL_HOME that may lie on disks of their own."""
_UNITS: Final = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


class Level(IntEnum):
    """What is to be done about it."""

    FINE = 0
    LOW = 1  # said
    FULL = 2  # intake takes nothing, nobody publishes


class DiskFull(SystemUnavailable):
    """There is too little room to go on. Exit code 3."""


@dataclass(frozen=True, slots=True)
class Room:
    """The room of one folder's disk."""

    folder: Path
    free_bytes: int
    total_bytes: int
    level: Level

    def __str__(self) -> str:
        unit, name = next(((u, n) for u, n in _UNITS if self.free_bytes >= u), (1, "bytes"))
        percent = 100 * self.free_bytes / self.total_bytes if self.total_bytes else 0.0
        return f"{self.free_bytes / unit:.1f} {name} ({percent:.1f} %) free at {self.folder}"


def level(settings: Settings, free_bytes: int, total_bytes: int) -> Level:
    """Of a share and a number of bytes the lesser is the limit: a large disk needs no tenth."""

    def limit(percent: float, at_most_bytes: int) -> float:
        return min(total_bytes * percent / 100, at_most_bytes)

    if free_bytes < limit(settings.disk_stop_percent, settings.disk_stop_bytes):
        return Level.FULL
    is_low = free_bytes < limit(settings.disk_warn_percent, settings.disk_warn_bytes)
    return Level.LOW if is_low else Level.FINE


def look(settings: Settings) -> Room:
    """The disk in the worst state of TEKIL_HOME's, the broker's and ClickHouse's."""
    folders = [settings.root, *(settings.root / name / "data" for name in SHARED)]
    rooms = []
    for folder in folders:
        try:
            usage = shutil.disk_usage(folder)
        except FileNotFoundError:
            continue  # a service of others', or not made yet
        rooms.append(
            Room(folder, usage.free, usage.total, level(settings, usage.free, usage.total))
        )
    return max(rooms, key=lambda room: (room.level, -room.free_bytes))


def check(settings: Settings) -> None:
    """Before something is sent to a system of this machine. Raises DiskFull."""
    if settings.embedded_kafka and settings.root.exists():
        room = look(settings)
        if room.level is Level.FULL:
            raise DiskFull(
                f"The disk is full: {room}. Nothing was sent; the system takes nothing until"
                " there is room. Then run the command again."
            )
