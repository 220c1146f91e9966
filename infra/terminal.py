"""How results reach people (tables) and programs (JSON)."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from infra.visible import inert_json, visible_lines

if TYPE_CHECKING:
    from rich.console import Console

    out: Console
    err: Console

PIPED_WIDTH: Final = 240
"""Columns where no terminal says how wide it is."""


@cache
def _console(name: str) -> "Console":
    from rich.console import Console

    if name == "err":
        return Console(stderr=True, highlight=False, soft_wrap=True)
    if name == "out":
        width = None if sys.stdout.isatty() else PIPED_WIDTH
        return Console(highlight=False, soft_wrap=True, width=width)
    raise AttributeError(name)


if not TYPE_CHECKING:
    # `out` and `err` are made when they are first used: `tekil --help` needs no rich
    __getattr__ = _console


def plain(value: Any) -> dict[str, Any]:
    """The fields of a dataclass by their names."""
    return {one.name: getattr(value, one.name) for one in fields(value)}


def say(text: str) -> None:
    """A line of progress or advice for a person."""
    sys.stderr.write(visible_lines(text) + "\n")


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    import orjson

    sys.stdout.write(inert_json(orjson.dumps(value, default=str).decode()) + "\n")


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
    from rich.table import Table
    from rich.text import Text

    console = _console("out")
    if not rows:
        console.print(f"{title}: no rows" if title else "no rows", markup=False)
        return
    table = Table(title=title or None, box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        # as text: what stands in brackets is no markup
        table.add_row(*(Text("–" if value is None else visible_lines(str(value))) for value in row))
    console.print(table)


def print_pretty_json(value: object) -> None:
    """JSON for a person to read and edit."""
    import orjson

    text = orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2).decode()
    sys.stdout.write(inert_json(text) + "\n")
