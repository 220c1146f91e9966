"""Requests that a key server refuses before it looks at anything that they ask."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from keyserver import app, requests
from keyserver.app import make_app
from keyserver.folder import Folder
from keyserver.oprf import messages
from keyserver.requests import MAX_HEADERS, Refused
from keyserver.server import RETRY_SECONDS, KeyServer
from tests.keyservers import (
    PATIENCE_SECONDS,
    Partner,
    ask,
    body_of,
    connected,
    joined,
    refused,
    serving,
)

HEAD = b"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"


@pytest.fixture
def server(tmp_path: Path) -> KeyServer:
    return KeyServer(joined(tmp_path)[0])


@pytest.fixture
def client(server: KeyServer) -> Iterator[httpx.Client]:
    with serving(make_app(server)) as made:
        yield made


def lines(root: Path) -> list[dict[str, object]]:
    """The log of what was refused, when there is a line in it."""
    path, end = root / "1" / "logs" / "refused.jsonl", time.monotonic() + PATIENCE_SECONDS
    while not path.exists() or not path.read_text().endswith("\n"):
        assert time.monotonic() < end
        time.sleep(0.01)
    return [json.loads(line) for line in path.read_text().splitlines()]


class Unlooked(list[tuple[bytes, bytes]]):
    """Headers that nobody may go through."""

    def __iter__(self) -> Any:
        raise AssertionError("it was looked at")


def test_only_the_headers_that_are_needed_are_kept() -> None:
    org, other = messages.ORG_HEADER.encode(), [(b"x", b"1")] * (MAX_HEADERS - 2)
    found = requests.picked([(org, b"KIZ"), *other, (org, b"\xff")])
    assert found.pop(messages.ORG_HEADER) == ["KIZ", "\xff"]
    assert len(found) == 4
    assert not any(found.values())


def test_too_many_headers_are_not_looked_at() -> None:
    with pytest.raises(Refused, match="at most 100 headers"):
        requests.picked(Unlooked([(b"x", b"")] * (MAX_HEADERS + 1)))


def test_too_many_headers_are_no_request(client: httpx.Client, tmp_path: Path) -> None:
    with connected(client, HEAD + b"a:\r\n" * 3000 + b"\r\n" + b" " * 100) as one:
        answer = one.recv(65536)
        while not answer.endswith(b"}"):
            answer += one.recv(65536)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"malformed"' in answer
    assert [line["outcome"] for line in lines(tmp_path)] == ["malformed"]
    partner = Partner()
    partner.enrol(Folder(tmp_path / "1"))
    own = list(partner.headers(1, body := body_of()).items())
    # httpx adds five: host, accept and the like, and the body's length
    more = [(f"x-{n}", "") for n in range(MAX_HEADERS - len(own) - 6)]
    asked = client.build_request(
        "POST", messages.EVALUATE_PATH, content=body, headers=[*own, *more]
    )
    assert len(asked.headers.raw) == MAX_HEADERS, "as many as there may be"
    assert client.send(asked).status_code == 200


def test_who_goes_away_leaves_one_line(
    client: httpx.Client, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    connected(client, HEAD + b"\r\n1").close()
    [line] = lines(tmp_path)
    at = line.pop("time")
    assert isinstance(at, int)
    assert line == {"org": "", "epoch": "", "count": 0, "outcome": "malformed", "remaining": None}
    assert client.get("/healthz").status_code == 200
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


def test_a_body_that_does_not_come_is_not_waited_for(
    client: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "BODY_SECONDS", 0.1)
    with connected(client, HEAD + b"\r\n1") as one:
        assert one.recv(65536).startswith(b"HTTP/1.1 408 ")
    assert [line["outcome"] for line in lines(tmp_path)] == ["malformed"]


def test_more_than_it_can_work_on_are_sent_away(
    server: KeyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "MAX_IN_WORK", 1)
    partner, said = Partner(), list[int]()
    partner.enrol(Folder(tmp_path / "1"))
    has_begun, may_end, evaluate = threading.Event(), threading.Event(), server.evaluate

    def slow(*arguments: Any) -> Any:
        has_begun.set()
        assert may_end.wait(PATIENCE_SECONDS)
        return evaluate(*arguments)

    monkeypatch.setattr(server, "evaluate", slow)
    with serving(make_app(server)) as client:
        asking = threading.Thread(target=lambda: said.append(ask(client, 1, partner).status_code))
        asking.start()
        try:
            assert has_begun.wait(PATIENCE_SECONDS)
            answer = ask(client, 1, partner)
        finally:
            may_end.set()
            asking.join(PATIENCE_SECONDS)
        assert refused(answer) == (503, "unavailable")
        assert answer.headers["retry-after"] == str(RETRY_SECONDS)
        assert said == [200], "what was in work goes on"
        assert ask(client, 1, partner).status_code == 200, "and its place is free again"
    assert [line["outcome"] for line in lines(tmp_path)] == ["unavailable"]


def test_another_path_has_the_same_error(client: httpx.Client) -> None:
    """A slash at the end too: a redirection would have no body."""
    for path in (messages.EVALUATE_PATH + "/", "/v1"):
        assert refused(client.post(path)) == (404, "malformed")
