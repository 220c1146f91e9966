"""An event loop without a clock, a socket or a thread: time jumps to whatever comes next."""

import asyncio
from collections.abc import Callable
from typing import Any


class NothingLeft(Exception):
    """Everything waits, and nothing will ever come."""


class _Jumping:
    """Stands where a loop's selector stands: nothing ever arrives from outside."""

    def __init__(self, loop: "VirtualLoop") -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        """Wait, which takes no time."""
        if timeout is None:
            raise NothingLeft("all tasks wait for ever")
        self._loop.now += timeout
        return []


class VirtualLoop(asyncio.BaseEventLoop):
    """`now` is in seconds from the loop's beginning. The same calls give the same run."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._clock_resolution = 1e-9
        self._selector = _Jumping(self)
        self.set_exception_handler(lambda loop, context: None)  # of tasks that died, on purpose

    def time(self) -> float:
        """See the base."""
        return self.now

    def run_in_executor(  # type: ignore[override]  # it never has an executor
        self, executor: None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """At once and here: a thread would make two runs differ."""
        done: asyncio.Future[Any] = self.create_future()
        done.set_result(func(*args))
        return done

    def _process_events(self, event_list: list[Any]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody sleeps."""
