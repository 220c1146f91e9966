"""The supervisor's children: how one is started, watched and restarted, what is written of it."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from infra import safe_files
from infra.local.processes import Identity, identify, rotate, start_child
from infra.settings import Settings
from infra.stage import Exit

ROOT: Final = Path(__file__).resolve().parents[2]
BACKOFF_FIRST_SECONDS: Final = 0.2
BACKOFF_MAX_SECONDS: Final = 10.0
BACKOFF_RESET_SECONDS: Final = 30.0
KEPT_ENDS: Final = 10
LOG_MAX_BYTES: Final = 10 * 1024**2
BROKER: Final = "broker"
SUPERVISOR: Final = "supervisor"
POLL_SECONDS: Final = 0.1
WORKER_STOP_SECONDS: Final = 15.0
SERVICE_STOP_SECONDS: Final = 30.0

SUPERVISOR_FILE: Final = "supervisor.json"
STATUS_FILE: Final = "status.json"
PLAN_FILE: Final = "plan.json"
START_WORKERS_FILE: Final = "start-workers"


@dataclass(frozen=True)
class Plan:
    """What the daemon runs, in the order of its start: name and command line of each child."""

    services: dict[str, list[str]]
    workers: dict[str, list[str]]


class State(StrEnum):
    """What a child does."""

    RUNNING = "running"
    RESTARTING = "restarting"  # ended, starts again after a pause
    STOPPED = "stopped"  # ended with Exit.STAYS_STOPPED: an operator must act
    DOWN = "down"


def next_backoff(before_seconds: float, ran_seconds: float) -> float:
    """Seconds until a child starts again: from 0.2 doubling to 10, reset by 30 s of running."""
    if before_seconds == 0 or ran_seconds >= BACKOFF_RESET_SECONDS:
        return BACKOFF_FIRST_SECONDS
    return min(before_seconds * 2, BACKOFF_MAX_SECONDS)


@dataclass
class Child:
    """A child of the daemon and what is known of it."""

    name: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    identity: Identity | None = None
    state: State = State.RESTARTING
    started: float = 0.0  # time.time(), for a reader of status.json
    next_start: float = 0.0  # time.monotonic()
    backoff_seconds: float = 0.0
    restarts: int = 0
    exit_code: int | None = None
    ends: list[float] = field(default_factory=list)  # time.time() of the last few

    def start(self, environment: dict[str, str], now: float) -> None:
        """Start it now; later where the machine does not let it. Raises OSError, and goes on."""
        try:
            rotate(self.log, LOG_MAX_BYTES)
            self.process = start_child(self.command, environment, self.log, ROOT)
        except OSError:
            self._again(now, 0.0)
            raise
        self.state, self.started = State.RUNNING, time.time()
        self.identity = identify(self.process.pid)

    def look(self, now: float) -> bool:
        """See whether it ended, and decide what then. True if something changed."""
        if self.process is None:
            return False
        if (code := self.process.poll()) is None:
            if self.identity is None:  # at its start no file could be opened
                self.identity = identify(self.process.pid)
                return True
            return False
        ran_seconds = time.time() - self.started
        self.process, self.identity, self.exit_code = None, None, code
        if code == Exit.STAYS_STOPPED:
            self.state = State.STOPPED
            return True
        self.restarts += 1
        self.ends = [*self.ends, time.time()][-KEPT_ENDS:]
        self._again(now, ran_seconds)
        return True

    def _again(self, now: float, ran_seconds: float) -> None:
        self.state = State.RESTARTING
        self.backoff_seconds = next_backoff(self.backoff_seconds, ran_seconds)
        self.next_start = now + self.backoff_seconds

    def as_json(self) -> dict[str, Any]:
        """What status.json says of it."""
        return {
            "name": self.name,
            "state": self.state,
            "started": self.started,
            "restarts": self.restarts,
            "exit_code": self.exit_code,
            "ends": self.ends,
            **(asdict(self.identity) if self.identity else {"pid": None}),
        }


# -- what is written of it ------------------------------------------------------------------
def write_json(path: Path, value: object) -> None:
    """Whole or not at all: a reader never sees half a file."""
    safe_files.put(path, json.dumps(value, indent=1).encode())


def read_json(path: Path) -> dict[str, Any] | None:
    """What was written; None if nothing was."""
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    return found


def identity_in(value: dict[str, Any] | None) -> Identity | None:
    """The process that was written down."""
    if value is None or value.get("pid") is None:
        return None
    return Identity(int(value["pid"]), int(value["start_ticks"]))


def log_path(settings: Settings, name: str) -> Path:
    """Where a child's output goes. (The broker writes its own broker.log; this is its console.)"""
    file = "broker-console.log" if name == BROKER else f"{name}.log"
    return settings.folder("logs") / file


def child_environment(settings: Settings) -> dict[str, str]:
    """This process's environment with these settings in place of any TEKIL_* in it."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("TEKIL_")}
    return inherited | settings.environment() | {"PYTHONPATH": str(ROOT)}
