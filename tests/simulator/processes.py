"""What dies: a process of the system, and every step at which it can.

A step is an append to a topic, a write to a store, a file, some rows: it has a name, and a process
can die just before it or just after. `os._exit` is `Process.die` here.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final, NoReturn

from tests.simulator.loop import VirtualLoop

STEPS: Final = {
    "intake": ("send keys", "send block", "send tick", "write state", "write folded state"),
    "registry": ("send output", "write state"),
    "receipts": ("make topic", "send receipt", "put file"),
    "projector": ("insert rows", "insert cursor"),
}
POINTS: Final = tuple(
    f"{stage}, {when} {step}"
    for stage, steps in STEPS.items()
    for step, when in product(steps, ("before", "after"))
)
"""Each is a place where a process dies in some schedules."""
RARE: Final = ("put file", "make topic", "send tick", "write folded state")
"""Steps that are made once in a process's life, if at all: a death comes at the first."""
KILLED: Final = -9
LATENCY_SECONDS: Final = 0.02


class Died(asyncio.CancelledError):
    """The process is gone. No code of a stage catches it: `ends_hard` lets it through."""


@dataclass(eq=False)
class Process:
    """One life of a worker: from its start to its end."""

    stage: str
    worker: str
    loop: VirtualLoop
    code: int | None = None
    why: str = ""
    is_preparing: bool = False
    paused: "asyncio.Future[None] | None" = None
    tasks: set["asyncio.Task[Any]"] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.ended: asyncio.Future[None] = self.loop.create_future()

    @property
    def is_dead(self) -> bool:
        """Whether it did its last step."""
        return self.code is not None

    def kill(self, code: int = KILLED, why: str = "") -> None:
        """End it: nothing of it goes on. Its `finally` blocks run, and reach nothing."""
        if self.code is not None:
            return
        self.code, self.why = code, why
        current = asyncio.current_task(self.loop)
        for task in self.tasks:
            if task is not current:
                task.cancel()
        self.resume()
        if not self.ended.done():
            self.ended.set_result(None)

    def die(self, code: int = KILLED, why: str = "") -> NoReturn:
        """End it from the inside."""
        self.kill(code, why)
        raise Died

    def pause(self) -> None:
        """It does no further step until `resume`."""
        if self.paused is None and not self.is_dead:
            self.paused = self.loop.create_future()

    def resume(self) -> None:
        """It goes on where it was, and knows nothing of the time between."""
        paused, self.paused = self.paused, None
        if paused is not None and not paused.done():
            paused.set_result(None)

    def alive(self) -> None:
        """Raise Died where a dead process tries to do something."""
        if self.is_dead:
            raise Died

    async def turn(self) -> None:
        """Before it does something: it may be paused, or dead."""
        self.alive()
        while self.paused is not None:
            await self.paused
        self.alive()

    def begin(self, coroutine: Any) -> "asyncio.Task[None]":
        """Run its main coroutine; what that starts belongs to it too."""
        context = copy_context()
        context.run(_PROCESS.set, self)
        return self.loop.create_task(coroutine, context=context)


_PROCESS: ContextVar[Process] = ContextVar("process")


def current() -> Process:
    """The process whose code runs now."""
    return _PROCESS.get()


def factory(
    loop: asyncio.AbstractEventLoop, coroutine: Any, context: Context | None = None
) -> "asyncio.Task[Any]":
    """A task that its process knows of."""
    task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, context=context)
    process = context.get(_PROCESS) if context is not None else _PROCESS.get(None)
    if process is not None:
        process.tasks.add(task)
        task.add_done_callback(process.tasks.discard)
    return task


@dataclass
class Deaths:
    """Which deaths are planned, and which came: at the n-th time that a point is passed."""

    chance: random.Random
    planned: dict[str, int] = field(default_factory=dict)
    came: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)

    def plan(self, points: Iterator[str]) -> None:
        """One death at each of these points, at one of the first times."""
        for point in points:
            often = min(self.chance.getrandbits(3), self.chance.getrandbits(3))
            self.planned[point] = 1 if point.endswith(RARE) else 1 + often

    def at(self, process: Process, when: str, step: str) -> None:
        """The process passes a point. Raises Died if it is to die here, or is dead already."""
        process.alive()
        point = f"{process.stage}, {when} {step}"
        self.passed[point] += 1
        if point in self.planned:
            self.planned[point] -= 1
            if self.planned[point] <= 0:
                del self.planned[point]
                self.came[point] += 1
                process.die(why=point)
