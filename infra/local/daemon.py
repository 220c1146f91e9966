"""The daemon of a namespace: one loop in its main thread (`python -m infra.local.daemon`).

It starts what `plan.json` lists, which is what the caller of `up` handed on: it knows no program
by name. It writes `status.json`, starts the workers when the file `start-workers` appears, and
stops everything on SIGTERM: workers first.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Final

from infra import disk, heart
from infra.disk import Level
from infra.errors import outage
from infra.local import kafka
from infra.local.children import (
    BROKER,
    PLAN_FILE,
    POLL_SECONDS,
    SERVICE_STOP_SECONDS,
    START_WORKERS_FILE,
    STATUS_FILE,
    SUPERVISOR,
    SUPERVISOR_FILE,
    WORKER_STOP_SECONDS,
    Child,
    Plan,
    State,
    child_environment,
    log_path,
    read_json,
    write_json,
)
from infra.local.processes import identify, kill_group, send
from infra.settings import Settings

LOCK_FILE: Final = "supervisor.lock"
DISK_SECONDS: Final = 2.0


@dataclass
class Daemon:
    """The loop. Everything happens in this one thread; others only say how it is."""

    settings: Settings
    plan: Plan
    children: list[Child] = field(default_factory=list)
    stopping: bool = False
    has_workers: bool = False
    changed: bool = True  # what status.json does not say yet
    level: Level = Level.FINE
    lacking: str = ""  # the last thing that the machine did not let us do

    def run(self) -> None:
        """Run until SIGTERM or SIGINT, then stop workers first, services after them.

        What the machine refuses (a full disk, no more files) is said, and tried again.
        """
        run = self.settings.folder("run")
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        environment = child_environment(self.settings)
        self._add(self.plan.services)
        self._serve_health()
        next_look = 0.0
        try:
            while not self.stopping:
                heart.of(SUPERVISOR).turn()
                if time.monotonic() >= next_look:
                    self.guarded(self._look_at_disk)
                    next_look = time.monotonic() + DISK_SECONDS
                self.guarded(lambda: self._add_workers(run))
                for child in self.children:
                    self.guarded(partial(self._tend, child, environment))
                if self.changed:
                    self.guarded(lambda: self._write_status(run))
                time.sleep(POLL_SECONDS)
        finally:
            self._stop_children(self.plan.workers, WORKER_STOP_SECONDS)
            for service in reversed(list(self.plan.services)):
                self._stop_children([service], SERVICE_STOP_SECONDS)
            self.guarded(lambda: self._write_status(run))

    def guarded(self, step: Callable[[], None]) -> None:
        """One step that the machine may refuse: its children would die with the supervisor."""
        try:
            step()
        except OSError as error:
            if (what := f"{outage(error) or 'refused'}: {error}") != self.lacking:
                self.lacking = what
                _say(what)

    def _tend(self, child: Child, environment: dict[str, str]) -> None:
        now = time.monotonic()
        self.changed |= child.look(now)
        if child.state is State.RESTARTING and child.next_start <= now:
            self.changed = True
            child.start(environment, now)

    def _add_workers(self, run: Path) -> None:
        if not self.has_workers and (run / START_WORKERS_FILE).exists():
            self._add(self.plan.workers)
            self.has_workers = True

    def _look_at_disk(self) -> None:
        room = disk.look(self.settings)
        if room.level is not self.level:
            self.level = room.level
            _say(f"disk {room.level.name.lower()}: {room}")

    def _serve_health(self) -> None:
        heart.serve(self.settings, SUPERVISOR)
        if BROKER in self.plan.services:  # it is no program of ours
            heart.serve(self.settings, BROKER, probe=partial(kafka.answers, self.settings))

    def _add(self, commands: dict[str, list[str]]) -> None:
        self.children += [
            Child(name, command, log_path(self.settings, name))
            for name, command in commands.items()
        ]

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def _stop_children(self, names: Sequence[str] | dict[str, list[str]], seconds: float) -> None:
        mine = [c for c in self.children if c.name in names and c.process and c.identity]
        for child in mine:
            _say(f"stopping {child.name}")
            if child.identity:
                send(child.identity, signal.SIGTERM)
        end = time.monotonic() + seconds
        for child in mine:
            if child.process is None or child.identity is None:
                continue
            try:
                child.process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                _say(f"{child.name} did not stop in {seconds:.0f} s: SIGKILL")
                kill_group(child.identity)
                child.process.wait()
            child.process, child.identity, child.state = None, None, State.DOWN

    def _write_status(self, run: Path) -> None:
        write_json(run / STATUS_FILE, {"children": [c.as_json() for c in self.children]})
        self.changed = False


def _say(text: str) -> None:
    with suppress(OSError):  # there is no other place to say that the log takes nothing
        print(f"{time.strftime('%Y-%m-%dT%H:%M:%S')} {text}", flush=True)


def main() -> None:
    """The daemon's entry: settings from the environment, the plan from run/plan.json."""
    settings = Settings()
    run = settings.folder("run")
    lock = (run / LOCK_FILE).open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit("another supervisor of this TEKIL_HOME and namespace runs already")
    plan = read_json(run / PLAN_FILE)
    if plan is None:
        sys.exit(f"{run / PLAN_FILE} is missing: start with `tekil up`")
    me = identify(os.getpid())
    if me is None:
        sys.exit("/proc does not show this process")
    about = {"started": time.time(), "port_base": settings.port_base}
    write_json(run / SUPERVISOR_FILE, asdict(me) | about)
    _say("started")
    Daemon(settings, Plan(plan["services"], plan["workers"])).run()
    _say("stopped")


if __name__ == "__main__":
    main()
