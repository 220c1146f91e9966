"""A case as it stands in the store."""

from dataclasses import dataclass, field
from typing import Any

import orjson


def case_key(case_id: str) -> bytes:
    """The store's key of a case."""
    return b"c" + bytes.fromhex(case_id)


@dataclass(slots=True)
class Case:
    """A case as it stands. `pairs`: live finding → (key a, key b, does it count in the excess)."""

    case_id: str
    order: int
    purpose: str
    person: list[int]
    opened_day: str
    revision: int = 0
    programmes: list[str] = field(default_factory=list)
    pairs: dict[str, tuple[str, str, bool]] = field(default_factory=dict)
    excess: dict[str, str | None] = field(default_factory=dict)
    said: list[Any] = field(default_factory=list)

    @property
    def key(self) -> bytes:
        """The store's key."""
        return case_key(self.case_id)

    def encode(self) -> bytes:
        """For the store."""
        return orjson.dumps({name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def decode(cls, value: bytes) -> "Case":
        """From the store."""
        return cls(**orjson.loads(value))
