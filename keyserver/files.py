"""Files that are whole or not there, for one reader: 0600 in folders of 0700."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from infra import safe_files
from keyserver.errors import FolderProblem

MAX_FILE_BYTES: Final = 1024 * 1024
"""No file of a ceremony comes near it; a larger one is not read."""


def make_folder(path: Path) -> Path:
    """The folder, made with mode 0700 if it is missing."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write(path: Path, content: bytes) -> None:
    """Put `content` in place of what is there; a reader or a crash sees the one or the other."""
    make_folder(path.parent)
    safe_files.put(path, content)


def remove(path: Path) -> None:
    """Unlink, and what a crash may have left of writing it.

    Overwriting first would be pointless: a modern disk writes to another place.
    """
    if not path.parent.exists():
        return
    for left in (path, *path.parent.glob(f".{path.name}.*")):
        left.unlink(missing_ok=True)
    safe_files.sync_folder(path.parent)


def read(path: Path, hint: str) -> bytes:
    """The file's bytes. FolderProblem, with `hint` of what to do, if it cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise FolderProblem(f"{path} does not exist. {hint}") from None
    except OSError as error:
        raise FolderProblem(f"{path} cannot be read ({error.strerror}). {hint}") from None
    if len(content) > MAX_FILE_BYTES:
        raise FolderProblem(f"{path} is too large to be a key server's file. {hint}")
    return content


def canonical(value: Any) -> bytes:
    """JSON with one way to write it: what is signed, authenticated or compared."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One ceremony at a time in a folder; a second one waits."""
    make_folder(folder)
    handle = os.open(folder / ".lock", os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(handle, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
