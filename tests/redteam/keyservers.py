"""The key servers of the running system: guesses, replays, crowds, and what lies on their disks."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import pytest

from keyserver import connections, holder, local
from keyserver.oprf import messages, threshold
from keyserver.oprf.messages import Epochs, Error, Evaluate, Evaluated
from keyserver.oprf.shares import Committee
from tests import keyservers
from tests.attack.guessing import BATCH, Ask, Guesser
from tests.attack.loot import Loot
from tests.fakes.dice import stream
from tests.keyservers import Partner, ask, batch_of, body_of, refused
from tests.redteam.place import Place
from tests.redteam.table import Attack

QUOTA = 60
SERVERS = (1, 2, 3)


def joined(place: Place, org: str, quota: int) -> tuple[Partner, dict[int, httpx.Client]]:
    """An organisation that all three know, and a client of each."""
    partner = Partner(org)
    root = place.settings.shared_folder("keyservers")
    local.enrol_locally(root, SERVERS, org, partner.public, quota)
    urls = place.settings.keyserver_urls
    clients = {
        number: httpx.Client(base_url=url, trust_env=False, timeout=60)
        for number, url in zip(SERVERS, urls, strict=True)
    }
    return partner, clients


def committee(client: httpx.Client) -> Committee:
    """Of the epoch that a server holds."""
    held = Epochs.model_validate_json(client.get(messages.EPOCHS_PATH).content).held
    return held[0].committee


def guess_beyond_the_quota(place: Place) -> str:
    """Tokens of made-up numbers from all three, until they stop."""
    partner, clients = joined(place, "GUESSER", QUOTA)

    def asking(number: int) -> Ask:
        def one(asked: Evaluate) -> Evaluated | Error:
            body = asked.model_dump_json().encode()
            said = keyservers.ask(clients[number], number, partner, body)
            kind = Evaluated if said.status_code == 200 else Error
            return kind.model_validate_json(said.content)

        return one

    with ExitStack() as closing:
        for client in clients.values():
            closing.enter_context(client)
        asks = {number: asking(number) for number in SERVERS}
        guesser = Guesser(committee(clients[1]), asks)
        guesser.guess(place.people.candidates)
    made = len(guesser.tokens)
    assert 3 * QUOTA // 2 - 2 * BATCH <= made <= 3 * QUOTA // 2, made
    assert len(guesser.refused) >= 2
    return f"{made} tokens of {len(place.people.candidates)}: three halves of the quota of {QUOTA}"


def replay_and_forge(place: Place) -> str:
    """A request again, at another server, late, changed, under another's name, and rubbish."""
    partner, clients = joined(place, "REPLAY", 1_000)
    stranger = Partner("REPLAY")
    body = body_of(batch_of(2))
    codes = []
    with clients[1] as first, clients[2] as second, clients[3] as third:
        headers = partner.headers(1, body)
        assert first.post(messages.EVALUATE_PATH, content=body, headers=headers).status_code == 200
        for one, content, sent in (
            (first, body, headers),
            (second, body, headers),
            (first, body_of(batch_of(3)), partner.headers(1, body)),
            (first, body, stranger.headers(1, body)),
            (first, body, Partner("NOBODY").headers(1, body)),
            (first, body, partner.headers(1, body, now=1.0)),
            (third, b"x" * (messages.MAX_BODY_BYTES + 1), partner.headers(3, body)),
            (third, b"[" * 10_000, partner.headers(3, b"[" * 10_000)),
        ):
            answer = one.post(messages.EVALUATE_PATH, content=content, headers=sent)
            codes.append(refused(answer)[1])
        for element in (bytes(32), b"\xff" * 32):
            codes.append(refused(ask(third, 3, partner, body_of([element])))[1])
    expected = ["replayed", "bad-signature", "bad-signature", "unknown-partner", "unknown-partner",
                "clock", "too-large", "malformed", "malformed", "malformed"]  # fmt: skip
    assert codes == expected, codes
    return ", ".join(codes)


def crowd(place: Place) -> str:
    """More half-open connections than a server holds; who asks for tokens is answered."""
    partner, clients = joined(place, "CROWD", 100)
    address = urlsplit(place.settings.keyserver_urls[0])
    count = connections.MAX_CONNECTIONS + 50
    with ExitStack() as closing:
        for client in clients.values():
            closing.enter_context(client)
        for number in range(count):
            host, port = address.hostname or "", address.port or 0
            one = closing.enter_context(socket.create_connection((host, port), 60))
            one.sendall(b"" if number % 2 else b"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\n")
        assert ask(clients[1], 1, partner, body_of(batch_of(1))).status_code == 200
    return f"{count} half-open connections; a token is made"


def read_the_disks(place: Place) -> str:
    """All files of all three servers without their passphrases."""
    root = place.settings.shared_folder("keyservers")
    loot = Loot()
    for number in SERVERS:
        for path in (root / str(number)).rglob("*"):
            if path.is_file() and path.name != "passphrase":
                loot.key_file(path.name, path.read_bytes())
    assert loot.keys, "salts, commitments, public keys"
    for number in SERVERS:
        assert secret(place, number) not in {*loot.keys, *loot.secrets}
    return f"{len(loot.keys)} values of 32 bytes, none of them a share"


def secret(place: Place, number: int) -> bytes:
    """What the operator with the passphrase has: a server's share."""
    folder = place.settings.shared_folder("keyservers") / str(number)
    one = holder.unlock(folder, local.read_passphrase(folder / "passphrase"))
    return bytes(keyservers.newest(one)[1].secret)


def lie(place: Place) -> str:
    """An answer with another element and the same proof: it is named, and makes no token."""
    partner, clients = joined(place, "LIED", 100)
    batch = threshold.blind_batch([b"one", b"two"], stream(3))
    with clients[1] as first, clients[2] as second:
        known = committee(first)
        body = body_of(batch.elements, generation=known.generation)
        answers = {
            number: Evaluated.model_validate_json(ask(one, number, partner, body).content).answer
            for number, one in ((1, first), (2, second))
        }
    honest = threshold.combine(known, batch.elements, answers)
    assert honest.faults == ()
    swapped = Evaluated.of("e1", answers[2])
    changed = swapped.model_copy(
        update={"evaluated_elements": swapped.evaluated_elements[::-1]}
    ).answer
    with pytest.raises(threshold.TooFewShares) as caught:
        threshold.combine(known, batch.elements, {1: answers[1], 2: changed})
    assert [fault.server for fault in caught.value.faults] == [2]
    return "no token, and server 2 is named"


def all_attacks() -> Iterator[Attack]:
    """The rows about key servers."""
    yield Attack(
        "guessing beyond the quota",
        ("partner that guesses numbers", "partner + administration (or whoever holds broker or"
         " registry)", "central administration with its own quota at the key servers (2,000"
         " evaluations a day, for placeholders' tokens)", "partner + one key server"),
        "tokens of made-up numbers at three servers with a quota of 60 each",
        "At most three halves of the quota, each counted", guess_beyond_the_quota,
        "within its quota who may ask guesses one number at a time, and is counted for it",
    )  # fmt: skip
    yield Attack(
        "replays and forged requests", ("requests to a key server, replayed or forged",),
        "a request again, elsewhere, late, changed, of a stranger; no elements", "Each is refused",
        replay_and_forge,
    )  # fmt: skip
    yield Attack(
        "a crowd before a key server", ("a server shut by requests",),
        "562 half-open connections", "Who asks for tokens is answered", crowd,
    )  # fmt: skip
    yield Attack(
        "a key server's disk",
        ("key server's operator with the disk (share encrypted under a passphrase)",),
        "all files of all three, without passphrases", "No share is among them", read_the_disks,
    )  # fmt: skip
    yield Attack(
        "a key server that lies", ("key server that lies",),
        "an answer with its elements exchanged", "No token is made, and it is named", lie,
    )  # fmt: skip
