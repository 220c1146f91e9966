"""How results reach people (tables) and programs (JSON), and progress on the error stream."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from producers.sdk import Step

PIPED_WIDTH: Final = 240
"""Columns where no terminal says how wide it is."""

out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else PIPED_WIDTH)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """A line of progress or advice for a person."""
    err.print(text, markup=False)


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(orjson.dumps(value, default=str).decode() + "\n")


def print_rows(rows: Iterable[Mapping[str, Any]], *, as_json: bool, title: str = "") -> None:
    """Rows as a JSON array, or as a table with the keys of the first row as its head."""
    rows = list(rows)
    if as_json:
        print_json(rows)
        return
    columns = list(rows[0]) if rows else []
    print_table(columns, [list(row.values()) for row in rows], title=title)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, title: str = "") -> None:
    """A plain table; says so if there is no row."""
    if not rows:
        out.print(f"{title}: no rows" if title else "no rows", markup=False)
        return
    table = Table(title=title or None, box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("–" if value is None else str(value) for value in row))
    out.print(table)


def print_pretty_json(value: object) -> None:
    """JSON for a person to read and edit."""
    text = orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2).decode()
    sys.stdout.write(text + "\n")


class Report:
    """Two bars: a list's answered records and, while key servers are asked, a part's tokens."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._answered = bars.add_task("answered", total=None)
        self._tokens = bars.add_task("tokens", total=None, visible=False)

    def __call__(self, step: Step) -> None:
        """How far the list is."""
        self._bars.update(self._answered, completed=step.answered, total=step.total)

    def tokens(self, done: int, total: int) -> None:
        """How many of the identifiers in this part of the list have their tokens."""
        self._bars.update(self._tokens, completed=done, total=total, visible=done < total)


@contextmanager
def progress() -> Iterator[Report]:
    """Bars on the error stream; quiet where no terminal is."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        yield Report(bars)
