"""A tokeniser without a key: tokens are a readable function of the identifier.

What it cannot do: hide anything. Never use it outside tests.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from events.model import Assurance
from producers.tokens import Identifier, Tokens


class FakeTokeniser:
    """SHA-256 of the identifier and the epoch; counts what it was asked."""

    assurance: Final = Assurance.SINGLE

    def __init__(self, epoch: str = "e1") -> None:
        self.epoch: Final = epoch
        self.asked = 0

    def tokens(self, identifiers: Sequence[Identifier]) -> list[Tokens]:
        """One token for each identifier."""
        self.asked += len(identifiers)
        return [
            (hashlib.sha256(f"{self.epoch} {kind} {number}".encode()).hexdigest()[:32],)
            for kind, number in identifiers
        ]
