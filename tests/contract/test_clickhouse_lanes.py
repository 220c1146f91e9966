"""No user of the engine starves another: lanes, memory, answers that nobody reads."""

from __future__ import annotations

import asyncio
import json
import resource
import select
import socket
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError as DriverError

from infra.clickhouse import ANALYST, OWNER, PAGE, ClickHouseUnavailable, connect
from infra.local.clickhouse_engine import READERS
from infra.local.clickhouse_http import passwords
from infra.local.clickhouse_lanes import Lane
from infra.local.clickhouse_protocol import ClickHouseError
from infra.settings import LOOPBACK, Settings
from lab.bench.ports import claim_port_base
from projections.queries import Query
from projections.reader import Reader
from tests.contract.test_clickhouse_http import Endpoint, start, stop

SECONDS = 120
GIB = 1024**3
SLOW = "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))"
LARGE = "SELECT number, number + 1, number + 2 FROM numbers(50000000)"  # 1.3 GB as text
LARGE_BYTES = 1_316_666_691


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    settings = Settings(
        home=tmp_path_factory.mktemp("home"),
        port_base=claim_port_base(),
        clickhouse_max_seconds=SECONDS,
    )
    running = start(settings)
    # what goes wrong here may not take the machine with it
    resource.prlimit(running.process.pid, resource.RLIMIT_DATA, (6 * GIB, 6 * GIB))
    running.client("owner").command("CREATE DATABASE tekil")
    yield running
    assert stop(running) == 0


def peak_bytes(endpoint: Endpoint) -> int:
    """The most memory that the endpoint ever held."""
    lines = Path(f"/proc/{endpoint.process.pid}/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(peak) * 1024


def asked(endpoint: Endpoint, text: str, user: str = ANALYST) -> urllib.request.Request:
    words = {"X-ClickHouse-User": user, "X-ClickHouse-Key": endpoint.known[user]}
    return urllib.request.Request(endpoint.settings.clickhouse, text.encode(), words)


def open_socket(endpoint: Endpoint, text: str, user: str = ANALYST) -> socket.socket:
    """A connection that has asked and reads nothing."""
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    opened.connect((LOOPBACK, endpoint.settings.clickhouse_port))
    query = urllib.parse.urlencode({"user": user, "password": endpoint.known[user], "query": text})
    opened.sendall(f"GET /?{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return opened


def test_the_page_does_not_wait_for_an_analyst(endpoint: Endpoint) -> None:
    """Seen: one statement of 15 s held the page for 14 s."""
    asking = [open_socket(endpoint, SLOW) for _ in range(READERS[ANALYST] + 1)]
    with closing(Reader(endpoint.settings, PAGE)) as page:
        for n in range(20):
            assert page.rows(Query(f"SELECT {n} AS n")) == [{"n": n}]
    answered, _, _ = select.select(asking, [], [], 0)
    assert answered == []
    for one in asking:
        one.close()


def test_a_large_answer_comes_whole_and_is_never_in_memory(endpoint: Endpoint) -> None:
    """Seen: 8.1 GB for one answer."""
    count = 0
    with urllib.request.urlopen(asked(endpoint, LARGE)) as answer:
        while piece := answer.read(1024**2):
            count += len(piece)
    assert count == LARGE_BYTES
    assert peak_bytes(endpoint) < 2 * GIB


WIDE = "a" * 10_000
HUNGRY = (
    "SELECT repeat(char(1), 1000000) FROM numbers(400) FORMAT JSON",  # each byte becomes six
    f"SELECT 1 AS `{WIDE}` FROM numbers(1000000) FORMAT JSON",
    "SELECT arrayStringConcat(arrayMap(x -> repeat(char(1), 1000000), range(200))) FORMAT JSON",
    "SELECT number, repeat('x', 100) AS s FROM numbers(20000000) FORMAT JSONColumns",
    "SELECT groupArray(number) FROM numbers(200000000)",
)


@pytest.mark.parametrize("text", HUNGRY)
def test_a_hungry_statement_ends_below_two_gib(endpoint: Endpoint, text: str) -> None:
    assert endpoint.raw(ANALYST, None, text.encode())[1].startswith("Code: 241")
    assert peak_bytes(endpoint) < 2 * GIB
    assert endpoint.raw(ANALYST, "SELECT 1")[:2] == (200, "1\n")


LONG = "SELECT repeat('x', 1000000) FROM numbers(100)"


@pytest.mark.parametrize(("user", "text", "sessions"), [(ANALYST, LARGE, 2), (OWNER, LONG, 1)])
def test_answers_that_nobody_reads_are_dropped(
    endpoint: Endpoint, user: str, text: str, sessions: int
) -> None:
    silent = [open_socket(endpoint, text, user) for _ in range(sessions)]
    try:
        # all sessions of the lane are theirs, until they are cut
        assert endpoint.raw(user, "SELECT 1")[:2] == (200, "1\n")
        for one in silent:
            assert len(read_to_end(one)) < 50_000_000
    finally:
        for one in silent:
            one.close()
    assert peak_bytes(endpoint) < 2 * GIB


def read_to_end(opened: socket.socket) -> bytes:
    opened.settimeout(SECONDS)
    found = b""
    try:
        while piece := opened.recv(1024**2):
            found += piece
    except ConnectionResetError:
        pass  # cut: as good as an end
    return found


def test_who_hangs_up_leaves_the_sessions_free(endpoint: Endpoint) -> None:
    for one in [open_socket(endpoint, SLOW) for _ in range(3 * READERS[ANALYST])]:
        one.close()
    # with statements of two minutes before it, it would be refused after 30 s
    assert endpoint.raw(ANALYST, "SELECT 1")[:2] == (200, "1\n")


def test_an_error_half_way_leaves_no_answer_that_looks_whole(endpoint: Endpoint) -> None:
    late = "SELECT intDiv(1, 2000000 - number) FROM numbers(3000000)"
    silent = open_socket(endpoint, f"{late} FORMAT JSONEachRow")
    found = read_to_end(silent)
    silent.close()
    assert found.startswith(b"HTTP/1.1 200 OK")
    assert not found.endswith(b"0\r\n\r\n")  # a body's last chunk
    with connect(endpoint.settings, ANALYST, database="") as client, pytest.raises(DriverError):
        _ = client.query(late).result_rows


def test_the_page_says_so_when_an_answer_ends_half_way(endpoint: Endpoint) -> None:
    late = Query("SELECT intDiv(1, 2000000 - number) AS n FROM numbers(3000000)")
    with closing(Reader(endpoint.settings, PAGE)) as page, pytest.raises(ClickHouseUnavailable):
        page.rows(late)


def test_an_error_before_the_first_bytes_has_its_status(endpoint: Endpoint) -> None:
    early = "SELECT intDiv(1, 100 - number) FROM numbers(1000) FORMAT JSON"
    status, text, headers = endpoint.raw(ANALYST, early)
    assert (status, headers["X-ClickHouse-Exception-Code"]) == (500, "153")
    assert text.startswith("Code: 153")
    assert endpoint.raw(ANALYST, "SELECT 1")[:2] == (200, "1\n"), "nothing of it is left"


@pytest.mark.parametrize(
    "form", ["JSON", "Parquet", "Native", "Arrow", "PrettyCompact", "CSVWithNames"]
)
def test_a_pipe_changes_no_format(endpoint: Endpoint, form: str) -> None:
    text = f"SELECT number AS n, toString(number) AS s FROM numbers(100) FORMAT {form}"
    with closing(endpoint.client(OWNER)) as owner, closing(endpoint.client(PAGE)) as page:
        whole, poured = (one.raw_query(text) for one in (owner, page))
    assert len(whole) > 100
    if form != "JSON":  # it says how long it took
        assert poured == whole
    else:
        assert json.loads(poured)["data"] == json.loads(whole)["data"]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 UNION ALL (SELECT 1)",
        "(SELECT 1 FROM numbers(9) LIMIT 2)",
        "WITH 1 AS x SELECT x FROM numbers(2)",
        "FROM numbers(2) SELECT 1",
        "SELECT 1 /* and no more */ FROM numbers(9) LIMIT 2;",
    ],
)
def test_any_select_can_be_poured(endpoint: Endpoint, text: str) -> None:
    assert endpoint.raw(ANALYST, text)[:2] == (200, "1\n1\n")


@pytest.mark.parametrize("function", ["editDistance", "levenshteinDistance", "jaroSimilarity"])
def test_what_no_limit_stops_is_refused(endpoint: Endpoint, function: str) -> None:
    text = f"SELECT sum({function}(repeat('a', 20000), repeat('b', 20000))) FROM numbers(2)"
    assert endpoint.raw(ANALYST, text)[0] == 403


def test_a_readers_statement_is_small(endpoint: Endpoint) -> None:
    large = b"SELECT 1 -- " + b"x" * 9 * 1024**2
    assert endpoint.raw(ANALYST, None, large)[0] == 413
    fields = "".join(
        f"--b\r\nContent-Disposition: form-data; name=param_{n}\r\n\r\n{'x' * 1024**2}\r\n"
        for n in range(9)
    )
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    assert endpoint.raw(ANALYST, None, f"{fields}--b--\r\n".encode(), kind)[0] == 413


@pytest.mark.parametrize("setting", ["max_threads", "max_block_size", "max_execution_time"])
def test_a_reader_takes_no_more_than_its_part(endpoint: Endpoint, setting: str) -> None:
    status, text, _ = endpoint.raw(ANALYST, "SELECT 1", b"", None, **{setting: "100000"})
    assert (status, text[:9]) == (403, "Code: 452")


def test_the_page_reads_views_alone(endpoint: Endpoint) -> None:
    for text in ("SELECT * FROM tekil.base", "DROP DATABASE tekil", "SELECT sleep(3)"):
        assert endpoint.raw(PAGE, text)[0] == 403, text


def test_a_home_of_before_gets_the_pages_password(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    file = settings.shared_folder("keys") / "clickhouse.json"
    file.write_text(json.dumps({"owner": "o" * 32, "analyst": "a" * 32}))
    known = passwords(settings)
    assert (known["owner"], known["analyst"]) == ("o" * 32, "a" * 32)
    assert len(known["page"]) >= 32
    assert passwords(settings) == known


class TestLane:
    """The line before the sessions."""

    def test_waiting_is_bounded(self) -> None:
        async def wait() -> None:
            lane = Lane([], 2, 0.01)
            with pytest.raises(ClickHouseError, match=r"Code: 202.*None ended"):
                await lane.take()

        asyncio.run(wait())

    def test_places_are_bounded(self) -> None:
        async def fill() -> None:
            lane = Lane([], 2, 1)
            refused = pytest.raises(ClickHouseError, match=r"Code: 202.*Maximum: 2")
            with lane.place(), lane.place(), refused, lane.place():
                pytest.fail("a third place")
            with lane.place():
                pass

        asyncio.run(fill())
