"""CPU seconds and peak memory of a process, from /proc (Linux)."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.local import supervisor
from infra.settings import Settings

TICKS: Final = os.sysconf("SC_CLK_TCK")
KIB_IN_MIB: Final = 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process has used so far."""

    cpu_seconds: float
    peak_mib: int


def usage(pid: int) -> Usage:
    """Of one process. Raises FileNotFoundError or ProcessLookupError if it is gone."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    peak = next((line.split()[1] for line in status if line.startswith("VmHWM")), "0")
    return Usage((int(fields[11]) + int(fields[12])) / TICKS, int(peak) // KIB_IN_MIB)


def peak_mib() -> int:
    """Peak memory of this process."""
    return usage(os.getpid()).peak_mib


def of_children(settings: Settings) -> dict[str, Usage]:
    """Of each service and worker of a running system."""
    found = {}
    for child in supervisor.status(settings):
        if child.pid is not None:
            try:
                found[child.name] = usage(child.pid)
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended since: its successor is seen next time
    return found
