"""The oracle's input: a history of accepted facts and ticks, in journal order.

Only what was accepted stands in it: no duplicates, no rejected records. The first element is
the genesis fact, whose record has `kind` "genesis", `first_day` and `policy` (JSON of the rules).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Fact:
    """One accepted record.

    `record` has its public JSON fields (kind, version and so on, without nonce and subjects;
    optional fields that were not given are absent); `subjects` its list of
    `{"role": …, "tokens": [[type, hex], …]}`. `user` is the account that signed, '' if none.
    The oracle knows no ids of findings and cases. So the record of a decision or an appeal has a
    further field `finding`: `[kind, [org, id], [org, id] or None]`, of a sum over the cap
    `["over-cap", first day of its month, [[org, id], …]]`. A case step has `case`, the same of any
    finding in that case. What names no finding that ever was does nothing.
    """

    seq: int
    index: int
    org: str
    user: str
    assurance: str
    record: Mapping[str, Any]
    subjects: Sequence[Mapping[str, Any]] = ()

    @cached_property
    def listed(self) -> Sequence[tuple[str, frozenset[tuple[str, str]]]]:
        """Each subject's role and tokens."""
        return [
            (subject["role"], frozenset((kind, value) for kind, value in subject.get("tokens", ())))
            for subject in self.subjects
        ]


@dataclass(frozen=True)
class Tick:
    """A new day (ISO date) begins."""

    seq: int
    index: int
    day: str


CASE_FACTS = ("decision", "appeal", "case-step")
"""Kinds that are about a finding or its case."""
History: TypeAlias = Sequence[Fact | Tick]


def genesis(first_day: str, policy: Mapping[str, Any]) -> Fact:
    """The first element of a history; `policy` may leave out rules that have version 1's value."""
    record = {"kind": "genesis", "first_day": first_day, "policy": policy}
    return Fact(0, 0, "", "", "", record)
