"""Logs of one JSON line for each event: who, when, how many, what came of it. Never an element."""

import errno
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from keyserver import files

MAX_LOG_BYTES: Final = 10 * 1024**2
KEPT_LOGS: Final = 9


class Log:
    """Appends lines to a file; at 10 MB it becomes `.1`, and the oldest, `.9`, goes."""

    def __init__(self, path: Path, max_bytes: int = MAX_LOG_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._lock = threading.Lock()

    def write(self, line: Mapping[str, str | int | None]) -> None:
        """Append a line. OSError if the disk does not take it, and then nothing of it is there."""
        text = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            files.make_folder(self._path.parent)
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                before = os.fstat(handle).st_size
                if os.write(handle, text) < len(text):  # the last bytes of a disk
                    os.ftruncate(handle, before)
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
                is_full = before + len(text) >= self._max_bytes
            finally:
                os.close(handle)
            if is_full:
                self._rotate()

    def _rotate(self) -> None:
        for number in range(KEPT_LOGS - 1, 0, -1):
            older = self._numbered(number)
            if older.exists():
                older.replace(self._numbered(number + 1))
        self._path.replace(self._numbered(1))

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")
