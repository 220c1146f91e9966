"""Small disks for tests: a tmpfs that can be made full, read-only or roomy again at once.

Its size is changed, so that nothing has to be written to fill it. Mounting needs a right that not
every machine gives: then the test is skipped and says so.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FILL_TRIES = 100


class Disk:
    """A mounted tmpfs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, left_kib: int = 0) -> None:
        """No more room than this."""
        for _ in range(FILL_TRIES):  # the kernel refuses a size that is too small by now
            try:
                return self._remount(f"size={self.used_kib() + left_kib}k")
            except subprocess.CalledProcessError:
                continue
        raise AssertionError(f"{self.folder} grew as fast as it was filled")

    def used_kib(self) -> int:
        """What is on it."""
        return shutil.disk_usage(self.folder).used // 1024

    def make_room(self) -> None:
        """Three gigabytes, none of them taken before it is written."""
        self._remount("size=3g,rw")

    def protect(self) -> None:
        """Read-only."""
        self._remount("ro")

    def _remount(self, options: str) -> None:
        _mount("-o", f"remount,{options}", str(self.folder))


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True, timeout=20)


class NoDisk(Exception):
    """None can be mounted here; the message says why."""


@contextmanager
def mounted(folder: Path) -> Iterator[Disk]:
    """A disk of its own at an empty folder. Raises NoDisk."""
    folder.mkdir(exist_ok=True)
    try:
        _mount("-t", "tmpfs", "-o", "size=3g", "none", str(folder))
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", b"") or str(error).encode()
        raise NoDisk(f"no tmpfs can be mounted here: {said.decode().strip()}") from error
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True, timeout=20)


@contextmanager
def disk_at(folder: Path) -> Iterator[Disk]:
    """As `mounted`; the test is skipped where none can be."""
    try:
        with mounted(folder) as disk:
            yield disk
    except NoDisk as reason:
        pytest.skip(str(reason))
