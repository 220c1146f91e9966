"""Secrets at rest: AES-256-GCM under a key that Argon2id (RFC 9106) makes of a passphrase.

A file is JSON: a header, which says what is in it and how the key is made, and the sealed bytes.
The header is authenticated with them, so that no file passes for another one.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from keyserver import files
from keyserver.errors import FolderProblem

SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32
MAX_MEMORY_KIB: Final = 1024 * 1024
MAX_PASSES: Final = 16
Kind = Literal["identity", "share"]


@dataclass(frozen=True)
class Cost:
    """What one guess at the passphrase costs: RFC 9106's second choice, for 64 MiB."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 4


COST: Final = Cost()


class Header(BaseModel):
    """What stands open in a sealed file; bounds keep a made-up one from taking all memory."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["tekil-sealed-v1"] = "tekil-sealed-v1"
    kind: Kind
    server: Annotated[int, Field(ge=1, le=255)]
    name: Annotated[str, StringConstraints(max_length=32)]
    salt: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    memory_kib: Annotated[int, Field(ge=32, le=MAX_MEMORY_KIB)]
    passes: Annotated[int, Field(ge=1, le=MAX_PASSES)]
    lanes: Annotated[int, Field(ge=1, le=4)]
    nonce: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{24}$")]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    header: Header
    sealed: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{2})+$", max_length=4096)]


@dataclass
class Vault:
    """A passphrase, and the keys that were made of it: one for each salt, and so one in a folder.

    `cost` counts for what is sealed before anything was opened; later files share the first's
    salt, so that a start makes one key however many shares there are.
    """

    passphrase: bytes = field(repr=False)
    cost: Cost = COST
    _salt: bytes = b""
    _keys: dict[tuple[bytes, Cost], bytes] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, passphrase: bytes, cost: Cost = COST) -> Self:
        """A vault. FolderProblem for an empty passphrase."""
        if not passphrase:
            raise FolderProblem("The key server's passphrase is empty.")
        return cls(passphrase, cost)

    def seal(self, kind: Kind, server: int, name: str, secret: bytes) -> bytes:
        """A file's content."""
        if not self._salt:
            self._salt = os.urandom(SALT_BYTES)
        nonce = os.urandom(NONCE_BYTES)
        header = Header(
            kind=kind,
            server=server,
            name=name,
            salt=self._salt.hex(),
            memory_kib=self.cost.memory_kib,
            passes=self.cost.passes,
            lanes=self.cost.lanes,
            nonce=nonce.hex(),
        )
        plain = header.model_dump(mode="json")
        key = self._key(self._salt, self.cost)
        sealed = AESGCM(key).encrypt(nonce, secret, files.canonical(plain))
        return json.dumps({"header": plain, "sealed": sealed.hex()}, indent=1).encode()

    def open(self, path: Path, kind: Kind, server: int, name: str) -> bytes:
        """What was sealed as this. FolderProblem that says which file is not right, and why."""
        content = files.read(path, "Restore it from a backup.")
        try:
            file = _File.model_validate_json(content)
        except ValidationError:
            raise FolderProblem(
                f"{path} is damaged or no sealed file. Restore it from a backup."
            ) from None
        header = file.header
        if (header.kind, header.server, header.name) != (kind, server, name):
            raise FolderProblem(
                f"{path} is the {header.kind} {header.name!r} of server {header.server},"
                f" not the {kind} {name!r} of server {server}. Put the right file in its place."
            )
        salt = bytes.fromhex(header.salt)
        cost = Cost(header.memory_kib, header.passes, header.lanes)
        aead = AESGCM(self._key(salt, cost))
        plain = files.canonical(header.model_dump(mode="json"))
        try:
            secret = aead.decrypt(bytes.fromhex(header.nonce), bytes.fromhex(file.sealed), plain)
        except InvalidTag:
            raise FolderProblem(
                f"{path} does not open: the passphrase is wrong, or the file is damaged or from"
                " another folder. Check the passphrase first; else restore the file from a backup."
            ) from None
        if not self._salt:
            self._salt, self.cost = salt, cost
        return secret

    def _key(self, salt: bytes, cost: Cost) -> bytes:
        if (salt, cost) not in self._keys:
            self._keys[salt, cost] = Argon2id(
                salt=salt,
                length=KEY_BYTES,
                iterations=cost.passes,
                lanes=cost.lanes,
                memory_cost=cost.memory_kib,
            ).derive(self.passphrase)
        return self._keys[salt, cost]
