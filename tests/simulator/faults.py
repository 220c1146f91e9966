"""What goes wrong in a schedule, besides the deaths at its points: each at a moment of its own."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from typing import Any, Final

from events.catalog import Topic
from tests.simulator import workers
from tests.simulator.broker import OFFICE, Entry
from tests.simulator.processes import LATENCY_SECONDS, Process
from tests.simulator.strangers import Stranger
from tests.simulator.workers import Group, Worker
from tests.simulator.world import OUTAGES, World

SESSION_SECONDS: Final = 1.5
"""After such a pause Kafka gives the messages to another worker."""
FOLDING: Final = ("intake", "registry")
"""The stages that keep a state."""
REBALANCES: Final = 6
HOUR_MS: Final = 3_600_000
JUMPS_MS: Final = (HOUR_MS, 25 * HOUR_MS, 25 * HOUR_MS, 40 * 24 * HOUR_MS, -HOUR_MS, -50 * HOUR_MS)


class Faults:
    """Those of one schedule; `came` counts them by name."""

    def __init__(
        self,
        world: World,
        groups: Mapping[str, Group],
        stranger: Stranger,
        span: float,
        often: Collection[str] = (),
    ) -> None:
        """`often` are faults that come in any case."""
        self._often = often
        self._world, self._groups, self._stranger, self._span = world, groups, stranger, span
        self._chance: random.Random = world.chance
        self.came: Counter[str] = Counter()

    def drawn(self) -> list["asyncio.Task[None]"]:
        """Those that the seed draws, waiting for their moments; one that comes may come twice."""
        found: list[Coroutine[Any, Any, None]] = []
        for name, (share, fault) in SHARES.items():
            for _ in range(2):
                if self._chance.random() >= share and name not in self._often:
                    break
                found.append(self._at_its_moment(name, fault))
        for step, name in LEADING.items():
            if any(point.endswith(step) for point in self._world.deaths.planned):
                found.append(self._at_its_moment(name, SHARES[name][1]))
        return [self._world.loop.create_task(one) for one in found]

    async def _at_its_moment(self, name: str, fault: Callable[["Faults"], Awaitable[None]]) -> None:
        await asyncio.sleep(self._span * self._chance.random())
        self.came[name] += 1
        await fault(self)

    async def _rest(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self._chance.random())

    def _group(self, *names: str) -> Group:
        return self._groups[self._chance.choice(names or tuple(self._groups))]

    # -- processes ------------------------------------------------------------------------------

    async def kill(self) -> None:
        """kill -9 of a stage, wherever it is."""
        self._group().kill()

    async def fork(self) -> None:
        """A worker is paused, another one takes over; then the first one wakes up."""
        group = self._group("intake", "intake", "registry", "receipts")
        worker = group.assigned
        if worker is None or worker.process is None:
            return
        process = worker.process
        process.pause()
        await self._rest(SESSION_SECONDS)
        other = group.start("" if worker.name else "b")
        group.assign(other)
        await self._rest(2 * SESSION_SECONDS)
        process.resume()
        if self._chance.random() < 0.5:
            await self._rest(SESSION_SECONDS)
            other.kill()

    async def again(self) -> None:
        """Rebalances that change nothing, closely one after the other."""
        for _ in range(REBALANCES):
            group = self._group("intake", "intake", "registry", "receipts")
            group.assign(group.assigned)
            await self._rest(2 * LATENCY_SECONDS)

    async def late_projector(self) -> None:
        """See `workers.project_late`."""
        process = Process("projector", "late", self._world.loop)
        self._world.late.append(process)
        process.begin(workers.project_late(self._world, process, 2 * self._chance.random()))
        await process.ended

    # -- what is there, and is not --------------------------------------------------------------

    async def outage(self) -> None:
        """Something is out of order for a while, or full."""
        what = self._chance.choice(OUTAGES)
        self._world.lacking.add(what)
        await self._rest(3.0)
        self._world.lacking.discard(what)
        self._world.broker.told()

    def _folding(self, *stages: str) -> Worker:
        group = self._group(*stages or FOLDING)
        return group.workers[self._chance.choice(sorted(group.workers))]

    async def state_lost(self) -> None:
        """A stage's folder is gone."""
        self._cut(self._folding(), 0)

    async def state_older(self) -> None:
        """With the machine's power the last batches of a state went."""
        self._lose_last(self._folding())

    async def door_older(self) -> None:
        """The same of intake, which then reads what it had written."""
        self._lose_last(self._folding("intake"))

    def _lose_last(self, worker: Worker) -> None:
        held = len(self._world.state(worker.group.stage, worker.name).batches)
        self._cut(worker, max(0, held - 1 - self._chance.randrange(4)))

    def _cut(self, worker: Worker, batches: int) -> None:
        worker.kill()
        self._world.state(worker.group.stage, worker.name).cut(batches)

    async def tables_lost(self) -> None:
        """ClickHouse begins anew."""
        self._kill_projectors()
        self._world.tables.rows.clear()

    def _kill_projectors(self) -> None:
        """There is one; a late one is as late as a batch takes, not behind new tables."""
        self._groups["projector"].kill()
        for process in self._world.late:
            process.kill()

    async def file_lost(self) -> None:
        """What readers of the journal had written down is gone."""
        self._groups["receipts"].kill()
        for path in self._world.settings().folder("run").glob("*.json"):
            path.unlink()

    # -- the broker -----------------------------------------------------------------------------

    async def clock(self) -> None:
        """Append times jump."""
        self._world.broker.clock_ms += self._chance.choice(JUMPS_MS)

    async def hole(self) -> None:
        """Somebody wrote within a transaction: its marker takes an offset."""
        self._world.broker.hole(self._chance.choice(sorted(self._world.broker.logs)))

    async def backup(self) -> None:
        """Everything comes back as it was some time ago; partners send again what is missing."""
        here = self._world
        logs, tables = here.broker.copy(), here.tables.copy()
        states = {name: [*state.batches] for name, state in here.states.items()}
        await self._rest(3.0)
        for group in self._groups.values():
            group.kill()
        self._kill_projectors()
        sent = here.broker.logs[Topic.SUBMISSIONS].of(OFFICE)
        blocks = here.broker.logs[Topic.JOURNAL].of("intake")
        here.broker.restore(logs)
        here.tables = tables
        for path in here.settings().folder("run").glob("*.json"):
            path.unlink()  # see the runbook, "Backup"
        for name, state in here.states.items():
            state.become(states.get(name, ()))
        self._stranger.lost += _behind(blocks, here.broker.logs[Topic.JOURNAL].end)
        for entry in _behind(sent, here.broker.logs[Topic.SUBMISSIONS].end):
            here.broker.append(Topic.SUBMISSIONS, entry.value, by=OFFICE, headers=entry.headers)
        for _ in range(3):
            await self._rest(2.0)
            self._stranger.replay()


def _behind(entries: list[Entry], end: int) -> list[Entry]:
    return [entry for entry in entries if entry.offset >= end]


SHARES: Final[Mapping[str, tuple[float, Callable[[Faults], Awaitable[None]]]]] = {
    "kill": (0.5, Faults.kill),
    "fork": (0.35, Faults.fork),
    "rebalance": (0.3, Faults.again),
    "late projector": (0.25, Faults.late_projector),
    "outage": (0.35, Faults.outage),
    "state lost": (0.2, Faults.state_lost),
    "state older": (0.25, Faults.state_older),
    "door older": (0.05, Faults.door_older),
    "tables lost": (0.1, Faults.tables_lost),
    "file lost": (0.15, Faults.file_lost),
    "clock": (0.4, Faults.clock),
    "hole": (0.25, Faults.hole),
    "backup": (0.15, Faults.backup),
}
"""How likely each is."""
LEADING: Final = {"put file": "file lost", "write folded state": "door older"}
"""A step that is rarely made, and the fault that leads to it."""
