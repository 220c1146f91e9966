"""Small files that are there whole or not at all, and that only their owner reads (0600)."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def put(path: Path, content: bytes) -> None:
    """Put `content` in place of what is there; a reader or a crash sees the one or the other."""
    with replacing(path) as name:
        Path(name).write_bytes(content)


@contextmanager
def replacing(path: Path) -> Iterator[str]:
    """The name of an empty file beside `path`, to be written; it takes the place of `path` at the
    end, or is gone if there was an error. For what a library writes by name."""
    with _beside(path) as name:
        yield name
        _sync(name, os.O_RDWR)
        os.replace(name, path)
    sync_folder(path.parent)


def make_once(path: Path, content: bytes) -> bool:
    """Write `content` to `path` unless something is there; True if this call made it."""
    if path.exists():
        return False
    with _beside(path) as name:
        Path(name).write_bytes(content)
        _sync(name, os.O_RDWR)
        try:
            os.link(name, path)
        except FileExistsError:
            return False
    return True


def sync_folder(path: Path) -> None:
    """Bring the folder's own list of names to the disk."""
    _sync(path, os.O_RDONLY)


def _sync(name: str | Path, how: int) -> None:
    handle = os.open(name, how)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _beside(path: Path) -> Iterator[str]:
    """The name of a new file beside `path`; gone afterwards, unless it was moved."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
    os.close(handle)  # mkstemp makes it 0600
    try:
        yield name
    finally:
        Path(name).unlink(missing_ok=True)
