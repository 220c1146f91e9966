"""XLSX → sheets and rows, one after the other (SpreadsheetML, ECMA-376 part 1, 18).

Nothing of a sheet is kept but its texts that are used more than once, packed.
"""

from array import array
from collections.abc import Iterator
from typing import Final, NamedTuple

from producers.lists.files.cells import (
    GENERAL,
    MAX_CELL_CHARS,
    MAX_FORMAT_CHARS,
    Item,
    NotAList,
    Sheet,
    Step,
)
from producers.lists.files.formats import BUILT_IN
from producers.lists.files.package import Package, parsed, run, unescaped
from producers.lists.files.sheet import MAIN, Book, rows

_OFFICE: Final = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
_IDS: Final = tuple(f"{namespace} id" for namespace in _OFFICE)
_TRUE: Final = ("1", "true")


class _Listed(NamedTuple):
    """A sheet that the workbook names."""

    sheet: Sheet
    part: str


def is_workbook(package: Package) -> bool:
    """True if the package holds a workbook in XML."""
    return _workbook(package).endswith(".xml")


def read(package: Package) -> Iterator[Item]:
    """The worksheets in their order, each followed by its rows unless it is hidden.

    Raises NotAList, TooMuch, and what zip and XML raise for broken files.
    """
    workbook = _workbook(package)
    related = package.related(workbook)
    parts = dict(related.values())
    sheets = _sheets(package, workbook, related)
    formats = _formats(package, parts.get("styles", ""))
    shown = [one.part for one in sheets if not one.sheet.is_hidden]
    texts = parts.get("sharedStrings", "")
    total = package.read_bytes + sum(map(package.size, (texts, *shown)))
    table = Texts()
    book = Book(table, formats)
    for _ in _fill(table, package, texts):
        yield Step(package.read_bytes, total)
    for one in sheets:
        yield one.sheet
        if not one.sheet.is_hidden:
            yield from rows(package, one.part, book, total)


def sheet_part(package: Package, name: str) -> str:
    """The part that holds the worksheet of a name. Raises NotAList if there is none."""
    workbook = _workbook(package)
    for one in _sheets(package, workbook, package.related(workbook)):
        if one.sheet.name == name:
            return one.part
    raise NotAList


class Texts:
    """The workbook's table of texts, as bytes one after the other: a tenth of a list's memory."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("Q")

    def add(self, text: str) -> None:
        """One more text."""
        self._bytes += unescaped(text).encode()
        self._ends.append(len(self._bytes))

    def __getitem__(self, place: int) -> str:
        if place < 0:
            raise IndexError(place)
        start = self._ends[place - 1] if place else 0
        return self._bytes[start : self._ends[place]].decode()


def _workbook(package: Package) -> str:
    for kind, part in package.related("").values():
        if kind == "officeDocument":
            return part
    return ""


def _sheets(package: Package, workbook: str, related: dict[str, tuple[str, str]]) -> list[_Listed]:
    found: list[_Listed] = []
    starts_1904 = False

    def start(element: str, attributes: dict[str, str]) -> None:
        nonlocal starts_1904
        name = MAIN.get(element)
        if name == "workbookPr":
            starts_1904 = attributes.get("date1904") in _TRUE
        elif name == "sheet":
            relation = next((attributes[key] for key in _IDS if key in attributes), "")
            kind, part = related.get(relation, ("", ""))
            if kind == "worksheet":
                is_hidden = attributes.get("state", "visible") != "visible"
                title = attributes.get("name", "")[:MAX_FORMAT_CHARS]
                found.append(_Listed(Sheet(title, is_hidden, starts_1904), part))

    run(parsed(package.chunks(workbook), start))
    if not found:
        raise NotAList
    return found


def _formats(package: Package, part: str) -> list[str]:
    """The number format of each cell style, by its number."""
    own: dict[str, str] = {}
    styles: list[str] = []
    inside = ""

    def start(element: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        name = MAIN.get(element)
        if name in ("numFmts", "cellXfs"):
            inside = name
        elif name == "numFmt" and inside == "numFmts":
            own[attributes.get("numFmtId", "")] = attributes.get("formatCode", GENERAL)
        elif name == "xf" and inside == "cellXfs":
            styles.append(attributes.get("numFmtId", "0"))

    def end(element: str) -> None:
        nonlocal inside
        if MAIN.get(element) == inside:
            inside = ""

    if package.has(part):
        run(parsed(package.chunks(part), start, end))
    built_in = {str(number): code for number, code in BUILT_IN.items()}
    known = {**built_in, **own}
    return [known.get(number, f"#{number}")[:MAX_FORMAT_CHARS] for number in styles] or [GENERAL]


def _fill(texts: Texts, package: Package, part: str) -> Iterator[None]:
    """The table of texts. Runs of one text are put together, readings (rPh) are left out."""
    pieces: list[str] = []
    length = 0
    takes = phonetic = False

    def start(element: str, _: dict[str, str]) -> None:
        nonlocal takes, phonetic, length
        name = MAIN.get(element)
        if name == "si":
            pieces.clear()
            length = 0
        elif name == "rPh":
            phonetic = True
        takes = name == "t" and not phonetic

    def end(element: str) -> None:
        nonlocal takes, phonetic
        takes = False
        name = MAIN.get(element)
        if name == "rPh":
            phonetic = False
        elif name == "si":
            texts.add("".join(pieces)[: MAX_CELL_CHARS + 1])

    def text(data: str) -> None:
        nonlocal length
        if takes and length <= MAX_CELL_CHARS:
            pieces.append(data)
            length += len(data)

    if package.has(part):
        yield from parsed(package.chunks(part), start, end, text)
