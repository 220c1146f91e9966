"""One schedule: what happens, drawn from a seed; and what came of it."""

import asyncio
import random
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from events.catalog import Topic, receipts_topic
from events.model import ADMINISTRATION, SUPERVISOR
from infra.stage import Exit, Stops
from processors.clock import start_of
from processors.stages.intake import IntakeStage
from processors.stages.receipts import ReceiptsStage
from processors.stages.registry import RegistryStage
from tests.kit import FIRST_DAY
from tests.simulator import afterlife, office, truth, workers
from tests.simulator import world as worlds
from tests.simulator.broker import OFFICE, Broker
from tests.simulator.faults import Faults
from tests.simulator.judge import Judgement
from tests.simulator.loop import NothingLeft, VirtualLoop
from tests.simulator.processes import KILLED, POINTS, Deaths, factory
from tests.simulator.strangers import Stranger
from tests.simulator.workers import Group
from tests.simulator.world import World

SUBMISSIONS: Final = (4, 9)
DEATHS: Final = 6
STRANGE: Final = 12
CALM_SECONDS: Final = 2.5
LOOK_SECONDS: Final = 0.5
PATIENCE_SECONDS: Final = 200.0
AFTERLIVES: Final = 0.3


@dataclass
class Result:
    """What came of a schedule. `failures` is empty if all was as it must be."""

    seed: int
    failures: list[str] = field(default_factory=list)
    deaths: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    exits: Counter[str] = field(default_factory=Counter)


class Schedule:
    """One seed's. The same seed gives the same schedule, step by step."""

    def __init__(self, seed: int, home: Path, often: Collection[str] = ()) -> None:
        """`often` are faults, points of death, or an afterlife, that come in any case."""
        self.often = often
        self.chance = chance = random.Random(seed)
        self.result = Result(seed)
        self.loop = VirtualLoop()
        self.loop.set_task_factory(factory)
        self.test_mode = chance.random() < 0.6
        deaths = Deaths(chance)
        first = [POINTS[seed % len(POINTS)], *(point for point in POINTS if point in often)]
        deaths.plan(iter([*first, *chance.sample(POINTS, chance.randrange(DEATHS))]))
        broker = Broker(self.loop, start_of(FIRST_DAY) + 1)
        self.world = World(self.loop, home, chance, broker, deaths)
        broker.make(*(topic for topic in Topic if topic is not Topic.RECEIPTS))
        broker.make(receipts_topic(ADMINISTRATION), receipts_topic(SUPERVISOR))
        self.stranger = Stranger(broker, chance)
        self.groups = {
            "intake": self._group("intake", self._intake),
            "registry": self._group("registry", _registry),
            "receipts": self._group("receipts", _receipts),
            "projector": Group(self.world, "projector", workers.project),
        }

    def _group(self, stage: str, make: Any) -> Group:
        return Group(self.world, stage, workers.on_faust(make, stage))

    def _intake(self, world: World, worker: str) -> IntakeStage:
        settings = world.settings(worker)
        stops = Stops.of(settings, "intake")
        first = office.genesis(self.test_mode)
        return IntakeStage(settings, world.state("intake", worker), first, stops)

    # -- running --------------------------------------------------------------------------------

    def run(self) -> Result:
        """Play it to its end, and judge it."""
        worlds.use(self.world)
        _clean(self.world)
        try:
            self.loop.run_until_complete(self._main())
        except NothingLeft:
            self.result.failures.append("everything waits for ever")
        finally:
            self._end()
        self.result.deaths = self.world.deaths.came
        return self.result

    def _end(self) -> None:
        for group in self.groups.values():
            group.kill()
        while tasks := asyncio.all_tasks(self.loop):
            for task in tasks:
                task.cancel()
            self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()

    async def _main(self) -> None:
        for group in self.groups.values():
            group.start()
        number, pause = self.chance.randint(*SUBMISSIONS), self.chance.choice([0.05, 0.3, 0.6])
        span = number * pause + 1.0
        faults = Faults(self.world, self.groups, self.stranger, span, self.often)
        strange = self.chance.randrange(STRANGE + 1)
        await asyncio.gather(
            self._office(number, pause), self._strangers(strange, span), *faults.drawn()
        )
        self.result.faults = faults.came
        self.result.faults["strange message"] += strange
        self._heal()
        if not await self._settled():
            self.result.failures.append(f"stuck: {self._unfinished()}")
        self._judge()
        wanted = [name for name in afterlife.CHANGES if name in self.often]
        if not self.result.failures and (wanted or self.chance.random() < AFTERLIVES):
            name = self.chance.choice(wanted or sorted(afterlife.CHANGES))
            after = afterlife.Afterlife(self.world, self.groups, name)
            self.result.failures += await after.live()
            self.result.faults[f"afterlife: {after.name}"] += 1

    async def _office(self, number: int, pause: float) -> None:
        for message in office.submissions(self.chance, number):
            await asyncio.sleep(pause * self.chance.expovariate(1.0))
            while "broker" in self.world.lacking:
                await asyncio.sleep(pause)
            headers = tuple(message.headers)
            self.world.broker.append(Topic.SUBMISSIONS, message.value, by=OFFICE, headers=headers)

    async def _strangers(self, number: int, span: float) -> None:
        for _ in range(number):
            await asyncio.sleep(2 * span / number * self.chance.random())
            self.stranger.act()

    def _heal(self) -> None:
        self.world.lacking.clear()
        self.world.deaths.planned.clear()
        for group in self.groups.values():
            for worker in group.workers.values():
                if worker.process is not None:
                    worker.process.resume()
        self.world.broker.told()

    # -- the end --------------------------------------------------------------------------------

    async def _settled(self) -> bool:
        """Wait until all is answered, and nobody has anything to say any more."""
        calm, said = 0.0, -1
        deadline = self.loop.now + PATIENCE_SECONDS
        while self.loop.now < deadline:
            await asyncio.sleep(LOOK_SECONDS)
            ends = sum(
                len(log.entries)
                for topic, log in self.world.broker.logs.items()
                if topic != Topic.SUBMISSIONS
            )
            calm, said = (calm + LOOK_SECONDS, said) if ends == said else (0.0, ends)
            if calm >= CALM_SECONDS and not self._unfinished():
                return True
            if self._ends():
                return False  # what ends so will end so again
        return False

    def _unfinished(self) -> str:
        """What there is still to do; '' if there is nothing."""
        chain = truth.chain(self.world.broker)
        behind = chain[-1].source[1] if chain else 0
        sent = self.world.broker.logs[Topic.SUBMISSIONS].entries
        if any(at >= behind and not truth.is_tick(entry) for at, entry in sent.items()):
            return f"submissions from {behind} on"
        if len({seq for seq, _ in truth.said(self.world.broker)}) < len(chain):
            return "outputs"
        said = truth.said(self.world.broker).values()
        ends = {
            "journal": max((one.entry.offset for one in chain), default=-1),
            "findings": max((times[0].offset for times in said), default=-1),
        }
        for row in self.world.tables.rows.get("_cursor", {}).values():
            # what is repeated may wait behind what answers a block that is not there yet
            if ends[row["source"]] >= row["next_offset"]:
                return f"rows of {row['source']} from {row['next_offset']} on"
        return ""

    def _judge(self) -> None:
        failures = self.result.failures
        for group in self.groups.values():
            if group.broken is not None:
                failures.append(f"the simulator itself: {group.stage}: {group.broken!r}")
            for _, process in group.ends:
                self.result.exits[f"{group.stage} {process.code}"] += 1
        failures += self._ends()
        failures += Judgement(self.world, self.test_mode).differences()

    def _ends(self) -> list[str]:
        """Ends that nothing explains, and stops that were counted.

        An intake may find that another one was quicker: then there is a block that was beaten.
        """
        allowed = {KILLED}
        if self.result.faults["outage"]:
            allowed.add(Exit.UNAVAILABLE)
        blocks = self.world.broker.logs[Topic.JOURNAL].of("intake")
        beaten = len(blocks) - len(truth.chain(self.world.broker))
        if self.world.broker.restored:
            beaten += len(blocks)  # that one may have gone
        found = []
        for group in self.groups.values():
            for _, process in group.ends:
                code = process.code or 0
                if code == Exit.FOREIGN and group.stage == "intake" and beaten > 0:
                    beaten -= 1
                elif code not in allowed:
                    found.append(f"{group.stage} ended with {code}: {process.why}")
        counted = sorted(self.world.settings().folder("state").glob("*.stops"))
        return found + [f"{path.name} was counted" for path in counted]


def _registry(world: World, worker: str) -> RegistryStage:
    return RegistryStage(world.settings(worker), world.state("registry", worker))


def _receipts(world: World, worker: str) -> ReceiptsStage:
    return ReceiptsStage(world.settings(worker))


def _clean(world: World) -> None:
    settings = world.settings()
    for folder in ("run", "state"):
        for path in settings.folder(folder).iterdir():
            path.unlink()
