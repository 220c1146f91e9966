"""Whatever the bytes: rows, or one clear refusal; no traceback, no crash, no more than allowed."""

import io
import zipfile
from pathlib import Path
from xml.parsers import expat

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from events.rejection import Reason, Refusal
from producers.lists.files import xlsx
from producers.lists.files.cells import LENGTH, Item, Row, Sheet, Step, TooMuch, frames, items
from producers.lists.files.child import BROKEN_FILE
from producers.lists.files.package import Package
from producers.lists.files.reader import Limits
from producers.lists.reading import read_rows
from producers.lists.unreadable import Shown
from tests.unit.producers.lists.files.books import (
    COLUMNS,
    PAYMENT,
    inline,
    parts,
    row,
    sheet,
    styles,
    texts,
)

LIMITS = Limits(memory_mib=128, seconds=300)
CLEAR = {
    Reason.UNREADABLE_FILE,
    Reason.FILE_TOO_LARGE,
    Reason.OTHER_FORM,
    Reason.FILE_PASSWORD,
    Reason.UNKNOWN_ENCODING,
}
WORKBOOK = parts(
    sheet(
        row(1, COLUMNS),
        row(2, PAYMENT),
        '<row r="3" hidden="1"><c r="A3" t="s"><v>1</v></c><c r="B3" s="1"><v>46143</v></c></row>',
        f'<row r="5"><c r="A5"><f>1+1</f><v>2</v></c>{inline("C5", "_x0041_")}</row>',
        behind='<mergeCells count="1"><mergeCell ref="A2:B3"/></mergeCells>',
    ),
    more={
        "sharedStrings.xml": texts("<t>a</t>", "<r><t>b</t></r><rPh><t>c</t></rPh>"),
        "styles.xml": styles("14", "0.00"),
    },
)
BYTES = {name: part.encode() for name, part in WORKBOOK.items()}
PIECES = st.one_of(
    st.binary(max_size=8),
    st.sampled_from(
        [b"<row>", b"</row>", b"<c>", b"</c>", b"<v>9</v>", b'r="A1"', b'r="XFD1048576"', b'="-1"',
         b't="s"', b's="9"', b"99999999999", b"1e999", b"nan", b"&#0;", b"&a;", b"\xff",
         b"<!DOCTYPE a>", b"_xD800_", b'Target="../../../x"', b'date1904="1"',
         b'ref="B2:A1"', b"<![CDATA[", b"]]>"]
    ),
)  # fmt: skip


@st.composite
def broken(draw: st.DrawFn) -> dict[str, bytes]:
    """The workbook, in which some parts are missing, cut, or have something else in the middle."""
    found = dict(BYTES)
    for _ in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from(sorted(found)))
        part = found[name]
        start = draw(st.integers(0, len(part)))
        stop = draw(st.integers(start, min(len(part), start + 40)))
        found[name] = part[:start] + draw(PIECES) + part[stop:]
        if len(found) > 3 and draw(st.integers(0, 19)) == 0:
            del found[name]
    return found


def packed(content: dict[str, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as whole:
        for name, part in content.items():
            whole.writestr(name, part)
    return file


def carried(found: list[Item]) -> list[Item]:
    """The items as they come out of the pipe."""
    return [item for one in frames(found) for item in items(one[LENGTH.size :])]


@given(broken())
@settings(max_examples=1_000, deadline=None)
@example(BYTES)
def test_a_broken_workbook_is_rows_or_broken(content: dict[str, bytes]) -> None:
    found: list[Item] = []
    try:
        package = Package(packed(content))
        if xlsx.is_workbook(package):
            found += xlsx.read(package)
    except (*BROKEN_FILE, expat.ExpatError, TooMuch):
        pass  # what was found before it still has to be in order
    assert carried(found) == found
    numbers = [item.number for item in found if isinstance(item, Row)]
    assert numbers == sorted(set(numbers))
    columns = [[cell.column for cell in item.cells] for item in found if isinstance(item, Row)]
    assert columns == [sorted(set(one)) for one in columns]


def test_the_workbook_is_read_where_it_is_whole() -> None:
    found = list(xlsx.read(Package(packed(BYTES))))
    assert [item for item in found if isinstance(item, Sheet)] == [Sheet("sheet1", is_hidden=False)]
    rows = [item for item in found if isinstance(item, Row)]
    assert [(item.number, item.is_hidden, item.merged) for item in rows] == [
        (1, False, ()),
        (2, False, ((0, 1),)),
        (3, True, ((0, 1),)),
        (5, False, ()),
    ]
    assert any(isinstance(item, Step) for item in found)


@given(
    st.sampled_from(["list.xlsx", "list.csv"]),
    st.one_of(
        st.binary(max_size=300),
        st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")),
        st.binary(max_size=100).map(lambda tail: b"PK\x03\x04" + tail),
        st.binary(max_size=600).map(lambda tail: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + tail),
        broken().map(lambda content: packed(content).getvalue()),
        st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=6)).map(
            lambda cut: spoiled(packed(BYTES).getvalue(), *cut)
        ),
    ),
)
@settings(
    max_examples=90, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bytes_are_rows_or_one_clear_refusal(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    found: list[tuple[int, list[Shown]]] = []
    reason: Reason | None = None
    try:
        found += read_rows(path, LIMITS)
    except Refusal as refusal:
        reason = refusal.reason
    assert reason in {None, *CLEAR}
    assert all(number > 0 and cells for number, cells in found)
    assert caplog.records == [], "no fault of the reader's own"


def spoiled(whole: bytes, place: int, piece: bytes) -> bytes:
    """Bytes with some of them overwritten."""
    place %= len(whole)
    return whole[:place] + piece + whole[place + len(piece) :]
