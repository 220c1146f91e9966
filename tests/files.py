"""Files of a system that is running: whatever lists them meets some that are gone by then.

ClickHouse merges parts and RocksDB compacts at any moment. `Path.rglob` raises where a folder
vanishes under it, so no test walks a system's folders with it.
"""

import os
from collections.abc import Iterator
from pathlib import Path


def under(root: Path) -> Iterator[Path]:
    """Every regular file under a folder, in order of its path; no links."""
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield path


def bytes_of(path: Path) -> bytes:
    """A file's bytes; nothing if its owner has removed it meanwhile."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
