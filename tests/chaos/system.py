"""A whole system of its own that can be hit, each stage a process, and an office that publishes.

The product's supervisor runs the broker, ClickHouse and one worker a stage; `Twins` are the
second workers, which this process starts and restarts itself.
"""

import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from kafka import KafkaProducer, TopicPartition

import programs
from events.catalog import Topic, receipts_topic
from events.model import ADMINISTRATION, PolicyRules
from infra import kafka
from infra.genesis import GENESIS_FILE, load_genesis
from infra.local import children, supervisor
from infra.local.processes import Identity, identify, kill_group, send
from infra.settings import Settings
from infra.stage import StageName
from lab.bench.ports import claim_port_base
from office import bootstrap
from office import partners as registering
from office.partners import Registration
from producers import keys
from producers.control_records import ControlPublisher
from tests.chaos.genuine import Genuine
from tests.chaos.load import ORGS, PROGRAMMES, Load, Message

FIRST_DAY = date(2026, 1, 1)
STAGES = tuple(map(str, StageName))
SESSION_SECONDS = 6.0
PATIENCE_SECONDS = 120.0


def quiet(_text: str) -> None:
    """Progress that nobody reads."""


def wait_for(what: str, done: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Ask until it is so; AssertionError naming it if it is not in time."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.1)


@contextmanager
def running_system(home: Path | None = None, **more: Any) -> Iterator[Settings]:
    """An empty system with partners and programmes, its workers running; gone afterwards.

    `more` are settings that differ.
    """
    home = home or Path(tempfile.mkdtemp(prefix="tekil-chaos-"))
    told: dict[str, Any] = {
        "home": home,
        "session_timeout_seconds": SESSION_SECONDS,
        "broker_heap_mib": 256,
        "assurance": "hmac",  # its tokens are made up, and no key server is stopped here
    }
    if "port_base" not in more:
        told["port_base"] = claim_port_base()
    settings = Settings(**(told | more))
    try:
        start(settings)
        for org in ORGS:
            keys.keygen(settings, org)
            wanted = Registration(org, f"focal@{org.lower()}.example")
            registering.register(settings, wanted)
        facts = [
            {"kind": "programme", "programme": f"{org}-{code}", "owner": org}
            for org in ORGS
            for code in PROGRAMMES
        ]
        admin = ControlPublisher(settings, ADMINISTRATION, signing_keys(settings)[ADMINISTRATION])
        assert all(p.answer.disposition == "accepted" for p in admin.publish(facts))
        yield settings
    finally:
        supervisor.down(settings)
        shutil.rmtree(home, ignore_errors=True)


def start(settings: Settings) -> None:
    """What `tekil up --test-mode` does."""

    def prepare() -> None:
        bootstrap.prepare(settings, test_mode=True, first_day=FIRST_DAY, progress=quiet)
        _have_patience(settings)

    bootstrap.prepare_keyservers(settings, quiet)
    programs.up(settings, quiet, prepare)


def _have_patience(settings: Settings) -> None:
    """Give partners so many days that none is late: the plain loop knows no case.

    What deadlines do is in `tests/oracle`; that a crash changes none of it, in the replays.
    """
    genesis = load_genesis(settings)
    assert genesis is not None
    patient = genesis.model_copy(update={"policy": with_patience(genesis.policy)})
    (settings.folder("keys") / GENESIS_FILE).write_text(patient.model_dump_json(indent=1))


def with_patience(rules: PolicyRules) -> PolicyRules:
    """The rules with the longest days that partners can have."""
    return rules.model_copy(update={"acknowledge_working_days": 1_000, "reply_days": 1_000})


def signing_keys(settings: Settings) -> dict[str, Ed25519PrivateKey]:
    """The private keys of all who sign."""
    return {org: keys.load_signing_key(settings, org) for org in (*ORGS, ADMINISTRATION)}


def child(settings: Settings, name: str) -> supervisor.ChildStatus:
    """One child of the supervisor as it is now."""
    not_yet = supervisor.ChildStatus(name, None, children.State.DOWN, 0.0, 0, "")
    return next((found for found in supervisor.status(settings) if found.name == name), not_yet)


def signal_child(settings: Settings, name: str, number: signal.Signals) -> int:
    """Signal a service or worker once it runs; its pid."""
    found: list[Identity] = []

    def runs() -> bool:
        pid = child(settings, name).pid
        identity = identify(pid) if pid else None
        found.extend([identity] if identity else [])
        return bool(found)

    wait_for(f"{name} runs", runs)
    [target] = found
    if number == signal.SIGKILL:
        kill_group(target)
    else:
        send(target, number)
    return target.pid


@dataclass
class Twins:
    """A second worker of each stage, restarted when it ends like the supervisor would."""

    settings: Settings
    twins: list[children.Child] = field(default_factory=list)

    def start(self) -> None:
        """Start one for each stage."""
        own = self.settings.model_copy(update={"worker": "b"})
        environment = children.child_environment(own)
        folder = self.settings.folder("logs")
        for stage in STAGES:
            command = programs.command(stage)
            twin = children.Child(stage, command, folder / f"{stage}-b.log")
            twin.start(environment, time.monotonic())
            self.twins.append(twin)

    def look(self) -> None:
        """Restart those that ended. AssertionError if one says that it must stay stopped."""
        own = self.settings.model_copy(update={"worker": "b"})
        now = time.monotonic()
        for twin in self.twins:
            twin.look(now)
            assert twin.state is not children.State.STOPPED, f"second {twin.name} stays stopped"
            if twin.state is children.State.RESTARTING and twin.next_start <= now:
                twin.start(children.child_environment(own), time.monotonic())

    def hit(self, stage: str, number: signal.Signals) -> None:
        """Signal the second worker of a stage, if it runs just now."""
        twin = next(one for one in self.twins if one.name == stage)
        if twin.identity:
            send(twin.identity, number)

    def stop(self, number: signal.Signals) -> None:
        """End all of them by this signal."""
        for twin in self.twins:
            if twin.identity and twin.process:
                send(twin.identity, number)
        for twin in self.twins:
            if twin.process:
                twin.process.wait(30)
        self.twins.clear()


@dataclass
class Office:
    """Publishes without pause in a thread, and reads what is answered in another."""

    settings: Settings
    load: Load
    per_second: float = 25.0
    waiting_at_most: int = 60
    sent: dict[int, Message] = field(default_factory=dict)
    answered: set[int] = field(default_factory=set)
    trouble: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stopping, self._publishing = threading.Event(), threading.Event()
        self._pending: list[tuple[Message, Any]] = []
        self._sending = threading.Lock()
        self._publishing.set()
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,))
            for work in (self._send, self._hear)
        ]

    def __enter__(self) -> "Office":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    @property
    def unanswered(self) -> set[int]:
        """Offsets of submissions that the broker has and nobody answered so far."""
        return self.sent.keys() - self.answered

    def heard(self) -> set[int]:
        """Offsets of its own submissions that were answered; strangers' are refused in others."""
        return self.sent.copy().keys() & self.answered.copy()

    def look(self) -> None:
        """Raise what went wrong in a thread."""
        if self.trouble:
            raise self.trouble[0]

    def finish(self) -> None:
        """Send nothing more; wait until the broker has all of it and all is answered."""
        with self._sending:
            self._publishing.clear()
        wait_for("all is acknowledged", lambda: self._looked(not self._pending))
        wait_for("all is answered", lambda: self._looked(not self.unanswered))

    def _looked(self, value: bool) -> bool:
        self.look()
        return value

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - `look` raises it in the main thread
            self.trouble.append(error)

    def _send(self) -> None:
        producer = KafkaProducer(
            bootstrap_servers=self.settings.bootstrap, acks="all", delivery_timeout_ms=120_000
        )
        topic = self.settings.topic(Topic.SUBMISSIONS)
        while not self._stopping.is_set():
            self._settle()
            busy = len(self._pending) + len(self.unanswered) >= self.waiting_at_most
            with self._sending:  # who stops it sees all that was handed over
                if self._publishing.is_set() and not busy:
                    message = self.load.next()
                    future = producer.send(
                        topic, value=message.value, headers=message.headers, partition=0
                    )
                    self._pending.append((message, future))
            self._stopping.wait(self.load.chance.expovariate(self.per_second))
        producer.close(timeout=10)

    def _settle(self) -> None:
        """What the broker acknowledged gets its offset; a failure of it is raised."""
        while self._pending and self._pending[0][1].is_done:
            message, future = self._pending.pop(0)
            self.sent[future.get(timeout=0).offset] = message

    def _hear(self) -> None:
        genesis = load_genesis(self.settings)
        assert genesis is not None
        genuine = Genuine(genesis)
        client = kafka.consumer(self.settings)
        findings = self.settings.topic(Topic.FINDINGS)
        orgs = {self.settings.topic(receipts_topic(org)): org for org in (*ORGS, ADMINISTRATION)}
        topics = [*orgs, findings]  # what nobody signed is in nobody's receipts
        partitions = [TopicPartition(topic, 0) for topic in topics]
        client.assign(partitions)
        for partition in partitions:
            client.seek(partition, 0)
        while not self._stopping.is_set():
            for records in client.poll(timeout_ms=100).values():
                for record in records:
                    said = (
                        genuine.output(record.value)
                        if record.topic == findings
                        else genuine.receipt(orgs[record.topic], record.value)
                    )
                    self.answered |= {
                        outcome["offset"]
                        for outcome in (said or {"submissions": ()})["submissions"]
                        if record.topic != findings or not outcome["org"]
                    }
        client.close()
