"""Every file of a TEKIL_HOME, as it lies, unpacked, and as its engine reads it."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from tests.files import under
from tests.scanner import engines, packed, parts
from tests.scanner.needles import MARGIN, Needles

PIECE: Final = 8 << 20
MAX_UNPACKED_BYTES: Final = 2 << 30

EXEMPT: Final[dict[str, str]] = {}
"""Pattern of a path under the home → why it is not looked at. Nothing is exempt.

What a partner holds of its own and outside of TEKIL_HOME is not the system's: its lists, and in the
answer files beside them its own references. The answer files are looked at all the same, wherever
a test names them as exports: they may show a reference, and the demo's references are no numbers.
"""


@dataclass(frozen=True, order=True)
class Found:
    """A needle, the form it had, the kind of place and the file (table, part, column) it was in."""

    needle: str
    form: str
    kind: str
    where: str


@dataclass
class Look:
    """What was found, and how many texts and bytes of each kind were looked at."""

    found: set[Found] = field(default_factory=set)
    texts: Counter[str] = field(default_factory=Counter)
    seen_bytes: Counter[str] = field(default_factory=Counter)

    @property
    def kinds(self) -> set[str]:
        """Where each needle was found: the kinds of place."""
        return {one.kind for one in self.found}


def look(root: Path, needles: Needles, exports: Iterable[Path] = ()) -> Look:
    """Everything under a folder, and files elsewhere. A look that saw nothing fails."""
    result = Look()
    assert needles.count, "a look for nothing"
    for kind, where, content in texts(root, exports):
        result.texts[kind] += 1
        result.seen_bytes[kind] += len(content)
        for form in needles.hits(content):
            result.found.add(Found(form.needle, form.name, kind, where))
    assert result.texts["file"], f"nothing to look at in {root}"
    return result


def texts(root: Path, exports: Iterable[Path] = ()) -> Iterator[tuple[str, str, bytes]]:
    """(kind, where, bytes): raw files, what is packed in them, and what their engines read."""
    files = list(under(root))
    kept = [path for path in files if not is_exempt(path.relative_to(root).as_posix())]
    outside = list(exports)
    assert all(path.is_file() for path in outside), "an export that is not there"
    known = parts.tables(kept)
    for path in [*kept, *outside]:
        yield from _of_file(path, known)
    yield from _of_engines(kept)


def is_exempt(name: str) -> bool:
    """True for what `EXEMPT` names."""
    return any(fnmatch(name, pattern) for pattern in EXEMPT)


def _of_file(path: Path, known: Mapping[str, str]) -> Iterator[tuple[str, str, bytes]]:
    where = f"{path}{parts.place_of(path, known)}"
    try:
        for piece in pieces(path):
            yield "file", where, piece
        with path.open("rb") as file:
            head = file.read(16)
        if not any(head):  # nothing that is packed begins with zeros
            return
        assert path.stat().st_size <= MAX_UNPACKED_BYTES, f"{path} is too large to be unpacked"
        data = path.read_bytes()
        by_column = parts.columns(path, data)
        for column, content in by_column:
            for piece in _cut(content):
                yield "part", f"{where}: column {column}", piece
        for kind, content in () if by_column else packed.unpacked(data):
            for piece in _cut(content):
                yield kind, where, piece
        if head.startswith(engines.SQLITE_MAGIC):
            for table, row in engines.sqlite(path):
                yield "sqlite", f"{where} {table}", row
    except FileNotFoundError:  # its owner removed it meanwhile
        return


def _of_engines(files: Iterable[Path]) -> Iterator[tuple[str, str, bytes]]:
    names = list(files)
    for folder in sorted({path.parent for path in names if path.name == "CURRENT"}):
        for family, pairs in _gathered(engines.rocksdb(folder)):
            yield "rocksdb", f"{folder} {family}", pairs
    for folder in sorted(_engine_folders(names)):
        for table, rows in engines.clickhouse(folder):
            for piece in _cut(rows):
                yield "table", f"{folder} {table}", piece


def _engine_folders(files: Iterable[Path]) -> set[Path]:
    """The folders in which chDB keeps a database: those of store/ with metadata/ beside it."""
    parents = {parent for path in files for parent in path.parents if parent.name == "store"}
    return {folder.parent for folder in parents if (folder.parent / "metadata").is_dir()}


def _gathered(rows: engines.Rows) -> Iterator[tuple[str, bytes]]:
    """Many small rows as few large texts, so that each is not looked at alone."""
    held: list[bytes] = []
    size, last = 0, ""
    for where, row in rows:
        if held and (where != last or size > PIECE):
            yield last, b"\n".join(held)
            held, size = [], 0
        held.append(row)
        size, last = size + len(row), where
    if held:
        yield last, b"\n".join(held)


def _cut(content: bytes) -> Iterator[bytes]:
    """Pieces that overlap by more than a needle's length."""
    for start in range(0, max(len(content), 1), PIECE):
        yield content[max(start - MARGIN, 0) : start + PIECE]


def pieces(path: Path) -> Iterator[bytes]:
    """A file's bytes without its holes (Kafka's index files are 10 MB of nothing)."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        place, size = 0, os.fstat(descriptor).st_size
        while place < size:
            try:
                start = os.lseek(descriptor, place, os.SEEK_DATA)
            except OSError:  # nothing but a hole up to the end
                return
            end = os.lseek(descriptor, start, os.SEEK_HOLE)
            for at in range(start, end, PIECE):
                low = max(at - MARGIN, start)
                yield os.pread(descriptor, min(at + PIECE, end) - low, low)
            place = end
    finally:
        os.close(descriptor)
