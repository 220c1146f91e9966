"""What key servers send each other in a ceremony: JSON files, each signed by its sender.

Secret parts in them are sealed to one receiver by HPKE (RFC 9180) and bound to what they are for.
Files travel by any way: nothing in them is believed but for its signature. They are deleted after
use: who kept them, and gets a server's box key later, can open the parts that were for it.
"""

import hashlib
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from events import signing
from keyserver import files
from keyserver.errors import CeremonyProblem
from keyserver.oprf.messages import EpochName, HeldEpoch, Hex32, Hex64, Message

DOMAIN: Final = b"tekil-ceremony-v1\n"
FINGERPRINT_DIGITS: Final = 40  # 160 bits: too many for two committees that look alike
GROUP_DIGITS: Final = 4

Number = Annotated[int, Field(ge=1, le=255)]
Generation = Annotated[int, Field(ge=0)]
SealedHex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{160}$")]
"""A scalar under HPKE: 32 bytes of key, 32 of scalar, 16 of tag."""


class Identity(Message):
    """A server's public half: the file that the others get before a ceremony."""

    format: Literal["tekil-keyserver-v1"] = "tekil-keyserver-v1"
    server: Number
    signing_key: Hex32
    box_key: Hex32


Servers = Annotated[tuple[Identity, ...], Field(min_length=1, max_length=255)]


class Roster(Message):
    """Who holds an epoch's shares, and how many of them are needed."""

    threshold: Number
    servers: Servers

    def of(self, server: int) -> Identity | None:
        """The identity of this number."""
        return next((one for one in self.servers if one.server == server), None)

    @property
    def numbers(self) -> tuple[int, ...]:
        """All servers' numbers."""
        return tuple(one.server for one in self.servers)


DealKind = Literal["deal", "refresh", "recovery"]


class Deal(Message):
    """A polynomial: its public commitments, and each receiver's secret part, sealed.

    `deal` makes a key (0016: `split`); `refresh` and `recovery` are zero at `root`, which is 0 or
    the lost server. `generation` is the one that it starts from.
    """

    kind: DealKind
    epoch: EpochName
    generation: Generation
    dealer: Number
    root: Annotated[int, Field(ge=0, le=255)]
    roster: Roster
    commitments: Annotated[tuple[Hex32, ...], Field(max_length=255)]
    parts: dict[int, SealedHex]
    signature: Hex64

    @property
    def sender(self) -> int:
        """Who signed it."""
        return self.dealer


class Help(Message):
    """A helper's masked share for the server that lost its own, and what that one must know."""

    kind: Literal["help"]
    held: HeldEpoch
    roster: Roster
    lost: Number
    helper: Number
    deals: Hex32
    """The digest of the deals that were used: all helpers use the same."""
    value: SealedHex
    signature: Hex64

    @property
    def sender(self) -> int:
        """Who signed it."""
        return self.helper


class Statement(Message):
    """A server's word that it holds a generation of an epoch with this committee."""

    kind: Literal["statement"]
    epoch: EpochName
    generation: Generation
    server: Number
    fingerprint: str
    signature: Hex64

    @property
    def sender(self) -> int:
        """Who signed it."""
        return self.server


Document = Deal | Help | Statement
D = TypeVar("D", Deal, Help, Statement)
UNSIGNED: Final = "0" * 128
_DOCUMENT: Final[TypeAdapter[Document]] = TypeAdapter(
    Annotated[Document, Field(discriminator="kind")]
)


def text_of(document: Document) -> bytes:
    """What the signature covers: all of the document but itself."""
    return DOMAIN + files.canonical(document.model_dump(mode="json", exclude={"signature"}))


def signed(document: D, key: Ed25519PrivateKey) -> D:
    """The document with its signature."""
    return document.model_copy(update={"signature": key.sign(text_of(document)).hex()})


def check_signature(document: Document, roster: Roster) -> None:
    """CeremonyProblem unless the sender of this roster signed it."""
    sender = roster.of(document.sender)
    if sender is None:
        raise CeremonyProblem(f"Server {document.sender} is none of this epoch's.")
    signature = bytes.fromhex(document.signature)
    if not signing.verify(bytes.fromhex(sender.signing_key), signature, text_of(document)):
        raise CeremonyProblem(
            f"The {document.kind} of server {document.sender} is not signed by it, or was changed."
            " Ask for it again."
        )


def digest(documents: list[Deal]) -> str:
    """One number for a set of deals, in whatever order they came."""
    texts = sorted(hashlib.sha256(text_of(one)).digest() for one in documents)
    return hashlib.sha256(b"".join(texts)).hexdigest()


def fingerprint(held: HeldEpoch, roster: Roster) -> str:
    """What people compare: short groups of hex digits for a committee and its servers' keys.

    The servers' keys are in it, for otherwise somebody between the servers could open and seal
    again what they send each other, and all would see the same committee.
    """
    text = files.canonical([held.model_dump(mode="json"), roster.model_dump(mode="json")])
    digits = hashlib.sha256(b"tekil-fingerprint-v1\n" + text).hexdigest()[:FINGERPRINT_DIGITS]
    starts = range(0, FINGERPRINT_DIGITS, GROUP_DIGITS)
    return " ".join(digits[start : start + GROUP_DIGITS] for start in starts)


def context(deal_kind: str, epoch: str, generation: int, sender: int, receiver: int) -> bytes:
    """HPKE's `info`: a sealed part opens as nothing but this."""
    return DOMAIN + f"{deal_kind}\n{epoch}\n{generation}\n{sender}\n{receiver}".encode()


def read_document(path: Path) -> Document:
    """A document from a file that somebody sent. FolderProblem, CeremonyProblem."""
    content = files.read(path, "Check the file's name.")
    try:
        return _DOCUMENT.validate_json(content)
    except ValidationError:
        raise CeremonyProblem(f"{path} is no file of a ceremony, or was changed.") from None


def read_identity(path: Path) -> Identity:
    """A server's public identity from a file. FolderProblem, CeremonyProblem."""
    content = files.read(path, "It is the public.json that `tekil keyserver init` makes.")
    try:
        return Identity.model_validate_json(content)
    except ValidationError:
        raise CeremonyProblem(f"{path} is no public identity of a key server.") from None
