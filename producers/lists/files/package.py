"""An XLSX file's package: its parts by name, and their XML as a stream (ECMA-376 part 2).

Parts are looked up among the names in the file, never on the disk, and what they point to outside
is not opened. No part has a document type, so no entity can grow.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Final
from xml.parsers import expat

from producers.lists.files.cells import NotAList, TooMuch

MAX_UNPACKED_BYTES: Final = 2 << 30
CHUNK_BYTES: Final = 1 << 16

_RELATIONS: Final = "http://schemas.openxmlformats.org/package/2006/relationships Relationship"
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

Start = Callable[[str, dict[str, str]], None]
"""Told each element that begins: '<namespace> <name>' and its attributes."""


class Package:
    """An open package. `read_bytes`: how much of its parts was unpacked so far."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file)
        self._parts = {_name(part.filename): part for part in self._zip.infolist()}
        self.read_bytes = 0

    def size(self, name: str) -> int:
        """What the file says that a part unpacks to; 0 if it is missing."""
        part = self._parts.get(_name(name))
        return part.file_size if part else 0

    def has(self, name: str) -> bool:
        """True if there is a part of this name."""
        return _name(name) in self._parts

    def chunks(self, name: str) -> Iterator[bytes]:
        """The content of a part. Raises NotAList if it is missing, TooMuch if it does not end."""
        part = self._parts.get(_name(name))
        if part is None:
            raise NotAList
        with self._zip.open(part) as file:
            while chunk := file.read(CHUNK_BYTES):
                self.read_bytes += len(chunk)
                if self.read_bytes > MAX_UNPACKED_BYTES:
                    raise TooMuch(f"{MAX_UNPACKED_BYTES >> 30} GiB")
                yield chunk

    def related(self, source: str) -> dict[str, tuple[str, str]]:
        """What a part ('' is the package itself) relates to: id → (type's last word, part)."""
        folder, name = posixpath.split(source)
        relations = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, tuple[str, str]] = {}

        def start(element: str, attributes: dict[str, str]) -> None:
            if element == _RELATIONS and attributes.get("TargetMode") != "External":
                target = posixpath.join("/", folder, attributes.get("Target", ""))
                kind = attributes.get("Type", "").rpartition("/")[2]
                found[attributes.get("Id", "")] = kind, posixpath.normpath(target).lstrip("/")

        if self.has(relations):
            run(parsed(self.chunks(relations), start))
        return found


def parsed(
    chunks: Iterable[bytes],
    start: Start,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Parse XML; comes back after each chunk, so that what was found so far can be handed on.

    Raises NotAList for a document type, expat.ExpatError for broken XML.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    for chunk in chunks:
        parser.Parse(chunk, False)
        yield
    parser.Parse(b"", True)
    yield


def run(steps: Iterator[None]) -> None:
    """Parse to the end."""
    for _ in steps:
        pass


def unescaped(text: str) -> str:
    """Text with its `_x000D_` for characters that XML cannot hold (ECMA-376 part 1, 22.9.2.19)."""
    if "_x" not in text:
        return text
    found = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return _SURROGATE.sub("\ufffd", found)


def _name(name: str) -> str:
    # names of parts are equal whatever their case; some programs write them with backslashes
    return name.replace("\\", "/").lstrip("/").lower()


def _refuse_document_type(*_: object) -> None:
    raise NotAList
