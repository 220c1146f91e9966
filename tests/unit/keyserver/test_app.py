"""Requests to a key server: who may, what for, how much; and what is written about it."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import httpx
import pytest
from pydantic import ValidationError

from keyserver import holder, local, refreshing
from keyserver.app import STATUS, make_app
from keyserver.audit import Log
from keyserver.errors import FolderProblem
from keyserver.folder import Folder
from keyserver.oprf import group, messages
from keyserver.partners import enrolled
from keyserver.quotas import seconds_to_next_day
from keyserver.server import KeyServer
from tests.disks import disk_at
from tests.keyservers import (
    EPOCH,
    Partner,
    all_bytes,
    ask,
    batch_of,
    body_of,
    checked,
    joined,
    newest,
    passphrase,
    refused,
    serving,
)

NOW = 1_767_300_000.0


@contextmanager
def client_of(root: Path, number: int = 1, now: float | None = None) -> Iterator[httpx.Client]:
    one = holder.unlock(root / str(number), passphrase(number))
    server = KeyServer(one, clock=time.time if now is None else lambda: now)
    with serving(make_app(server)) as client:
        yield client


@pytest.fixture
def root(tmp_path: Path) -> Path:
    joined(tmp_path)
    return tmp_path


@pytest.fixture
def partner(root: Path) -> Partner:
    made = Partner()
    for number in (1, 2):
        made.enrol(folder(root, number))
    return made


@pytest.fixture
def client(root: Path, partner: Partner) -> Iterator[httpx.Client]:
    with client_of(root) as made:
        yield made


def folder(root: Path, number: int = 1) -> Folder:
    return Folder(root / str(number))


def audit(root: Path, name: str = "audit") -> list[dict[str, object]]:
    path = root / "1" / "logs" / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_every_code_of_the_wire_has_a_status() -> None:
    assert set(STATUS) == set(get_args(messages.ErrorCode))


def test_epochs_and_health_are_public(client: httpx.Client, root: Path) -> None:
    found = messages.Epochs.model_validate_json(client.get(messages.EPOCHS_PATH).content)
    committee, _ = newest(holder.unlock(root / "1", passphrase(1)))
    assert (found.server, found.held) == (1, (committee,))
    assert client.get("/healthz").text == "ok 1\n"
    for path in ("/docs", "/openapi.json", "/redoc", "/"):
        assert client.get(path).status_code == 404
    assert refused(client.get(messages.EVALUATE_PATH)) == (405, "malformed")


def test_an_answer_holds_under_the_servers_share(
    client: httpx.Client, root: Path, partner: Partner
) -> None:
    committee, _ = newest(holder.unlock(root / "1", passphrase(1)))
    sent = batch_of(3)
    assert checked(ask(client, 1, partner, body_of(sent)), committee, 1, sent)
    [line] = audit(root)
    at = line.pop("time")
    assert isinstance(at, int)
    assert line == {
        "org": "KIZ",
        "epoch": "e1",
        "count": 3,
        "outcome": "ok",
        "remaining": 997,
    }


def test_who_is_not_believed(client: httpx.Client, root: Path, partner: Partner) -> None:
    body, stranger = body_of(), Partner("STK")
    good = partner.headers(1, body)
    before = [
        (partner.headers(1, body, tekil_sig="0" * 128), (401, "bad-signature")),
        (partner.headers(2, body), (401, "bad-signature")),  # meant for server 2
        (partner.headers(1, body + b" "), (401, "bad-signature")),
        (partner.headers(1, body, tekil_request="x" * 32), (401, "bad-signature")),
        (partner.headers(1, body, tekil_time=str(int(time.time()) - 9)), (401, "bad-signature")),
        (stranger.headers(1, body), (401, "unknown-partner")),
        (stranger.headers(1, body, tekil_org="KIZ"), (401, "unknown-partner")),
        (partner.headers(1, body, tekil_org="STK"), (401, "unknown-partner")),
        (partner.headers(1, body, now=time.time() - 301), (401, "clock")),
        (partner.headers(1, body, now=time.time() + 302), (401, "clock")),
        ({k: v for k, v in good.items() if k != messages.TIME_HEADER}, (401, "unsigned")),
        (partner.headers(1, body, tekil_org="../KIZ"), (401, "unsigned")),
        (partner.headers(1, body, tekil_time="-5"), (401, "unsigned")),
        (partner.headers(1, body, request="short"), (401, "unsigned")),
        (partner.headers(1, body, tekil_sig="zz"), (401, "unsigned")),
    ]
    for headers, wanted in before:
        answer = client.post(messages.EVALUATE_PATH, content=body, headers=headers)
        assert refused(answer) == wanted
    assert folder(root).quotas_path.exists()
    signed = [line["outcome"] for line in audit(root)]
    assert signed == ["clock", "clock"]
    assert len(audit(root, "refused")) == len(before) - 2, "strangers cannot push lines out"
    twice = [*good.items(), (messages.ORG_HEADER, "KIZ")]
    answer = client.post(messages.EVALUATE_PATH, content=body, headers=list(twice))
    assert refused(answer) == (401, "unsigned")


def test_a_clock_at_the_edge_is_believed(root: Path, partner: Partner) -> None:
    with client_of(root, now=NOW) as client:
        for at in (NOW - 300, NOW + 300):
            assert ask(client, 1, partner, now=at).status_code == 200
        for at in (NOW - 301, NOW + 301):
            assert refused(ask(client, 1, partner, now=at)) == (401, "clock")


def test_a_request_is_answered_once_also_after_a_restart(root: Path, partner: Partner) -> None:
    with client_of(root) as client:
        assert ask(client, 1, partner, request="r" * 32).status_code == 200
        assert refused(ask(client, 1, partner, request="r" * 32)) == (409, "replayed")
    with client_of(root) as client:
        assert refused(ask(client, 1, partner, request="r" * 32)) == (409, "replayed")
    with client_of(root, 2) as client:
        assert ask(client, 2, partner, request="r" * 32).status_code == 200


def test_the_quota_is_counted_before_and_outlives_the_process(root: Path, partner: Partner) -> None:
    own = folder(root)
    own.write(own.partner_path("KIZ"), enrolled(own.partner("KIZ"), "KIZ", partner.public, 5))
    with client_of(root, now=NOW) as client:
        assert ask(client, 1, partner, now=NOW).status_code == 200
    with client_of(root, now=NOW) as client:
        answer = ask(client, 1, partner, now=NOW)
        assert refused(answer) == (429, "quota")
        assert answer.json()["remaining"] == 2
        assert answer.headers["retry-after"] == str(seconds_to_next_day(NOW))
        assert ask(client, 1, partner, body_of(batch_of(2)), now=NOW).status_code == 200
        assert ask(client, 1, partner, body_of(batch_of(1)), now=NOW).json()["remaining"] == 0
        found = KeyServer(holder.unlock(root / "1", passphrase(1)))
        assert found.quotas.counts() == [("2026-01-01", "KIZ", "e1", 5)]
        found.close()
    assert [line["remaining"] for line in audit(root)] == [2, 2, 0, 0]
    tomorrow = NOW + 24 * 3600
    with client_of(root, now=tomorrow) as client:
        assert ask(client, 1, partner, now=tomorrow).status_code == 200


def test_only_a_quota_that_is_used_up_says_what_remains(
    client: httpx.Client, partner: Partner
) -> None:
    assert set(ask(client, 1, partner, body_of(generation=1)).json()) == {"error", "detail"}
    of_before = messages.Error.model_validate_json(b'{"error":"quota","detail":"None left."}')
    assert of_before.remaining is None
    with pytest.raises(ValidationError):
        messages.Error(error="quota", detail="Fewer than none.", remaining=-1)


def test_the_rate_has_a_limit(root: Path, partner: Partner) -> None:
    own = folder(root)
    slow = enrolled(own.partner("KIZ"), "KIZ", partner.public, 10_000, 10)
    own.write(own.partner_path("KIZ"), slow)
    with client_of(root) as client:
        assert ask(client, 1, partner, body_of(batch_of(1) * 990)).status_code == 200
        answer = ask(client, 1, partner, body_of(batch_of(30)), request="n" * 32)
        assert refused(answer) == (429, "rate")
        assert answer.headers["retry-after"] == "3"
        again = ask(client, 1, partner, body_of(batch_of(3)), request="n" * 32)
        assert again.status_code == 200, "the id was not used up"
    assert [line["remaining"] for line in audit(root)] == [9010, None, 9007]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        body_of()[:-1],
        body_of().replace(b"{", b'{"more":1,', 1),
        b'{"epoch":"e1","generation":0,"blinded_elements":[]}',
        body_of([b"\x01" * 32], epoch="e1").replace(b'"e1"', b'"E1"'),
        body_of([bytes(31) + b"\x01"]).replace(b"01", b"0g"),
    ],
)
def test_a_body_that_is_no_request(client: httpx.Client, partner: Partner, body: bytes) -> None:
    assert refused(ask(client, 1, partner, body)) == (400, "malformed")


@pytest.mark.parametrize(
    "element",
    [
        bytes(32),  # the identity
        (2**255 - 19).to_bytes(32, "little"),  # zero, not reduced
        bytes(31) + b"\x80",  # the top bit, which libsodium 1.0.18 overlooks
        b"\x01" + bytes(31),  # a negative field element
        b"\xff" * 32,
    ],
)
def test_bytes_that_are_no_element(client: httpx.Client, partner: Partner, element: bytes) -> None:
    assert refused(ask(client, 1, partner, body_of([*batch_of(), element]))) == (400, "malformed")


def test_too_many_elements_or_bytes(client: httpx.Client, root: Path, partner: Partner) -> None:
    hexes = [batch_of(1)[0].hex()] * 1001
    many = json.dumps({"epoch": EPOCH, "generation": 0, "blinded_elements": hexes}).encode()
    assert refused(ask(client, 1, partner, many)) == (400, "malformed")
    large = body_of() + b" " * messages.MAX_BODY_BYTES
    assert refused(ask(client, 1, partner, large)) == (413, "too-large")

    def parts() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 4096

    headers = partner.headers(1, large)  # no length is declared: it counts itself
    answer = client.post(messages.EVALUATE_PATH, content=parts(), headers=headers)
    assert refused(answer) == (413, "too-large")
    full = body_of(batch_of(1) * messages.MAX_ELEMENTS)
    assert len(full) < messages.MAX_BODY_BYTES
    assert ask(client, 1, partner, full).status_code == 200


def test_what_it_does_not_hold(client: httpx.Client, partner: Partner) -> None:
    assert refused(ask(client, 1, partner, body_of(epoch="e2"))) == (404, "unknown-epoch")
    assert refused(ask(client, 1, partner, body_of(generation=1))) == (409, "other-generation")


# -- files that change under a running server ------------------------------------------------------


def test_both_generations_answer_during_a_refresh(
    client: httpx.Client, root: Path, partner: Partner
) -> None:
    holders = [holder.unlock(root / str(n), passphrase(n)) for n in (1, 2, 3)]
    old, _ = newest(holders[0])
    deals = [refreshing.refresh(one, EPOCH) for one in holders]
    for one in holders:
        refreshing.apply(one, deals)
    new, _ = newest(holders[0])
    found = messages.Epochs.model_validate_json(client.get(messages.EPOCHS_PATH).content)
    assert found.held == (old, new)
    sent = batch_of()
    for committee in (old, new):
        body = body_of(sent, generation=committee.generation)
        assert checked(ask(client, 1, partner, body), committee, 1, sent)
    from keyserver import ceremony

    said = [ceremony.statement(one, EPOCH) for one in holders]
    refreshing.confirm(holders[0], said, EPOCH)
    assert refused(ask(client, 1, partner)) == (409, "other-generation")
    assert ask(client, 1, partner, body_of(generation=1)).status_code == 200
    ceremony.destroy(holders[0].folder, EPOCH)
    assert refused(ask(client, 1, partner, body_of(generation=1))) == (404, "unknown-epoch")


def test_enrolment_needs_no_restart(client: httpx.Client, root: Path, partner: Partner) -> None:
    other = Partner("STK")
    assert refused(ask(client, 1, other)) == (401, "unknown-partner")
    other.enrol(folder(root))
    assert ask(client, 1, other).status_code == 200
    second = Partner("STK")
    assert refused(ask(client, 1, second)) == (401, "unknown-partner")
    local.enrol(folder(root), "STK", second.public, 10)
    assert ask(client, 1, second).status_code == 200
    assert ask(client, 1, other).status_code == 200
    folder(root).partner_path("STK").unlink()
    assert refused(ask(client, 1, other)) == (401, "unknown-partner")


def test_faults_of_its_own_are_said_without_detail(
    client: httpx.Client, root: Path, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder(root).partner_path("KIZ")
    good = path.read_bytes()
    path.write_text("{}")
    answer = ask(client, 1, partner)
    assert refused(answer) == (503, "unavailable")
    assert answer.headers["retry-after"] == "5"
    assert str(root) not in answer.text
    path.write_bytes(good)
    share = folder(root).share_path(EPOCH, 0)
    kept = share.read_bytes()
    share.write_text("{}")
    assert refused(ask(client, 1, partner)) == (404, "unknown-epoch")
    share.write_bytes(kept)
    assert ask(client, 1, partner).status_code == 200

    def broken(*_arguments: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr("keyserver.audit.os.write", broken)
    assert refused(ask(client, 1, partner)) == (503, "unavailable"), "not logged, not given"


def test_a_full_disk_is_an_outage_and_no_line_is_half(tmp_path: Path) -> None:
    with disk_at(tmp_path / "disk") as disk:
        joined(disk.folder)
        partner = Partner()
        partner.enrol(folder(disk.folder, 1))
        with client_of(disk.folder) as client:
            assert ask(client, 1, partner).status_code == 200
            for left in range(0, 64, 4):  # in the counts, or in the log
                disk.fill(left_kib=left)
                assert ask(client, 1, partner).status_code in (200, 503)
            disk.fill()
            answers = [ask(client, 1, partner) for _ in range(40)]
            assert refused(answers[-1]) == (503, "unavailable")
            disk.make_room()
            assert ask(client, 1, partner).status_code == 200
        assert {line["outcome"] for line in audit(disk.folder)} <= {"ok", "unavailable"}


def test_a_log_takes_a_line_whole_or_not_at_all(tmp_path: Path) -> None:
    with disk_at(tmp_path / "disk") as disk:
        log = Log(disk.folder / "audit.jsonl")
        log.write({"org": "KIZ"})
        disk.fill()
        with pytest.raises(OSError, match="No space"):
            log.write({"org": "K" * 10_000})
        disk.make_room()
        log.write({"org": "STK"})
        lines = (disk.folder / "audit.jsonl").read_text().splitlines()
    assert [json.loads(line)["org"] for line in lines] == ["KIZ", "STK"]


def test_a_server_with_a_damaged_file_does_not_start(root: Path) -> None:
    one = holder.unlock(root / "1", passphrase(1))
    one.folder.share_path(EPOCH, 0).write_text("{}")
    with pytest.raises(FolderProblem, match=r"e1.0.json is damaged"):
        KeyServer(one)


# -- what is kept ----------------------------------------------------------------------------------


def test_neither_elements_nor_answers_are_kept(
    client: httpx.Client, root: Path, partner: Partner, caplog: pytest.LogCaptureFixture
) -> None:
    sent = batch_of(4)
    answers = [
        ask(client, 1, partner, body_of(sent)),
        ask(client, 1, partner, body_of([*sent, bytes(32)])),
        ask(client, 1, partner, body_of(sent, generation=7)),
        ask(client, 1, partner, body_of(sent), tekil_sig="0" * 128),
    ]
    assert [one.status_code for one in answers] == [200, 400, 409, 401]
    given = messages.Evaluated.model_validate_json(answers[0].content)
    hexes = [one.hex() for one in sent] + list(given.evaluated_elements) + [given.proof]
    found = all_bytes(root / "1")
    assert "logs/audit.jsonl" in found
    assert "quotas.sqlite" in found
    for name, content in {**found, "the log": caplog.text.encode()}.items():
        for text in hexes:
            assert text.encode() not in content, name
            assert bytes.fromhex(text) not in content, name
    assert given.evaluated_elements[0] != group.IDENTITY.hex()
