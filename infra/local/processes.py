"""Processes that can be recognised again: pid and start time, from /proc (Linux).

A pid alone may belong to somebody else by the time it is read back from a file.
Only what matches both is ever signalled.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PR_SET_PDEATHSIG: Final = 1
POLL_SECONDS: Final = 0.05
_libc: Final = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Identity:
    """One process: its pid and its start time in clock ticks since boot."""

    pid: int
    start_ticks: int

    def is_alive(self) -> bool:
        """True if this very process still runs; a zombie does not."""
        return identify(self.pid) == self


def identify(pid: int) -> Identity | None:
    """The process that has this pid now; None if there is none, or only its zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the program's name in parentheses and may hold spaces.
    fields = stat.rpartition(")")[2].split()
    state, start_ticks = fields[0], int(fields[19])
    return None if state in "ZX" else Identity(pid, start_ticks)


def is_paused(pid: int) -> bool:
    """Whether a process was stopped by a signal, or by who traces it (proc(5): T, t)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "Tt"
    except OSError:
        return False  # it ended meanwhile


def send(identity: Identity, number: signal.Signals) -> None:
    """Signal this process if it is still the one."""
    if identity.is_alive():
        try:
            os.kill(identity.pid, number)
        except ProcessLookupError:
            return  # it ended between the look and the signal: what was wanted


def kill_group(identity: Identity) -> None:
    """SIGKILL for this process and those it started; it must lead its own group."""
    if identity.is_alive() and os.getpgid(identity.pid) == identity.pid:
        try:
            os.killpg(identity.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def wait_until_gone(identities: Sequence[Identity], timeout_seconds: float) -> list[Identity]:
    """Wait for all to end; returns those that are still alive after the time."""
    end = time.monotonic() + timeout_seconds
    left = [one for one in identities if one.is_alive()]
    while left and time.monotonic() < end:
        time.sleep(POLL_SECONDS)
        left = [one for one in left if one.is_alive()]
    return left


def start_child(
    command: Sequence[str], environment: Mapping[str, str], log: Path, folder: Path
) -> subprocess.Popen[bytes]:
    """Start a child in its own process group that dies with this process, even on kill -9.

    Call it from the main thread: the kernel ties the child to the *thread* that forked it.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            list(command),
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
            # between fork and exec it calls the kernel alone: the daemon's other threads hold
            # no lock that it would need
            preexec_fn=_dies_with(os.getpid()),
        )


def _dies_with(parent: int) -> Callable[[], None]:
    def set_signal() -> None:
        if _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
            os._exit(70)
        if os.getppid() != parent:
            os._exit(70)  # the parent died before the signal was set

    return set_signal


def rotate(log: Path, max_bytes: int) -> None:
    """Move a log that has grown too large to `<name>.1`, over the one there."""
    if log.exists() and log.stat().st_size > max_bytes:
        log.replace(log.with_name(f"{log.name}.1"))


def last_line(log: Path, window_bytes: int = 4096) -> str:
    """The last line of a log that says something; empty if there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - window_bytes))
            lines = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
