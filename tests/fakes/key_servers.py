"""Key servers in memory, behind httpx: honest ones, and some that are not.

What it cannot do: enrol partners, count quotas, or keep anything.
"""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import httpx
from anyio import to_thread

from events import signing
from events.model import Assurance
from infra.settings import Settings
from keyserver.oprf import group, messages, rfc9497, shares, threshold
from keyserver.oprf.group import Scalar
from keyserver.oprf.messages import Epochs, Evaluate, Evaluated, HeldEpoch
from keyserver.oprf.rfc9497 import Mode
from keyserver.oprf.shares import Committee, KeyShare
from keyserver.oprf.threshold import Answer
from producers.tokenising.client import KeyServers, Patience
from producers.tokenising.connection import Identity
from producers.tokenising.inputs import token_input
from producers.tokenising.pinned import PinnedEpoch
from producers.tokenising.threshold import ThresholdTokeniser
from producers.tokens import Identifier, Tokens
from tests.fakes.dice import stream
from tests.kit import private_key
from tests.oprf import refresh

ORG: Final = "KIZ"
PATIENT: Final = Patience(hedge_seconds=20)
"""No server is called slow because the tests' machine is."""
HASTY: Final = Patience(hedge_seconds=0.05)
Handler = Callable[[httpx.Request], httpx.Response | None]
Trick = Callable[[Evaluate, Answer, KeyShare], Any]


class FakeClock:
    """Seconds that pass while somebody sleeps, and only then."""

    def __init__(self) -> None:
        self.seconds = 1_780_000_000.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let them pass."""
        with self._lock:
            self.slept.append(seconds)
            self.seconds += seconds
        time.sleep(0.001)  # whoever waits for a thread leaves it some real time


class FakeKeyServer:
    """One server. `before` may answer in its place, `trick` and `announces` change what it says."""

    def __init__(self, number: int, clock: Callable[[], float]) -> None:
        self.number, self._clock = number, clock
        self.held: dict[str, list[tuple[Committee, KeyShare]]] = {}
        self.before: Handler | None = None
        self.trick: Trick | None = None
        self.announces: Callable[[Epochs], Any] | None = None
        self.requests = self.elements = 0
        self._seen: set[str] = set()
        self._lock = threading.Lock()
        self._random = stream(number)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request."""
        given = self.before(request) if self.before else None
        return self._honest(request) if given is None else given

    def _honest(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == messages.EPOCHS_PATH:
            held = tuple(
                HeldEpoch.of(epoch, committee)
                for epoch, generations in self.held.items()
                for committee, _ in generations
            )
            said = Epochs(server=self.number, held=held)
            return answer_of(self.announces(said) if self.announces else said)
        self._check_signature(request)
        asked = Evaluate.model_validate_json(request.content)
        generations = self.held.get(asked.epoch)
        if generations is None:
            return refusal(404, "unknown-epoch")
        fitting = [share for _, share in generations if share.generation == asked.generation]
        if not fitting:
            return refusal(409, "other-generation")
        elements = [bytes.fromhex(text) for text in asked.blinded_elements]
        with self._lock:
            self.requests += 1
            self.elements += len(elements)
        given = threshold.answer(fitting[0], elements, self._random)
        if self.trick is not None:
            return answer_of(self.trick(asked, given, fitting[0]))
        return answer_of(Evaluated.of(asked.epoch, given))

    def _check_signature(self, request: httpx.Request) -> None:
        head = request.headers
        org, asked_at = head[messages.ORG_HEADER], head[messages.TIME_HEADER]
        request_id = head[messages.REQUEST_HEADER]
        with self._lock:
            assert request_id not in self._seen, "a request id twice"
            self._seen.add(request_id)
        assert abs(int(asked_at) - self._clock()) <= messages.CLOCK_SECONDS
        text = messages.signed_text(self.number, org, request_id, asked_at, request.content)
        signature = bytes.fromhex(head[messages.SIGNATURE_HEADER])
        assert head[messages.KEY_HEADER] == signing.public_bytes(private_key(org)).hex()
        assert signing.verify(bytes.fromhex(head[messages.KEY_HEADER]), signature, text)


class FakeKeyServers:
    """Some servers that hold the keys of some epochs."""

    def __init__(self, *epochs: str, servers: int = 3, needed: int = 2) -> None:
        self.clock = FakeClock()
        self.single = needed == 1
        self.servers = [FakeKeyServer(n, self.clock) for n in range(1, servers + 1)]
        self.urls = [f"http://127.0.0.1:{18070 + server.number}" for server in self.servers]
        self.secrets: dict[str, Scalar] = {}
        self.pinned: list[PinnedEpoch] = []
        self._made: list[KeyServers] = []
        for number, epoch in enumerate(epochs or ("e1",), 100):
            random = stream(number)
            key = self.secrets[epoch] = group.random_scalar(random)
            if self.single:
                committee = Committee(0, 1, (group.multiply_base(key),))
                held = [KeyShare(1, 0, key)]
            else:
                committee, held = shares.split(key, servers, needed, random)
            public = committee.public_key.hex()
            self.pinned.append(PinnedEpoch(epoch=epoch, public_key=public))
            for server, share in zip(self.servers, held, strict=True):
                server.held[epoch] = [(committee, share)]

    def transport(self, url: str) -> httpx.AsyncBaseTransport:
        """What carries the requests to this address; each may wait in a thread of its own."""
        server = self.servers[self.urls.index(url)]

        async def answer(request: httpx.Request) -> httpx.Response:
            return await to_thread.run_sync(server, request, abandon_on_cancel=True)

        return httpx.MockTransport(answer)

    def client(self, patience: Patience = PATIENT) -> KeyServers:
        """A client of them, as ORG has one."""
        key = private_key(ORG)
        made = KeyServers(
            self.urls, ORG, key, single=self.single, patience=patience, transport=self.transport,
            clock=self.clock, sleep=self.clock.sleep, identity=Identity(ORG, key, self.clock),
        )  # fmt: skip
        self._made.append(made)
        return made

    def close(self) -> None:
        """Close all clients that were made."""
        for made in self._made:
            made.close()

    def refresh(self, epoch: str, *, keep: bool, only: Sequence[int] = (1, 2, 3)) -> None:
        """The next generation of an epoch's shares, at some of the servers."""
        committee = self.servers[0].held[epoch][-1][0]
        held = [server.held[epoch][-1][1] for server in self.servers]
        later, new = refresh(committee, held, [1, 2], 7 + committee.generation)
        for server, share in zip(self.servers, new, strict=True):
            if server.number in only:
                earlier = server.held[epoch] if keep else []
                server.held[epoch] = [*earlier, (later, share)]

    def drop(self, epoch: str) -> None:
        """Delete all generations but the newest, at all servers."""
        for server in self.servers:
            server.held[epoch] = server.held[epoch][-1:]

    @property
    def elements(self) -> int:
        """How many elements all servers have evaluated."""
        return sum(server.elements for server in self.servers)


def settings_for(home: Path, assurance: str = "threshold") -> Settings:
    """Settings of a partner that asks key servers."""
    return Settings(home=home, assurance=assurance)


def answer_of(said: Any) -> httpx.Response:
    """200 with a message, or with anything else."""
    if isinstance(said, bytes):
        return httpx.Response(200, content=said)
    return httpx.Response(200, content=said.model_dump_json())


def refusal(
    status: int, code: str, retry_after: str | None = None, remaining: int | None = None
) -> httpx.Response:
    """An error as a key server says it."""
    headers = {} if retry_after is None else {"retry-after": retry_after}
    body: dict[str, Any] = {"error": code, "detail": "for people"}
    if remaining is not None:
        body["remaining"] = remaining
    return httpx.Response(status, json=body, headers=headers)


def refuses(status: int, code: str, retry_after: str | None = None) -> Handler:
    """Tells its epochs, and evaluates nothing."""

    def handler(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == messages.EPOCHS_PATH:
            return None
        return refusal(status, code, retry_after)

    return handler


def unreachable(request: httpx.Request) -> httpx.Response:
    """Nobody listens there."""
    raise httpx.ConnectError("refused", request=request)


SOME: Final[list[Identifier]] = [
    ("tr.tckimlik", "99291417710"),
    ("us.ssn", "1"),
    ("weak.phone", "+90"),
]


def expected(servers: FakeKeyServers, epoch: str = "e1") -> list[Tokens]:
    """The tokens of SOME as the holder of the whole key makes them."""
    key = servers.secrets[epoch]
    return [
        (rfc9497.evaluate(key, token_input(epoch, *one), Mode.VOPRF)[:16].hex(),) for one in SOME
    ]


def asking(
    servers: FakeKeyServers, patience: Patience = PATIENT
) -> tuple[KeyServers, ThresholdTokeniser]:
    """A client, and its tokeniser of the first epoch, without a cache."""
    client = servers.client(patience)
    assurance = Assurance.SINGLE if servers.single else Assurance.THRESHOLD
    return client, ThresholdTokeniser(client, servers.pinned[0], assurance)
