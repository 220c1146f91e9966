"""An RFC 9497 client that is not ours, in JavaScript, makes the tokens that Tekil makes."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

import events
from events.dates import Birth
from events.weak import recipient_identifiers
from infra.settings import Settings
from keyserver.oprf import messages
from office import bootstrap, embedded
from producers import keys
from producers.tokenising.opening import tokeniser_for
from producers.tokenising.pinned import read_pinned
from producers.tokens import Identifier
from tests.fakes.dripping import DRIPS, dripping
from tests.javascript import run

VECTORS = Path(str(events.__file__)).parent / "vectors" / "tokens.json"


def test_the_published_vectors() -> None:
    found = run("vectors.mjs", str(VECTORS))
    assert found.stderr == "", found.stderr
    assert found.stdout == "8 tokens agree, with each pair of servers\n"


def test_a_changed_vector_is_noticed(tmp_path: Path) -> None:
    """So that the agreement above is no accident of a script that looks at nothing."""
    token = "93fbd0e12c5de6ba9be739867b41a103"
    text = VECTORS.read_text("utf-8")
    assert token in text
    other = tmp_path / "tokens.json"
    other.write_text(text.replace(token, token[::-1]), "utf-8")
    found = run("vectors.mjs", str(other))
    assert found.returncode == 1
    assert "tr.tckimlik with servers 1,2" in found.stderr


ORG = "JSCLIENT"
PEOPLE: list[Identifier] = [
    ("tr.tckimlik", "99291417710"),
    ("unhcr.individual", "38519C00001"),
    *recipient_identifiers("محمد", "الأحمد", Birth(1990, 3, 25)),
    *(("case.kiz", f"R-{number}") for number in range(600)),  # more than a batch
]


@pytest.fixture
def partner(services: Settings) -> Settings:
    """A partner's machine beside three key servers that have enrolled it."""
    settings = services.model_copy(update={"namespace": "javascript"})
    bootstrap.prepare_keyservers(settings, lambda _text: None)
    if not keys.has_signing_key(settings, ORG):
        keys.keygen(settings, ORG)
    embedded.enrol(settings, ORG, keys.load_public_key(settings, ORG))
    return settings


def configuration(settings: Settings, folder: Path, urls: tuple[str, ...], **more: Any) -> str:
    (pinned,) = read_pinned(settings)
    path = folder / "config.json"
    key = settings.folder("keys") / f"{ORG}.key"
    said = {"org": ORG, "key": str(key), "servers": urls} | pinned.model_dump() | more
    path.write_text(json.dumps(said), "utf-8")
    return str(path)


def test_the_same_tokens_as_tekils_own_client(partner: Settings, tmp_path: Path) -> None:
    config = configuration(partner, tmp_path, partner.keyserver_urls)
    found = run("tokens.mjs", config, stdin=json.dumps(PEOPLE))
    assert found.stderr == "", found.stderr
    with tokeniser_for(partner, ORG, keys.load_signing_key(partner, ORG)) as tokeniser:
        ours = tokeniser.tokens(PEOPLE)
    assert [(token,) for token in json.loads(found.stdout)] == ours


def test_a_server_that_is_away_is_done_without(partner: Settings, tmp_path: Path) -> None:
    away = "http://127.0.0.1:1"
    urls = (away, *partner.keyserver_urls[1:])
    config = configuration(partner, tmp_path, urls)
    found = run("tokens.mjs", config, stdin=json.dumps(PEOPLE[:2]))
    assert found.returncode == 0
    assert "fetch failed" in found.stderr
    assert len(json.loads(found.stdout)) == 2


def test_another_key_than_the_pinned_one_is_refused(partner: Settings, tmp_path: Path) -> None:
    config = Path(configuration(partner, tmp_path, partner.keyserver_urls))
    said = json.loads(config.read_text("utf-8"))
    vectors = json.loads(VECTORS.read_text("utf-8"))
    said["public_key"] = vectors["committee"]["commitments"][0]
    config.write_text(json.dumps(said), "utf-8")
    found = run("tokens.mjs", str(config), stdin=json.dumps(PEOPLE[:1]))
    assert found.returncode == 1
    assert found.stderr.count("holds another key for e1 than the pinned one") == 3
    assert found.stdout == ""


# -- servers that lie ------------------------------------------------------------------------------

Said = dict[str, Any]
SHORT_SECONDS: Final = 5


@contextmanager
def lying(
    said: Said, given: bytes | None = b"{}", status: int = 200
) -> Iterator[tuple[str, list[str]]]:
    """A server that says this of itself: its address, and what it was asked for.

    `given`, with this status, is all that it evaluates; None: it says nothing.
    """
    asked: list[str] = []
    stopped = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(json.dumps(said).encode(), 200)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            if given is None:
                asked.append(self.path)
                stopped.wait(60)
                self.close_connection = True
            else:
                self._answer(given, status)

        def _answer(self, body: bytes, status: int) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nowhere."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()


def told(settings: Settings, number: int) -> Said:
    """What an honest server says of itself."""
    url = settings.keyserver_urls[number - 1] + messages.EPOCHS_PATH
    said: Said = httpx.get(url, trust_env=False).json()
    # other tests have epochs of their own at these servers
    return said | {"held": [one for one in said["held"] if one["epoch"] == "e1"]}


def changed(**what: Any) -> Callable[[Said], Said]:
    """Of each generation."""
    return lambda said: said | {"held": [one | what for one in said["held"]]}


def _alone(said: Said) -> Said:
    (one,) = said["held"]
    alone = {"generation": 999, "servers": 1, "commitments": one["commitments"][:1]}
    return said | {"server": 1, "held": [one | alone]}


def _large(said: Said) -> Said:
    (one,) = said["held"]
    return changed(servers=255, commitments=[*one["commitments"], *["0" * 64] * 253])(said)


LEFT_OUT: Final[dict[str, Callable[[Said], Said]]] = {
    "a committee of one": _alone,
    "no number": lambda said: said | {"server": 0},
    "a number that is none": lambda said: said | {"server": "2"},
    "a number beyond the committee": lambda said: said | {"server": 4},
    "fewer servers than needed": changed(servers=1),
    "a committee too large": _large,
    "too many generations": lambda said: said | {"held": said["held"] * 9},
    "no list": lambda said: said | {"held": None},
    "far too much": lambda said: said | {"more": "0" * 600_000},
}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_a_liar_is_left_out(partner: Settings, tmp_path: Path, what: str) -> None:
    with lying(LEFT_OUT[what](told(partner, 1))) as (url, asked):
        config = configuration(partner, tmp_path, (url, *partner.keyserver_urls[1:]))
        found = run("tokens.mjs", config, stdin=json.dumps(PEOPLE[:2]))
    assert len(json.loads(found.stdout or "[]")) == 2, found.stderr
    assert found.stderr.startswith(f"key server {url}: ")
    assert set(asked) == {messages.EPOCHS_PATH}


def test_a_liar_that_takes_anothers_number_is_passed_over(
    partner: Settings, tmp_path: Path
) -> None:
    with lying(told(partner, 2)) as (url, asked):
        config = configuration(partner, tmp_path, (url, *partner.keyserver_urls[:2]))
        found = run("tokens.mjs", config, stdin=json.dumps(PEOPLE[:2]))
    assert len(json.loads(found.stdout or "[]")) == 2, found.stderr
    assert f"key server 2 ({url})" in found.stderr
    assert asked == [messages.EPOCHS_PATH, messages.EVALUATE_PATH]


def test_two_that_say_one_number_are_not_two(partner: Settings, tmp_path: Path) -> None:
    """They alone would be asked for a generation that none of the others knows."""
    newer = changed(generation=999)(told(partner, 1))
    with ExitStack() as stack:
        liars = [stack.enter_context(lying(newer)) for _ in range(2)]
        urls = [url for url, _ in liars]
        config = configuration(partner, tmp_path, (*urls, *partner.keyserver_urls[1:]))
        found = run("tokens.mjs", config, stdin=json.dumps(PEOPLE[:2]))
    assert len(json.loads(found.stdout or "[]")) == 2, found.stderr
    assert [asked for _, asked in liars] == [[messages.EPOCHS_PATH]] * 2


def test_where_the_newest_generation_cannot_answer_another_does(
    partner: Settings, tmp_path: Path
) -> None:
    """Two liars make a generation up; the honest ones hold the one before."""
    with ExitStack() as stack:
        liars = [
            stack.enter_context(lying(changed(generation=999)(told(partner, number))))
            for number in (1, 2)
        ]
        urls = [url for url, _ in liars]
        config = configuration(partner, tmp_path, (*urls, *partner.keyserver_urls))
        found = run("tokens.mjs", config, stdin=json.dumps(PEOPLE[:2]))
    assert len(json.loads(found.stdout or "[]")) == 2, found.stderr


@pytest.mark.parametrize(
    ("given", "status", "times"),
    [(b"{}", 200, 1), (None, 200, 1), (b'{"error":"rate","detail":""}', 429, 2)],
    ids=["lies", "is silent", "is pressed"],
)
def test_who_lies_or_is_silent_is_asked_once_in_a_run(
    partner: Settings, tmp_path: Path, given: bytes | None, status: int, times: int
) -> None:
    with lying(told(partner, 1), given, status) as (url, asked):
        urls = (url, *partner.keyserver_urls[1:])
        config = configuration(partner, tmp_path, urls, answer_seconds=SHORT_SECONDS)
        found = run("tokens.mjs", config, stdin=json.dumps(PEOPLE))
    assert len(json.loads(found.stdout or "[]")) == len(PEOPLE), found.stderr
    assert asked == [messages.EPOCHS_PATH, *[messages.EVALUATE_PATH] * times]


def test_who_drips_is_done_without(partner: Settings, tmp_path: Path) -> None:
    with dripping(*DRIPS["a body"]) as url:
        urls = (url, *partner.keyserver_urls[1:])
        config = configuration(partner, tmp_path, urls, answer_seconds=SHORT_SECONDS)
        found = run("tokens.mjs", config, stdin=json.dumps(PEOPLE[:2]))
    assert len(json.loads(found.stdout or "[]")) == 2, found.stderr
    assert "timeout" in found.stderr
