"""The ClickHouse endpoint with the real engine: clients work, and the analyst stays outside."""

from __future__ import annotations

import base64
import gzip
import json
import os
import signal
import socket
import stat
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import clickhouse_connect
import lz4.frame
import pyarrow as pa
import pytest
from backports import zstd
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

import programs
from infra.local import clickhouse_client
from infra.local.clickhouse_http import passwords
from infra.settings import LOOPBACK, Settings
from lab.bench.ports import claim_port_base

SECRET = "c0ffee00c0ffee00"
MAX_BODY_MIB = 8
START_SECONDS = 30


@dataclass(frozen=True)
class Endpoint:
    """A running endpoint and its passwords."""

    settings: Settings
    known: dict[str, str]
    process: subprocess.Popen[bytes]

    def client(self, user: str, **more: Any) -> Client:
        return clickhouse_connect.get_client(
            host=LOOPBACK,
            port=self.settings.clickhouse_port,
            username=user,
            password=self.known[user],
            autogenerate_session_id=False,
            **more,
        )

    def raw(
        self,
        user: str,
        query: str | None,
        body: bytes | None = b"",
        headers: dict[str, str] | None = None,
        **arguments: str,
    ) -> tuple[int, str, Any]:
        """Status, text and headers of one bare HTTP request; `body=None` makes it a GET."""
        given = dict(arguments) if query is None else {"query": query, **arguments}
        request = urllib.request.Request(
            f"{self.settings.clickhouse}/?{urllib.parse.urlencode(given)}",
            data=body,
            headers={
                "X-ClickHouse-User": user,
                "X-ClickHouse-Key": self.known.get(user, ""),
                **(headers or {}),
            },
        )
        return fetch(request)


def fetch(request: urllib.request.Request) -> tuple[int, str, Any]:
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers


def start(settings: Settings) -> Endpoint:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("TEKIL_")}
    process = subprocess.Popen(
        programs.command("clickhouse"),
        env=inherited | settings.environment(),
        cwd=Path(__file__).parents[2],
    )
    end = time.monotonic() + START_SECONDS
    while not clickhouse_client.is_ready(settings):
        assert process.poll() is None, "the endpoint ended"
        assert time.monotonic() < end, "the endpoint does not answer"
        time.sleep(0.05)
    return Endpoint(settings, passwords(settings), process)


def stop(endpoint: Endpoint) -> int:
    endpoint.process.terminate()
    return endpoint.process.wait(30)


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    settings = Settings(
        home=tmp_path_factory.mktemp("home"),
        port_base=claim_port_base(),
        clickhouse_max_body_mib=MAX_BODY_MIB,
        clickhouse_max_seconds=5,
        clickhouse_max_waiting=4,
    )
    running = start(settings)
    owner = running.client("owner")
    owner.command("CREATE DATABASE tekil")
    owner.command("CREATE DATABASE private")
    owner.command(
        "CREATE TABLE tekil.base (id UInt64, token String) ENGINE = MergeTree ORDER BY id"
    )
    owner.command("CREATE TABLE tekil.v1 (token String) ENGINE = MergeTree ORDER BY token")
    owner.command("CREATE TABLE private.v1_x (token String) ENGINE = MergeTree ORDER BY token")
    owner.command("CREATE VIEW tekil.v1_records AS SELECT id, id * 2 AS twice FROM tekil.base")
    owner.command(
        "CREATE DICTIONARY tekil.by_id (id UInt64, token String) PRIMARY KEY id"
        " SOURCE(CLICKHOUSE(DB 'tekil' TABLE 'base')) LAYOUT(FLAT()) LIFETIME(0)"
    )
    owner.command("CREATE FUNCTION twice AS (x) -> x * 2")
    owner.insert("tekil.base", [[n, SECRET] for n in range(10)], column_names=["id", "token"])
    owner.insert("private.v1_x", [[SECRET]])
    yield running
    assert stop(running) == 0


@pytest.fixture
def owner(endpoint: Endpoint) -> Iterator[Client]:
    with endpoint.client("owner", database="tekil") as client:
        yield client


@pytest.fixture
def analyst(endpoint: Endpoint) -> Iterator[Client]:
    with endpoint.client("analyst", database="tekil") as client:
        yield client


@pytest.fixture
def table(owner: Client) -> Iterator[str]:
    owner.command("CREATE TABLE tekil.t (id UInt64, s String) ENGINE = MergeTree ORDER BY id")
    yield "tekil.t"
    owner.command("DROP TABLE tekil.t")


class TestClients:
    """What clickhouse-connect does, it can do here."""

    def test_column_insert_arrives_whole(self, owner: Client, table: str) -> None:
        rows = 120_000  # several blocks, so several lz4 frames in one body
        summary = owner.insert(table, [list(range(rows)), ["x" * 40] * rows], column_oriented=True)
        assert summary.written_rows == rows
        assert owner.query(f"SELECT count(), max(id), min(length(s)) FROM {table}").result_rows == [
            (rows, rows - 1, 40)
        ]

    def test_arrow_insert_and_query(self, owner: Client, table: str) -> None:
        sent = pa.table({"id": pa.array(range(5_000), pa.uint64()), "s": ["ş"] * 5_000})
        assert owner.insert_arrow(table, sent).written_rows == 5_000
        back = owner.query_arrow(f"SELECT * FROM {table} ORDER BY id", use_strings=True)
        assert back.column("id").to_pylist() == list(range(5_000))
        assert set(back.column("s").to_pylist()) == {"ş"}

    def test_df_stream_and_command(self, owner: Client) -> None:
        frame = owner.query_df("SELECT number AS n, toString(number) AS s FROM numbers(3)")
        assert frame.to_dict("list") == {"n": [0, 1, 2], "s": ["0", "1", "2"]}
        with owner.query_row_block_stream("SELECT number FROM numbers(200000)") as stream:
            assert sum(len(block) for block in stream) == 200_000
        assert owner.command("SELECT 7") == 7

    def test_parameters(self, owner: Client) -> None:
        text = "it's a \\ back\tslash\nand ş ع ; --"
        asked = owner.query(
            "SELECT {s:String}, {n:UInt64}, {a:Array(String)}, {b:String}",
            parameters={"s": text, "n": 7, "a": ["x", "y'z"], "b": "b" * 200_000},
        )
        assert asked.result_rows == [(text, 7, ["x", "y'z"], "b" * 200_000)]

    def test_settings_are_gone_after_the_request(self, owner: Client) -> None:
        ask = "SELECT getSetting('max_threads'), getSetting('max_execution_time')"
        before = owner.query(ask).result_rows
        changed = owner.query(ask, settings={"max_threads": 1, "max_execution_time": 3})
        assert [(int(a), float(b)) for a, b in changed.result_rows] == [(1, 3.0)]
        with pytest.raises(DatabaseError, match="Code: 115"):
            owner.query("SELECT 1", settings={"max_threads": 1, "no_such_setting": 1})
        assert owner.query(ask).result_rows == before

    def test_the_database_is_the_requests(self, endpoint: Endpoint) -> None:
        with endpoint.client("owner", database="private") as private:
            private.command("USE system")
            assert private.command("SELECT currentDatabase()") == "private"
        with endpoint.client("owner") as other:
            assert other.command("SELECT currentDatabase()") == "default"

    def test_ddl_with_settings_of_its_own(self, owner: Client) -> None:
        owner.command(
            "CREATE TABLE tekil.own (a UInt8) ENGINE = MergeTree ORDER BY a"
            " SETTINGS index_granularity = 1024",
            settings={"max_threads": 1},
        )
        owner.command("INSERT INTO tekil.own SELECT number FROM numbers(3) FORMAT TabSeparated")
        owner.command("INSERT INTO tekil.own VALUES (7), (8)")
        assert owner.command("SELECT count() FROM tekil.own") == 5
        owner.command("DROP TABLE tekil.own")

    def test_errors_are_the_engines(self, owner: Client) -> None:
        with pytest.raises(DatabaseError, match="Code: 60"):
            owner.query("SELECT * FROM tekil.nothing")
        with pytest.raises(DatabaseError, match="Code: 62"):
            owner.query("SELEC 1")

    def test_a_session_setting_is_refused(self, endpoint: Endpoint) -> None:
        status, text, _ = endpoint.raw("owner", None, b"SET max_threads = 1")
        assert (status, text[:8]) == (501, "Code: 48")


DATA = b"".join(b"%d\trow\n" % n for n in range(1_000))


class TestBodies:
    """A body is taken whole or not at all."""

    @pytest.mark.parametrize(
        ("encoding", "packed"),
        [
            ("identity", DATA),
            ("gzip", gzip.compress(DATA)),
            ("gzip", gzip.compress(DATA[:500]) + gzip.compress(DATA[500:])),
            ("deflate", zlib.compress(DATA)),
            ("zstd", zstd.compress(DATA[:800]) + zstd.compress(DATA[800:])),
            ("lz4", b"".join(lz4.frame.compress(DATA[n : n + 99]) for n in range(0, 12_000, 99))),
        ],
    )
    def test_encodings(
        self, endpoint: Endpoint, owner: Client, table: str, encoding: str, packed: bytes
    ) -> None:
        status, text, headers = endpoint.raw(
            "owner",
            f"INSERT INTO {table} FORMAT TabSeparated",
            packed,
            {"Content-Encoding": encoding},
        )
        assert (status, text) == (200, "")
        assert json.loads(headers["X-ClickHouse-Summary"])["written_rows"] == "1000"
        assert owner.command(f"SELECT count() FROM {table}") == 1_000

    @pytest.mark.parametrize("pack", [lz4.frame.compress, gzip.compress, zstd.compress])
    def test_half_a_body_is_refused(
        self, endpoint: Endpoint, owner: Client, table: str, pack: Any
    ) -> None:
        encoding = {"lz4": "lz4", "gzip": "gzip"}.get(pack.__module__.partition(".")[0], "zstd")
        packed = pack(DATA) + pack(DATA)[:-9]
        status, text, _ = endpoint.raw(
            "owner",
            f"INSERT INTO {table} FORMAT TabSeparated",
            packed,
            {"Content-Encoding": encoding},
        )
        assert (status, text[:8]) == (500, "Code: 33")
        assert owner.command(f"SELECT count() FROM {table}") == 0

    def test_a_cut_native_block_is_refused(
        self, endpoint: Endpoint, owner: Client, table: str
    ) -> None:
        whole = owner.raw_query("SELECT number AS id, 'x' AS s FROM numbers(50)", fmt="Native")
        status, _, _ = endpoint.raw("owner", f"INSERT INTO {table} FORMAT Native", whole[:-7])
        assert status == 500
        assert owner.command(f"SELECT count() FROM {table}") == 0

    def test_unknown_encoding(self, endpoint: Endpoint) -> None:
        status, text, _ = endpoint.raw("owner", "SELECT 1", b"x", {"Content-Encoding": "br"})
        assert status == 501
        assert "unsupported Content-Encoding" in text

    def test_too_large_as_sent_and_unpacked(self, endpoint: Endpoint) -> None:
        large = b" " * (MAX_BODY_MIB * 1024**2 + 1)
        for body, encoding in [
            (large, "identity"),
            (lz4.frame.compress(large), "lz4"),
            (gzip.compress(large), "gzip"),
            (zstd.compress(large), "zstd"),
        ]:
            status, _, _ = endpoint.raw("owner", "SELECT 1", body, {"Content-Encoding": encoding})
            assert status == 413, encoding

    def test_external_tables_are_refused(self, endpoint: Endpoint) -> None:
        form = (
            b"--b\r\nContent-Disposition: form-data; name=query\r\n\r\nSELECT 1\r\n"
            b"--b\r\nContent-Disposition: form-data; name=x; filename=x\r\n\r\n1\r\n--b--\r\n"
        )
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        status, text, _ = endpoint.raw("owner", None, form, kind)
        assert (status, text[:8]) == (501, "Code: 48")


class TestUsers:
    """Who may enter."""

    def test_passwords_are_private_and_long(self, endpoint: Endpoint) -> None:
        file = endpoint.settings.root / "keys" / "clickhouse.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        assert all(len(password) >= 32 for password in endpoint.known.values())
        assert endpoint.known["owner"] != endpoint.known["analyst"]

    @pytest.mark.parametrize(
        "headers",
        [
            {"X-ClickHouse-User": "owner", "X-ClickHouse-Key": "wrong"},
            {"X-ClickHouse-User": "owner"},
            {"X-ClickHouse-User": "nobody", "X-ClickHouse-Key": "x"},
            {"X-ClickHouse-User": "default"},
            {"Authorization": "Basic " + base64.b64encode(b"owner:no").decode()},
            {"Authorization": "Basic !!"},
            {"Authorization": "Bearer x"},
            {},
        ],
    )
    def test_wrong_password(self, endpoint: Endpoint, headers: dict[str, str]) -> None:
        status, text, answered = fetch(
            urllib.request.Request(endpoint.settings.clickhouse, b"SELECT 1", headers)
        )
        assert status == 403
        assert text.startswith("Code: 516")
        assert answered["X-ClickHouse-Exception-Code"] == "516"

    def test_three_ways_to_say_the_password(self, endpoint: Endpoint) -> None:
        word = endpoint.known["analyst"]
        basic = base64.b64encode(f"analyst:{word}".encode()).decode()
        url = endpoint.settings.clickhouse
        parameters = urllib.parse.urlencode({"user": "analyst", "password": word})
        for request in (
            urllib.request.Request(url, b"SELECT 1", {"Authorization": f"Basic {basic}"}),
            urllib.request.Request(f"{url}/?{parameters}", b"SELECT 1"),
        ):
            assert fetch(request)[:2] == (200, "1\n")
        assert endpoint.raw("analyst", "SELECT 1", None)[:2] == (200, "1\n")

    def test_get_only_reads(self, endpoint: Endpoint) -> None:
        status, text, _ = endpoint.raw("owner", "DROP TABLE tekil.base", None)
        assert (status, text[:9]) == (403, "Code: 164")

    def test_loopback_only(self, endpoint: Endpoint) -> None:
        assert listening_addresses(endpoint.settings.clickhouse_port) == {LOOPBACK}


def listening_addresses(port: int) -> set[str]:
    """The addresses on which somebody listens on this port, from /proc/net."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            address, _, number = fields[1].rpartition(":")
            if fields[3] == "0A" and int(number, 16) == port:
                # The kernel writes 32-bit words in host order; IPv4-mapped is ::ffff:a.b.c.d.
                raw = bytes.fromhex(address[-8:])[::-1]
                mapped = len(address) == 8 or address[:24] == "0000000000000000FFFF0000"
                found.add(socket.inet_ntoa(raw) if mapped else address)
    return found


class TestAnalyst:
    """The analyst reads the published views and nothing else."""

    @pytest.mark.parametrize(
        ("query", "rows"),
        [
            ("SELECT count(), max(twice) FROM v1_records", [(10, 18)]),
            ("SELECT count() FROM `tekil`.`v1_records` -- a comment; here", [(10,)]),
            ("/* x */ WITH y AS (SELECT id FROM v1_records) SELECT sum(id) FROM y", [(45,)]),
            ("SELECT id FROM v1_records WHERE id IN (SELECT max(id) FROM v1_records)", [(9,)]),
            ("SELECT (SELECT max(id) FROM v1_records) AS `En büyük (no)`", [(9,)]),
            ("SELECT countIf(id > 4), uniqExactIf(id, id < 3) FROM v1_records", [(5, 3)]),
            ("SELECT a.id FROM v1_records a JOIN v1_records b ON a.id = b.twice LIMIT 1", [(0,)]),
            ("SELECT sum(id) FROM (SELECT id FROM v1_records UNION ALL SELECT 4)", [(49,)]),
            ("SELECT 'a;b''c\\'d\\\\e' AS s", [("a;b'c'd\\e",)]),
            ("SELECT 'Işık ع' LIKE 'I%' , 'a%b' LIKE 'a\\%b', match('a1', '^\\\\w\\d$')",
             [(1, 1, 1)]),
            ("SELECT arrayMap(x -> x + 1, [1, 2]), toDate('2026-01-02') + INTERVAL 1 DAY",
             None),
            ("SELECT number FROM numbers(2)", [(0,), (1,)]),
            ("SELECT * FROM values('a UInt8', (1), (2))", [(1,), (2,)]),
            ("SELECT {n:UInt8} + 1", [(8,)]),
            ("SELECT row_number() OVER (PARTITION BY id ORDER BY twice) FROM v1_records LIMIT 1",
             [(1,)]),
            ("SELECT count() > 0 FROM system.columns WHERE database = 'tekil'", [(True,)]),
            ("SELECT count() > 0 FROM information_schema.tables", [(True,)]),
            ("SELECT count() > 0 FROM system.settings", [(True,)]),
            ("DESCRIBE TABLE v1_records", None),
            ("SHOW TABLES FROM tekil", [("v1_records",)]),
            ("SHOW TABLES FROM private", []),
            ("SELECT DISTINCT database, table FROM system.columns WHERE database LIKE '%iv%'", []),
            ("SHOW DATABASES", None),
            ("EXISTS TABLE v1_records", [(1,)]),
        ],
    )  # fmt: skip
    def test_may(self, analyst: Client, query: str, rows: list[tuple[Any, ...]] | None) -> None:
        # Given to every query, clickhouse-connect would take a % in it for a placeholder.
        parameters = {"n": 7} if "{n:" in query else None
        answer = analyst.query(query, parameters=parameters).result_rows
        assert rows is None or answer == rows

    def test_formats_frames_and_streams(self, endpoint: Endpoint, analyst: Client) -> None:
        status, text, headers = endpoint.raw(
            "analyst", "SELECT max(id) AS top FROM tekil.v1_records FORMAT JSONEachRow"
        )
        assert (status, json.loads(text)) == (200, {"top": 9})
        assert headers["X-ClickHouse-Format"] == "JSONEachRow"
        assert len(analyst.query_df("SELECT * FROM v1_records")) == 10
        assert analyst.query_arrow("SELECT * FROM v1_records").num_rows == 10

    ATTACKS = (
        # tables, by every way to name one
        "SELECT * FROM base",
        "SELECT * FROM tekil.base",
        "SELECT * FROM `tekil`.`base`",
        'SELECT * FROM "tekil"."base"',
        "FROM tekil.base SELECT *",
        "(SELECT token FROM tekil.base)",
        "SELECT 1 UNION ALL SELECT token FROM tekil.base",
        "SELECT 1 EXCEPT SELECT token FROM tekil.base",
        "SELECT (SELECT token FROM tekil.base LIMIT 1)",
        "SELECT toUInt8((SELECT token FROM tekil.base LIMIT 1))",
        "SELECT throwIf((SELECT any(token) FROM tekil.base) LIKE 'c%')",
        "SELECT 1 WHERE 'c0' IN (SELECT token FROM tekil.base)",
        "SELECT id IN base FROM v1_records",
        "SELECT ('x') IN tekil.v1",
        "SELECT tuple(1) GLOBAL NOT IN tekil.base",
        "SELECT EXISTS(SELECT 1 FROM tekil.base)",
        "WITH x AS (SELECT token FROM tekil.base) SELECT * FROM x",
        "WITH (SELECT token FROM tekil.base LIMIT 1) AS x SELECT x",
        "WITH base AS (SELECT 1) SELECT * FROM base",
        "SELECT * FROM (WITH base AS (SELECT 1) SELECT * FROM base) a, base",
        "SELECT * FROM v1_records JOIN tekil.base USING id",
        "SELECT * FROM v1_records, tekil.base",
        "SELECT * FROM v1_records ORDER BY (SELECT token FROM tekil.base LIMIT 1)",
        "SELECT 1 FROM v1_records LIMIT (SELECT count() FROM tekil.base)",
        "SELECT * REPLACE((SELECT any(token) FROM tekil.base) AS id) FROM v1_records",
        "SELECT sum(1) OVER (PARTITION BY (SELECT any(token) FROM tekil.base)) FROM v1_records",
        "SELECT * FROM {t:Identifier}",
        "SELECT * FROM {u:Identifier}",
        "SELECT * FROM tekil.v1",
        "SELECT * FROM private.v1_x",
        "SELECT * FROM tekil.`.inner.v1_records`",
        # table functions
        "SELECT * FROM merge('tekil', 'base')",
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1/', 'LineAsString')",
        "SELECT * FROM s3('http://127.0.0.1/x')",
        "SELECT * FROM remote('127.0.0.1', tekil.base)",
        "SELECT * FROM cluster('default', tekil.base)",
        "SELECT * FROM executable('id', 'TSV', 's String')",
        "SELECT * FROM view(SELECT * FROM tekil.base)",
        "SELECT * FROM viewIfPermitted(SELECT * FROM tekil.base ELSE null('x Int8'))",
        "SELECT * FROM loop(tekil.base)",
        "SELECT * FROM mergeTreeIndex(tekil, base)",
        "SELECT * FROM dictionary('tekil.by_id')",
        "SELECT * FROM numbers((SELECT count() FROM tekil.base))",
        "SELECT * FROM (EXPLAIN SELECT * FROM tekil.base)",
        "SELECT * FROM tekil.by_id",
        "SELECT * FROM system.query_log",
        "SELECT * FROM system.processes",
        "SELECT * FROM system.parts",
        # functions
        "SELECT dictGet('tekil.by_id', 'token', 1)",
        "SELECT dictGetOrDefault('tekil.by_id', 'token', id, '') FROM v1_records",
        "SELECT * APPLY(x -> dictGet('tekil.by_id', 'token', x)) FROM v1_records",
        "SELECT joinGet('tekil.base', 'token', 1)",
        "SELECT file('/etc/passwd')",
        "SELECT * APPLY(file) FROM (SELECT '/etc/passwd')",
        "SELECT sleep(3)",
        "SELECT getServerSetting('path')",
        "SELECT hasColumnInTable('tekil', 'base', 'token')",
        "SELECT aiGenerate('x')",
        "SELECT twice(2)",
        # statements
        "DROP VIEW tekil.v1_records",
        "INSERT INTO tekil.base VALUES (1, 'x')",
        "WITH 1 AS x INSERT INTO tekil.base SELECT 1, 'x'",
        "CREATE TABLE tekil.y (a Int8) ENGINE = Memory",
        "CREATE TEMPORARY TABLE y AS SELECT * FROM tekil.base",
        "ALTER TABLE tekil.base DELETE WHERE 1",
        "TRUNCATE TABLE tekil.base",
        "SYSTEM SHUTDOWN",
        "KILL QUERY WHERE 1",
        "USE private",
        "SET readonly = 0",
        "BACKUP TABLE tekil.base TO File('x')",
        "EXPLAIN SELECT * FROM tekil.base",
        "SHOW CREATE TABLE tekil.base",
        "SHOW PROCESSLIST",
        "DESCRIBE TABLE tekil.base",
        "DESCRIBE (SELECT * FROM tekil.base)",
        "DESCRIBE file('/etc/passwd')",
        "EXISTS TABLE tekil.base",
        "SELECT count() FROM system.tables SETTINGS additional_table_filters = {}",
        # settings, outputs, several statements
        "SELECT 1 SETTINGS readonly = 0",
        "SELECT 1 FORMAT TSV SETTINGS readonly = 0",
        "SELECT * FROM (SELECT 1 SETTINGS max_execution_time = 0)",
        "SELECT count() FROM v1_records SETTINGS additional_table_filters ="
        " {'tekil.base': 'token LIKE \\'c%\\''}",
        "SELECT 1 INTO OUTFILE '/tmp/tekil-attack'",
        "SELECT 1; DROP TABLE tekil.base",
        "SELECT 1; SELECT token FROM tekil.base",
        "SELECT 1);SELECT (SELECT any(token) FROM tekil.base",
        "SELECT $$'$$ ; SELECT token FROM tekil.base -- '",
        "SELECT ‘x’ ; SELECT token FROM tekil.base",
        # names and literals that try to disturb the reading of the tree
        "SELECT 1 AS `a\\nPROJECTION\\n` FROM tekil.base",
        "SELECT 1 FROM tekil.base AS `x, identifier: tekil.v1_records`",
        "SELECT 1 FROM (SELECT 1) AS `x\nPROJECTION`, tekil.base",
        "SELECT COLUMNS('a\\n  PROJECTION\\n    LIST id: 1') FROM v1_records",
        "SELECT COLUMNS('a\n  PROJECTION') FROM v1_records",
        "",
        ";",
        "(",
        "SELECT 'unfinished",
    )  # fmt: skip

    @pytest.mark.parametrize("attack", ATTACKS)
    def test_attack(self, endpoint: Endpoint, attack: str) -> None:
        status, text, headers = endpoint.raw(
            "analyst",
            None,
            attack.encode(),
            database="tekil",
            param_t="tekil.base",
            param_u="tekil.v1_records\n  PROJECTION",
        )
        assert status >= 400, text
        assert headers["X-ClickHouse-Exception-Code"] in {"497", "62", "46"}, text
        assert SECRET not in text

    @pytest.mark.parametrize("name", ["Protobuf", "CapnProto", "Template", "dataframe", "Debug"])
    def test_formats_that_touch_files_or_objects(self, endpoint: Endpoint, name: str) -> None:
        for status, text, _ in (
            endpoint.raw("analyst", f"SELECT 1 FORMAT {name}"),
            endpoint.raw("analyst", "SELECT 1", default_format=name),
        ):
            assert (status, text[:8]) == (404, "Code: 73")

    @pytest.mark.parametrize(
        "setting",
        ["readonly", "allow_ddl", "additional_table_filters", "allow_experimental_analyzer",
         "enable_analyzer", "format_schema", "output_format_schema",
         "format_template_row", "max_memory_usage"],
    )  # fmt: skip
    def test_settings_of_the_url(self, endpoint: Endpoint, setting: str) -> None:
        status, text, _ = endpoint.raw("analyst", "SELECT 1", b"", None, **{setting: "0"})
        assert (status, text[:9]) == (403, "Code: 452")

    def test_the_session_itself_is_read_only(self, endpoint: Endpoint) -> None:
        """What the gates would miss, the engine would refuse: they are not alone."""
        status, text, _ = endpoint.raw(
            "analyst", "SELECT value FROM system.settings WHERE name = 'readonly'"
        )
        assert (status, text) == (200, "2\n")

    def test_a_forgotten_settings_name_does_not_help(self, endpoint: Endpoint) -> None:
        assert endpoint.raw("analyst", "SELECT 1", max_execution_time="0")[0] == 403
        assert endpoint.raw("analyst", "SELECT 1", max_execution_time="6")[0] == 403
        assert endpoint.raw("analyst", "SELECT 1", max_execution_time="2")[:2] == (200, "1\n")

    def test_nothing_was_changed(self, owner: Client) -> None:
        assert owner.command("SELECT count() FROM tekil.base") == 10
        assert owner.command("SELECT getSetting('readonly')") == 0


class TestLimits:
    """Nobody holds the engine for ever."""

    SLOW = "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))"

    def test_time_is_capped_and_users_do_not_wait_for_each_other(
        self, endpoint: Endpoint, owner: Client
    ) -> None:
        answers: list[tuple[int, str, Any]] = []
        slow = threading.Thread(target=lambda: answers.append(endpoint.raw("analyst", self.SLOW)))
        slow.start()
        time.sleep(0.3)
        began = time.monotonic()
        assert owner.command("SELECT 1") == 1
        assert time.monotonic() - began < 3
        slow.join(30)
        assert answers[0][1].startswith("Code: 159")

    def test_the_queue_is_bounded(self, endpoint: Endpoint) -> None:
        statuses: list[int] = []
        threads = [
            threading.Thread(
                target=lambda: statuses.append(
                    endpoint.raw("analyst", self.SLOW, max_execution_time="1")[0]
                )
            )
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert statuses.count(503) == 4

    def test_the_answer_of_the_analyst_is_bounded(self, endpoint: Endpoint) -> None:
        status, text, _ = endpoint.raw(
            "analyst", "SELECT repeat('x', 1000000) FROM numbers(10000000)"
        )
        assert status == 500
        assert text.startswith(("Code: 241", "Code: 159"))


def test_sigterm_finishes_the_statement(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, port_base=claim_port_base())
    endpoint = start(settings)
    words = passwords(settings)
    answers: list[tuple[int, str, Any]] = []
    query = "SELECT count() FROM numbers(30) WHERE NOT ignore(sleepEachRow(0.05))"
    slow = threading.Thread(target=lambda: answers.append(endpoint.raw("owner", query)))
    slow.start()
    time.sleep(0.5)
    endpoint.process.send_signal(signal.SIGTERM)
    assert endpoint.process.wait(30) == 0
    slow.join(10)
    assert answers[0][:2] == (200, "30\n")
    # The passwords stay, and the directory opens again.
    again = start(settings)
    assert again.known == words
    assert again.raw("owner", "SELECT 1")[:2] == (200, "1\n")
    assert stop(again) == 0
