"""One key server over HTTP: its epochs, and batches evaluated by it. Nothing it says is believed.

What comes back is the server's answer or a `Trouble`; no server's behaviour is an exception here.
"""

import contextlib
import ipaddress
import secrets
import ssl
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final
from urllib.parse import urlsplit

import anyio
import httpx
from anyio.from_thread import start_blocking_portal
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from events import signing
from infra.errors import UsageProblem
from keyserver.oprf import messages
from keyserver.oprf.messages import Epochs, Error, Evaluate, Evaluated
from keyserver.oprf.threshold import Answer

MAX_ANSWER_BYTES: Final = 4 * messages.MAX_BODY_BYTES
CONNECT_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 15.0
"""For a whole exchange, from the connection's making to the answer's last byte."""
DEFAULT_WAIT_SECONDS: Final = 1.0
_OK: Final = 200
_SERVER_ERROR: Final = 500
_TOO_MANY: Final = 429

Transport = Callable[[str], httpx.AsyncBaseTransport]
"""URL → what carries its requests; tests put servers of their own here."""


class Kind(StrEnum):
    """What kind of trouble a server is, and so what the client does."""

    LIED = "lied"  # not asked again in this run
    REFUSED = "refused"  # it will not serve this partner, or not this request: not asked again
    STALE = "stale"  # its epochs have changed: read them again
    QUOTA = "quota"  # the day has not so many evaluations left
    RATE = "rate"  # too fast: wait
    FAILED = "failed"  # no answer, or a broken one: try again


@dataclass(frozen=True, slots=True)
class Trouble:
    """Instead of an answer: what was wrong, in words for people, and how long to wait.

    `remaining`: so many evaluations of the day's quota are left, if the server says it.
    """

    kind: Kind
    what: str
    wait_seconds: float = 0.0
    remaining: int | None = None


_KINDS: Final[dict[str, Kind]] = {
    "unknown-epoch": Kind.STALE,
    "other-generation": Kind.STALE,
    "quota": Kind.QUOTA,
    "rate": Kind.RATE,
    "unavailable": Kind.FAILED,
    "replayed": Kind.FAILED,  # the next try has another request id
}
"""All other codes are refusals."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, and what a request needs beside its content."""

    org: str
    key: Ed25519PrivateKey
    now: Callable[[], float] = time.time
    request_id: Callable[[], str] = lambda: secrets.token_hex(16)


@cache
def _certificates(trust_env: bool) -> ssl.SSLContext:
    """Whom all connections trust: reading the certificates takes 30 ms, and is done once."""
    return httpx.create_ssl_context(trust_env=trust_env)


class Connection:
    """The way to one server; its requests may come from several threads.

    Every request is over after `seconds` (None: ANSWER_SECONDS), however the server spins it out:
    httpx's own timeouts begin anew with each byte that comes. So an event loop in a thread carries
    them, where whatever waits can be cut off.
    """

    def __init__(
        self,
        url: str,
        identity: Identity,
        transport: Transport | None = None,
        *,
        seconds: float | None = None,
    ) -> None:
        self._seconds = seconds or ANSWER_SECONDS
        self.url = checked_url(url)
        self._identity = identity
        self._public = signing.public_bytes(identity.key).hex()
        is_away = not _is_loopback(self.url)
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(self._seconds, connect=CONNECT_SECONDS),
            transport=transport(self.url) if transport else None,
            trust_env=is_away,  # no proxy on the way to this machine
            verify=_certificates(is_away),
        )
        self._loop = start_blocking_portal()
        self._portal = self._loop.__enter__()

    def close(self) -> None:
        """Give up the connection; requests on their way end as failed."""
        with contextlib.suppress(RuntimeError):  # it was closed before
            self._portal.call(self._http.aclose)
            self._portal.call(self._portal.stop, True)
            self._loop.__exit__(None, None, None)

    def epochs(self) -> Epochs | Trouble:
        """What the server says that it is and holds."""
        body = self._exchange("GET", messages.EPOCHS_PATH, {}, b"")
        if isinstance(body, Trouble):
            return body
        try:
            return Epochs.model_validate_json(body)
        except ValidationError:
            return Trouble(Kind.LIED, "its list of epochs is none")

    def evaluate(self, server: int, request: Evaluate) -> Answer | Trouble:
        """The answer to a batch of the server that says it is number `server`."""
        body = request.model_dump_json().encode()
        headers = self._signed(server, body)
        given = self._exchange("POST", messages.EVALUATE_PATH, headers, body)
        if isinstance(given, Trouble):
            return given
        try:
            evaluated = Evaluated.model_validate_json(given)
        except ValidationError:
            return Trouble(Kind.LIED, "its answer is none")
        if evaluated.epoch != request.epoch:
            return Trouble(Kind.LIED, "its answer is for another epoch")
        return evaluated.answer

    def _signed(self, server: int, body: bytes) -> dict[str, str]:
        who = self._identity
        # a request is answered once: each try has an id and a time of its own
        request_id, now = who.request_id(), str(int(who.now()))
        text = messages.signed_text(server, who.org, request_id, now, body)
        return {
            "content-type": "application/json",
            messages.ORG_HEADER: who.org,
            messages.KEY_HEADER: self._public,
            messages.TIME_HEADER: now,
            messages.REQUEST_HEADER: request_id,
            messages.SIGNATURE_HEADER: who.key.sign(text).hex(),
        }

    def _exchange(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> bytes | Trouble:
        try:
            response, given = self._portal.call(self._ask, method, path, headers, body)
        except (
            httpx.HTTPError, httpx.InvalidURL, OSError, RuntimeError, CancelledError
        ) as error:  # fmt: skip
            # the last two: the client was closed while this request was on its way
            return Trouble(Kind.FAILED, f"no answer ({type(error).__name__})")
        if given is None:
            return Trouble(Kind.LIED, "its answer is far too long")
        return given if response.status_code == _OK else _trouble(response, given)

    async def _ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[httpx.Response, bytes | None]:
        """The answer with its whole body, or None if that is longer than any honest one.

        TimeoutError if it is late as a whole.
        """
        given = bytearray()
        with anyio.fail_after(self._seconds):
            request = self._http.stream(method, self.url + path, headers=headers, content=body)
            async with request as response:
                async for part in response.aiter_bytes():
                    given += part
                    if len(given) > MAX_ANSWER_BYTES:
                        return response, None
        return response, bytes(given)


def checked_url(url: str) -> str:
    """A server's address without a slash at its end. UsageProblem unless it is safe to use.

    Without TLS only a server on this machine: tokens would be safe, but not who asks and how much.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageProblem(f"{url} is not the address of a key server: https://HOST")
    if parts.username or parts.query or parts.fragment:
        raise UsageProblem(f"The address of a key server is https://HOST alone, not {url}")
    if parts.scheme == "http" and not _is_loopback(url):
        raise UsageProblem(f"{url} is not on this machine: a key server is asked by https:// only.")
    return url.rstrip("/")


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _trouble(response: httpx.Response, body: bytes) -> Trouble:
    status = response.status_code
    try:
        error = Error.model_validate_json(body)
    except ValidationError:  # a proxy's page, not the key server's own words
        kind = Kind.FAILED if status >= _SERVER_ERROR else Kind.REFUSED
        kind = Kind.RATE if status == _TOO_MANY else kind
        return Trouble(kind, f"HTTP {status}", _wait(response))
    kind = _KINDS.get(error.error, Kind.REFUSED)
    what = _SAID.get(error.error, f"it refuses ({error.error})")
    return Trouble(kind, what, _wait(response), error.remaining)


_SAID: Final[dict[str, str]] = {
    "unknown-partner": "it does not know this organisation or its key: its body must enrol them",
    "bad-signature": "it does not accept this organisation's signature",
    "clock": "its clock and this machine's are more than five minutes apart",
    "quota": "this organisation's day is used up",
    "rate": "it is asked too fast",
    "unknown-epoch": "it does not hold this epoch",
    "other-generation": "it holds another generation",
    "unavailable": "it says that it cannot answer now",
}
"""In our own words: a server's text is not put before people, who might act on it."""


def _wait(response: httpx.Response) -> float:
    text = response.headers.get("retry-after", "")
    return (
        float(text)
        if text.isascii() and text.isdigit() and len(text) < 7
        else (DEFAULT_WAIT_SECONDS)
    )
