"""What the registry knows of the system as a whole: small, one value with the cursor."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import orjson

from events.journal import Head
from events.trust import Trust
from processors.layout import OtherLayout
from processors.policies import Policies
from processors.registry.days import ordinal
from processors.registry.rules import Rules

LAYOUT: Final = 4
"""See `processors.layout`. 2: entries of two bytes for kind and purpose (docs/decisions/0022),
policies as `processors.policies` has them (0021). 3: keys of stages (0029). 4: checks of a pair say
by which rule it met (0038)."""


@dataclass(slots=True)
class Common:
    """The cursor, the day in force, partners, keys and policies."""

    head_seq: int = 0
    head_digest: str = Head().digest
    journal_offset: int = 0
    head_offset: int = -1
    skipped: int = 0
    keys_offset: int = 0
    day: str = ""
    partners: dict[str, dict[str, Any]] = field(default_factory=dict)
    policies: Policies = field(default_factory=Policies)
    trust: Trust = field(default_factory=Trust)
    cases: int = 0
    stand_ins: dict[str, str] = field(default_factory=dict)
    """Token (`type:hex`) → the name under which this state knows it (`events.erasure`)."""
    layout: int = LAYOUT

    @classmethod
    def decode(cls, value: bytes) -> "Common":
        """From the store. Raises OtherLayout."""
        known = orjson.loads(value)
        if (layout := known.get("layout", 0)) != LAYOUT:
            raise OtherLayout(layout, LAYOUT)
        made = {"policies": Policies.of(known["policies"]), "trust": Trust(**known["trust"])}
        return cls(**known | made)

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
        return [
            Rules.of(policy.version, ordinal(policy.in_force_from), policy.rules)
            for policy in self.policies.co_signed
        ]
