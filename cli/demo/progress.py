"""Shows how far the demo is, with the tokens and with the year.

One moving line on a terminal, else a line every few seconds.
"""

import time
from datetime import date
from types import TracebackType
from typing import Final, Self

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from cli import output
from cli.demo.driver import Step

LINE_SECONDS: Final = 5.0


class YearProgress:
    """Progress of the year on the error stream."""

    def __init__(self, first: date, last: date) -> None:
        self._first, self._days = first, (last - first).days + 1
        self._began = time.monotonic()
        self._said = self._began
        self._last: Step | None = None
        self._bar: Progress | None = None
        if output.err.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=30),
                TextColumn("{task.completed}/{task.total} records"),
                TextColumn("{task.fields[rate]}/s"),
                TimeElapsedColumn(),
                console=output.err,
            )
            self._task = self._bar.add_task("", total=None, rate=0)

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.stop()
        elif self._last:
            self._say(self._last)

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._began

    def step(self, step: Step) -> None:
        """Show a step."""
        self._last = step
        if self._bar:
            self._bar.update(
                self._task,
                description=self._day(step),
                completed=step.answered,
                total=step.total,
                rate=self._rate(step),
            )
        elif time.monotonic() - self._said > LINE_SECONDS:
            self._say(step)

    def _say(self, step: Step) -> None:
        self._said = time.monotonic()
        output.say(
            f"{self._day(step)}  {step.answered:,} of {step.total:,} records answered,"
            f" {self._rate(step):,}/s"
        )

    def _day(self, step: Step) -> str:
        return f"{step.day} (day {(step.day - self._first).days + 1} of {self._days})"

    def _rate(self, step: Step) -> int:
        return round(step.answered / max(self.seconds, 0.001))


class TokenProgress:
    """Progress of the tokens, one list after the other, on the error stream."""

    def __init__(self, lists: int) -> None:
        self._lists, self._number, self._name = lists, 0, ""
        self._said = time.monotonic()
        self._bar: Progress | None = None
        if output.err.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=30),
                TextColumn("{task.completed}/{task.total} identifiers"),
                TimeElapsedColumn(),
                console=output.err,
            )
            self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.stop()

    def next(self, name: str) -> None:
        """Another organisation's list begins."""
        self._number, self._name = self._number + 1, name

    def tokens(self, done: int, total: int) -> None:
        """How many of a list's identifiers have their tokens."""
        text = f"tokens of {self._name} (list {self._number} of {self._lists})"
        if self._bar:
            self._bar.update(self._task, description=text, completed=done, total=total)
        elif time.monotonic() - self._said > LINE_SECONDS:
            self._said = time.monotonic()
            output.say(f"{text}: {done:,} of {total:,} identifiers")
