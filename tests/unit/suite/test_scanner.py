"""The scanner finds a needle in every kind of store, says where, and finds none in a clean home."""

import base64
import gzip
import io
import json
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import cramjam
import pytest
import xlsxwriter
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from events.names import skeleton
from infra.rocksdb import RocksStore
from producers.ledger import Ledger
from producers.versions import Sent
from tests.scanner import look as looking
from tests.scanner import needles, packed
from tests.scanner.look import look

NUMBER = "99291417710"
PHONE = "+905001234567"
ACCOUNT = "TR330006100519786457841326"
FIRST, LAST = "İbrahim", "Yıldırım"
CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}

SQL = (
    "CREATE DATABASE tekil",
    "CREATE TABLE tekil.t (text String, n UInt64) ENGINE = MergeTree ORDER BY tuple()",
    "INSERT INTO tekil.t SELECT concat(toString(number), ' {0}'), {1} FROM numbers(1000)",
)
CHDB = """
import chdb, sys
connection = chdb.connect(sys.argv[1])
for statement in sys.argv[2:]:
    connection.query(statement)
connection.close()
"""


def wanted() -> needles.Needles:
    return needles.of([NUMBER], [PHONE], [(FIRST, LAST)], [ACCOUNT])


def many(text: str) -> bytes:
    """A text among so many of its like that compressing it changes its bytes."""
    return " ".join(f"{number} {text}" for number in range(1_000)).encode()


def segment(codec: str, value: bytes) -> bytes:
    """A log segment as a client of the Kafka project's own family writes its batches."""
    found = b""
    for offset in range(3):
        batch = DefaultRecordBatchBuilder(2, CODECS[codec], 0, -1, -1, -1, 1 << 20)
        batch.append(0, 1_700_000_000_000, b"k", value if offset == 1 else b"-", [("h", b"v")])
        found += bytes(batch.build())
    return found + bytes(4096)  # Kafka lays a file out before it writes


def clickhouse(folder: Path, text: str, number: int = 0) -> None:
    """One process at a time may have a folder open, and a process one folder: a child's."""
    statements = [line.format(text, number) for line in SQL]
    subprocess.run([sys.executable, "-c", CHDB, str(folder), *statements], check=True)


def in_a_log(home: Path, text: str) -> None:
    (home / "intake.log").write_text(f"12:00:01 INFO x {text} y\n")


def in_a_rotated_log(home: Path, text: str) -> None:
    (home / "intake.log.3.gz").write_bytes(gzip.compress(many(text)))


def in_a_csv(home: Path, text: str) -> None:
    (home / "list.answers.csv").write_text(f"reference;verdict\n{text};clear\n", "utf-8-sig")


def in_a_spreadsheet(home: Path, text: str) -> None:
    with xlsxwriter.Workbook(str(home / "bulletin.xlsx")) as book:
        book.add_worksheet().write(0, 0, text)


def in_the_ledger(home: Path, text: str) -> None:
    with Ledger(home / "ledger.sqlite") as ledger:
        ledger.sending([Sent("assistance", "i", 1, b"h", text.encode(), "sending", 0, None)])


def in_a_store(home: Path, text: str) -> None:
    store = RocksStore(home / "registry")
    store.write({b"key": many(text)})
    store.close()


PLANTED: dict[str, tuple[Callable[[Path, str], None], str, str]] = {
    "log": (in_a_log, "file", "intake.log"),
    "rotated log": (in_a_rotated_log, "gzip", "intake.log.3.gz"),
    "csv": (in_a_csv, "file", "list.answers.csv"),
    "spreadsheet": (in_a_spreadsheet, "zip", "bulletin.xlsx"),
    "ledger": (in_the_ledger, "sqlite", "ledger.sqlite sent"),
    "store": (in_a_store, "rocksdb", "registry default"),
}


@pytest.mark.parametrize("place", PLANTED)
@pytest.mark.parametrize("text", [NUMBER, PHONE, f"{FIRST} {LAST}"])
def test_a_needle_in_a_store_is_found_with_its_file_and_kind(
    tmp_path: Path, place: str, text: str
) -> None:
    plant, kind, where = PLANTED[place]
    plant(tmp_path, "nobody")
    assert look(tmp_path, wanted()).found == set()
    plant_again = tmp_path / "again"
    plant_again.mkdir()
    plant(plant_again, text)
    found = look(tmp_path, wanted()).found
    assert (text, kind, str(plant_again / where)) in {(f.needle, f.kind, f.where) for f in found}
    assert {f.needle for f in found} == {text}


@pytest.mark.parametrize("codec", CODECS)
def test_a_needle_in_a_kafka_segment_is_found_whatever_compresses_it(
    tmp_path: Path, codec: str
) -> None:
    folder = tmp_path / "aid-journal-0"
    folder.mkdir()
    data = segment(codec, many(NUMBER))
    assert (many(NUMBER) in data) == (codec == "none"), "compressed, it is not seen raw"
    (folder / "00000000000000000000.log").write_bytes(data)
    result = look(tmp_path, wanted())
    assert result.texts["kafka"] == 3
    assert {f.where for f in result.found if f.kind == "kafka"} == {
        str(folder / "00000000000000000000.log")
    }


def test_a_row_of_clickhouse_is_found_in_the_table_and_in_its_compressed_part(
    tmp_path: Path,
) -> None:
    clickhouse(tmp_path / "clean", "nobody")
    clickhouse(tmp_path / "data", NUMBER)
    result = look(tmp_path, wanted())
    assert result.kinds >= {"part", "table"}
    assert str(tmp_path / "data") + " tekil.t text" in {f.where for f in result.found}
    assert not any("clean" in f.where for f in result.found)


@pytest.mark.parametrize("kind", ["compact", "wide"])
def test_what_is_found_in_a_part_is_said_with_its_table_part_and_column(
    tmp_path: Path, kind: str
) -> None:
    """In what a dictionary holds too, where a row has no more than its number."""
    least = 0 if kind == "wide" else 1 << 40
    made = (
        "CREATE DATABASE tekil",
        "CREATE TABLE tekil.t (n UInt64, text String, low LowCardinality(String))"
        f" ENGINE = MergeTree ORDER BY n SETTINGS min_bytes_for_wide_part = {least}",
        f"INSERT INTO tekil.t SELECT number, concat('{PHONE} ', toString(number)),"
        f" concat('{NUMBER} ', toString(number % 70)) FROM numbers(20000)",
    )
    subprocess.run([sys.executable, "-c", CHDB, str(tmp_path), *made], check=True)
    found = {(f.needle, f.where) for f in look(tmp_path, wanted()).found if f.kind == "part"}
    (folder,) = {path.parent for path in tmp_path.rglob("data.bin" if least else "text.bin")}
    # a compact part marks no dictionary apart from its column
    stated = {PHONE: "text", NUMBER: "low" if least else "low.dict"}
    assert found == {
        (
            needle,
            f"{folder}/data.bin (tekil.t, part all_1_1_0, data.bin): column {column}"
            if least
            else f"{folder}/{column}.bin (tekil.t, part all_1_1_0, {column}.bin)",
        )
        for needle, column in stated.items()
    }


def test_a_number_in_an_integer_column_is_found(tmp_path: Path) -> None:
    clickhouse(tmp_path, "nobody", int(NUMBER))
    assert look(tmp_path, wanted()).kinds == {"table"}


def test_a_row_that_stands_in_sqlites_log_alone_is_found(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as store:
        store.execute("PRAGMA journal_mode=WAL")
        store.execute("CREATE TABLE t (a BLOB)")
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        store.execute("INSERT INTO t VALUES (?)", (NUMBER.encode(),))
        store.commit()
        found = look(tmp_path, wanted()).found
        assert NUMBER.encode() not in (tmp_path / "x.sqlite").read_bytes()
    assert {(f.kind, f.where) for f in found} == {
        ("sqlite", f"{tmp_path}/x.sqlite t"),
        ("file", f"{tmp_path}/x.sqlite-wal"),
    }


def test_what_is_packed_in_what_is_packed_is_found(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json.gz", gzip.compress(many(NUMBER)))
    (tmp_path / "x").write_bytes(bytes(cramjam.zstd.compress(inner.getvalue())))
    assert {f.kind for f in look(tmp_path, wanted()).found} == {"zstd/zip/gzip"}
    (tmp_path / "x").write_bytes(bytes(cramjam.lz4.compress(many(NUMBER))))
    assert "lz4" in look(tmp_path, wanted()).kinds  # its first literal stands there raw, too
    (tmp_path / "x").write_bytes(gzip.compress(many(NUMBER))[:-200])  # still being written
    assert {f.kind for f in look(tmp_path, wanted()).found} == {"gzip"}


def test_an_export_elsewhere_is_looked_at(tmp_path: Path) -> None:
    home, export = tmp_path / "home", tmp_path / "answers.csv"
    home.mkdir()
    (home / "a").write_text("-")
    export.write_text(NUMBER)
    assert look(home, wanted()).found == set()
    assert {f.where for f in look(home, wanted(), [export]).found} == {str(export)}
    with pytest.raises(AssertionError):
        look(home, wanted(), [tmp_path / "not there"])


def test_a_needle_across_two_pieces_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "PIECE", 1024)
    for place in (1018, 2040, 4096 - 5):
        (tmp_path / "x").write_bytes(b"." * place + NUMBER.encode() + b"." * 100)
        (tmp_path / "y.gz").write_bytes(gzip.compress((tmp_path / "x").read_bytes()))
        assert look(tmp_path, wanted()).kinds == {"file", "gzip"}


def test_nothing_is_exempt_without_a_reason() -> None:
    assert looking.EXEMPT == {}
    assert not looking.is_exempt("partners/KIZ/ledger.sqlite")


def test_a_look_that_sees_nothing_fails(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        look(tmp_path, wanted())
    (tmp_path / "x").write_text("-")
    with pytest.raises(AssertionError):
        look(tmp_path, needles.of([]))


# -- forms -----------------------------------------------------------------------------------------

FULL = f"{FIRST} {LAST}"
PRESENT: dict[str, tuple[str, bytes]] = {
    "in a word": (NUMBER, b"id" + NUMBER.encode() + b"x"),
    "after zeros": (NUMBER, b'"' + NUMBER.rjust(32, "0").encode() + b'"'),
    "beside a token": (NUMBER, NUMBER.encode() + b"0123456789abcdef" * 2),
    "utf-16-le": (NUMBER, NUMBER.encode("utf-16-le")),
    "utf-16-be": (NUMBER, NUMBER.encode("utf-16-be")),
    "hex": (NUMBER, b"00" + NUMBER.encode().hex().upper().encode()),
    "base64, 0": (NUMBER, base64.b64encode(NUMBER.encode())),
    "base64, 1": (NUMBER, base64.b64encode(b"x" + NUMBER.encode() + b"yz")),
    "base64, 2": (NUMBER, base64.b64encode(b"xy" + NUMBER.encode() + b"z")),
    "E.164": (PHONE, b"tel:+905001234567"),
    "without a plus": (PHONE, b"905001234567"),
    "national": (PHONE, b"0500 123 45 67"),
    "national, no zero": (PHONE, b"5001234567"),
    "spaces": (PHONE, b"+90 500 123 45 67"),
    "dashes": (PHONE, b"0500-123-45-67"),
    "brackets": (PHONE, b"0(500) 123 45 67"),
    "phone in base64": (PHONE, base64.b64encode(b"+905001234567")),
    "account": (ACCOUNT, f'"{ACCOUNT}"'.encode()),
    "account in groups": (ACCOUNT, b"TR33 0006 1005 1978 6457 8413 26"),
    "account in base64": (ACCOUNT, base64.b64encode(ACCOUNT.encode())),
    "typed": (FULL, FULL.encode()),
    "last first": (FULL, f"{LAST}, {FIRST}".encode()),
    "capitals": (FULL, "İBRAHİM YILDIRIM".encode()),
    "english capitals": (FULL, "İBRAHIM YILDIRIM".encode()),
    "columns": (FULL, f'"{FIRST}","{LAST}"'.encode()),
    "json": (FULL, json.dumps(FULL).encode()),
    "utf-16 name": (FULL, FULL.encode("utf-16-le")),
    "utf-16-be name": (FULL, FULL.encode("utf-16-be")),
    "folded": (FULL, b"yildirim|ibrahim"),
    "folded, joined": (FULL, b" ibrahimyildirim "),
    "skeleton": (FULL, f"{skeleton(FIRST)}|{skeleton(LAST)}|1990".encode()),
}
ABSENT = {
    "first alone": f"{FIRST} {FIRST}".encode(),
    "last alone": f"{LAST}|{LAST}".encode(),
    "another's last name": f"{FIRST} Kaya".encode(),
    "in a token": b'"' + b"ab3c0" + NUMBER.encode() + b"d2e4f6071829abcd" + b'"',
    "in a uuid": b"0b1c2d3e-4f50-4172-8394-" + NUMBER.encode() + b"f",
    "another number": b"99291417711 9929141771 99291417 710",
    "letters around": b"xibrahim yildirimx",
}  # fmt: skip


@pytest.mark.parametrize("name", PRESENT)
def test_a_needle_is_found_in_each_form(name: str) -> None:
    needle, data = PRESENT[name]
    for content in (data, b"\xff\xfe\x01" + data + b"\0"):
        assert {form.needle for form in wanted().hits(content)} == {needle}


@pytest.mark.parametrize("name", ABSENT)
def test_what_is_no_hit(name: str) -> None:
    assert list(wanted().hits(ABSENT[name])) == []


def test_short_names_need_their_space() -> None:
    found = needles.of([], names=[("Ali", "Can")])
    assert [form.needle for form in found.hits(b"Ali Can")] == ["Ali Can"]
    assert not list(found.hits(b"alican"))
    assert not list(found.hits(b"validation can"))


def test_a_batch_is_one_only_with_its_checksum() -> None:
    data = segment("none", b"value")
    assert packed.is_batch(data)
    damaged = data[:70] + bytes([data[70] ^ 1]) + data[71:]
    assert not packed.is_batch(damaged)
    assert list(packed.batches(damaged)) == []
