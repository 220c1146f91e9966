"""Who runs a stage: what Faust, a supervisor and a broker's group do around it.

Each stage has one worker, and a second one once the first was paused for too long. Kafka gives the
messages to one of them; the other goes on with what it has, until it hears of that.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from infra.stage import Delivery, Exit, Stops, ends_hard
from infra.topic_reader import TopicReader
from projections.follow import FINDINGS, JOURNAL
from projections.writer import TOPICS, Projector
from tests.fakes.projection_log import PERSON_KEY
from tests.simulator.broker import Entry
from tests.simulator.processes import LATENCY_SECONDS, Process
from tests.simulator.world import World

RESTART_SECONDS: Final = 1.0
HEARD_SECONDS: Final = 0.5
"""So long, at most, goes a worker on that has lost its messages to another one."""
REPEATED: Final = 0.04
"""Share of the messages after which an earlier one is delivered again."""
BATCH_ROWS: Final = (1, 10, 20_000)
Live = Callable[["Worker", Process], Any]


class Worker:
    """A stage's process, started again whenever it ended."""

    def __init__(self, group: "Group", name: str) -> None:
        self.group, self.name = group, name
        self.process: Process | None = None
        self.asked = asyncio.Event()
        """Set where the group decided anew."""

    async def keep(self) -> None:
        """Until it stays stopped."""
        here = self.group.world
        while True:
            process = self.process = Process(self.group.stage, self.name, here.loop)
            self.asked = asyncio.Event()
            self.group.begun(self)
            main = process.begin(self.group.live(self, process))
            main.add_done_callback(self.group.look)
            await process.ended
            self.group.ended(self, process)
            if process.code == Exit.STAYS_STOPPED or self.name not in self.group.workers:
                return
            await asyncio.sleep(RESTART_SECONDS * here.chance.random())

    def kill(self) -> None:
        """kill -9"""
        if self.process is not None:
            self.process.kill()

    @property
    def is_awake(self) -> bool:
        """Whether the broker hears of it."""
        process = self.process
        return process is not None and not process.is_dead and process.paused is None


class Group:
    """The workers of one stage, of which one is given the messages."""

    def __init__(self, world: World, stage: str, live: Live) -> None:
        self.world, self.stage, self.live = world, stage, live
        self.workers: dict[str, Worker] = {}
        self.assigned: Worker | None = None
        self.ends: list[tuple[float, Process]] = []
        self.broken: BaseException | None = None

    def start(self, name: str = "") -> Worker:
        """A worker of this name, which is kept running."""
        if name not in self.workers:
            self.workers[name] = Worker(self, name)
            self.world.loop.create_task(self.workers[name].keep())
        return self.workers[name]

    def begun(self, worker: Worker) -> None:
        """A process came up: it is given the messages if nobody has them."""
        if self.assigned is None or self.assigned is worker:
            self.assign(worker)

    def ended(self, worker: Worker, process: Process) -> None:
        """A process ended: another one goes on, if there is one."""
        self.ends.append((self.world.loop.now, process))
        others = [one for one in self.workers.values() if one is not worker and one.is_awake]
        if self.assigned is worker:
            self.assign(others[0] if others else None)

    def assign(self, worker: Worker | None) -> None:
        """Kafka decides that this one has the messages; all workers are told."""
        self.assigned = worker
        for one in self.workers.values():
            one.asked.set()

    def only(self) -> None:
        """The worker that has the messages, or one that had, and no other any more."""
        left = self.assigned or next(iter(self.workers.values()))
        others = [worker for worker in self.workers.values() if worker is not left]
        self.workers = {left.name: left}
        for worker in others:
            worker.kill()

    def look(self, task: "asyncio.Task[None]") -> None:
        """Nothing but a death ends a worker: else the simulator is wrong."""
        if not task.cancelled() and task.exception() is not None:
            self.broken = task.exception()

    def kill(self) -> None:
        """All of them."""
        for worker in self.workers.values():
            worker.kill()


class _Feed:
    """Hands one stage its messages, as `processors.worker` does."""

    def __init__(self, worker: Worker, process: Process, stage: Any) -> None:
        self._worker, self._process, self._stage = worker, process, stage
        self._world = worker.group.world
        [self._topic] = stage.topics
        self._stops = Stops.of(self._world.settings(worker.name), stage.name)
        self._flowing = asyncio.Event()
        self._generation = self._position = 0

    async def listen(self) -> None:
        """Whenever the group decided anew: this worker prepares, or gets no more."""
        while True:
            await self._worker.asked.wait()
            self._worker.asked.clear()
            await self._process.turn()
            if self._worker.group.assigned is not self._worker:
                await asyncio.sleep(HEARD_SECONDS * self._world.chance.random())
            self._flowing.clear()
            self._generation += 1
            if self._worker.group.assigned is not self._worker:
                continue
            self._process.is_preparing = True
            with ends_hard(self._stage.name):
                starts = await self._stage.prepare()
            self._process.is_preparing = False
            self._position = starts[self._topic]
            self._flowing.set()

    async def feed(self) -> None:
        """One message after the other, and now and then one again."""
        chance = self._world.chance
        while True:
            await self._flowing.wait()
            if not self._flowing.is_set():
                continue  # it prepares again already
            generation = self._generation
            log = self._world.broker.logs[self._topic]
            found, position = log.read(self._position, 1)
            if not found or "broker" in self._world.lacking:
                await self._world.broker.news()
                continue
            await asyncio.sleep(LATENCY_SECONDS * chance.random() ** 3)
            await self._process.turn()
            if generation != self._generation:
                continue
            self._position = position
            await self._take(found[0])
            while chance.random() < REPEATED and generation == self._generation:
                again = log.entries.get(position - 1 - chance.randrange(3))
                if again is not None:
                    await self._take(again)

    async def _take(self, entry: Entry) -> None:
        place = f"{self._topic}:{entry.offset}"
        delivery = Delivery(self._topic, entry.offset, entry.timestamp, entry.headers, entry.value)
        with ends_hard(self._stage.name, self._stops, lambda: place):
            await self._stage.take(delivery)


def on_faust(make: Callable[[World, str], Any], name: str) -> Live:
    """How a worker of such a stage lives."""

    async def live(worker: Worker, process: Process) -> None:
        with ends_hard(name):
            stage = make(worker.group.world, worker.name)
        feed = _Feed(worker, process, stage)
        await asyncio.gather(feed.listen(), feed.feed())

    return live


async def project(worker: Worker, process: Process) -> None:
    """How the projector lives: its own loop."""
    here = worker.group.world
    stops = Stops.of(here.settings(worker.name), "projector")
    with ends_hard("projector"):
        log = TopicReader(here.settings(worker.name), TOPICS)
        projector = _projector(here, log)
    while True:
        news = here.loop.create_task(here.broker.news())
        await asyncio.sleep(0)
        with ends_hard("projector", stops, projector.place):
            if not projector.step(0) and here.chance.random() < 0.1:
                projector.look_around()
        await news
        await asyncio.sleep(LATENCY_SECONDS * here.chance.random())
        await process.turn()


async def project_late(world: World, process: Process, seconds: float) -> None:
    """A projector that slept with a batch in its hands, while another one went on."""
    with ends_hard("projector"):
        log = _Early(TopicReader(world.settings(), TOPICS))
        projector = _projector(world, log)
    await asyncio.sleep(seconds)
    with ends_hard("projector"):
        projector.step(0)
    process.kill(0)


def _projector(world: World, log: Any) -> Projector:
    rows = world.chance.choice(BATCH_ROWS)
    return Projector(world.tables, log, PERSON_KEY, batch_rows=rows)  # type: ignore[arg-type]


class _Early:
    """A log as it stood when it was opened."""

    def __init__(self, log: TopicReader) -> None:
        self._log = log
        self._ends = {source: log.bounds(source)[1] for source in (JOURNAL, FINDINGS)}
        self.read_one, self.seek, self.hold, self.close = (
            log.read_one, log.seek, log.hold, log.close,
        )  # fmt: skip

    def bounds(self, source: str) -> tuple[int, int]:
        """See `projections.log.Log`."""
        return self._log.bounds(source)[0], self._ends[source]

    def poll(self, timeout_ms: int) -> list[tuple[str, int, bytes | None]]:
        """See `projections.log.Log`."""
        return [one for one in self._log.poll(timeout_ms) if one[1] < self._ends[one[0]]]
