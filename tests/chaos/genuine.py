"""Who really said it, by plain means: what counts among all that strangers wrote to the topics.

It knows the keys that genesis names (no round changes one), the words of decision 0029, and nothing
of the product's own reading.
"""

import hashlib
from collections.abc import Callable
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from events.model import Genesis

Said = dict[str, Any]


class Genuine:
    """Reads messages of stages; what none of them signed is None."""

    def __init__(self, genesis: Genesis) -> None:
        self._keys = {
            str(key.stage): Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public_key))
            for key in genesis.stage_keys
        }
        assert len(self._keys) == 3, "each stage has a key from the beginning"

    def output(self, value: bytes | None) -> Said | None:
        """A message of aid-findings."""
        return self._read("registry", "aid-findings", value, lambda s: f"{s['seq']}.{s['part']}")

    def receipt(self, org: str, value: bytes | None) -> Said | None:
        """A message of an organisation's receipts."""
        topic = f"aid-receipts-{org.lower()}"
        return self._read("receipts", topic, value, lambda said: str(said["seq"]))

    def block(self, value: bytes | None) -> Said | None:
        """The header of a block of the journal."""
        return self._read("intake", "aid-journal", value, lambda said: str(said["seq"]))

    def _read(
        self, stage: str, topic: str, value: bytes | None, place: Callable[[Said], str]
    ) -> Said | None:
        content, _, trailer = (value or b"").rpartition(b"\n")
        try:
            said: Said = orjson.loads(content.split(b"\n", 1)[0])
            signature = bytes.fromhex(trailer.split(b".", 1)[1].decode("ascii"))
            words = f"tekil-stage-v1\n{topic}\n{place(said)}\n".encode()
            self._keys[stage].verify(signature, words + hashlib.sha256(content).digest())
        except (ValueError, KeyError, IndexError, TypeError, InvalidSignature):
            return None
        return said
