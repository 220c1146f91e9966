"""The parent of the reading process: starts it, watches the clock, says how it ended (a shell)."""

import contextlib
import logging
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import orjson

from events.rejection import Reason, Refusal
from infra.settings import Settings
from infra.visible import visible
from producers.lists.files import child, other
from producers.lists.files.cells import (
    LENGTH,
    MAX_FRAME_BYTES,
    Columns,
    Row,
    Sheet,
    Step,
    items,
)

MAX_FILE_BYTES: Final = 512 << 20

_log: Final = logging.getLogger(__name__)
_ROOT: Final = Path(__file__).resolve().parents[3]
_PIPE_BYTES: Final = 1 << 16
_OVERRUN: Final = (signal.SIGXCPU, signal.SIGKILL)

Progress = Callable[[int, int], None]
"""Told how many bytes of how many were read; 0 of 0 where that is not known."""


def unheard(done: int, total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: memory of the child and size of what it says (MiB), and seconds."""

    memory_mib: int
    seconds: int

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """The limits of these settings."""
        return cls(settings.list_memory_mib, settings.list_seconds)

    @property
    def memory(self) -> str:
        """The limit of memory, for a person."""
        return f"{self.memory_mib} MiB (TEKIL_LIST_MEMORY_MIB)"

    @property
    def time(self) -> str:
        """The limit of time, for a person."""
        return f"{self.seconds} s (TEKIL_LIST_SECONDS)"


USUAL: Final = Limits(
    Settings.model_fields["list_memory_mib"].default,
    Settings.model_fields["list_seconds"].default,
)


def read_cells(
    path: Path, limits: Limits = USUAL, progress: Progress = unheard, encoding: str = ""
) -> Generator[Sheet | Columns | Row, None, None]:
    """The sheets of a file, each followed by its rows; close it if you stop early.

    `encoding`: what a text file is said to be in, one of `encodings.KNOWN`; '' looks at it.
    Raises Refusal (unreadable-file, file-too-large, other-form, file-password, unknown-encoding)
    when the first is asked for, or later.
    """
    with _open(path) as file, _running(file, limits, encoding) as (process, pipe):
        for content in _contents(process, pipe, limits, path):
            try:
                for item in items(content):
                    if isinstance(item, Step):
                        progress(item.done, item.total)
                    else:
                        yield item
            except (ValueError, TypeError, LookupError):
                raise Refusal(Reason.UNREADABLE_FILE, path.name) from None


def _open(path: Path) -> IO[bytes]:
    try:
        if not path.is_file():  # nor a pipe that never ends
            raise OSError("no file")
        file = path.open("rb")
    except (OSError, ValueError):
        raise Refusal(Reason.UNREADABLE_FILE, path.name) from None
    if os.fstat(file.fileno()).st_size > MAX_FILE_BYTES:
        file.close()
        raise Refusal(Reason.FILE_TOO_LARGE, f"{MAX_FILE_BYTES >> 20} MiB")
    return file


@contextlib.contextmanager
def _running(
    file: IO[bytes], limits: Limits, encoding: str
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """The reading process and what it says; it is gone afterwards, however this ends.

    It gets no environment of ours, in which passwords may stand, and no signal of the terminal.
    """
    process = subprocess.Popen(
        [
            sys.executable,
            "-P",
            "-m",
            child.__name__,
            str(limits.memory_mib),
            str(limits.seconds),
            encoding,
        ],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # where libraries that get no memory say so
        bufsize=0,
        cwd=_ROOT,
        env={"PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"},
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _contents(
    process: subprocess.Popen[bytes], pipe: IO[bytes], limits: Limits, path: Path
) -> Iterator[bytes]:
    """What stands in each frame, up to the one that says the end. Raises Refusal without it."""
    deadline = time.monotonic() + limits.seconds
    left = limits.memory_mib << 20
    waiting = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            seconds = deadline - time.monotonic()
            if seconds <= 0 or not selector.select(seconds):
                raise Refusal(Reason.FILE_TOO_LARGE, limits.time)
            said = os.read(pipe.fileno(), _PIPE_BYTES)
            if not said:
                raise _ended(process, limits, path)
            left -= len(said)
            if left < 0:
                raise Refusal(Reason.FILE_TOO_LARGE, limits.memory)
            waiting += said
            for content in _whole(waiting, path):
                if _is_end(content, limits, path):
                    return
                yield content


def _whole(waiting: bytearray, path: Path) -> Iterator[bytes]:
    """Takes the frames that are there as a whole."""
    while len(waiting) >= LENGTH.size:
        (size,) = LENGTH.unpack_from(waiting)
        if size > MAX_FRAME_BYTES:
            raise Refusal(Reason.UNREADABLE_FILE, path.name)
        if len(waiting) < LENGTH.size + size:
            return
        content = bytes(waiting[LENGTH.size : LENGTH.size + size])
        del waiting[: LENGTH.size + size]
        yield content


def _is_end(content: bytes, limits: Limits, path: Path) -> bool:
    """True for the frame that says the end. Raises Refusal for one that says why there is none."""
    if content.startswith((b'["rows"', b'["s')):
        return False
    try:
        how, what = orjson.loads(content)
    except ValueError:
        how, what = child.BROKEN, ""
    if how == child.END:
        return True
    if how == child.OUT_OF_MEMORY:
        raise Refusal(Reason.FILE_TOO_LARGE, limits.memory)
    if how == child.TOO_MUCH:
        raise Refusal(Reason.FILE_TOO_LARGE, str(what)[:80])
    if how == child.OTHER_FORM and what == other.PASSWORD:
        raise Refusal(Reason.FILE_PASSWORD)
    if how == child.OTHER_FORM:
        raise Refusal(Reason.OTHER_FORM, str(what)[:80])
    if how == child.ENCODING:
        raise Refusal(Reason.UNKNOWN_ENCODING, str(what)[:20])
    if how == child.FAULT:
        _log.error("the reader of lists went wrong: %s", visible(str(what)))
    raise Refusal(Reason.UNREADABLE_FILE, path.name)


def _ended(process: subprocess.Popen[bytes], limits: Limits, path: Path) -> Refusal:
    """Why the process ended without saying so."""
    number = -process.wait()
    if number in _OVERRUN:
        return Refusal(Reason.FILE_TOO_LARGE, limits.time)
    if number > 0:  # libraries that get no memory abort, or touch what is not there
        return Refusal(Reason.FILE_TOO_LARGE, limits.memory)
    return Refusal(Reason.UNREADABLE_FILE, path.name)
