"""What a partner and a key server say to each other over HTTP (pure; docs/TOKENS.md).

Both sides and the tests use these models, so that there is one description of the wire. Bytes
stand as lower-case hex. A request's signature covers its body as sent, who asks, which server is
asked, when, and a request id: so it can be neither changed nor used at another server, and a
second time only to be refused.
"""

from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from keyserver.oprf.group import Element
from keyserver.oprf.shares import MAX_SERVERS, Committee
from keyserver.oprf.threshold import Answer

MAX_ELEMENTS: Final = 1_000
"""The most elements of one request."""
MAX_BODY_BYTES: Final = 128 * 1024
CLOCK_SECONDS: Final = 300
"""How far the clocks of partner and server may differ."""
EVALUATE_PATH: Final = "/v1/evaluate"
EPOCHS_PATH: Final = "/v1/epochs"

ORG_HEADER: Final = "tekil-org"
KEY_HEADER: Final = "tekil-key"
"""The partner's public key, 64 hex digits."""
TIME_HEADER: Final = "tekil-time"
REQUEST_HEADER: Final = "tekil-request"
SIGNATURE_HEADER: Final = "tekil-sig"
"""128 hex digits."""

EpochName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,7}$")]
"""Shorter than a submission's `tokens_epoch`, which joins two of them by a dash in an overlap."""
Hex32 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Hex64 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}$")]


class Message(BaseModel):
    """Strict: an unknown field is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HeldEpoch(Message):
    """One generation of one epoch's shares that a server holds: all of it is public."""

    epoch: EpochName
    generation: Annotated[int, Field(ge=0)]
    servers: Annotated[int, Field(ge=1, le=MAX_SERVERS)]
    commitments: Annotated[tuple[Hex32, ...], Field(min_length=1, max_length=MAX_SERVERS)]

    @classmethod
    def of(cls, epoch: str, committee: Committee) -> Self:
        """The message about a committee."""
        return cls(
            epoch=epoch,
            generation=committee.generation,
            servers=committee.servers,
            commitments=tuple(element.hex() for element in committee.commitments),
        )

    @property
    def committee(self) -> Committee:
        """The committee. ShareError or DeserializeError if it is none."""
        elements = tuple(Element(bytes.fromhex(text)) for text in self.commitments)
        return Committee(self.generation, self.servers, elements)


class Epochs(Message):
    """Answer to GET /v1/epochs: what a server is and holds. Needs no signature."""

    server: Annotated[int, Field(ge=1, le=255)]
    held: tuple[HeldEpoch, ...]
    max_elements: int = MAX_ELEMENTS


class Evaluate(Message):
    """Body of POST /v1/evaluate: blinded elements to be multiplied by the share."""

    epoch: EpochName
    generation: Annotated[int, Field(ge=0)]
    blinded_elements: Annotated[tuple[Hex32, ...], Field(min_length=1, max_length=MAX_ELEMENTS)]


class Evaluated(Message):
    """Answer to POST /v1/evaluate. `proof` is the challenge followed by the response."""

    epoch: EpochName
    generation: Annotated[int, Field(ge=0)]
    evaluated_elements: tuple[Hex32, ...]
    proof: Hex64

    @classmethod
    def of(cls, epoch: str, answer: Answer) -> Self:
        """The message for an answer."""
        return cls(
            epoch=epoch,
            generation=answer.generation,
            evaluated_elements=tuple(element.hex() for element in answer.evaluated_elements),
            proof=answer.proof.hex(),
        )

    @property
    def answer(self) -> Answer:
        """The answer, of which nothing is believed yet."""
        elements = tuple(bytes.fromhex(text) for text in self.evaluated_elements)
        return Answer(self.generation, elements, bytes.fromhex(self.proof))


ErrorCode = Literal[
    "malformed",  # 400: no such request, or bytes that are no element
    "unsigned",  # 401: a header is missing or has another form
    "unknown-partner",  # 401: this server does not know the organisation or its key
    "bad-signature",  # 401
    "clock",  # 401: the time is more than five minutes from the server's
    "replayed",  # 409: this request was answered before
    "unknown-epoch",  # 404: the server holds no share of this epoch
    "other-generation",  # 409: it holds another generation; ask for the epochs again
    "too-large",  # 413
    "quota",  # 429: the organisation's day has `remaining` left; Retry-After: the next begins
    "rate",  # 429: too fast; Retry-After says the seconds
    "unavailable",  # 503
]


class Error(Message):
    """Body of the key server's answers that are not 200.

    `detail` is a sentence for people, in English. `remaining` stands beside `quota` alone: how many
    evaluations of the day are left, so that the sender can ask for so many.
    """

    model_config = ConfigDict(extra="ignore")  # a newer server may say more of why

    error: ErrorCode
    detail: str
    remaining: Annotated[int, Field(ge=0)] | None = None


def signed_text(server: int, org: str, request_id: str, time: str, body: bytes) -> bytes:
    """The bytes under a request's Ed25519 signature.

    `time` is the header's text: seconds since 1970, in digits. None of the parts before the body
    can hold a line's end (the server checks their form first).
    """
    return f"tekil-evaluate-v1\n{server}\n{org}\n{request_id}\n{time}\n".encode() + body
