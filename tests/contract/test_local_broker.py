"""The broker and the supervisor, for real: they start, survive, restart and stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

import programs
from infra.local import children, clickhouse_client, kafka, supervisor
from infra.local.children import Plan, State
from infra.local.preflight import NotReady
from infra.local.processes import identify
from infra.local.supervisor import ChildStatus
from infra.settings import LOOPBACK, Settings
from infra.stage import Exit
from lab.bench.ports import claim_port_base
from tests.contract.test_clickhouse_http import listening_addresses
from tests.patience import until

WAIT_SECONDS = 40.0
ROOT = Path(__file__).parents[2]


def wait_for(what: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def child(settings: Settings, name: str) -> ChildStatus:
    return next(one for one in supervisor.status(settings) if one.name == name)


def pid_of(settings: Settings, name: str) -> int:
    pid = child(settings, name).pid
    assert pid is not None
    return pid


def silent(_text: str) -> None:
    """Progress that nobody reads."""


class TestBroker:
    """A real broker that suits this system."""

    def test_loopback_only(self, services: Settings) -> None:
        for port in (services.broker_port, services.controller_port, services.clickhouse_port):
            assert listening_addresses(port) == {LOOPBACK}

    def test_no_topic_by_accident(self, services: Settings) -> None:
        consumer = KafkaConsumer(bootstrap_servers=services.bootstrap)
        try:
            assert not consumer.partitions_for_topic("mistyped")
        finally:
            consumer.close()

    def test_write_and_read(self, services: Settings) -> None:
        admin = KafkaAdminClient(bootstrap_servers=services.bootstrap)
        producer = KafkaProducer(bootstrap_servers=services.bootstrap, max_request_size=2**23)
        consumer = KafkaConsumer(bootstrap_servers=services.bootstrap, auto_offset_reset="earliest")
        large = os.urandom(1_000_000)
        try:
            admin.create_topics({"probe": {"num_partitions": 1, "replication_factor": 1}})
            assert producer.send("probe", large).get(timeout=20).offset == 0
            consumer.assign([TopicPartition("probe", 0)])
            wait_for(lambda: any(consumer.poll(timeout_ms=500).values()))
        finally:
            consumer.close()
            producer.close()
            admin.delete_topics(["probe"])
            admin.close()

    def test_the_log_has_a_limit(self, services: Settings) -> None:
        assert (services.root / "logs" / "broker.log").stat().st_size > 0
        written = (services.root / "broker" / "log4j2.properties").read_text()
        assert f"policies.size.size={kafka.LOG_FILE_BYTES}" in written


class TestUp:
    """`tekil up` and `tekil down` on the services that the session already has."""

    def test_up_again_is_no_second_start(self, services: Settings) -> None:
        before = supervisor.status(services)
        said: list[str] = []
        assert programs.up_services(services, said.append) is False
        assert said == ["already up"]
        assert [c.pid for c in supervisor.status(services)] == [c.pid for c in before]

    def test_up_with_other_ports_is_no_silent_success(self, services: Settings) -> None:
        moved = services.model_copy(update={"port_base": services.port_base + 1})
        with pytest.raises(NotReady, match=f"TEKIL_PORT_BASE={services.port_base}"):
            programs.up_services(moved, silent)

    def test_a_foreign_process_on_a_port_is_named(self, services: Settings, tmp_path: Path) -> None:
        other = services.model_copy(update={"home": tmp_path})
        with pytest.raises(NotReady, match=f"{services.broker_port}.*TEKIL_PORT_BASE"):
            programs.up_services(other, silent)
        assert supervisor.status(other) == []
        assert kafka.is_ready(services)

    def test_a_namespace_needs_services(self, tmp_path: Path) -> None:
        lonely = Settings(home=tmp_path, port_base=claim_port_base(), namespace="abc")
        with pytest.raises(NotReady, match="without TEKIL_NAMESPACE"):
            programs.up_services(lonely, silent)

    def test_a_bootstrap_that_fails_leaves_nothing(self, services: Settings) -> None:
        named = services.model_copy(update={"namespace": "fails"})

        def bootstrap() -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            programs.up(named, silent, bootstrap)
        assert not supervisor.is_up(named)
        assert supervisor.is_up(services)

    def test_workers_cannot_start_without_a_supervisor(self, tmp_path: Path) -> None:
        with pytest.raises(NotReady, match="tekil up"):
            supervisor.start_workers(Settings(home=tmp_path))

    def test_down_of_nothing(self, tmp_path: Path) -> None:
        assert supervisor.down(Settings(home=tmp_path)) is False


WORKER = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print("bye", flush=True), sys.exit(0)))
mode = pathlib.Path(sys.argv[1])
print("started", sys.argv[2], os.environ.get("TEKIL_NAMESPACE"), flush=True)
while True:
    code = int(mode.read_text()) if mode.exists() else None
    if code is not None:
        print(f"leaving with {code}", flush=True)
        os._exit(code)
    time.sleep(0.02)
"""


@pytest.fixture
def namespace(services: Settings, tmp_path: Path) -> Iterator[tuple[Settings, Path]]:
    """A namespace whose one worker ends with the code in a file, when there is one."""
    script, mode = tmp_path / "worker.py", tmp_path / "mode"
    script.write_text(WORKER)
    plan = Plan({}, {"all": [sys.executable, str(script), str(mode), "all"]})
    named = services.model_copy(update={"namespace": f"n{os.getpid()}"})
    assert supervisor.up_services(named, plan, silent)
    try:
        yield named, mode
    finally:
        supervisor.down(named)


class TestWorkers:
    """The supervisor of a namespace, with a worker that does as it is told."""

    def test_two_phases_restart_and_stop(self, namespace: tuple[Settings, Path]) -> None:
        settings, _ = namespace
        assert [c.name for c in supervisor.status(settings)] == ["supervisor"]
        supervisor.start_workers(settings)
        wait_for(lambda: len(supervisor.status(settings)) == 2)
        first = pid_of(settings, "all")
        log = children.log_path(settings, "all")
        wait_for(lambda: f"started all {settings.namespace}" in log.read_text())

        os.kill(first, signal.SIGKILL)
        wait_for(lambda: child(settings, "all").pid not in (None, first))
        assert child(settings, "all").restarts == 1
        wait_for(lambda: log.read_text().count("started") == 2)

        assert supervisor.down(settings) is True
        assert supervisor.down(settings) is False
        assert {c.state for c in supervisor.status(settings)} == {State.DOWN}
        assert log.read_text().rstrip().endswith("bye")

    def test_ex_config_stays_stopped(self, namespace: tuple[Settings, Path]) -> None:
        settings, mode = namespace
        mode.write_text(str(Exit.STAYS_STOPPED))
        supervisor.start_workers(settings)
        wait_for(lambda: len(supervisor.status(settings)) == 2)
        wait_for(lambda: child(settings, "all").state is State.STOPPED)
        time.sleep(1.0)  # several times the first backoff
        found = child(settings, "all")
        assert (found.state, found.restarts, found.pid) == (State.STOPPED, 0, None)
        assert found.detail == f"leaving with {Exit.STAYS_STOPPED}"

    def test_a_crash_loop_slows_down_and_is_shown(self, namespace: tuple[Settings, Path]) -> None:
        settings, mode = namespace
        mode.write_text("1")
        supervisor.start_workers(settings)
        wait_for(lambda: len(supervisor.status(settings)) == 2)
        wait_for(lambda: child(settings, "all").restarts >= 3)
        assert child(settings, "all").detail
        mode.unlink()
        wait_for(lambda: child(settings, "all").state is State.RUNNING)

    def test_kill_9_of_the_supervisor_leaves_no_orphan(
        self, namespace: tuple[Settings, Path]
    ) -> None:
        settings, _ = namespace
        supervisor.start_workers(settings)
        wait_for(lambda: len(supervisor.status(settings)) == 2)
        worker = identify(pid_of(settings, "all"))
        assert worker is not None
        os.kill(pid_of(settings, "supervisor"), signal.SIGKILL)
        wait_for(lambda: not worker.is_alive(), 5)
        wait_for(lambda: {c.state for c in supervisor.status(settings)} == {State.DOWN}, 5)
        assert supervisor.up_services(settings, Plan({}, {}), silent)

    def test_only_our_processes_are_signalled(self, namespace: tuple[Settings, Path]) -> None:
        """A pid that was given to another process since is left alone."""
        settings, _ = namespace
        supervisor.down(settings)
        run = settings.folder("run")
        foreign = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        try:
            false_claim = f'{{"pid": {foreign.pid}, "start_ticks": 1, "started": 0}}'
            (run / children.SUPERVISOR_FILE).write_text(false_claim)
            (run / children.STATUS_FILE).write_text(
                f'{{"children": [{false_claim[:-1]}, "name": "all"}}]}}'
            )
            assert supervisor.down(settings) is False
            assert foreign.poll() is None
        finally:
            foreign.kill()
            foreign.wait()


def test_a_whole_life(tmp_path: Path) -> None:
    """Up, kill -9 of the broker and of the supervisor, namespaces, down; its own TEKIL_HOME."""
    settings = Settings(home=tmp_path / "home", port_base=claim_port_base(), assurance="hmac")
    named = settings.model_copy(update={"namespace": "abc"})
    assert programs.up_services(settings, silent)
    try:
        broker = pid_of(settings, "broker")
        os.kill(broker, signal.SIGKILL)
        wait_for(lambda: child(settings, "broker").pid not in (None, broker))
        assert until(lambda: kafka.is_ready(settings), WAIT_SECONDS)
        assert programs.up_services(named, silent)

        services = [identify(pid_of(settings, name)) for name in ("broker", "clickhouse")]
        os.kill(pid_of(settings, "supervisor"), signal.SIGKILL)
        wait_for(lambda: not any(one and one.is_alive() for one in services), 10)
        assert programs.up_services(settings, silent)
        assert clickhouse_client.is_ready(settings)
        assert supervisor.is_up(named)
    finally:
        assert supervisor.down(settings)
    # Without a namespace, `down` takes the named ones with it.
    assert not supervisor.is_up(named)
    assert not kafka.is_ready(settings)
    assert not clickhouse_client.is_ready(settings)
    assert supervisor.down(settings) is False
