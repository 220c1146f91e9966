"""Starts the services and the workers, keeps them running, stops them.

Two halves meet in the folder `run/` of a namespace:

* the daemon (`python -m infra.local.supervisor`), one loop in one thread. It starts
  what `plan.json` lists, writes `status.json`, starts the workers when the file
  `start-workers` appears, and stops everything on SIGTERM: workers first.
* the functions `up_services`, `start_workers`, `down`, `status` for the command line.

If the daemon dies, even by kill -9, its children die with it; the next `tekil up`
starts afresh. If `up_services` dies half way, the daemon stands, and `down` ends it.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Any, Final

from infra.local import clickhouse_client, kafka, keyservers
from infra.local.preflight import (
    NotReady,
    check_disk,
    check_ports,
    check_python,
    service_ports,
)
from infra.local.processes import (
    Identity,
    identify,
    kill_group,
    last_line,
    rotate,
    send,
    start_child,
    wait_until_gone,
)
from infra.settings import Settings

Progress = Callable[[str], None]

ROOT: Final = Path(__file__).resolve().parents[2]
STAGES: Final = ("intake", "registry", "receipts", "projector")
PAGE: Final = "page"  # one on a machine: of the unnamed namespace
ALL_STAGES: Final = "all"  # one process for a whole namespace
EX_CONFIG: Final = 78  # sysexits.h; a worker's word for "stopped until an operator acts"

POLL_SECONDS: Final = 0.1
BACKOFF_FIRST_SECONDS: Final = 0.2
BACKOFF_MAX_SECONDS: Final = 10.0
BACKOFF_RESET_SECONDS: Final = 30.0
WORKER_STOP_SECONDS: Final = 15.0
SERVICE_STOP_SECONDS: Final = 30.0
READY_SECONDS: Final = 90.0
CRASHES_BEFORE_GIVING_UP: Final = 3  # while `up` waits for a service; later it never gives up
LOG_MAX_BYTES: Final = 10 * 1024**2

SUPERVISOR_FILE: Final = "supervisor.json"
STATUS_FILE: Final = "status.json"
PLAN_FILE: Final = "plan.json"
LOCK_FILE: Final = "supervisor.lock"
UP_LOCK_FILE: Final = "up.lock"
START_WORKERS_FILE: Final = "start-workers"
BROKER: Final = "broker"
CLICKHOUSE: Final = "clickhouse"


class State(StrEnum):
    """What a child does."""

    RUNNING = "running"
    RESTARTING = "restarting"  # ended, starts again after a pause
    STOPPED = "stopped"  # ended with EX_CONFIG: an operator must act
    DOWN = "down"


@dataclass(frozen=True)
class ChildStatus:
    """One line of `tekil status`. `detail` is the last line of its log unless it runs well."""

    name: str
    pid: int | None
    state: State
    uptime_seconds: float
    restarts: int
    detail: str


@dataclass(frozen=True)
class Plan:
    """What the daemon runs: name and command line of each child."""

    services: dict[str, list[str]]
    workers: dict[str, list[str]]

    @property
    def names(self) -> list[str]:
        """All children, in the order of their start."""
        return [*self.services, *self.workers]


def worker_commands(namespace: str) -> dict[str, list[str]]:
    """A process for each stage and the page, or one for all stages in a named namespace."""
    stages = (ALL_STAGES,) if namespace else (*STAGES, PAGE)
    return {stage: [sys.executable, "-m", "cli.workers", stage] for stage in stages}


def next_backoff(before_seconds: float, ran_seconds: float) -> float:
    """Seconds until a child starts again: from 0.2 doubling to 10, reset by 30 s of running."""
    if before_seconds == 0 or ran_seconds >= BACKOFF_RESET_SECONDS:
        return BACKOFF_FIRST_SECONDS
    return min(before_seconds * 2, BACKOFF_MAX_SECONDS)


# -- files ------------------------------------------------------------------------------
def _write_json(path: Path, value: object) -> None:
    """Whole or not at all: a reader never sees half a file."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(value, indent=1))
    beside.replace(path)


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    return found


def _identity(value: dict[str, Any] | None) -> Identity | None:
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


# -- the daemon ---------------------------------------------------------------------------
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

    def start(self, environment: dict[str, str]) -> None:
        """Start it now."""
        rotate(self.log, LOG_MAX_BYTES)
        self.process = start_child(self.command, environment, self.log, ROOT)
        self.identity = identify(self.process.pid)
        self.state, self.started = State.RUNNING, time.time()

    def look(self, now: float) -> bool:
        """See whether it ended, and decide what then. True if something changed."""
        if self.process is None or (code := self.process.poll()) is None:
            return False
        ran_seconds = time.time() - self.started
        self.process, self.identity, self.exit_code = None, None, code
        if code == EX_CONFIG:
            self.state = State.STOPPED
            return True
        self.state = State.RESTARTING
        self.restarts += 1
        self.backoff_seconds = next_backoff(self.backoff_seconds, ran_seconds)
        self.next_start = now + self.backoff_seconds
        return True

    def as_json(self) -> dict[str, Any]:
        """What status.json says of it."""
        return {
            "name": self.name,
            "state": self.state,
            "started": self.started,
            "restarts": self.restarts,
            "exit_code": self.exit_code,
            **(asdict(self.identity) if self.identity else {"pid": None}),
        }


@dataclass
class Daemon:
    """The loop. Everything happens in this one thread."""

    settings: Settings
    plan: Plan
    children: list[Child] = field(default_factory=list)
    stopping: bool = False

    def run(self) -> None:
        """Run until SIGTERM or SIGINT, then stop workers first, services after them."""
        run = self.settings.folder("run")
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        environment = child_environment(self.settings)
        self._add(self.plan.services)
        has_workers = False
        changed = True
        try:
            while not self.stopping:
                if not has_workers and (run / START_WORKERS_FILE).exists():
                    self._add(self.plan.workers)
                    has_workers = True
                now = time.monotonic()
                for child in self.children:
                    changed |= child.look(now)
                    if child.state is State.RESTARTING and child.next_start <= now:
                        child.start(environment)
                        changed = True
                if changed:
                    self._write_status(run)
                changed = False
                time.sleep(POLL_SECONDS)
        finally:
            self._stop_children(self.plan.workers, WORKER_STOP_SECONDS)
            for service in reversed(list(self.plan.services)):
                self._stop_children([service], SERVICE_STOP_SECONDS)
            self._write_status(run)

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
        _write_json(run / STATUS_FILE, {"children": [c.as_json() for c in self.children]})


def _say(text: str) -> None:
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
    plan = _read_json(run / PLAN_FILE)
    if plan is None:
        sys.exit(f"{run / PLAN_FILE} is missing: start with `tekil up`")
    me = identify(os.getpid())
    if me is None:
        sys.exit("/proc does not show this process")
    about = {"started": time.time(), "port_base": settings.port_base}
    _write_json(run / SUPERVISOR_FILE, asdict(me) | about)
    _say("started")
    Daemon(settings, Plan(plan["services"], plan["workers"])).run()
    _say("stopped")


# -- the command line's side ----------------------------------------------------------------
def is_up(settings: Settings) -> bool:
    """True if the supervisor of this namespace runs."""
    found = _identity(_read_json(settings.folder("run") / SUPERVISOR_FILE))
    return found is not None and found.is_alive()


@contextmanager
def _one_at_a_time(settings: Settings) -> Iterator[None]:
    """Two `tekil up` or `tekil down` at once: the second waits for the first."""
    with (settings.folder("run") / UP_LOCK_FILE).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def up_services(settings: Settings, progress: Progress) -> bool:
    """Start the supervisor and the services and wait until they answer.

    False, and nothing is done, if it is up already. Then make topics, tables and
    genesis, and call `start_workers`. Raises NotReady, with nothing left running.
    """
    with _one_at_a_time(settings):
        if is_up(settings):
            _check_same_ports(settings)
            progress("already up")
            return False
        _clear_leftovers(settings)
        check_python()
        check_disk(settings)
        plan = _plan(settings, progress)
        run = settings.folder("run")
        (run / START_WORKERS_FILE).unlink(missing_ok=True)
        (run / STATUS_FILE).unlink(missing_ok=True)
        _write_json(run / PLAN_FILE, asdict(plan))
        daemon = _start_daemon(settings)
        # A caller that lives on (a test run) must not keep the ended daemon as a zombie.
        threading.Thread(target=daemon.wait, daemon=True).start()
        try:
            _wait_for_daemon(settings, daemon)
            _wait_for_services(settings, plan, progress)
        except BaseException:  # Ctrl-C too: what was started here is stopped here
            _stop_supervisor(settings)
            raise
        return True


def _check_same_ports(settings: Settings) -> None:
    """A system that is up elsewhere must not pass for this one. Raises NotReady."""
    written = _read_json(settings.folder("run") / SUPERVISOR_FILE) or {}
    port_base = written.get("port_base")
    if port_base != settings.port_base:
        raise NotReady(
            f"this TEKIL_HOME is up with TEKIL_PORT_BASE={port_base}, not {settings.port_base}: "
            "use that number, or run `tekil down` first"
        )


def _plan(settings: Settings, progress: Progress) -> Plan:
    """What this namespace runs. Only the unnamed namespace runs services of its own."""
    workers = worker_commands(settings.namespace)
    services: dict[str, list[str]] = {}
    if settings.namespace:
        _check_foreign(settings)
        return Plan(services, workers)
    check_ports(settings, service_ports(settings))
    if settings.embedded_kafka:
        services[BROKER] = kafka.prepare(settings, progress)
    if settings.embedded_clickhouse:
        services[CLICKHOUSE] = [sys.executable, "-m", "infra.local.clickhouse_http"]
    services |= keyservers.commands(settings)
    _check_foreign(settings)
    return Plan(services, workers)


def _check_foreign(settings: Settings) -> None:
    """Services that this supervisor does not start must answer. Raises NotReady."""
    embedded_here = not settings.namespace
    hint = "run `tekil up` without TEKIL_NAMESPACE first"
    if not (settings.embedded_kafka and embedded_here) and not kafka.is_ready(settings):
        raise NotReady(
            f"no Kafka answers at {settings.bootstrap}: "
            + (hint if settings.embedded_kafka else "check TEKIL_KAFKA_BOOTSTRAP")
        )
    if not (settings.embedded_clickhouse and embedded_here) and not clickhouse_client.is_ready(
        settings
    ):
        raise NotReady(
            f"no ClickHouse answers at {settings.clickhouse}: "
            + (hint if settings.embedded_clickhouse else "check TEKIL_CLICKHOUSE_URL")
        )
    for number in settings.keyserver_numbers if settings.namespace else ():
        if not keyservers.is_ready(settings, number):
            port = settings.keyserver_port(number)
            raise NotReady(f"no key server {number} answers at port {port}: {hint}")


def _start_daemon(settings: Settings) -> subprocess.Popen[bytes]:
    log = settings.folder("logs") / "supervisor.log"
    rotate(log, LOG_MAX_BYTES)
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "infra.local.supervisor"],
            env=child_environment(settings),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal is for the caller alone
        )


def _wait_for_daemon(settings: Settings, daemon: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_SECONDS
    while not (is_up(settings) and (settings.folder("run") / STATUS_FILE).exists()):
        if daemon.poll() is not None or time.monotonic() > end:
            log = settings.folder("logs") / "supervisor.log"
            raise NotReady(f"the supervisor did not start: {last_line(log)} (see {log})")
        time.sleep(POLL_SECONDS / 2)


def _wait_for_services(settings: Settings, plan: Plan, progress: Progress) -> None:
    for name in plan.services:
        progress(f"starting {name}")
        end = time.monotonic() + READY_SECONDS
        while not _is_ready(settings, name):
            child = next((c for c in status(settings) if c.name == name), None)
            crashed = child is not None and (
                child.restarts >= CRASHES_BEFORE_GIVING_UP or child.state is State.STOPPED
            )
            if crashed or time.monotonic() > end or not is_up(settings):
                log = log_path(settings, name)
                raise NotReady(f"{name} does not start: {last_line(log)} (see {log.parent})")
            time.sleep(POLL_SECONDS)


def _is_ready(settings: Settings, service: str) -> bool:
    if service == BROKER:
        return kafka.is_ready(settings)
    if service == CLICKHOUSE:
        return clickhouse_client.is_ready(settings)
    return keyservers.is_ready(settings, int(service.removeprefix(keyservers.PREFIX)))


def start_workers(settings: Settings) -> None:
    """Let the supervisor start the workers, unless they run. Raises NotReady if it is down."""
    if not is_up(settings):
        raise NotReady("the system is down: run `tekil up`")
    (settings.folder("run") / START_WORKERS_FILE).touch()


def up(settings: Settings, progress: Progress, bootstrap: Callable[[], None]) -> bool:
    """`up_services`, then `bootstrap` (topics, tables, genesis), then `start_workers`.

    False if it was up already; then nothing is done. Whatever fails, also Ctrl-C,
    stops what was started. Raises NotReady, or what `bootstrap` raises.
    """
    if not up_services(settings, progress):
        return False
    try:
        bootstrap()
        start_workers(settings)
    except BaseException:
        down(settings)
        raise
    return True


def namespaces(settings: Settings) -> list[Settings]:
    """The named namespaces of this TEKIL_HOME that have ever been up."""
    run = settings.root / "run"
    names = sorted(path.parent.name for path in run.glob(f"*/{SUPERVISOR_FILE}"))
    return [settings.model_copy(update={"namespace": name}) for name in names]


def down(settings: Settings) -> bool:
    """Stop the workers, then the services; without a namespace, all namespaces first.

    False if nothing ran. Signals only processes that a supervisor here started.
    """
    stopped = False
    if not settings.namespace:
        for named in namespaces(settings):
            stopped |= down(named)
    with _one_at_a_time(settings):
        return _stop_supervisor(settings) or stopped


def _stop_supervisor(settings: Settings) -> bool:
    found = _identity(_read_json(settings.folder("run") / SUPERVISOR_FILE))
    if found is None or not found.is_alive():
        return _clear_leftovers(settings)
    send(found, signal.SIGTERM)
    # Longer than the daemon itself may take for its children.
    wait_seconds = WORKER_STOP_SECONDS + 2 * SERVICE_STOP_SECONDS + 5
    if wait_until_gone([found], wait_seconds):
        send(found, signal.SIGKILL)
        wait_until_gone([found], 5)
    _clear_leftovers(settings)
    return True


def _clear_leftovers(settings: Settings) -> bool:
    """Kill children that outlived their supervisor. (The kernel does it; this makes sure.)"""
    written = _read_json(settings.folder("run") / STATUS_FILE) or {"children": []}
    found = [_identity(child) for child in written["children"]]
    left = [one for one in found if one is not None and one.is_alive()]
    for one in left:
        kill_group(one)
    wait_until_gone(left, 10)
    return bool(left)


def status(settings: Settings) -> list[ChildStatus]:
    """The supervisor and each of its children, as they are now; empty if never up."""
    run = settings.folder("run")
    supervisor = _read_json(run / SUPERVISOR_FILE)
    written = _read_json(run / STATUS_FILE) or {"children": []}
    if supervisor is None:
        return []
    return [
        _status_of("supervisor", supervisor, settings),
        *(_status_of(child["name"], child, settings) for child in written["children"]),
    ]


def _status_of(name: str, written: dict[str, Any], settings: Settings) -> ChildStatus:
    identity = _identity(written)
    alive = identity is not None and identity.is_alive()
    state = State(written.get("state", State.RUNNING))
    if state is State.RUNNING and not alive:
        state = State.RESTARTING if is_up(settings) and name != "supervisor" else State.DOWN
    elif state is State.RESTARTING and not is_up(settings):
        state = State.DOWN
    restarts = int(written.get("restarts", 0))
    uptime_seconds = max(0.0, time.time() - float(written["started"])) if alive else 0.0
    is_well = state is State.RUNNING and (not restarts or uptime_seconds > BACKOFF_RESET_SECONDS)
    return ChildStatus(
        name=name,
        pid=identity.pid if identity and alive else None,
        state=state,
        uptime_seconds=uptime_seconds,
        restarts=restarts,
        detail="" if is_well else last_line(log_path(settings, name)),
    )


if __name__ == "__main__":
    main()
