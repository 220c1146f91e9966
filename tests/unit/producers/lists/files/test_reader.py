"""The parent of the reading process: what it starts, what it believes, how it ends."""

import os
import struct
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.app import app
from events.rejection import Reason, Refusal
from infra.settings import Settings
from producers.lists.files import child
from producers.lists.files.cells import LENGTH, MAX_FRAME_BYTES, Cell, Kind, Row, frame, frames
from producers.lists.files.reader import Limits, read_cells
from tests.unit.producers.lists.files import faulty
from tests.unit.producers.lists.files.books import COLUMNS, PAYMENT, book, row, sheet

SMALL = Limits(64, 300)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return book(tmp_path / "list.xlsx", sheet(row(1, COLUMNS), row(2, PAYMENT)))


def refusal(path: Path, limits: Limits = SMALL) -> Refusal:
    with pytest.raises(Refusal) as caught:
        list(read_cells(path, limits))
    return caught.value


def test_the_least_memory_that_can_be_set_reads_a_usual_list(path: Path) -> None:
    least = Settings.model_fields["list_memory_mib"].metadata[0].ge
    assert len(list(read_cells(path, Limits(least, 300)))) == 3


def test_the_process_gets_nothing_of_ours(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # more than a pipe holds: it still waits while it is looked at
    book(path, sheet(*(row(number, PAYMENT) for number in range(1, 5_000))))
    monkeypatch.setenv("TEKIL_CLICKHOUSE_OWNER_PASSWORD", "secret")
    rows = read_cells(path, SMALL)
    next(rows)
    tasks = Path("/proc/self/task").glob("*/children")
    pids = [pid for task in tasks for pid in task.read_text().split()]
    (found,) = [
        Path(f"/proc/{pid}")
        for pid in pids
        if child.__name__.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    assert b"secret" not in (found / "environ").read_bytes()
    assert os.getsid(int(found.name)) == int(found.name), "no signal of the terminal reaches it"
    rows.close()


def test_a_fault_of_the_reader_is_said_without_a_value(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(child, "__name__", faulty.__name__)
    assert refusal(path).reason is Reason.UNREADABLE_FILE
    (record,) = caplog.records
    assert "AttributeError in read, line" in record.getMessage()
    assert faulty.SECRET not in caplog.text


@pytest.mark.parametrize(
    "said",
    [
        LENGTH.pack(MAX_FRAME_BYTES + 1),
        frame(b"["),
        frame(b"[]"),
        frame(b'["rows",[[1,false,[[16384,"x"]],[]]]]'),
        frame(b'["rows",[[1,false,[[0,null]],[]]]]'),
        frame(b'["rows",[[1,false,[[0,"x","?","General",false]],[]]]]'),
        frame(b'["rows",5]'),
        frame(b'["sheet","a"]'),
        frame(b'["step",1]'),
        frame(b'["else"]'),
        b"",
        struct.pack(">I", 5) + b"abc",
    ],
)
def test_what_a_process_says_that_was_taken_over_is_not_believed(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: bytes
) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!{sys.executable}\nimport sys; sys.stdout.buffer.write({said!r})\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    assert refusal(path).reason is Reason.UNREADABLE_FILE


def test_no_frame_is_longer_than_it_may_be() -> None:
    rows = [
        Row(number, False, [Cell(at, "x" * 2_000, Kind.TEXT) for at in range(200)])
        for number in range(1, 9)
    ]
    found = list(frames(rows))
    assert len(found) > 4
    assert all(len(one) <= MAX_FRAME_BYTES for one in found)


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for name in ("pipe.csv", "none.csv", "."):
        assert refusal(tmp_path / name).reason is Reason.UNREADABLE_FILE
    assert refusal(Path("a\0b.csv")).reason is Reason.UNREADABLE_FILE


def test_a_command_says_the_limit_in_one_sentence_and_exits_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "evil\x1b[2J\u202e.csv"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    monkeypatch.setenv("TEKIL_HOME", str(tmp_path / "home"))
    for words in (["validate"], ["publish", "--org", "KIZ"], ["check", "--org", "KIZ"]):
        for lang, sentence in (
            ("en", "Nothing was sent"),
            ("tr", "gönderilmedi"),
            ("ar", "لم يُرسل"),
        ):
            monkeypatch.setenv("TEKIL_LANG", lang)
            done = CliRunner().invoke(app, [words[0], str(path), *words[1:]])
            assert done.exit_code == 2
            assert done.output.count("\n") == 1
            assert done.output.startswith("evil<U+001B>[2J<U+202E>.csv: ")
            assert "512 MiB" in done.output
            assert sentence in done.output
    assert sorted(tmp_path.rglob("*.answers.csv")) == []


@pytest.mark.parametrize(
    ("name", "value"), [("MEMORY_MIB", "63"), ("SECONDS", "0"), ("SECONDS", "x")]
)
def test_limits_that_are_none(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"TEKIL_LIST_{name}", value)
    done = CliRunner().invoke(app, ["validate", "list.csv"])
    assert done.exit_code == 2
    assert f"TEKIL_LIST_{name}" in done.output
