"""A partner's own references, kept in its ledger so that only it can read them.

What the system says of a record names the id that it derived. The officer knows her reference; it
may be an identity number, so it lies under AES-256-GCM with a key that follows from the partner's
reference key, bound to the record's id.
"""

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_INFO: Final = b"tekil-ledger-reference-v1"
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class References:
    """Seals and opens references under one partner's reference key (32 bytes)."""

    def __init__(self, reference_key: bytes) -> None:
        self._cipher = AESGCM(HKDF(SHA256(), _KEY_BYTES, None, _INFO).derive(reference_key))

    def seal(self, id_: str, reference: str) -> bytes:
        """What the ledger keeps of the reference of the record with this id."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, reference.encode(), id_.encode())

    def open(self, id_: str, sealed: bytes) -> str:
        """The reference; '' where none was kept, or where the key is another one."""
        nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, content, id_.encode()).decode()
        except (InvalidTag, ValueError):
            return ""
