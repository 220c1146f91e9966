"""Which table, part and column a file of ClickHouse belongs to, as its own files beside it say.

A wide part has a file for each column; a compact part has all of them in `data.bin`, and beside it
marks that say where each begins.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.files import bytes_of
from tests.scanner import packed

_ATTACHED: Final = re.compile(rb"ATTACH (?:TABLE|DATABASE) _ UUID '([0-9a-f-]{36})'")
_COMPACT: Final = "data.bin"
_NUMBER: Final = 8
"""Bytes of a number in a mark: block's place, place in it for each column; then rows."""


def tables(files: Iterable[Path]) -> dict[str, str]:
    """Folder name of each table (its UUID) → `database.table`."""
    found = {}
    for path in files:
        if path.suffix == ".sql" and (said := _ATTACHED.match(bytes_of(path))):
            found[said[1].decode()] = path
    databases = {uuid: path.stem for uuid, path in found.items() if path.parent.name == "metadata"}
    return {
        uuid: f"{databases.get(path.parent.name, '?')}.{path.stem}"
        for uuid, path in found.items()
        if uuid not in databases
    }


def place_of(path: Path, known: Mapping[str, str]) -> str:
    """` (database.table, part …, file)` for a file of a part of one of these tables, else ''."""
    table = known.get(path.parent.parent.name)
    return f" ({table}, part {path.parent.name}, {path.name})" if table else ""


def columns(path: Path, data: bytes) -> list[tuple[str, bytes]]:
    """What is inside a compact part's `data.bin`, cut into its columns, each by name.

    Nothing for another file, or one whose marks are not there or were lost: its blocks are looked
    at as those of any file.
    """
    marks = next(iter(path.parent.glob("data.*mrk*")), None)
    if path.name != _COMPACT or marks is None:
        return []
    bases: dict[int, int] = {}
    inside = b""
    for place, content in packed.placed_blocks(data):
        bases[place] = len(inside)
        inside += content
    # the end is marked too; two columns begin in one place where the first one is empty
    starts = [
        (bases[block] + place, name) for name, block, place in _marks(marks) if block in bases
    ]
    if not starts:
        return []
    starts.sort(key=lambda start: start[0])
    ends = [*(start for start, _ in starts[1:]), len(inside)]
    return [(name, inside[start:end]) for (start, name), end in zip(starts, ends, strict=True)]


def _marks(path: Path) -> Iterator[tuple[str, int, int]]:
    """(column, place of its block in the file, its place in what is inside that block)."""
    data = path.read_bytes()
    if path.suffix.startswith(".c"):
        data = b"".join(packed.blocks(data))
    names = _streams(path.parent) if path.suffix.endswith("4") else _names(path.parent)
    size = (2 * len(names) + 1) * _NUMBER
    assert len(data) % size == 0, f"{path} is not laid out as its columns say"
    for mark in range(0, len(data), size):
        for place, name in enumerate(names):
            at = mark + 2 * _NUMBER * place
            block, inside = (
                int.from_bytes(data[n : n + _NUMBER], "little") for n in (at, at + _NUMBER)
            )
            yield name, block, inside


def _streams(folder: Path) -> list[str]:
    """A column with a dictionary or a length has several of them."""
    lines = (folder / "columns_substreams.txt").read_text().splitlines()
    return [line.strip() for line in lines if line.startswith("\t")]


def _names(folder: Path) -> list[str]:
    lines = (folder / "columns.txt").read_text().splitlines()
    return [line.split("`")[1] for line in lines if line.startswith("`")]
