"""Small files that are there whole or not at all, and that only their owner reads (0600)."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def put(path: Path, content: bytes) -> None:
    """Put `content` in place of what is there; a reader or a crash sees the one or the other."""
    with _written_beside(path, content) as name:
        os.replace(name, path)
    sync_folder(path.parent)


def make_once(path: Path, content: bytes) -> bool:
    """Write `content` to `path` unless something is there; True if this call made it."""
    if path.exists():
        return False
    with _written_beside(path, content) as name:
        try:
            os.link(name, path)
        except FileExistsError:
            return False
    return True


def sync_folder(path: Path) -> None:
    """Bring the folder's own list of names to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _written_beside(path: Path, content: bytes) -> Iterator[str]:
    """The name of a file with `content` beside `path`, safe on the disk; gone afterwards."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:  # mkstemp makes it 0600
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield name
    finally:
        Path(name).unlink(missing_ok=True)
