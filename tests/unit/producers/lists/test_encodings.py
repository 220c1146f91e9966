"""Texts in all kinds of encodings: each is read as it was written, or refused."""

from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from events.rejection import Reason
from infra.errors import UsageProblem
from producers.listed import ReadList, read_list
from producers.lists import reading
from producers.lists.columns import Said
from tests.unit.producers.lists.here import HEADER, QUICK, read, read_cells


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "read_cells", read_cells)


TURKISH: Final = "abcçdefgğhıijklmnoöprsştuüvyzABCÇDEFGĞHIİJKLMNOÖPRSŞTUÜVYZ"
ARABIC: Final = "ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأؤإئةى"
OTHER: Final = "ßäñóИванλόγος"
NAMES: Final = st.lists(
    st.one_of(
        st.text(TURKISH, min_size=2, max_size=8),
        st.text(TURKISH + "’–“”", min_size=2, max_size=8),
        st.text(ARABIC, min_size=2, max_size=8),
        st.text(TURKISH + OTHER, min_size=2, max_size=8),
    ),
    min_size=1,
    max_size=6,
)
PLAIN_NAMES: Final = st.text(TURKISH, min_size=2, max_size=8).filter(
    lambda name: any(map(str.isascii, name))
)
"""Names that a Latin page does not make of other letters: one is plain."""
TEXT_HEADER: Final = (*HEADER[:11], "first_name", "last_name", "birth_date")


def text_of(names: list[str], mark: str) -> str:
    lines = [mark.join(TEXT_HEADER)]
    for place, name in enumerate(names):
        cells = [f"k{place}", "TEMEL", "delivered", "rent", "cash", "monthly", "100.00", "TRY"]
        cells += ["2026-05-01", "2026-06-01", "TUR034026", name, "Can", "1990-03-25"]
        lines.append(mark.join(cells))
    return "\r\n".join(lines) + "\r\n"


def people(found: ReadList) -> dict[int, Any]:
    """Who stands in each row; those whose name was left out with a warning are not there."""
    return {
        draft.first_row: draft.persons[0].identifiers for draft in found.drafts if not draft.remarks
    }


ENCODINGS: Final = (
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1254", "cp1256", "cp857",
    "cp1251", "cp1253", "iso8859-9", "twice cp1252", "twice cp1254", "twice cp1256",
    "cp1254 as cp1252", "cp1256 as cp1252",
)  # fmt: skip


def encoded(text: str, encoding: str) -> bytes | None:
    """The bytes of a text, or None if it cannot be written so."""
    try:
        if encoding.startswith("twice "):
            page = encoding.removeprefix("twice ")
            return text.encode().decode(page).encode()
        if " as " in encoding:
            first, second = encoding.split(" as ")
            return text.encode(first).decode(second).encode()
        return text.encode(encoding)
    except UnicodeError:
        return None


@given(NAMES, st.sampled_from(ENCODINGS), st.sampled_from(",;\t|"))
@settings(QUICK, max_examples=400)
@example(["Gülşen", "Ayşe"], "twice cp1252", ";")
@example(["ءآ", "اخ"], "cp1256 as cp1252", ",")
@example(["محمد", "الأحمد"], "cp1256", ",")
def test_a_text_in_any_encoding_is_read_as_it_was_written_or_refused(
    tmp_path: Path, names: list[str], encoding: str, mark: str
) -> None:
    text = text_of(names, mark)
    content = encoded(text, encoding)
    if content is None:
        return
    plain, path = tmp_path / "plain.csv", tmp_path / "list.csv"
    plain.write_bytes(text.encode())
    path.write_bytes(content)
    meant, found = read(plain), read(path)
    assert isinstance(meant, ReadList)
    if isinstance(found, UsageProblem):
        assert found.reason is Reason.UNKNOWN_ENCODING
        assert not encoding.startswith("utf")
        return
    said = people(found)
    for row, identifiers in people(meant).items():
        assert said.get(row, identifiers) == identifiers, (names[row - 2], found.reading.encoding)
    assert not found.bad
    assert {one.reason for one in found.remarks} <= {Reason.DAMAGED_TEXT}


@given(
    st.lists(PLAIN_NAMES, min_size=4, max_size=8),
    st.integers(0, 3),
    st.sampled_from([b"\xff", b"\xc5", b"\x9f", b"\x81"]),
)
@QUICK
def test_one_bad_byte_spoils_its_row_alone(
    tmp_path: Path, names: list[str], place: int, byte: bytes
) -> None:
    names = ["Gülşen Çağrı", *names]
    path, plain = tmp_path / "list.csv", tmp_path / "plain.csv"
    content = text_of(names, ",").encode()
    plain.write_bytes(content)
    at = content.index(f"k{place + 1},".encode())
    spoilt_at = content.index(b",Can", at)
    path.write_bytes(content[:spoilt_at] + byte + content[spoilt_at:])
    meant, found = read(plain), read(path)
    assert isinstance(meant, ReadList)
    assert isinstance(found, ReadList)
    assert not found.bad
    assert [(one.row, one.reason, one.field) for one in found.remarks] == [
        (place + 3, Reason.DAMAGED_TEXT, "first_name")
    ]
    assert people(found) == {row: who for row, who in people(meant).items() if row != place + 3}


def test_an_officer_says_the_encoding_that_nobody_can_tell(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(text_of(["Groß"], ",").encode("cp1254"))
    found = read(path)
    assert isinstance(found, UsageProblem)
    assert (found.reason, found.field) == (Reason.UNKNOWN_ENCODING, "2")
    said = Said(encoding="windows-1254")
    assert len(read_list("KIZ", path, "assistance", said=said).drafts) == 1
    with pytest.raises(UsageProblem) as caught:
        read_list("KIZ", path, "assistance", said=Said(encoding="klingon"))
    assert caught.value.reason is Reason.UNKNOWN_ENCODING


@pytest.mark.parametrize("name", ["?????", "G?l?en", "Ayþe", "Ýbrahim", "ãÍãÏ", "GÃ¼lÅŸen", "Иван"])
def test_a_name_that_cannot_be_one_is_left_out_with_a_warning(tmp_path: Path, name: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(text_of([name, "Gülşen"], ",").encode())
    found = read(path)
    assert isinstance(found, ReadList)
    assert [(one.row, one.reason) for one in found.remarks] == [(2, Reason.DAMAGED_TEXT)]
    assert len(found.drafts) == 2
    assert list(people(found)) == [3]


@pytest.mark.parametrize(
    "name",
    [
        "Ayşe Nur",
        "Mehmet-Ali",
        "O'Neil",
        "Êvîn",
        "Éva",
        "محمد",
        "عبد الله",
        "Ö. Çığ",
        "Öztürkü’nün",
    ],
)
def test_names_as_people_have_them_are_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(text_of([name], ",").encode())
    found = read(path)
    assert isinstance(found, ReadList)
    assert found.bad == ()
