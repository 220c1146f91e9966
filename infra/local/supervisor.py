"""Starts the services and the workers, keeps them running, stops them.

Two halves meet in the folder `run/` of a namespace:

* the daemon (`daemon.py`), which starts what it finds there and stops it on SIGTERM;
* the functions `up_services`, `start_workers`, `down`, `status` here, for the command line.

If the daemon dies, even by kill -9, its children die with it; the next `tekil up`
starts afresh. If `up_services` dies half way, the daemon stands, and `down` ends it.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final

from infra.local import clickhouse_client, daemon, kafka, keyservers
from infra.local.children import (
    BACKOFF_RESET_SECONDS,
    BROKER,
    LOG_MAX_BYTES,
    PLAN_FILE,
    POLL_SECONDS,
    ROOT,
    SERVICE_STOP_SECONDS,
    START_WORKERS_FILE,
    STATUS_FILE,
    SUPERVISOR,
    SUPERVISOR_FILE,
    WORKER_STOP_SECONDS,
    Plan,
    State,
    child_environment,
    identity_in,
    log_path,
    read_json,
    write_json,
)
from infra.local.preflight import (
    NotReady,
    check_disk,
    check_ports,
    check_python,
    service_ports,
)
from infra.local.processes import kill_group, last_line, rotate, send, wait_until_gone
from infra.settings import Settings

Progress = Callable[[str], None]

READY_SECONDS: Final = 90.0
CRASHES_BEFORE_GIVING_UP: Final = 3  # while `up` waits for a service; later it never gives up

UP_LOCK_FILE: Final = "up.lock"
CLICKHOUSE: Final = "clickhouse"


@dataclass(frozen=True)
class ChildStatus:
    """One line of `tekil status`. `detail` is the last line of its log unless it runs well."""

    name: str
    pid: int | None
    state: State
    uptime_seconds: float
    restarts: int
    detail: str
    ends: tuple[float, ...] = ()
    """When it ended last, a few times (`time.time()`)."""


def is_up(settings: Settings) -> bool:
    """True if the supervisor of this namespace runs."""
    found = identity_in(read_json(settings.folder("run") / SUPERVISOR_FILE))
    return found is not None and found.is_alive()


@contextmanager
def _one_at_a_time(settings: Settings) -> Iterator[None]:
    """Two `tekil up` or `tekil down` at once: the second waits for the first."""
    # opened for reading: `down` has to work on a disk that takes nothing any more
    path = settings.folder("run") / UP_LOCK_FILE
    lock = os.open(path, os.O_RDONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def up_services(settings: Settings, plan: Plan, progress: Progress) -> bool:
    """Start the supervisor, the embedded broker and the plan's services; wait until they answer.

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
        plan = _checked(settings, plan, progress)
        run = settings.folder("run")
        (run / START_WORKERS_FILE).unlink(missing_ok=True)
        (run / STATUS_FILE).unlink(missing_ok=True)
        write_json(run / PLAN_FILE, asdict(plan))
        process = _start_daemon(settings)
        # A caller that lives on (a test run) must not keep the ended daemon as a zombie.
        threading.Thread(target=process.wait, daemon=True).start()
        try:
            _wait_for_daemon(settings, process)
            _wait_for_services(settings, plan, progress)
        except BaseException:  # Ctrl-C too: what was started here is stopped here
            _stop_supervisor(settings)
            raise
        return True


def _check_same_ports(settings: Settings) -> None:
    """A system that is up elsewhere must not pass for this one. Raises NotReady."""
    written = read_json(settings.folder("run") / SUPERVISOR_FILE) or {}
    port_base = written.get("port_base")
    if port_base != settings.port_base:
        raise NotReady(
            f"this TEKIL_HOME is up with TEKIL_PORT_BASE={port_base}, not {settings.port_base}: "
            "use that number, or run `tekil down` first"
        )


def _checked(settings: Settings, plan: Plan, progress: Progress) -> Plan:
    """The plan with the embedded broker. Raises NotReady. Only the unnamed namespace has services.

    A broker that others run, or a namespace's, has to answer before.
    """
    services: dict[str, list[str]] = {}
    if not settings.namespace:
        check_ports(settings, service_ports(settings))
        if settings.embedded_kafka:
            services[BROKER] = kafka.prepare(settings, progress)
    _check_foreign(settings)
    return Plan(services | plan.services, plan.workers)


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
            [sys.executable, "-m", daemon.__name__],
            env=child_environment(settings),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal is for the caller alone
        )


def _wait_for_daemon(settings: Settings, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_SECONDS
    while not (is_up(settings) and (settings.folder("run") / STATUS_FILE).exists()):
        if process.poll() is not None or time.monotonic() > end:
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


def up(settings: Settings, plan: Plan, progress: Progress, bootstrap: Callable[[], None]) -> bool:
    """`up_services`, then `bootstrap` (topics, tables, genesis), then `start_workers`.

    False if it was up already; then nothing is done. Whatever fails, also Ctrl-C,
    stops what was started. Raises NotReady, or what `bootstrap` raises.
    """
    if not up_services(settings, plan, progress):
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
    found = identity_in(read_json(settings.folder("run") / SUPERVISOR_FILE))
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
    written = read_json(settings.folder("run") / STATUS_FILE) or {"children": []}
    found = [identity_in(child) for child in written["children"]]
    left = [one for one in found if one is not None and one.is_alive()]
    for one in left:
        kill_group(one)
    wait_until_gone(left, 10)
    return bool(left)


def status(settings: Settings) -> list[ChildStatus]:
    """The supervisor and each of its children, as they are now; empty if never up."""
    run = settings.folder("run")
    supervisor = read_json(run / SUPERVISOR_FILE)
    written = read_json(run / STATUS_FILE) or {"children": []}
    if supervisor is None:
        return []
    return [
        _status_of(SUPERVISOR, supervisor, settings),
        *(_status_of(child["name"], child, settings) for child in written["children"]),
    ]


def _status_of(name: str, written: dict[str, Any], settings: Settings) -> ChildStatus:
    identity = identity_in(written)
    alive = identity is not None and identity.is_alive()
    state = State(written.get("state", State.RUNNING))
    if state is State.RUNNING and not alive:
        state = State.RESTARTING if is_up(settings) and name != SUPERVISOR else State.DOWN
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
        ends=tuple(written.get("ends", ())),
    )
