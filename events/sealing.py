"""Sealing of a record's subjects (AES-256-GCM, one key a record).

The keys of one block travel together as one message of the compacted topic
`aid-keys`, 32 bytes a record in the order of the records. Erasing a record
means re-publishing that message with the record's 32 bytes set to zero
(docs/decisions/0002). A key seals exactly one plaintext, so a fixed nonce is safe.
"""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
_NONCE: Final = bytes(12)
_ERASED: Final = bytes(KEY_BYTES)


class Erased(Exception):
    """The key of this record was erased: its subjects cannot be opened any more."""


def _context(keys_id: str, ordinal: int) -> bytes:
    return f"tekil-seal-v1:{keys_id}:{ordinal}".encode()


def seal(key: bytes, keys_id: str, ordinal: int, plaintext: bytes) -> bytes:
    """Ciphertext of a record's subjects, bound to its place in the block's keys."""
    return AESGCM(key).encrypt(_NONCE, plaintext, _context(keys_id, ordinal))


def unseal(keys: bytes | None, keys_id: str, ordinal: int, ciphertext: bytes) -> bytes:
    """The plaintext of record `ordinal`; `keys` is the block's value in aid-keys (None: tombstone).

    Raises Erased if the key is gone, ValueError if key and ciphertext do not belong together.
    """
    key = (keys or b"")[ordinal * KEY_BYTES : (ordinal + 1) * KEY_BYTES]
    if len(key) != KEY_BYTES or key == _ERASED:
        raise Erased(f"record {ordinal} of {keys_id}")
    try:
        return AESGCM(key).decrypt(_NONCE, ciphertext, _context(keys_id, ordinal))
    except InvalidTag as error:
        raise ValueError(f"sealed record {ordinal} of {keys_id} does not open") from error
