"""The page's server time with many findings: what a browser's request for each screen takes.

The findings come through the whole chain: two organisations pay each household for one month.
A request is what the browser sends when a reader goes to an address; answers that the page
keeps for some seconds are used as they would be, so the highest time is the one without.
"""

import http.cookiejar
import time
import urllib.parse
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import orjson
from clickhouse_connect.driver.client import Client

from infra.clickhouse import OWNER, connect
from infra.local import supervisor
from infra.settings import Settings
from lab.bench import chain, sender
from lab.bench.children import BenchFailed, tell
from lab.bench.figures import Figure
from office import page_accounts

FIRST_HOUSEHOLD: Final = 1 << 33
"""Above all that the whole chain and the latency's runs pay."""
READY_SECONDS: Final = 60.0
REQUEST_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.2
UPDATE: Final = "/_dash-update-component"
SCREENS: Final = {
    "overview": "/",
    "findings": "/findings",
    "findings of one purpose": "/findings?purpose=rent",
    "findings by amount, page 20": "/findings?sort=amount&page=20",
    "one finding": "/findings/{finding}",
    "submissions": "/submissions",
    "integrity": "/integrity",
}


def measure(settings: Settings, folder: Path, findings: int, loads: int) -> dict[str, Any]:
    """Milliseconds of each screen with `findings` findings. The system runs."""
    with closing(connect(settings, OWNER)) as client:
        tell(f"the page: signing {2 * findings:,} records that make {findings:,} findings")
        place = folder / "page"
        with sender.prepared(settings, place, "two-payers", FIRST_HOUSEHOLD, findings) as sending:
            wanted = chain.rows(client) + 2 * findings
            tell("the page: sending them")
            sending.go()
            chain.wait_for_rows(client, wanted)
            sending.result()
        finding, found = _findings(client)
    if found < findings:
        raise BenchFailed(f"{found} of {findings} findings were made")
    reader = _Reader(settings)
    tell(f"the page: opening each screen {loads} times")
    times: dict[str, list[float]] = {name: [] for name in SCREENS}
    for _ in range(loads):
        for name, address in SCREENS.items():
            times[name].append(reader.open(address.format(finding=finding)))
    return {
        "findings": found,
        "all_screens": Figure.of([ms for every in times.values() for ms in every], "ms").plain(),
        "screens": {name: Figure.of(every, "ms").plain() for name, every in times.items()},
    }


def _findings(client: Client) -> tuple[str, int]:
    """The id of some finding, and how many there are."""
    sql = "SELECT any(finding_id), count() FROM v1_findings"
    [(finding, count)] = client.query(sql).result_rows
    return str(finding), int(count)


class _Reader:
    """Somebody who is logged in."""

    def __init__(self, settings: Settings) -> None:
        self._base = settings.page
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        no_proxy = urllib.request.ProxyHandler({})
        self._opener = urllib.request.build_opener(cookies, no_proxy)
        self._wait_until_it_answers(settings)
        form = {"user": page_accounts.FIRST_USER, "password": page_accounts.new_password(settings)}
        self._send("/login", urllib.parse.urlencode(form).encode(), {})

    def open(self, address: str) -> float:
        """Milliseconds until the server has sent a whole screen."""
        path, _, search = address.partition("?")
        values = (("pathname", path), ("search", f"?{search}" if search else ""))
        body = {
            "output": "page.children",
            "outputs": {"id": "page", "property": "children"},
            "inputs": [{"id": "url", "property": name, "value": value} for name, value in values],
            "changedPropIds": ["url.pathname"],
        }
        began = time.perf_counter()
        answer = self._send(UPDATE, orjson.dumps(body), {"Content-Type": "application/json"})
        taken = (time.perf_counter() - began) * 1000
        if b"children" not in answer or b"R-503" in answer:
            raise BenchFailed(f"the page does not show {address}")
        return taken

    def _send(self, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        request = urllib.request.Request(
            self._base + path, data=body, headers=headers | {"Origin": self._base}
        )
        with self._opener.open(request, timeout=REQUEST_SECONDS) as answer:
            found: bytes = answer.read()
        return found

    def _wait_until_it_answers(self, settings: Settings) -> None:
        end = time.monotonic() + READY_SECONDS
        while True:
            try:
                self._send("/login", None, {})
                return
            except OSError as error:
                if time.monotonic() > end or not supervisor.is_up(settings):
                    raise BenchFailed(f"the page does not answer: {error}") from error
                time.sleep(POLL_SECONDS)
