"""Key servers as processes: what the supervisor starts, and what a client gets from it."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import httpx
import pytest

import programs
from events.model import Assurance
from infra.local import children, keyservers
from infra.settings import LOOPBACK, Settings
from keyserver import local
from keyserver.folder import Folder
from keyserver.oprf import messages, threshold
from keyserver.oprf.messages import Epochs, Evaluated
from keyserver.oprf.threshold import Answer
from lab.bench.ports import claim_port_base
from producers.tokenising.client import KeyServers
from producers.tokenising.pinned import PinnedEpoch
from producers.tokenising.quota import QuotaExhausted
from producers.tokenising.threshold import ThresholdTokeniser
from tests.fakes.dice import stream
from tests.keyservers import (
    CHEAP,
    EPOCH,
    INPUTS,
    Partner,
    ask,
    body_of,
    certificate,
    refresh_locally,
)

WAIT_SECONDS = 30


def start(settings: Settings, number: int) -> subprocess.Popen[str]:
    command = programs.command(keyservers.name(number))
    environment = children.child_environment(settings)
    return subprocess.Popen(
        command, env=environment, cwd=children.ROOT, stderr=subprocess.PIPE, text=True
    )


def wait_until_ready(settings: Settings, number: int) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not keyservers.is_ready(settings, number):
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, str]]:
    """Three servers in processes of their own, and the joint public key."""
    settings = Settings(home=tmp_path_factory.mktemp("home"), port_base=claim_port_base())
    root = settings.shared_folder("keyservers")
    public_key = local.make_locally(root, EPOCH, cost=CHEAP)
    processes = [start(settings, number) for number in settings.keyserver_numbers]
    try:
        for number in settings.keyserver_numbers:
            wait_until_ready(settings, number)
        yield settings, public_key
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.communicate(timeout=WAIT_SECONDS)


def test_any_two_make_the_tokens_also_over_a_refresh(running: tuple[Settings, str]) -> None:
    settings, public_key = running
    root, partner = settings.shared_folder("keyservers"), Partner()
    local.enrol_locally(root, (1, 2, 3), partner.org, partner.public, 1000)
    clients = [
        httpx.Client(base_url=url, trust_env=False, timeout=10) for url in settings.keyserver_urls
    ]

    def tokens() -> set[tuple[bytes, ...]]:
        held = {Epochs.model_validate_json(c.get(messages.EPOCHS_PATH).content) for c in clients}
        assert {one.server for one in held} == {1, 2, 3}
        [committee] = {one.held for one in held}.pop()
        assert committee.commitments[0] == public_key
        batch = threshold.blind_batch(INPUTS, stream(time.time_ns()))
        body = body_of(batch.elements, generation=committee.generation)
        answers: dict[int, Answer] = {}
        for number, client in enumerate(clients, 1):
            content = ask(client, number, partner, body).content
            answers[number] = Evaluated.model_validate_json(content).answer
        outputs = set()
        for pair in combinations(answers, 2):
            given = {number: answers[number] for number in pair}
            combined = threshold.combine(committee.committee, batch.elements, given)
            assert combined.faults == ()
            outputs.add(tuple(threshold.finalize_batch(batch, combined)))
        return outputs

    before = tokens()
    assert len(before) == 1
    assert refresh_locally(root, EPOCH) == 1
    assert tokens() == before
    for client in clients:
        client.close()


def test_what_is_started_has_the_limits_of_connections(running: tuple[Settings, str]) -> None:
    """By the one that shows at once: uvicorn alone takes a head of any size that comes whole."""
    settings, _ = running
    with socket.create_connection((LOOPBACK, settings.keyserver_port(1)), WAIT_SECONDS) as one:
        one.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"a:\r\n" * 10_000 + b"\r\n")
        assert one.recv(65536).startswith(b"HTTP/1.1 400 ")
    assert keyservers.is_ready(settings, 1)


def test_sigterm_ends_it_at_once_and_the_count_stays(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, port_base=claim_port_base(), assurance="single")
    root, partner = settings.shared_folder("keyservers"), Partner()
    local.make_locally(root, EPOCH, settings.keyserver_numbers, cost=CHEAP)
    local.enrol_locally(root, (1,), partner.org, partner.public, 4)
    for wanted in (200, 429):
        process = start(settings, 1)
        wait_until_ready(settings, 1)
        with httpx.Client(base_url=settings.keyserver_urls[0], trust_env=False) as client:
            assert ask(client, 1, partner).status_code == wanted
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=WAIT_SECONDS)
            assert time.monotonic() - begun < 10
        assert "Traceback" not in said


def test_what_an_operator_must_see_to_ends_it_with_one_line(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, port_base=claim_port_base(), assurance="single")
    root = settings.shared_folder("keyservers")

    def said(changed: Settings) -> str:
        process = start(changed, 1)
        _, words = process.communicate(timeout=WAIT_SECONDS)
        assert process.returncode == os.EX_CONFIG
        assert "Traceback" not in words
        return words

    assert "passphrase does not exist" in said(settings)
    local.make_locally(root, EPOCH, settings.keyserver_numbers, cost=CHEAP)
    wrong = tmp_path / "wrong"
    wrong.write_text("wrong\n")
    other = settings.model_copy(update={"keyserver_passphrase_file": str(wrong)})
    assert "the passphrase is wrong" in said(other)
    exposed = settings.model_copy(update={"keyserver_host": "0.0.0.0"})
    assert "Without TLS" in said(exposed)


def test_it_dies_with_who_started_it(tmp_path: Path) -> None:
    """kill -9 of the parent: the kernel ends the server."""
    settings = Settings(home=tmp_path, port_base=claim_port_base(), assurance="single")
    local.make_locally(settings.shared_folder("keyservers"), EPOCH, (1,), cost=CHEAP)
    script = (
        "import sys, time, pathlib, programs\n"
        "from infra.local import children, processes\n"
        "from infra.settings import Settings\n"
        "s = Settings()\n"
        "c = programs.command('keyserver-1')\n"
        "e = children.child_environment(s)\n"
        "processes.start_child(c, e, s.root / 'log', children.ROOT)\n"
        "time.sleep(60)\n"
    )
    environment = children.child_environment(settings)
    parent = subprocess.Popen([sys.executable, "-c", script], env=environment)
    try:
        wait_until_ready(settings, 1)
    finally:
        parent.kill()
        parent.wait()
    end = time.monotonic() + 5
    while keyservers.is_ready(settings, 1):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_real_one_runs_in_its_own_folder_with_tls(tmp_path: Path) -> None:
    cert_path, key_path = certificate(tmp_path)
    settings = Settings(
        home=tmp_path / "home",
        port_base=claim_port_base(),
        keyserver_tls_certificate=str(cert_path),
        keyserver_tls_key=str(key_path),
    )
    folder = tmp_path / "ours"
    local.make_locally(tmp_path, EPOCH, (1,), cost=CHEAP)
    (tmp_path / "1").rename(folder)
    partner = Partner()
    local.enrol(Folder(folder), partner.org, partner.public, 10)
    command = [sys.executable, "-m", "cli", "keyserver", "run", "1", "--folder", str(folder)]
    environment = children.child_environment(settings)
    process = subprocess.Popen(command, env=environment, cwd=children.ROOT)
    address = f"https://127.0.0.1:{settings.keyserver_port(1)}"
    trusted = ssl.create_default_context(cafile=str(cert_path))
    try:
        with httpx.Client(base_url=address, verify=trusted, trust_env=False) as client:
            end = time.monotonic() + WAIT_SECONDS
            while True:
                try:
                    answer = ask(client, 1, partner)
                    break
                except httpx.ConnectError:
                    assert time.monotonic() < end
                    time.sleep(0.1)
            assert answer.status_code == 200
            where = ("127.0.0.1", settings.keyserver_port(1))
            crowd = [socket.create_connection(where, WAIT_SECONDS) for _ in range(300)]
            assert crowd[0].recv(1) == b"", "not its handshake's minute"
            assert ask(client, 1, partner).status_code == 200
            for one in crowd:
                one.close()
    finally:
        process.terminate()
        process.wait(WAIT_SECONDS)


def test_a_quota_smaller_than_a_batch_is_used(running: tuple[Settings, str]) -> None:
    settings, public_key = running
    root, partner = settings.shared_folder("keyservers"), Partner("SMALL")
    local.enrol_locally(root, (1, 2, 3), partner.org, partner.public, 7)
    pinned = PinnedEpoch(epoch=EPOCH, public_key=public_key)
    servers = KeyServers(settings.keyserver_urls, partner.org, partner.key)
    try:
        one = ThresholdTokeniser(servers, pinned, Assurance.THRESHOLD)
        with pytest.raises(QuotaExhausted, match="7 tokens of e1 were made in this run; 3 are"):
            one.tokens([("us.ssn", str(number)) for number in range(10)])
    finally:
        servers.close()
    assert one.evaluations == 7
