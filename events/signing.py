"""Ed25519 signatures (RFC 8032) and key ids.

The algorithm is bound to the key: there is no algorithm field that a sender
could choose.
"""

import hashlib
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

DOMAIN: Final = b"tekil-submission-v1\n"
PUBLIC_KEY_BYTES: Final = 32


def key_id(public_key: bytes) -> str:
    """The first 16 hex digits of SHA-256 over the raw public key."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def public_bytes(private_key: Ed25519PrivateKey) -> bytes:
    """The raw 32-byte public key of `private_key`."""
    return private_key.public_key().public_bytes_raw()


def sign_manifest(private_key: Ed25519PrivateKey, manifest_line: bytes) -> bytes:
    """64-byte signature over the domain separator and the manifest line as sent."""
    return private_key.sign(DOMAIN + manifest_line)


def verify(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """True if `signature` is a valid Ed25519 signature (RFC 8032) of `message`."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def verify_manifest(public_key: bytes, signature: bytes, manifest_line: bytes) -> bool:
    """True if `signature` covers the manifest line exactly as received."""
    return verify(public_key, signature, DOMAIN + manifest_line)
