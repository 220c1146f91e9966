"""How far a list is, on the error stream."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from cli.words import said
from infra import terminal
from producers.sdk import Step


class Report:
    """Three bars: how far the file is read, a list's answered records and, while key servers are
    asked, a part's tokens."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._read = bars.add_task(said("bar.read"), total=None, visible=False)
        self._answered = bars.add_task(said("bar.answered"), total=None, visible=False)
        self._tokens = bars.add_task(said("bar.tokens"), total=None, visible=False)

    def __call__(self, step: Step) -> None:
        """How far the list is."""
        self._bars.update(self._answered, completed=step.answered, total=step.total, visible=True)

    def read(self, done: int, total: int) -> None:
        """How much of the file is read, in bytes."""
        self._bars.update(self._read, completed=done >> 10, total=total >> 10, visible=done < total)

    def tokens(self, done: int, total: int) -> None:
        """How many of the identifiers in this part of the list have their tokens."""
        self._bars.update(self._tokens, completed=done, total=total, visible=done < total)


@contextmanager
def progress() -> Iterator[Report]:
    """Bars on the error stream; quiet where no terminal is."""
    with _bars() as bars:
        yield Report(bars)


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """One bar, told how many are done and how many there are."""
    with _bars() as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


@contextmanager
def steps() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each step, told its name, how much is done and how much there is."""
    with _bars() as bars:
        tasks: dict[str, TaskID] = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=None)
            bars.update(tasks[what], completed=done, total=total)

        yield told


def _bars() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    err = terminal.err
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
