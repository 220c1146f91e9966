"""The faults, each at a moment when submissions wait for their answer."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from events.catalog import Topic
from infra import kafka
from infra.clickhouse import ClickHouseUnavailable
from infra.kafka import KafkaUnavailable
from infra.local import children, supervisor
from infra.local.children import BROKER, State
from infra.local.supervisor import CLICKHOUSE
from infra.settings import Settings
from projections import writer
from tests.chaos import full_disk, network
from tests.chaos.ground import Ground
from tests.chaos.poison import poison, write
from tests.chaos.system import (
    PATIENCE_SECONDS,
    SESSION_SECONDS,
    STAGES,
    Office,
    Twins,
    child,
    signal_child,
    wait_for,
)

PAUSE_SECONDS = SESSION_SECONDS + 2
GROUND_KINDS = ("full-disk", "slow-network", "cut-network")
KINDS = (
    "kill", "term", "pause", "two-kill", "two-pause", "broker", "clickhouse", "poison",
    *GROUND_KINDS,
)  # fmt: skip
WEATHERS = {"slow-network": network.slow, "cut-network": network.cut}
SIGNALS = {"kill": signal.SIGKILL, "term": signal.SIGTERM, "pause": signal.SIGSTOP}
Say = Callable[[str], None]


@dataclass(frozen=True)
class Hit:
    """One signal that was sent: what kind of fault, whom it hit, when (broker's clock, ms)."""

    kind: str
    target: str
    at_ms: int


@dataclass(frozen=True)
class Span:
    """The submissions that were sent while a kind of fault was tried: offsets, half-open."""

    kind: str
    begin: int
    end: int


@dataclass
class Faults:
    """Injects one fault after the other into a system under load."""

    settings: Settings
    office: Office
    seed: int
    say: Say
    ground: Ground | None = None
    hits: list[Hit] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    rounds: Counter[str] = field(default_factory=Counter)
    skipped: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self.twins = Twins(self.settings)

    def round(self, kinds: tuple[str, ...] = KINDS, *, apart: bool = True) -> None:
        """Each fault once for each worker or service that it is about.

        `apart`: a worker is well again before the next one is hit; else they are hit closely
        one after the other, and what one does after its fault meets the fault of the next.
        """
        for kind in kinds:
            if why := self._impossible(kind):
                self.skipped[kind] = why
                self.say(f"{kind}: SKIPPED: {why}")
                continue
            started, begin = time.monotonic(), self._next_offset()
            self.rounds[kind] += 1
            number = self.seed + self.rounds[kind]  # short runs with other seeds try other plans
            plan_of = random.Random(f"{self.seed} {kind} {number}")
            match kind:
                case "kill" | "term" | "pause":
                    self._workers(kind, apart)
                case "two-kill" | "two-pause":
                    self._two_workers(kind, apart)
                case "broker":
                    self._signal(kind, BROKER, signal.SIGKILL)
                    self._well_again(kind)
                case "clickhouse":
                    self._signal(kind, CLICKHOUSE, signal.SIGKILL)
                    self._well_again(kind)
                case "poison":
                    self._poison(plan_of)
                case "full-disk":
                    self._full_disk(full_disk.plan(plan_of, number))
                case "slow-network" | "cut-network":
                    self._weather(kind, WEATHERS[kind](plan_of, number))
            self.spans.append(Span(kind, begin, self._next_offset()))
            self.say(f"{kind}: {time.monotonic() - started:.0f} s, {len(self.office.sent)} sent")

    def short_round(self) -> None:
        """Every old kind of fault, within a minute: workers are hit closely one after the other."""
        self.round(("broker",))
        self.twins.start()
        self.round(("clickhouse",))  # meanwhile the second workers join
        self._workers("two-kill", apart=False)
        self._workers("two-pause", apart=False)
        self.twins.stop(signal.SIGTERM)
        self._well_again("the first alone")

    def _workers(self, kind: str, apart: bool) -> None:
        order = list(STAGES)
        self._chance.shuffle(order)
        for stage in order:
            self._signal(kind, stage, SIGNALS[kind.removeprefix("two-")])
            if apart:
                self._go_on(kind, [stage])
        if not apart:
            self._go_on(kind, order)

    def _go_on(self, kind: str, stages: list[str]) -> None:
        if kind.endswith("pause"):
            self._rest(PAUSE_SECONDS)
            for stage in stages:
                signal_child(self.settings, stage, signal.SIGCONT)
        self._well_again(f"{kind} {stages}")

    def _two_workers(self, kind: str, apart: bool) -> None:
        """A second worker of each stage; the first is hit and comes back while the second works."""
        self.twins.start()
        self._rest(4 + 3 * self._chance.random())
        self._workers(kind, apart)
        if kind == "two-kill":
            for stage in STAGES:
                self.twins.hit(stage, signal.SIGKILL)
            self._well_again(f"{kind}: the second ones")
        self.twins.stop(self._chance.choice([signal.SIGTERM, signal.SIGKILL]))
        self._well_again(f"{kind}: the first alone")

    # -- the ground ----------------------------------------------------------------------------

    def _impossible(self, kind: str) -> str:
        """Why this kind of fault cannot be tried here; '' if it can."""
        if kind not in GROUND_KINDS:
            return ""
        if self.ground is None:
            return "the system stands on no ground that can be hit"
        no_disk = self.ground.disk if isinstance(self.ground.disk, str) else ""
        return no_disk if kind == "full-disk" else ""

    def _full_disk(self, plan: full_disk.Plan) -> None:
        assert self.ground is not None
        disk = self.ground.disk
        assert not isinstance(disk, str)
        self.say(f"full-disk: {plan}")
        try:
            for step, seconds in plan.steps:
                self._wait_for_work(self._chance)
                full_disk.begin(disk, step)
                self._hit("full-disk", step)
                self._rest(seconds)
        finally:
            disk.make_room()
        self._well_again(f"a full disk ({plan.name})")

    def _weather(self, kind: str, plan: network.Plan) -> None:
        assert self.ground is not None
        self.say(f"{kind}: {plan}")
        if plan.target != network.EVERYBODY:
            self._runs(plan.target)
        self._wait_for_work(self._chance)
        try:
            felt = network.begin(self.settings, self.ground, plan)
            self._hit(kind, plan.target)
            self._rest(plan.seconds)
        finally:
            felt += network.end(self.ground, plan)
        assert felt, "nobody felt the weather"
        self._well_again(f"{kind} {plan}")

    def _poison(self, chance: random.Random) -> None:
        """Sometimes a stage dies of something else at the same time, and reads it at its start."""
        drops = poison(self.settings, chance.getrandbits(32))
        killed = chance.choice([*STAGES, "", "", ""])
        is_first = chance.random() < 0.5
        self.say(f"poison: {len(drops)} messages, kill: {killed or 'nobody'}, first: {is_first}")
        if killed and is_first:
            self._signal("poison", killed, signal.SIGKILL)
        else:
            self._wait_for_work(chance)
        self._hit("poison", "all topics")
        write(self.settings, drops)
        if killed and not is_first:
            self._signal("poison", killed, signal.SIGKILL)
        self._well_again("poison")

    # -- the moment -----------------------------------------------------------------------------

    def _signal(self, kind: str, target: str, number: signal.Signals) -> None:
        """Send the signal while something waits for its answer."""
        self._runs(target)
        self._wait_for_work(self._chance)
        signal_child(self.settings, target, number)
        self._hit(kind, target)

    def _runs(self, target: str) -> None:
        wait_for(f"{target} runs", lambda: child(self.settings, target).pid is not None)

    def _wait_for_work(self, chance: random.Random) -> None:
        self._rest(0.3 * chance.random())
        end = time.monotonic() + 5
        while not self.office.unanswered and time.monotonic() < end:
            time.sleep(0.001)

    def _hit(self, kind: str, target: str) -> None:
        self.hits.append(Hit(kind, target, round(time.time() * 1000)))

    def _next_offset(self) -> int:
        return max(self.office.sent, default=-1) + 1

    def _rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.look()
            time.sleep(0.05)

    def look(self) -> None:
        """Raise if a worker stays stopped, or the office is in trouble."""
        self.office.look()
        self.twins.look()
        for found in supervisor.status(self.settings):
            log = children.log_path(self.settings, found.name)
            assert found.state is not State.STOPPED, f"{found.name} stays stopped: {log}"

    def _well_again(self, what: str) -> None:
        """A submission that was sent after the fault is answered, and is in ClickHouse."""
        last = self._next_offset() - 1
        wait_for(
            f"an answer after {what}",
            lambda: self._asked(any(offset > last for offset in self.office.heard())),
        )
        journal = self._journal_end()
        wait_for(f"the tables go on after {what}", lambda: self._projected(journal))
        wait_for(f"all run after {what}", self._all_run)

    def _all_run(self) -> bool:
        self.look()
        return all(found.state is State.RUNNING for found in supervisor.status(self.settings))

    def _asked(self, value: bool) -> bool:
        self.look()
        return value

    def _journal_end(self) -> int:
        client = kafka.consumer(self.settings)
        try:
            return kafka.end_offset(client, self.settings.topic(Topic.JOURNAL))
        finally:
            client.close()

    def _projected(self, journal: int) -> bool:
        self.look()
        try:
            found = {lag.source: lag.next_offset for lag in writer.lag(self.settings)}
        except (ClickHouseUnavailable, KafkaUnavailable):
            return False  # it is what was hit; the time for it to come back is limited
        return found["journal"] >= journal

    def finish(self) -> None:
        """Everything is answered and projected, or AssertionError."""
        self.office.finish()
        assert writer.wait_until_current(self.settings, PATIENCE_SECONDS), "tables stay behind"
