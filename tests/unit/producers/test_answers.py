"""Answer files: nothing in them is executed, rearranged, half there or read by others."""

import csv
import os
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import UsageProblem
from producers.answer_files import write_answers
from producers.answers import (
    FILE_COLUMNS,
    VALID,
    AnsweredRow,
    RecordAnswer,
    answered,
    commands,
    file_row,
    inert,
)
from producers.lists.reading import read_rows

TURNING = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
COMMANDS = (
    "=cmd|'/c calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠x", "|x",
    "%x", " =1", "\u200b=1", "\ufeff+1", "\u00a0-1", "k;=1+1", "k; ＝1", ";@x",
)  # fmt: skip
HARMLESS = ("k-1", "2026/05", "a=b", "x+y", "a@b.example", "k;1", "1;2-3", "", "Ş-İ")


def rows(*references: str) -> list[AnsweredRow]:
    found = RecordAnswer(VALID)
    return [
        row
        for number, reference in enumerate(references, 2)
        for row in answered([number], reference, found, "", 0, False)
    ]


@pytest.mark.parametrize("reference", COMMANDS)
def test_a_reference_that_is_a_command_is_none_in_an_answer_file(
    tmp_path: Path, reference: str
) -> None:
    assert commands(reference)
    write_answers(tmp_path / "a.csv", rows(reference), "en")
    # as programs with comma and with semicolon read it: no cell begins a formula
    for delimiter in ",;":
        with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
            _, *lines = csv.reader(file, delimiter=delimiter)
        cells = [cell.strip("\u200b\ufeff\u00a0 ") for line in lines for cell in line]
        assert not [cell for cell in cells if cell[:1] in tuple("=+-@＝＋－＠|%\t\r")]
    write_answers(tmp_path / "a.xlsx", rows(reference), "en")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
        kept = b'quotePrefix="1"' in book.read("xl/styles.xml")
        assert kept or reference[0] in "\t\r", "text also when it is edited"


@pytest.mark.parametrize("reference", HARMLESS)
def test_other_references_stand_as_they_are(tmp_path: Path, reference: str) -> None:
    assert inert(reference) == reference
    for name in ("a.csv", "a.xlsx"):
        write_answers(tmp_path / name, rows(reference), "en")
        (_, (_, cells)) = read_rows(tmp_path / name)
        assert cells[1] == reference


@pytest.mark.parametrize("mark", TURNING)
def test_a_reference_cannot_rearrange_the_line_of_its_answer(tmp_path: Path, mark: str) -> None:
    (row,) = rows(f"k1{mark}reiplc")
    assert f"k1<U+{ord(mark):04X}>reiplc" in file_row(row, "en")
    for name in ("a.csv", "a.xlsx"):
        write_answers(tmp_path / name, [row], "tr")
        (_, (_, cells)) = read_rows(tmp_path / name)
        assert not set(TURNING) & set("".join(map(str, cells)))


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_no_text_is_a_command_once_it_is_inert(text: str) -> None:
    assert not commands(inert(text))


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_an_answer_file_is_its_owners_alone(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("what was there")
    path.chmod(0o666)
    before = os.umask(0)
    try:
        write_answers(path, rows("k1"), "en")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_an_answer_file_is_there_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / name
    write_answers(path, rows("old"), "en")
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageProblem, match="cannot be written"):
        write_answers(path, rows("new"), "en")
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("reference", ["../../x", "/etc/x", "..\\..\\x", "~/x", "file:///etc/x"])
def test_a_reference_like_a_path_is_text(tmp_path: Path, reference: str) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    for name in ("a.csv", "a.xlsx"):
        write_answers(folder / name, rows(reference), "en")
        (header, (_, cells)) = read_rows(folder / name)
        assert header == (1, list(FILE_COLUMNS))
        assert cells[1] == reference
    with zipfile.ZipFile(folder / "a.xlsx") as book:
        assert "xl/worksheets/_rels/sheet1.xml.rels" not in book.namelist(), "no link"
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*"))
    assert found == ["a", "a/b", "a/b/a.csv", "a/b/a.xlsx"]
