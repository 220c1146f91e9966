"""What a stage says is signed: the last line of its message names the key and holds the signature.

A message is its content, a line feed, 16 hex digits (the key's id), a point and 128 hex digits (not
base64, which writes one signature in several ways): an Ed25519 signature (RFC 8032) of the topic,
the place in it that the message claims, and the SHA-256 of the content. So no message counts in
another topic or place than its own. Content may be any bytes; a message of before stages signed
has no such line. Decision 0029.
"""

import hashlib
import re
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events import signing

DOMAIN: Final = b"tekil-stage-v1\n"
TRAILER_BYTES: Final = 146
_TRAILER: Final = re.compile(rb"\n([0-9a-f]{16})\.([0-9a-f]{128})")


def signed(private_key: Ed25519PrivateKey, topic: str, place: str, content: bytes) -> bytes:
    """The message. `topic` is the catalogue's name of it, `place` what names the message there."""
    key_id = signing.key_id(signing.public_bytes(private_key))
    signature = private_key.sign(_text(topic, place, content)).hex()
    return b"%s\n%s.%s" % (content, key_id.encode(), signature.encode())


def content_of(value: bytes) -> bytes:
    """A message without its signature; all of it where it has none."""
    return value[:-TRAILER_BYTES] if key_id_of(value) else value


def key_id_of(value: bytes) -> str:
    """The id of the key that signed a message, as it claims; '' where it has no signature."""
    found = _TRAILER.fullmatch(value[-TRAILER_BYTES:])
    return found[1].decode() if found else ""


def is_signed_by(public_key: bytes, topic: str, place: str, value: bytes) -> bool:
    """True if the message's signature is that of `public_key` for this topic and place."""
    found = _TRAILER.fullmatch(value[-TRAILER_BYTES:])
    if found is None or found[1].decode() != signing.key_id(public_key):
        return False
    text = _text(topic, place, value[:-TRAILER_BYTES])
    return signing.verify(public_key, bytes.fromhex(found[2].decode()), text)


def _text(topic: str, place: str, content: bytes) -> bytes:
    named = f"{topic}\n{place}\n".encode()
    return DOMAIN + named + hashlib.sha256(content).digest()
