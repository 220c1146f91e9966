"""What is secret in one server's folder: its own keys, and its shares of each epoch."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from events import signing
from keyserver import files
from keyserver.documents import D, Identity, signed
from keyserver.errors import CeremonyProblem, FolderProblem
from keyserver.folder import Folder
from keyserver.oprf.group import DeserializeError, Scalar
from keyserver.oprf.messages import HeldEpoch
from keyserver.oprf.shares import Committee, KeyShare, ShareError
from keyserver.sealed import COST, Cost, Vault

SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
IDENTITY_NAME: Final = "identity"
_PRIVATE_BYTES: Final = 32


@dataclass(frozen=True)
class Holder:
    """A server's folder, unlocked."""

    folder: Folder
    identity: Identity
    _vault: Vault = field(repr=False)
    _signing: Ed25519PrivateKey = field(repr=False)
    _box: X25519PrivateKey = field(repr=False)

    @property
    def number(self) -> int:
        """The server's number."""
        return self.identity.server

    def sign(self, document: D) -> D:
        """The document, signed by this server."""
        return signed(document, self._signing)

    def open_part(self, sealed: str, info: bytes, sender: int) -> Scalar:
        """What another server sealed to this one. CeremonyProblem names the sender."""
        try:
            # a scalar or not: whoever adds it up compares it with the commitments
            return Scalar(SUITE.decrypt(bytes.fromhex(sealed), self._box, info))
        except InvalidTag:
            raise CeremonyProblem(
                f"The part that server {sender} sealed for server {self.number} does not open:"
                " it is for another server, epoch, generation or purpose, or was changed."
            ) from None

    def share(self, epoch: str, generation: int) -> tuple[HeldEpoch, KeyShare]:
        """A share and its committee, which fit each other. FolderProblem if they do not."""
        held = self.folder.committee(epoch, generation)
        path = self.folder.share_path(epoch, generation)
        if held is None:
            raise FolderProblem(
                f"{self.folder.committee_path(epoch, generation)} is missing. Restore it from a"
                " backup, or from another server."
            )
        secret = self._vault.open(path, "share", self.number, f"{epoch}.{generation}")
        try:
            share = KeyShare(self.number, generation, Scalar(secret))
            share.check(held.committee)
        except (ShareError, DeserializeError) as error:
            raise FolderProblem(f"{path}: {error}. Recover it with the other servers.") from None
        return held, share

    def keep(self, epoch: str, committee: Committee, share: KeyShare) -> HeldEpoch:
        """Write a generation: its share last, as that is what makes it held."""
        held = HeldEpoch.of(epoch, committee)
        self.folder.write(self.folder.committee_path(epoch, committee.generation), held)
        name = f"{epoch}.{share.generation}"
        content = self._vault.seal("share", self.number, name, share.secret)
        files.write(self.folder.share_path(epoch, share.generation), content)
        return held


def seal_part(secret: Scalar, receiver: Identity, info: bytes) -> str:
    """A scalar that only the receiver can open, and only as what `info` says (RFC 9180).

    CeremonyProblem if the receiver's key is none.
    """
    try:
        public = X25519PublicKey.from_public_bytes(bytes.fromhex(receiver.box_key))
        return SUITE.encrypt(secret, public, info).hex()
    except ValueError:
        raise CeremonyProblem(f"The box key of server {receiver.server} is no key.") from None


def make(path: Path, number: int, passphrase: bytes, cost: Cost = COST) -> Holder:
    """A new server's keys; those that are there already, with the same number, stay.

    FolderProblem if another server lives there.
    """
    folder = Folder(path)
    if folder.identity_path.exists():
        return unlock(path, passphrase, number)
    if not 1 <= number <= 255:
        raise CeremonyProblem("A key server's number is 1 to 255.")
    files.make_folder(path)
    vault = Vault.of(passphrase, cost)
    signing_key, box = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
    secret = signing_key.private_bytes_raw() + box.private_bytes_raw()
    files.write(folder.identity_path, vault.seal("identity", number, IDENTITY_NAME, secret))
    return unlock(path, passphrase, number)


def unlock(path: Path, passphrase: bytes, number: int | None = None) -> Holder:
    """The server that lives in a folder. FolderProblem for a wrong passphrase or another server.

    A crash between its two files is made good here: the public one follows from the private.
    """
    folder = Folder(path)
    if number is None:
        number = folder.identity.server
    vault = Vault.of(passphrase)
    secret = vault.open(folder.identity_path, "identity", number, IDENTITY_NAME)
    signing_key = Ed25519PrivateKey.from_private_bytes(secret[:_PRIVATE_BYTES])
    box = X25519PrivateKey.from_private_bytes(secret[_PRIVATE_BYTES:])
    identity = Identity(
        server=number,
        signing_key=signing.public_bytes(signing_key).hex(),
        box_key=box.public_key().public_bytes_raw().hex(),
    )
    if not folder.exists:
        folder.write(folder.public_path, identity)
    elif folder.identity != identity:
        raise FolderProblem(
            f"{folder.public_path} does not fit {folder.identity_path.name}."
            " Delete it: it is made again from the private keys."
        )
    return Holder(folder, identity, vault, signing_key, box)
