"""A case as it stands in the store, and the days of its history. Pure.

Days are ordinals; 0 stands for a day that has not been. Source: docs/decisions/0013.
"""

from collections.abc import Callable, Set
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from events.outputs import FindingRevision
from processors.registry import keys, links
from processors.registry.days import after_working_days
from processors.registry.rules import CaseRules

PAIRS: Final = ("double-coverage", "repeated-payment")
ASKED: Final = (links.CERTAIN, links.PROBABLE)
"""Strengths of pairs about which partners are asked: what an answer would disclose too."""


_NUMBER_HEX: Final = 32
"""A name is a token's 16 bytes in hex, then its type."""


def case_key(case_id: str) -> bytes:
    """The store's key of a case."""
    return keys.CASE + bytes.fromhex(case_id)


@dataclass(slots=True)
class Party:
    """An organisation that is asked about a case."""

    since: int
    acknowledge_by: int
    reply_by: int
    acknowledged: int = 0
    replied: int = 0
    fact: str = ""

    @classmethod
    def asked_on(cls, day: int, rules_on: Callable[[int], CaseRules]) -> "Party":
        """A party whose days are counted from `day`, by the numbers in force when each begins."""
        acknowledge_by = after_working_days(day, rules_on(day).acknowledge_working)
        return cls(day, acknowledge_by, acknowledge_by + rules_on(acknowledge_by).reply)

    def is_late(self, today: int) -> bool:
        """True from the day after the one by which it had to acknowledge or reply."""
        if not self.acknowledged and today > self.acknowledge_by:
            return True
        return not self.replied and today > self.reply_by


@dataclass(slots=True)
class Dismissal:
    """What a dismissal covers: the case's programmes and its first `members` recipients,
    for pairs that appear before `until`; of a partner's missed deadline only pairs with `org`.
    """

    programmes: list[str]
    members: int
    until: int
    org: str = ""


@dataclass(slots=True)
class CaseFinding:
    """A finding of the case that stands: its facts' store keys, whose they are, what it is."""

    a: str
    b: str
    orgs: list[str]
    kind: str
    strength: str

    @classmethod
    def of(cls, finding: FindingRevision) -> "CaseFinding":
        """As a case remembers it."""
        a = keys.record_key(
            finding["org_a"], finding["assistance_a"], keys.LETTER_OF[finding["kind_a"]]
        )
        b = keys.record_key(finding["org_b"], finding["assistance_b"]) if finding["org_b"] else a
        orgs = sorted({finding["org_a"], finding["org_b"]} - {""})
        return cls(a.hex(), b.hex(), orgs, finding["kind"], finding["strength"])

    @property
    def is_pair(self) -> bool:
        """True for two payments, False for a gap."""
        return self.kind in PAIRS

    @property
    def is_asked(self) -> bool:
        """True if both sides are asked about it."""
        return self.is_pair and self.strength in ASKED


@dataclass(slots=True)
class Case:
    """A case as it stands. `members` are the store's names of all recipients so far."""

    case_id: str
    order: int
    purpose: str
    person: list[int]
    opened_day: str
    kind: str = "coverage"
    revision: int = 0
    programmes: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    open: dict[str, CaseFinding] = field(default_factory=dict)
    confirmed: dict[str, CaseFinding] = field(default_factory=dict)
    """Confirmed pairs: they count in its excess, and nobody is asked about them any more."""
    district: str = ""
    """That of the finding which opened the case, as it was when it was last placed in it."""
    excess: dict[str, list[str | None]] = field(default_factory=dict)
    """Month → amount, confirmed amount, district, as last said."""
    parties: dict[str, Party] = field(default_factory=dict)
    dismissals: list[Dismissal] = field(default_factory=list)
    appeals: dict[str, int] = field(default_factory=dict)
    """Finding under an unanswered appeal → the day by which the supervisor answers."""
    asked: int = 0
    """Since when there is an open pair; 0 if there is none."""
    decide_by: int = 0
    notified: int = 0
    households: int = 0
    """Of a case about a number: how many unrelated households list it; 0 once it is closed."""
    last: list[Any] = field(default_factory=list)

    @property
    def key(self) -> bytes:
        """The store's key."""
        return case_key(self.case_id)

    def leave(self, finding_id: str) -> None:
        """A finding of the case neither stands open nor is confirmed any more."""
        self.open.pop(finding_id, None)
        self.confirmed.pop(finding_id, None)

    def join(self, name: str, beside: Set[str]) -> None:
        """Take a recipient's name in, which stands beside other names of the same person.

        If one of them is of its type and known, it is the same number in another epoch: what
        covers that one covers it.
        """
        kind = name[_NUMBER_HEX:]
        same = {one for one in beside if one[_NUMBER_HEX:] == kind}
        place = next((n + 1 for n, one in enumerate(self.members) if one in same), None)
        if place is None:
            self.members.append(name)
            return
        self.members.insert(place, name)
        for dismissal in self.dismissals:
            dismissal.members += dismissal.members >= place

    def late(self, today: int) -> str:
        """The body whose day is past: administration, supervisor, or ''."""
        if self.asked and today > self.decide_by:
            return "administration"
        return "supervisor" if any(today > by for by in self.appeals.values()) else ""

    def encode(self) -> bytes:
        """For the store."""
        return orjson.dumps(self)

    @classmethod
    def decode(cls, value: bytes) -> "Case":
        """From the store."""
        found = cls(**orjson.loads(value))
        found.open = {fid: CaseFinding(**one) for fid, one in _items(found.open)}
        found.confirmed = {fid: CaseFinding(**one) for fid, one in _items(found.confirmed)}
        found.parties = {org: Party(**one) for org, one in _items(found.parties)}
        found.dismissals = [Dismissal(**one) for one in _dicts(found.dismissals)]
        return found


def _items(of: Any) -> list[tuple[str, dict[str, Any]]]:
    return list(of.items())


def _dicts(of: Any) -> list[dict[str, Any]]:
    return list(of)
