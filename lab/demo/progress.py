"""Shows how far the demo is, with the tokens and with the year.

One moving line on a terminal, else a line every few seconds.
"""

import time
from datetime import date
from types import TracebackType
from typing import Final, Self

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from infra import terminal
from lab.demo.driver import Step

LINE_SECONDS: Final = 5.0


class _Shown:
    """A bar on the error stream where that is a terminal; `columns` stand behind the bar."""

    def __init__(self, *columns: TextColumn) -> None:
        self._said = time.monotonic()
        self._bar: Progress | None = None
        if terminal.err.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=30),
                *columns,
                TimeElapsedColumn(),
                console=terminal.err,
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

    def _is_time(self) -> bool:
        """True every few seconds: time for another line."""
        return time.monotonic() - self._said > LINE_SECONDS

    def _line(self, text: str) -> None:
        self._said = time.monotonic()
        terminal.say(text)


class YearProgress(_Shown):
    """Progress of the year."""

    def __init__(self, first: date, last: date) -> None:
        records = TextColumn("{task.completed}/{task.total} records")
        super().__init__(records, TextColumn("{task.fields[rate]}/s"))
        self._first, self._days = first, (last - first).days + 1
        self._began = time.monotonic()
        self._last: Step | None = None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        if not self._bar and self._last:
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
        elif self._is_time():
            self._say(step)

    def _say(self, step: Step) -> None:
        self._line(
            f"{self._day(step)}  {step.answered:,} of {step.total:,} records answered,"
            f" {self._rate(step):,}/s"
        )

    def _day(self, step: Step) -> str:
        return f"{step.day} (day {(step.day - self._first).days + 1} of {self._days})"

    def _rate(self, step: Step) -> int:
        return round(step.answered / max(self.seconds, 0.001))


class TokenProgress(_Shown):
    """Progress of the tokens, one list after the other."""

    def __init__(self, lists: int) -> None:
        super().__init__(TextColumn("{task.completed}/{task.total} identifiers"))
        self._lists, self._number, self._name = lists, 0, ""

    def next(self, name: str) -> None:
        """Another organisation's list begins."""
        self._number, self._name = self._number + 1, name

    def tokens(self, done: int, total: int) -> None:
        """How many of a list's identifiers have their tokens."""
        text = f"tokens of {self._name} (list {self._number} of {self._lists})"
        if self._bar:
            self._bar.update(self._task, description=text, completed=done, total=total)
        elif self._is_time():
            self._line(f"{text}: {done:,} of {total:,} identifiers")
