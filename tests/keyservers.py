"""What the tests of key servers share: servers in folders, and a partner that asks them."""

import secrets
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID
from fastapi import FastAPI

from events import signing
from keyserver import ceremony, holder, local, refreshing
from keyserver.connections import configuration
from keyserver.documents import Deal
from keyserver.folder import Folder
from keyserver.holder import Holder
from keyserver.listening import Listening
from keyserver.oprf import group, messages, rfc9497, threshold
from keyserver.oprf.group import Element
from keyserver.oprf.messages import Evaluate, Evaluated, HeldEpoch
from keyserver.oprf.rfc9497 import Mode
from keyserver.oprf.shares import KeyShare
from keyserver.sealed import Cost
from tests.fakes.dice import stream
from tests.files import bytes_of, under

CHEAP = Cost(memory_kib=32, passes=1, lanes=1)
EPOCH = "e1"
INPUTS = [b"tekil-token-v1\ne1\n99\none", b"tekil-token-v1\ne1\n99\ntwo", b""]
Headers = dict[str, str]
PATIENCE_SECONDS = 20.0
"""So long a test waits for what has to come."""


def passphrase(number: int) -> bytes:
    return b"passphrase of server %d" % number


def three(root: Path, servers: int = 3) -> list[Holder]:
    """Servers with keys and no epoch."""
    return [
        holder.make(root / str(number), number, passphrase(number), CHEAP)
        for number in range(1, servers + 1)
    ]


def joined(root: Path, epoch: str = EPOCH, servers: int = 3) -> list[Holder]:
    """Servers that hold an epoch."""
    holders = three(root, servers)
    deals = deals_of(holders, epoch)
    for one in holders:
        ceremony.join(one, deals)
    return holders


def deals_of(holders: list[Holder], epoch: str = EPOCH) -> list[Deal]:
    return [ceremony.deal(one, epoch, [h.identity for h in holders]) for one in holders]


def refreshed(holders: list[Holder], dealers: tuple[int, ...] = (1, 2, 3)) -> None:
    deals = [refreshing.refresh(holders[n - 1], EPOCH) for n in dealers]
    for one in holders:
        refreshing.apply(one, deals)


def confirmed(holders: list[Holder]) -> None:
    said = [ceremony.statement(one, EPOCH) for one in holders]
    for one in holders:
        refreshing.confirm(one, said, EPOCH)


def refresh_locally(
    root: Path,
    epoch: str,
    given: Mapping[int, bytes] | None = None,
    numbers: Sequence[int] = (1, 2, 3),
) -> int:
    """Move the shares of all servers under a folder on by one, or on from where it died."""
    holders = []
    for n in numbers:
        folder = root / str(n)
        words = given[n] if given else local.read_passphrase(folder / "passphrase")
        holders.append(holder.unlock(folder, words, n))
    now = [ceremony.newest(one.folder, epoch) for one in holders]
    begun = any(len(one.folder.generations(epoch)) > 1 for one in holders)
    if len(set(now)) > 1 or not begun:
        deals = [refreshing.refresh(one, epoch, min(now)) for one in holders]
        for one in holders:
            refreshing.apply(one, deals)
    confirmed(holders)
    return ceremony.newest(holders[0].folder, epoch)


def lose(one: Holder, epoch: str = EPOCH) -> None:
    for path in (one.folder.root / "shares").glob(f"{epoch}.*"):
        path.unlink()


def newest(one: Holder, epoch: str = EPOCH) -> tuple[HeldEpoch, KeyShare]:
    return one.share(epoch, ceremony.newest(one.folder, epoch))


def outputs(holders: Sequence[Holder], epoch: str = EPOCH) -> list[bytes]:
    """What a client gets from these servers' newest shares, with all its checks."""
    batch = threshold.blind_batch(INPUTS, stream(5))
    held = [newest(one, epoch) for one in holders]
    answers = {
        share.server: threshold.answer(share, batch.elements, stream(7)) for _, share in held
    }
    combined = threshold.combine(held[0][0].committee, batch.elements, answers)
    assert not combined.faults
    return threshold.finalize_batch(batch, combined)


def expected(key: group.Scalar) -> list[bytes]:
    """The official function under the whole key."""
    return [rfc9497.evaluate(key, one, Mode.VOPRF) for one in INPUTS]


@contextmanager
def serving(app: FastAPI) -> Iterator[httpx.Client]:
    """The application on a loopback port, by the real server, and a client of it."""
    # the protocol is named so that asyncio sees TCP, and sends without waiting (TCP_NODELAY)
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.bind(("127.0.0.1", 0))
    server = uvicorn.Server(configuration(app, "127.0.0.1", 0))
    listening = Listening(bound, server.server_state)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        with httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def connected(client: httpx.Client, sent: bytes = b"") -> socket.socket:
    """A connection of its own to the client's server, on which these bytes were sent."""
    address = (client.base_url.host, client.base_url.port or 0)
    made = socket.create_connection(address, PATIENCE_SECONDS)
    made.sendall(sent)
    return made


class Partner:
    """An organisation with a signing key, at one server."""

    def __init__(self, org: str = "KIZ") -> None:
        self.org = org
        self.key = Ed25519PrivateKey.generate()
        self.public = signing.public_bytes(self.key).hex()

    def enrol(self, folder: Folder, quota: int = 1000) -> None:
        local.enrol(folder, self.org, self.public, quota)

    def headers(
        self,
        server: int,
        body: bytes,
        *,
        now: float | None = None,
        request: str = "",
        **changed: str,
    ) -> Headers:
        """The headers of a signed request; `changed` has header names with `_`."""
        at = str(int(time.time() if now is None else now))
        request = request or secrets.token_hex(16)
        text = messages.signed_text(server, self.org, request, at, body)
        made = {
            messages.ORG_HEADER: self.org,
            messages.KEY_HEADER: self.public,
            messages.TIME_HEADER: at,
            messages.REQUEST_HEADER: request,
            messages.SIGNATURE_HEADER: self.key.sign(text).hex(),
        }
        return made | {name.replace("_", "-"): value for name, value in changed.items()}


def batch_of(count: int = 3, seed: int = 1) -> list[Element]:
    return list(threshold.blind_batch([b"%d" % n for n in range(count)], stream(seed)).elements)


def body_of(
    elements: Sequence[bytes] | None = None, epoch: str = EPOCH, generation: int = 0
) -> bytes:
    sent = batch_of() if elements is None else elements
    asked = Evaluate(
        epoch=epoch, generation=generation, blinded_elements=tuple(one.hex() for one in sent)
    )
    return asked.model_dump_json().encode()


def ask(
    client: httpx.Client, server: int, partner: Partner, body: bytes | None = None, **more: Any
) -> httpx.Response:
    """One signed request."""
    body = body_of() if body is None else body
    return client.post(
        messages.EVALUATE_PATH, content=body, headers=partner.headers(server, body, **more)
    )


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of an error."""
    error = messages.Error.model_validate_json(answer.content)
    return answer.status_code, error.error


def checked(answer: httpx.Response, held: HeldEpoch, server: int, sent: Sequence[Element]) -> bool:
    """Whether the answer's proof holds under this server's share."""
    assert answer.status_code == 200, answer.text
    given = Evaluated.model_validate_json(answer.content).answer
    public = held.committee.share_public_keys[server]
    evaluated = [group.deserialize_element(one) for one in given.evaluated_elements]
    proof = rfc9497.Proof.deserialize(given.proof)
    return rfc9497.verify_proof(public, sent, evaluated, proof, Mode.VOPRF)


def all_bytes(root: Path) -> Mapping[str, bytes]:
    """Every file under a folder."""
    return {str(path.relative_to(root)): bytes_of(path) for path in under(root)}


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "key server")])
    address = x509.IPAddress(IPv4Address("127.0.0.1"))
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert_path, key_path = folder / "cert.pem", folder / "key.pem"
    pem = serialization.Encoding.PEM
    cert_path.write_bytes(made.public_bytes(pem))
    plain = serialization.NoEncryption()
    key_path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return cert_path, key_path
