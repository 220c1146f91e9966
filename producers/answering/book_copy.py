"""An XLSX file → the same file with three columns more, and nothing in it that acts.

All is copied as it stands, but formulas become what they showed, and links to other files go.
Sources: ECMA-376 part 1, 18.3.1 (sheets), part 2 (packages).
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Final
from xml.sax.saxutils import escape

from producers.answering.edits import Attributes, Editor, edited, local
from producers.answering.inert import straight
from producers.lists.files.cells import MAX_COLUMNS, NotAList, TooMuch
from producers.lists.files.package import CHUNK_BYTES, MAX_UNPACKED_BYTES, Package
from producers.lists.files.xlsx import sheet_part

Added = Mapping[int, Sequence[str]]
"""Row number → the texts of its new cells, from left to right."""

_GONE: Final = ("xl/externallinks/", "xl/calcchain.xml")
"""Parts that go: links to other files, and the list of the formulas that went."""
_GONE_RELATIONS: Final = frozenset({"externalLink", "calcChain", "hyperlink"})
_KNOWN: Final = re.compile(
    r"\[content_types\]\.xml|(?:.*/)?_rels/[^/]*\.rels|docprops/.*|xl/workbook\.xml|xl/styles\.xml"
    r"|xl/sharedstrings\.xml|xl/metadata\.xml|xl/worksheets/sheet\d*\.xml|xl/comments.*\.xml"
    r"|xl/(?:theme|threadedcomments|persons|drawings|media|tables|printersettings|externallinks)/.*"
    r"|xl/calcchain\.xml"
)
"""Parts that do nothing by themselves. A workbook with others is not copied, its values are."""
_SPANS: Final = re.compile(rb"""\sspans\s*=\s*("[^"]*"|'[^']*')""")
_CHARACTER: Final = re.compile(r"&#(x?)([0-9A-Fa-f]{1,6});")
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_WIDTHS: Final = (28, 60, 28)
"""Of the new columns, in characters."""
_MACROS: Final = "macroEnabled"
_EXTERNAL: Final = "External"


def copied(source: IO[bytes], target: str, sheet: str, width: int, added: Added) -> None:
    """Write the workbook `source` to the file `target`, with cells behind column `width` (from 1)
    of the sheet of that name.

    Raises NotAList for a workbook that cannot be copied so (macros, UTF-16, no room for columns),
    TooMuch, and what zip and XML raise for broken files.
    """
    if width + len(_WIDTHS) > MAX_COLUMNS:
        raise NotAList
    part = sheet_part(Package(source), sheet)
    total = 0
    with zipfile.ZipFile(source) as book, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for real, name in _names(book).items():
            if name.startswith(_GONE) or name.endswith("/"):
                continue
            with book.open(real) as old, new.open(real, "w") as out:
                for piece in _part(name, _chunks(old), part, width, added):
                    total += len(piece)
                    if total > MAX_UNPACKED_BYTES:
                        raise TooMuch(f"{MAX_UNPACKED_BYTES >> 30} GiB")
                    out.write(piece)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def _part(
    name: str, chunks: Iterator[bytes], part: str, width: int, added: Added
) -> Iterable[bytes]:
    """A part as it is copied."""
    editor: Editor | None = None
    if name == part.lower():
        editor = _ListSheet(width, added)
    elif name.startswith("xl/worksheets/") and name.endswith(".xml"):
        editor = _Sheet()
    elif name == "[content_types].xml":
        editor = _ContentTypes()
    elif name.endswith(".rels"):
        editor = _Relations()
    elif name == "xl/sharedstrings.xml":
        editor = _Texts()
    elif name == "xl/workbook.xml":
        editor = _Workbook()
    return edited(chunks, editor) if editor else chunks


def _names(book: zipfile.ZipFile) -> dict[str, str]:
    """The name of each part, as names are compared. Raises NotAList for one that may act."""
    names = {item.filename: item.filename.lower() for item in book.infolist()}
    if len(set(names.values())) != len(book.infolist()):
        raise NotAList  # which of two parts of one name is meant, programs do not agree on
    if not all(_KNOWN.fullmatch(name) or name.endswith("/") for name in names.values()):
        raise NotAList
    return names


class _ContentTypes(Editor):
    def leaves_out(self, name: str, attributes: Attributes) -> bool:
        if _MACROS in attributes.get("ContentType", ""):
            raise NotAList
        return attributes.get("PartName", "").lower().lstrip("/").startswith(_GONE)


class _Relations(Editor):
    def leaves_out(self, name: str, attributes: Attributes) -> bool:
        goes = attributes.get("Type", "").rpartition("/")[2] in _GONE_RELATIONS
        if attributes.get("TargetMode") == _EXTERNAL and not goes:
            raise NotAList
        return goes


class _Workbook(Editor):
    def leaves_out(self, name: str, attributes: Attributes) -> bool:
        return local(name) == "externalReferences"


class _Texts(Editor):
    """Texts that turn nothing."""

    def text(self, raw: bytes) -> bytes:
        if b"\xe2\x80" not in raw and b"\xe2\x81" not in raw and not raw.startswith(b"&#"):
            return raw
        found = raw.decode()
        if reference := _CHARACTER.fullmatch(found):
            found = chr(int(reference[2], 16 if reference[1] else 10))
        turned = straight(found)
        return raw if turned == found else escape(turned).encode()


class _Sheet(_Texts):
    """Any sheet: formulas go, what they showed stays. So do links out of the file."""

    def leaves_out(self, name: str, attributes: Attributes) -> bool:
        return local(name) in ("f", "hyperlinks")


class _ListSheet(_Sheet):
    """The list's own sheet: it gets the columns."""

    def __init__(self, width: int, added: Added) -> None:
        self._width, self._added = width, added
        self._row = 0
        self._columns = [letters(width + place) for place in range(len(_WIDTHS))]
        self._has_widths = False
        self._last_width = 0

    def leaves_out(self, name: str, attributes: Attributes) -> bool:
        # what says how large the sheet is, is wrong now; programs that need it reckon it anew
        if local(name) == "dimension":
            return True
        if local(name) == "col":
            self._last_width = max(self._last_width, int(attributes.get("max", MAX_COLUMNS)))
        return super().leaves_out(name, attributes)

    def before(self, name: str, attributes: Attributes) -> bytes:
        if local(name) == "row":
            self._row = int(attributes.get("r", self._row + 1))
        if local(name) == "cols":
            self._has_widths = True
        if local(name) == "sheetData" and not self._has_widths:
            prefix = _prefix(name)
            return f"<{prefix}cols>{self._widths(prefix)}</{prefix}cols>".encode()
        return b""

    def before_end(self, name: str) -> bytes:
        if local(name) == "cols" and self._last_width <= self._width:
            return self._widths(_prefix(name)).encode()
        if local(name) != "row":
            return b""
        prefix = _prefix(name)
        texts = self._added.get(self._row, ())
        return "".join(
            f'<{prefix}c r="{column}{self._row}" t="inlineStr"><{prefix}is>'
            f'<{prefix}t xml:space="preserve">{_escaped(text)}</{prefix}t></{prefix}is></{prefix}c>'
            for column, text in zip(self._columns, texts, strict=False)
            if text
        ).encode()

    def tag(self, name: str, raw: bytes) -> bytes:
        return _SPANS.sub(b"", raw, count=1) if local(name) == "row" else raw

    def _widths(self, prefix: str) -> str:
        return "".join(
            f'<{prefix}col min="{column}" max="{column}" width="{chars}" customWidth="1"/>'
            for column, chars in enumerate(_WIDTHS, self._width + 1)
        )


def _prefix(name: str) -> str:
    before, mark, _ = name.rpartition(":")
    return before + mark


def _escaped(text: str) -> str:
    """Text of an inline string; what XML cannot hold is left out."""
    return escape(_CONTROLS.sub("", text))


def letters(column: int) -> str:
    """The name of a column, from 0: A, Z, AA."""
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(ord("A") + rest) + found
    return found
