"""What the registry knows of the system as a whole: small, one value with the cursor."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import orjson

from events.journal import Head
from processors.layout import OtherLayout
from processors.registry.days import ordinal
from processors.registry.rules import Rules

FIRST_POLICY: Final = "1"
LAYOUT: Final = 2
"""See `processors.layout`. 2: entries of two bytes for kind and purpose (docs/decisions/0022)."""


@dataclass(slots=True)
class Common:
    """The cursor, the day in force, partners, keys and policies.

    `policies` holds proposals too: one is in force only when `signed` says so, which counts
    1, 2, 3 in the order of the second signatures.
    """

    head_seq: int = 0
    head_digest: str = Head().digest
    journal_offset: int = 0
    head_offset: int = -1
    skipped: int = 0
    keys_offset: int = 0
    day: str = ""
    partners: dict[str, dict[str, Any]] = field(default_factory=dict)
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    cases: int = 0
    layout: int = LAYOUT

    @classmethod
    def decode(cls, value: bytes) -> "Common":
        """From the store. Raises OtherLayout."""
        known = orjson.loads(value)
        if (layout := known.get("layout", 0)) != LAYOUT:
            raise OtherLayout(layout, LAYOUT)
        return cls(**known)

    @property
    def head(self) -> Head:
        """Where the journal stands for this state."""
        return Head(self.head_seq, self.head_digest)

    @property
    def today(self) -> int:
        """The day in force, as an ordinal."""
        return date.fromisoformat(self.day).toordinal()

    def rules(self) -> list[Rules]:
        """All signed policy versions, in the order in which they were signed."""
        signed = [(p["signed"], version) for version, p in self.policies.items() if p["signed"]]
        found = ((version, self.policies[version]) for _, version in sorted(signed))
        return [Rules.of(int(version), ordinal(p["from"]), p["rules"]) for version, p in found]
