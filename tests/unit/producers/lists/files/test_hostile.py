"""Files that kill: each ends in rows or in one clear sentence, within the memory that it may take.

Before the reading process had limits, the first two aborted the program or took 21 GB. Every file
is made here; the process that reads the list, and its child, are capped by the kernel.
"""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from events.rejection import Reason, Refusal
from producers.lists.files import package
from producers.lists.files.cells import TooMuch
from producers.lists.files.package import Package
from producers.lists.files.reader import MAX_FILE_BYTES, Limits, read_cells
from tests.architecture.tree import ROOT
from tests.unit.producers.lists.files.books import (
    COLUMNS,
    PAYMENT,
    book,
    pack,
    parts,
    row,
    sheet,
)

OWN_MIB: Final = 1_024
CHILD_MIB: Final = 96
SECONDS: Final = 600
GOOD: Final = (row(1, COLUMNS), row(2, PAYMENT))
TOO_LARGE: Final = str(Reason.FILE_TOO_LARGE)
UNREADABLE: Final = str(Reason.UNREADABLE_FILE)
MEMORY: Final = f"{CHILD_MIB} MiB (TEKIL_LIST_MEMORY_MIB)"


def read(path: Path, seconds: int = SECONDS) -> dict[str, Any]:
    """What came of a list that is read under the caps; nothing but that was said."""
    assert path.stat().st_blocks * 512 < 8 << 20, "small on the disk"
    arguments = [str(path), str(OWN_MIB), str(CHILD_MIB), str(seconds)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.producers.lists.files.capped", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=850,
    )  # fmt: skip
    assert done.stderr == ""
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["child_mib"] <= CHILD_MIB
    return found


def refused(path: Path, seconds: int = SECONDS) -> tuple[str, str]:
    found = read(path, seconds)
    assert found["text"].startswith(f"{path.name}: ")
    return found["reason"], found["field"]


def long_book(path: Path, pieces: Iterable[bytes], part: str = "xl/sheet1.xml") -> Path:
    """A workbook with one part that is written piece by piece."""
    content = parts(sheet(*GOOD))
    content.pop(part, None)
    pack(path, content)
    whole = zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1)
    with whole, whole.open(part, "w") as file:
        for piece in pieces:
            file.write(piece)
    return path


def around(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A sheet with the good rows and others behind them."""
    before, _, after = sheet(*GOOD).partition("</sheetData>")
    yield before.encode()
    yield from pieces
    yield f"</sheetData>{after}".encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "list.xlsx"


def test_one_cell_at_the_end_of_the_sheet(path: Path) -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    book(path, sheet(*GOOD, far))
    assert path.stat().st_size < 3_000
    found = read(path)
    assert found["drafts"] == 1
    assert "column 16384" in found["fields"], "the officer is told where it stands"


def test_rows_that_are_wide_and_empty(path: Path) -> None:
    cell = b'<row r="%d"><c r="A%d"/><c r="BZZ%d"><v>1</v></c></row>'
    long_book(path, around(cell % (n, n, n) for n in range(3, 20_003)))
    found = read(path)
    assert found["drafts"] == 1
    assert "column 2054" in found["fields"]


def test_a_million_empty_rows_with_a_colour(path: Path) -> None:
    long_book(path, around([b'<row s="1" customFormat="1"><c s="0"/></row>' * 1_000_000]))
    assert read(path)["drafts"] == 1


def test_a_text_that_unpacks_to_two_hundred_megabytes(path: Path) -> None:
    spaces = b" " * (1 << 20)
    text = [b'<row r="3"><c r="A3" t="inlineStr"><is><t>x', *[spaces] * 200, b"</t></is></c></row>"]
    long_book(path, around(text))
    found = read(path)
    assert "reference" in found["fields"], "cut where it is too long, and refused as that"


def test_a_table_of_texts_that_does_not_fit(path: Path) -> None:
    item = b"<si><t>" + b"x" * 2_000 + b"</t></si>"
    head, _, tail = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%</sst>'.partition(
            b"%"
        )
    )
    long_book(path, [head, *[item * 100] * 600, tail], "xl/sharedStrings.xml")
    assert refused(path) == (TOO_LARGE, MEMORY)


def test_elements_inside_one_another(path: Path) -> None:
    long_book(path, around([b"<a>" * 4_000_000]))
    assert refused(path) in ((TOO_LARGE, MEMORY), (UNREADABLE, "list.xlsx"))


def test_a_name_without_an_end(path: Path) -> None:
    long_book(path, around([b"<", *[b"a" * (1 << 20)] * 70]))
    assert refused(path) == (TOO_LARGE, MEMORY)


def test_ranges_that_cover_everything(path: Path) -> None:
    many = "<mergeCells>" + '<mergeCell ref="A1:XFD1048576"/>' * 60_000 + "</mergeCells>"
    book(path, sheet(*GOOD, behind=many))
    assert refused(path)[0] == TOO_LARGE


@pytest.mark.parametrize(
    "entity",
    [
        '<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
    ],
)
@pytest.mark.parametrize("part", ["xl/sheet1.xml", "xl/workbook.xml", "_rels/.rels"])
def test_entities_are_not_read(path: Path, entity: str, part: str) -> None:
    content = parts(sheet(*GOOD))
    content[part] = f"<!DOCTYPE x [{entity}]>{content[part]}"
    with pytest.raises(Refusal) as caught:
        list(read_cells(pack(path, content)))
    assert caught.value.reason is Reason.UNREADABLE_FILE


def test_packages_in_packages_are_not_opened(path: Path) -> None:
    inner = b"x"
    for _ in range(50):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as outer:
            outer.writestr("xl/workbook.xml", inner)
        inner = packed.getvalue()
    path.write_bytes(inner)
    assert refused(path) == (str(Reason.OTHER_FORM), "ZIP")


def test_what_all_parts_unpack_to_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as whole:
        whole.writestr("a", b"x" * 200_000)
        whole.writestr("b", b"x" * 200_000)
    monkeypatch.setattr(package, "MAX_UNPACKED_BYTES", 300_000)
    opened = Package(packed)
    assert sum(map(len, opened.chunks("a"))) == 200_000
    with pytest.raises(TooMuch):
        list(opened.chunks("b"))


def test_a_line_of_a_gigabyte(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    with path.open("wb") as file:
        file.truncate(1 << 30)  # nothing of it is on the disk
    assert refused(path) == (TOO_LARGE, f"{MAX_FILE_BYTES >> 20} MiB")
    path.write_bytes(b"reference" + b",x" * (3 << 20))
    assert refused(path)[0] == TOO_LARGE
    path.write_bytes(b"reference\n" + b",x" * 20_000)
    assert refused(path) == (TOO_LARGE, "16,384 columns")
    path.write_bytes(b'reference\n"' + b"x\n" * (2 << 20))
    assert refused(path) == (UNREADABLE, "list.csv")


def test_more_time_than_it_may_take(path: Path) -> None:
    long_book(path, around([b"<x/>" * 100_000] * 200))
    assert refused(path, seconds=1) == (TOO_LARGE, "1 s (TEKIL_LIST_SECONDS)")


def test_more_rows_than_it_may_say(path: Path) -> None:
    cells = b'<row><c t="inlineStr"><is><t>' + b"x" * 1_900 + b"</t></is></c></row>"
    long_book(path, around([cells * 1_000] * 60))
    assert refused(path) == (TOO_LARGE, MEMORY)


def test_many_rows_that_are_one_record_and_all_wrong(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    line = ",".join(["k", *["?"] * (len(COLUMNS) - 1)]) + "\n"
    path.write_text(",".join(COLUMNS) + "\n" + line * 20_000)
    found = read(path)
    assert found.get("drafts") == 0 or found["reason"] == TOO_LARGE


def test_nothing_is_left_running_when_a_list_is_not_read_to_its_end(path: Path) -> None:
    long_book(path, around([b"<row><c><v>1</v></c></row>" * 1_000] * 1_000))
    rows = read_cells(path, Limits(CHILD_MIB, SECONDS))
    next(rows)
    rows.close()
    children = Path("/proc/self/task").glob("*/children")
    names = [Path(f"/proc/{pid}/cmdline") for file in children for pid in file.read_text().split()]
    assert not [name for name in names if b"lists.files.child" in name.read_bytes()]
