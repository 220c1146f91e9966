"""What an attacker takes out of bytes: values that may be tokens, and secrets that may be keys."""

import base64
import re
from dataclasses import dataclass, field
from typing import Final

TOKEN_BYTES: Final = 16
SECRET_BYTES: Final = 32

_HEX: Final = re.compile(rb"[0-9a-fA-F]{32,}")
_BASE64: Final = re.compile(rb"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{43}=?(?![A-Za-z0-9+/_=-])")
_PEM: Final = re.compile(rb"-----BEGIN PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+)-----END")
_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")


@dataclass
class Loot:
    """`tokens`: values of 16 bytes. `secrets`: of 32, from anywhere. `keys`: those of key files.

    A secret is tried alone; keys are combined with each other too.
    """

    tokens: set[bytes] = field(default_factory=set)
    secrets: set[bytes] = field(default_factory=set)
    keys: dict[bytes, str] = field(default_factory=dict)

    def text(self, data: bytes) -> None:
        """Messages, rows, logs: hex of 16 bytes and more, hex and base64 of 32."""
        for run in set(_HEX.findall(data)):
            self._hex(run.decode())
        for found in set(_BASE64.findall(data)):
            self.secrets.add(base64.b64decode(found.rstrip(b"=").translate(_URL_SAFE) + b"="))

    def raw(self, data: bytes) -> None:
        """A pair of a store: any 16 bytes of it may be a token, any 32 a secret."""
        for place in range(len(data) - TOKEN_BYTES + 1):
            self.tokens.add(data[place : place + TOKEN_BYTES])
        self.text(data)

    def keys_message(self, value: bytes) -> None:
        """A message of aid-keys: 32 bytes a record."""
        for place in range(0, len(value) - SECRET_BYTES + 1, SECRET_BYTES):
            self.secrets.add(value[place : place + SECRET_BYTES])

    def key_file(self, name: str, data: bytes) -> None:
        """A file of keys: 32 bytes as they are, a private key in PEM, hex or base64 in any text."""
        found = Loot()
        found.text(data)
        if len(data) == SECRET_BYTES:
            found.secrets.add(data)
        for pem in _PEM.findall(data):
            found.secrets.add(base64.b64decode(pem)[-SECRET_BYTES:])
        self.tokens |= found.tokens
        for secret in found.secrets:
            self.key(name, secret)

    def key(self, name: str, secret: bytes) -> None:
        """A secret that somebody keeps as a key, such as a server's share."""
        assert len(secret) == SECRET_BYTES
        self.keys[secret] = name

    def _hex(self, run: str) -> None:
        for place in range(0, len(run) - 2 * TOKEN_BYTES + 1, 2 * TOKEN_BYTES):
            self.tokens.add(bytes.fromhex(run[place : place + 2 * TOKEN_BYTES]))
        if len(run) % (2 * SECRET_BYTES) == 0:
            for place in range(0, len(run), 2 * SECRET_BYTES):
                self.secrets.add(bytes.fromhex(run[place : place + 2 * SECRET_BYTES]))
