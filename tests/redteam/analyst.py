"""An analyst, or who has an analyst's password: other tables, writes, all memory, all time."""

import re
import socket
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.error import HTTPError

from infra.clickhouse import ANALYST, PAGE
from infra.local import supervisor
from infra.local.clickhouse_engine import READERS
from infra.local.clickhouse_http import passwords
from infra.local.supervisor import CLICKHOUSE
from infra.settings import LOOPBACK
from projections.queries import Query
from projections.reader import Reader
from tests.contract.test_clickhouse_http import TestAnalyst
from tests.contract.test_clickhouse_lanes import HUNGRY, LARGE, SLOW
from tests.redteam.place import Place
from tests.redteam.table import Attack

GIB = 1024**3
REFUSED = "(497|62|46|36|60|81|164|452|456|73)"
"""Access denied, syntax, no such function, table, database, setting, parameter or format."""
HELD = "a user who asks too much of ClickHouse"
SEES = "an analyst who wants more than the views"
NAMES = {"tekil.base": "tekil.assistance", "tekil.v1_records": "tekil.v1_findings"}
MORE = (
    "SELECT * FROM tekil._cursor", "SELECT * FROM tekil.protected_records",
    "SELECT * FROM tekil.marked_findings", "SELECT * FROM tekil_city.findings",
    "SELECT * FROM system.users", "INSERT INTO tekil.assistance SELECT * FROM tekil.assistance",
    "ALTER TABLE tekil.findings DELETE WHERE 1", "DROP DATABASE tekil", "SYSTEM FLUSH LOGS",
    "CREATE USER x", "GRANT ALL ON *.* TO analyst",
    "SELECT * FROM file('../keys/genesis.json', 'LineAsString')",
    "SELECT editDistance(repeat('a', 20000), repeat('b', 20000))",
)  # fmt: skip


def ask(
    place: Place, text: str, user: str = ANALYST, password: str | None = None
) -> tuple[int, str]:
    """Status and text of a bare request."""
    key = passwords(place.settings)[user] if password is None else password
    headers = {"X-ClickHouse-User": user, "X-ClickHouse-Key": key}
    address = f"{place.settings.clickhouse}/?database=tekil"
    sent = urllib.request.Request(address, text.encode(), headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(sent, timeout=120) as answer:
            return answer.status, answer.read(1 << 20).decode(errors="replace")
    except HTTPError as error:
        return error.code, error.read().decode(errors="replace")


def read_what_is_not_published(place: Place) -> str:
    """Tables, other databases, files, other machines, settings, several statements; writes."""
    before = _counts(place)
    statements = [*(_renamed(one) for one in TestAnalyst.ATTACKS), *MORE]
    for text in statements:
        status, said = ask(place, text)
        assert status >= 400, f"{text}: {said[:200]}"
        assert re.match(rf"Code: {REFUSED}\b", said), f"{text}: {said[:200]}"
    for user, password in ((ANALYST, "wrong"), ("default", ""), ("owner", ""), ("x", "")):
        status, said = ask(place, "SELECT 1", user, password)
        assert status in (401, 403), (user, status, said)
    assert _counts(place) == before
    return f"{len(statements)} statements and 4 wrong logins refused; no row changed"


def _renamed(text: str) -> str:
    for name, ours in NAMES.items():
        text = text.replace(name, ours)
    return text.replace("FROM base", "FROM assistance")


def _counts(place: Place) -> list[int]:
    views = ("v1_findings", "v1_verdicts", "v1_submissions", "v1_rejections")
    return [int(place.asked(f"SELECT count() FROM {view}")) for view in views]


def take_all_memory(place: Place) -> str:
    """Statements whose answers swell (seen: 8.1 GB for one)."""
    for text in HUNGRY:
        status, said = ask(place, text)
        assert status >= 400, f"{text[:60]}: {said[:100]}"
        assert said.startswith("Code: 241"), f"{text[:60]}: {said[:100]}"
    peak = _peak_bytes(place)
    assert peak < 2 * GIB, f"{peak / GIB:.1f} GiB"
    assert ask(place, "SELECT 1") == (200, "1\n")
    return f"{len(HUNGRY)} statements ended (code 241); the engine never held {peak / GIB:.1f} GiB"


def _peak_bytes(place: Place) -> int:
    pid = next(one.pid for one in supervisor.status(place.settings) if one.name == CLICKHOUSE)
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(peak) * 1024


def take_all_time(place: Place) -> str:
    """Endless statements in all sessions; and answers that nobody reads."""
    with ExitStack() as opened:
        for text in (SLOW,) * (READERS[ANALYST] + 1):
            opened.enter_context(_asking(place, text))
        with closing(Reader(place.settings, PAGE)) as page:
            for number in range(20):
                query = Query(f"SELECT {number} AS n")
                assert page.rows(query) == [{"n": number}], "the page does not wait"
    with ExitStack() as opened:
        for _ in range(READERS[ANALYST]):
            opened.enter_context(_asking(place, LARGE))
        assert ask(place, "SELECT 1") == (200, "1\n"), "unread answers are dropped"
    status, said = ask(place, SLOW)
    assert (status >= 400, said[:9]) == (True, "Code: 159"), said[:100]
    return "the page asked 20 times meanwhile; unread answers were dropped; code 159 at the limit"


def _asking(place: Place, text: str) -> socket.socket:
    """A connection that has asked and reads nothing."""
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    opened.connect((LOOPBACK, place.settings.clickhouse_port))
    words = {"user": ANALYST, "password": passwords(place.settings)[ANALYST], "query": text}
    query = urllib.parse.urlencode(words)
    opened.sendall(f"GET /?{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return opened


def all_attacks() -> Iterator[Attack]:
    """The rows about ClickHouse's readers."""
    yield Attack(
        "what is not published, and writes", (SEES,),
        "tables, files, other servers, settings, several statements, DDL, wrong passwords",
        "Each is refused; no row changes", read_what_is_not_published,
    )  # fmt: skip
    yield Attack(
        "all memory", (HELD,), "statements with answers of gigabytes",
        "Each ends; the engine stays below 2 GiB", take_all_memory,
    )  # fmt: skip
    yield Attack(
        "all time", (HELD,), "endless statements in all sessions, unread answers",
        "The page does not wait; each ends", take_all_time,
        "analysts share two sessions and one password: among themselves they can wait",
    )  # fmt: skip
