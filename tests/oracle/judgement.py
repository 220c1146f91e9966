"""The oracle's output: open rows, answers and their outcomes, cases, excess, prevented."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

Key: TypeAlias = tuple[str, str]
"""(organisation, id of its assistance, need, enrolment or inquiry)."""
FindingKey: TypeAlias = tuple[str, Key, Key | None, str]
"""(kind, a, b, purpose) of a finding."""


@dataclass(frozen=True)
class Row:
    """A finding as it stands. Amount is a decimal string in `currency`; None if there is none.

    `overlap_to` is exclusive, None for gaps; `records` are those of an over-cap row.
    """

    kind: str
    strength: str
    status: str
    a: Key
    b: Key | None
    purpose: str
    overlap_from: date
    overlap_to: date | None
    amount: str | None
    currency: str
    records: frozenset[Key] = frozenset()

    @property
    def key(self) -> FindingKey:
        """What tells this finding from all others."""
        return self.kind, self.a, self.b, self.purpose


@dataclass(frozen=True)
class Answer:
    """What was said to one version. Basis and window are None where nothing blocks.

    `stage` is "" for an inquiry; `amount` and `currency` are the record's at that time.
    """

    key: Key
    version: int
    stage: str
    verdict: str
    basis: str | None
    window: tuple[date, date] | None
    purpose: str
    amount: str
    currency: str


@dataclass(frozen=True)
class Judgement:
    """All that follows from a history at its last day.

    answers   (org, id, version) → the answer; outcomes likewise, None for an inquiry
    cases     the rows that stand at the end, by case
    excess    (purpose, records of the open certain pairs) of a case → month `2026-05` → amount,
              None where a record has no rate
    prevented assistance → (amount, currency)
    """

    findings: frozenset[Row] = frozenset()
    answers: Mapping[tuple[str, str, int], Answer] = field(default_factory=dict)
    outcomes: Mapping[tuple[str, str, int], str | None] = field(default_factory=dict)
    cases: frozenset[frozenset[FindingKey]] = frozenset()
    excess: Mapping[tuple[str, frozenset[Key]], Mapping[str, str | None]] = field(
        default_factory=dict
    )
    prevented: Mapping[Key, tuple[str, str]] = field(default_factory=dict)

    def open_rows(self) -> frozenset[Row]:
        """The rows with status open."""
        return frozenset(row for row in self.findings if row.status == "open")
