"""Typed identifiers become 16-byte tokens: the port, and the shared-key tokeniser.

The tokeniser here gives the assurance level `hmac`: whoever holds the key can try all
numbers, and hashing alone protects nothing (10^7 numbers in 4 s). It is the first rung;
key servers implement the same port (`producers.tokenising`).
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from events.model import Assurance, Token
from events.placeholder_list import PLACEHOLDERS

SCHEME_VERSION: Final = "tekil-token-v1"
KEY_BYTES: Final = 32
TOKEN_BYTES: Final = 16
DEFAULT_EPOCH: Final = "e1"

Identifier = tuple[str, str]
"""(token type, canonical number), as `events.identity.identifier` gives it."""

Tokens = tuple[str, ...]
"""One identifier's tokens, 32 hex digits each: one for each epoch, that of the oldest first."""


class Tokeniser(Protocol):
    """Turns identifiers into tokens; the same identifier gives the same token within an epoch."""

    @property
    def assurance(self) -> Assurance:
        """How well the tokens resist guessing; it stands on each submission."""
        ...

    @property
    def epoch(self) -> str:
        """The key's period; tokens of two epochs never meet. `e1-e2` while two overlap."""
        ...

    def tokens(self, identifiers: Sequence[Identifier]) -> list[Tokens]:
        """The tokens of each identifier, in the same order: as many as there are epochs."""
        ...


class HmacTokeniser:
    """HMAC-SHA-256 (RFC 2104) under a 32-byte key, cut to 16 bytes.

    The input holds the scheme's version, the epoch and the type, so that one number
    under two types or in two epochs gives unrelated tokens. ValueError for another key length.
    """

    assurance: Final = Assurance.HMAC

    def __init__(self, key: bytes, epoch: str = DEFAULT_EPOCH) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a token key has {KEY_BYTES} bytes")
        self.epoch: Final = epoch
        self._key = key
        self._prefix = f"{SCHEME_VERSION}\n{epoch}\n".encode()

    def tokens(self, identifiers: Sequence[Identifier]) -> list[Tokens]:
        """One token for each identifier, in the same order."""
        return [(self._token(kind, number),) for kind, number in identifiers]

    def _token(self, kind: str, number: str) -> str:
        # a type holds no newline, so (type, number) cannot be read in two ways
        text = self._prefix + f"{kind}\n{number}".encode()
        return hmac.digest(self._key, text, hashlib.sha256)[:TOKEN_BYTES].hex()


def placeholder_tokens(tokeniser: Tokeniser) -> tuple[Token, ...]:
    """The known placeholders' tokens of the tokeniser's epochs, for the policy's list."""
    found = tokeniser.tokens(PLACEHOLDERS)
    pairs = zip(PLACEHOLDERS, found, strict=True)
    return tuple((kind, token) for (kind, _), tokens in pairs for token in tokens)


def token_map(tokeniser: Tokeniser, identifiers: Iterable[Identifier]) -> dict[Identifier, Tokens]:
    """The tokens of each distinct identifier, asked for in one batch."""
    distinct = list(dict.fromkeys(identifiers))
    return dict(zip(distinct, tokeniser.tokens(distinct), strict=True))
