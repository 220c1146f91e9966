"""The oracle's output: rows with their statuses, answers, outcomes, cases, excess, prevented."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

Key: TypeAlias = tuple[str, str]
"""(organisation, id of its assistance, need, enrolment or inquiry)."""
FindingKey: TypeAlias = tuple[str, Key, Key | None, str]
"""(kind, a, b, purpose) of a finding: what joins a case."""
CaseKey: TypeAlias = tuple[str, frozenset[Key]]
Months: TypeAlias = Mapping[str, str | None]
Name: TypeAlias = tuple[str, Key, Key | None, str, frozenset[Key]]
"""(kind, a, b, month, records): what a decision names. Month and records of a sum alone."""


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
    district: str = ""

    @property
    def key(self) -> FindingKey:
        """What tells this finding from all others that stand; sums of two months share one."""
        return self.kind, self.a, self.b, self.purpose

    @property
    def name(self) -> Name:
        """What stays the same in all revisions: the purpose may change, a sum has its month."""
        month = self.overlap_from.isoformat() if self.records else ""
        return self.kind, self.a, self.b, month, self.records

    @property
    def asked(self) -> bool:
        """Whether partners are asked about it: an open pair that is certain or probable."""
        return self.b is not None and self.status == "open" and self.strength != "possible"


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
    excess    (purpose, records of the open or confirmed certain pairs) of a case → month `2026-05`
              → amount, None where a record has no rate
    confirmed the same cases, over their confirmed pairs alone
    districts the same cases → district of the finding that opened it, as it last stood in it
    prevented assistance → (amount, currency)
    revisions how often each finding changed, also those that stand no more
    effects   (seq, index) of each decision and appeal → whether it had an effect
    late      (organisation, day) for each deadline that dismissed, in order
    past      the findings of each case that is past its day
    """

    findings: frozenset[Row] = frozenset()
    answers: Mapping[tuple[str, str, int], Answer] = field(default_factory=dict)
    outcomes: Mapping[tuple[str, str, int], str | None] = field(default_factory=dict)
    cases: frozenset[frozenset[FindingKey]] = frozenset()
    excess: Mapping[CaseKey, Months] = field(default_factory=dict)
    confirmed: Mapping[CaseKey, Months] = field(default_factory=dict)
    districts: Mapping[CaseKey, str] = field(default_factory=dict)
    prevented: Mapping[Key, tuple[str, str]] = field(default_factory=dict)
    revisions: Mapping[Name, int] = field(default_factory=dict)
    effects: Mapping[tuple[int, int], bool] = field(default_factory=dict)
    late: Sequence[tuple[str, date]] = ()
    past: frozenset[frozenset[FindingKey]] = frozenset()

    def open_rows(self) -> frozenset[Row]:
        """The rows with status open."""
        return frozenset(row for row in self.findings if row.status == "open")
