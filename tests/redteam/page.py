"""The page, from outside: crowds, drips, guesses, other people's cookies and origins."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import httpx

from dashboards import serving
from dashboards.door import COOKIE
from infra.settings import LOOPBACK
from tests.redteam.place import Place
from tests.redteam.table import Attack

HEAD = b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n"
GUESSES = 12
SHUT = "a page shut by requests, or its password guessed"
COOKIES = "a stolen cookie of the page"
USER = "a user of the page that wants more"


def client(place: Place) -> httpx.Client:
    """A browser."""
    return httpx.Client(base_url=place.settings.page, trust_env=False, timeout=60)


def log_in(one: httpx.Client, place: Place, password: str, **more: str) -> httpx.Response:
    """What the form sends."""
    data = {"user": "tekil", "password": password, **more}
    return one.post("/login", data=data, headers={"Origin": place.settings.page})


def new_password(place: Place) -> dict[str, str]:
    """What `tekil page-password` prints."""
    made: dict[str, str] = place.main.run("page-password", "--json").json
    return made


def callback(one: httpx.Client, path: str, origin: str, search: str = "") -> httpx.Response:
    """What a browser sends when an address is opened."""
    url = [{"id": "url", "property": name, "value": value}
           for name, value in (("pathname", path), ("search", search))]  # fmt: skip
    body = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "inputs": url,
        "changedPropIds": ["url.pathname"],
    }
    return one.post("/_dash-update-component", json=body, headers={"Origin": origin})


def half_open_connections(place: Place) -> str:
    """Three hundred connections that never send a whole head (seen: 130 shut the page)."""
    count = serving.MAX_CONNECTIONS + 50
    with ExitStack() as crowd, client(place) as owner:
        for _ in range(count):
            one = crowd.enter_context(_connected(place))
            one.sendall(HEAD)
        assert owner.get("/login").status_code == 200
    return f"{count} half-open connections; the login is answered"


def _connected(place: Place) -> socket.socket:
    return socket.create_connection((LOOPBACK, place.settings.page_port), 30)


def drips(place: Place) -> str:
    """A byte now and then, of a head and of a body, and an answer that nobody reads."""
    body = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 60000\r\n\r\n"
    limits = {HEAD: serving.HEAD_SECONDS, body: serving.BODY_SECONDS, b"": serving.HEAD_SECONDS}
    with ExitStack() as crowd:
        opened = {begun: crowd.enter_context(_connected(place)) for begun in limits}
        for begun, one in opened.items():
            one.sendall(begun)
        end = time.monotonic() + max(limits.values()) + 60
        left = dict(opened)
        while left:
            assert time.monotonic() < end, f"{len(left)} are still open"
            for begun, one in [*left.items()]:
                if _is_cut(one, b"x" if begun else b""):
                    left.pop(begun)
            time.sleep(0.2)
    return "a head by drips, a body by drips and silence: each was cut"


def _is_cut(one: socket.socket, drip: bytes) -> bool:
    one.settimeout(0.01)
    try:
        one.sendall(drip)
        return one.recv(65536) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def too_much(place: Place) -> str:
    """A head of 20 kB, a body of 65 MB."""
    with client(place) as one:
        long = {"X-Long": "x" * serving.MAX_HEAD_BYTES}
        assert one.get("/login", headers=long).status_code == 431
        with suppress(httpx.WriteError, httpx.ReadError):  # cut before all of it is sent
            answer = one.post("/login", content=b"x" * (serving.MAX_BODY_BYTES * 1_000))
            assert answer.status_code == 413
    return "431 and 413"


def without_a_login(place: Place) -> str:
    """Pages, layouts and callbacks by who never logged in; files beside the style sheets."""
    page = place.settings.page
    with client(place) as one:
        for path in ("/", "/findings?page=2", "/integrity", "/partners"):
            answer = one.get(path)
            assert (answer.status_code, answer.headers["location"][:7]) == (302, "/login?")
        for path in ("/_dash-layout", "/_dash-dependencies", "/_reload-hash"):
            assert one.get(path).status_code == 401, path
        assert callback(one, "/findings", page).status_code == 401
        for path in ("/assets/../../keys/genesis.json", "/assets/%2e%2e/%2e%2e/app.py"):
            assert one.get(path).status_code in (302, 400, 404), path
    return "302 to the login or 401 everywhere"


def from_elsewhere(place: Place) -> str:
    """Forms and callbacks of another site, of none, and another name for this host."""
    page, password = place.settings.page, new_password(place)["password"]
    with client(place) as one:
        data = {"user": "tekil", "password": password}
        for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
            assert one.post("/login", data=data, headers=headers).status_code == 403
        assert one.get("/login", headers={"Host": "rebound.example"}).status_code == 400
        answer = log_in(one, place, password, next="//evil.example")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert callback(one, "/", "http://evil.example").status_code == 403
        assert one.post("/logout", headers={"Origin": "http://evil.example"}).status_code == 403
        assert callback(one, "/", page).status_code == 200
    return "403 for each, 400 for another host; no login leads elsewhere"


def a_cookie_after_the_logout(place: Place) -> str:
    """The cookie of a session that was ended (seen: it opened the page), and a planted one."""
    page, password = place.settings.page, new_password(place)["password"]
    with client(place) as one:
        one.cookies.set(COOKIE, "planted", domain=LOOPBACK)
        log_in(one, place, password)
        kept = [cookie.value for cookie in one.cookies.jar if cookie.name == COOKIE]
        assert "planted" not in kept[-1:]
        assert callback(one, "/", page).status_code == 200
        one.post("/logout", headers={"Origin": page})
    for value in ("planted", *kept):
        with client(place) as other:
            other.cookies.set(COOKIE, str(value), domain=LOOPBACK)
            assert other.get("/").status_code == 302
            assert callback(other, "/", page).status_code == 401
    return "neither the ended session's cookie nor the planted one opens anything"


def words_that_are_code(place: Place) -> str:
    """Statements and markup in addresses."""
    page, password = place.settings.page, new_password(place)["password"]
    words = ("' OR 1=1 --", "<script>alert(1)</script>", "{{7*7}}", "%00", "../../etc/passwd",
             "1; DROP TABLE findings", "x" * 5_000)  # fmt: skip
    with client(place) as one:
        log_in(one, place, password)
        for word in words:
            for path in ("/findings", f"/findings/{httpx.URL('/').join(word[:30]).path}"):
                answer = callback(one, path, page, f"?purpose={word}&page={word}&district={word}")
                assert answer.status_code in (200, 204), (path, word, answer.status_code)
                assert "<script>alert" not in answer.text
    assert int(place.asked("SELECT count() FROM v1_findings")) > 0
    return f"{len(words)} words on two pages: text, no error, nothing changed"


def guess_the_password(place: Place) -> str:
    """Guesses from one address, until it is shut; and the owner's way in meanwhile."""
    known = new_password(place)
    with client(place) as owner:
        assert log_in(owner, place, known["password"]).status_code == 303
        owner.post("/logout", headers={"Origin": place.settings.page})
        codes = []
        for number in range(GUESSES):
            with client(place) as guesser:
                codes.append(log_in(guesser, place, f"guess-{number}").status_code)
        assert codes.count(429) >= GUESSES - 6, codes
        again = log_in(owner, place, known["password"])
        assert again.status_code == 303, "the owner's browser is not locked out"
    with client(place) as fresh:
        fresh.get(known["address"].removeprefix(place.settings.page))
        assert log_in(fresh, place, known["password"]).status_code == 303
    return f"{codes.count(401)} guesses tried, {codes.count(429)} refused; the owner came in twice"


def all_attacks() -> Iterator[Attack]:
    """The rows about the page."""
    yield Attack(
        "half-open connections", (SHUT,), "306 connections without a whole head",
        "Who logs in is answered", half_open_connections,
    )  # fmt: skip
    yield Attack(
        "drips", (SHUT,), "heads and bodies by a byte now and then", "Each is cut in its time",
        drips,
    )  # fmt: skip
    yield Attack(
        "large heads and bodies", (SHUT,), "20 kB of head, 65 MB of body", "431 and 413", too_much,
    )  # fmt: skip
    yield Attack(
        "callbacks without a login", (USER, "outsider on the network"),
        "pages, layouts, callbacks and files without a session", "Nothing but the login is served",
        without_a_login,
    )  # fmt: skip
    yield Attack(
        "forms of another site", (USER, COOKIES), "other origins, another host, a foreign `next`",
        "Refused", from_elsewhere,
    )  # fmt: skip
    yield Attack(
        "a cookie after the logout", (COOKIES,), "the ended session's cookie, and a planted one",
        "Both open nothing", a_cookie_after_the_logout,
        "until the session ends, who has its cookie and the browser's name and address is that"
        " reader",
    )  # fmt: skip
    yield Attack(
        "statements and markup in addresses", (USER,), "seven words in filters and paths",
        "They are text", words_that_are_code,
    )  # fmt: skip
    yield Attack(
        "a guessed password", (SHUT,), "12 guesses from the owner's own address",
        "Five a minute; the owner is not locked out", guess_the_password,
    )  # fmt: skip
