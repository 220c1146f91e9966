"""What people say about findings in a told history, before anybody knows the findings' ids.

An `Act` picks its finding by a number among those that are known when it is said. Who feeds the
fold takes them from the fold's outputs, `facts_of` from the oracle itself; both say
`Speaker.spoken` what is known.
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from tests.oracle.judgement import Name
from tests.oracle.statuses import sides_of

Among: TypeAlias = Literal["asked", "open", "decided", "any", "none"]
SIDES = ("a", "b")
IDS = {"decision": "decision_id", "appeal": "appeal_id", "case-step": "step_id"}


@dataclass(frozen=True)
class Known:
    """A finding that is known: how it last stood. `asked` means open, a pair, and not possible."""

    name: Name
    status: str
    asked: bool
    revision: int
    case: str
    finding_id: str = ""

    @property
    def finding(self) -> list[Any] | None:
        """The name as a fact of the oracle writes it."""
        kind, a, b, month, records = self.name
        if not kind:
            return None
        if records:
            return [kind, month, [list(key) for key in sorted(records)]]
        return [kind, list(a), list(b) if b else None]


NOTHING = Known(("", ("KIZ", ""), None, "", frozenset()), "withdrawn", False, 1, "", "0" * 32)
"""A finding that never was; its sides are an organisation that is there."""


@dataclass(frozen=True)
class Act:
    """Somebody decides, appeals or takes a step.

    All acts of a `thread` are about the finding that its first one picks: the `pick`-th, modulo,
    `among` those in that state (any, if there are none; `none` names one that never was).
    `org` is ADMIN, SUPERVISOR, a partner, or the `a` or `b` of the finding. A `stale` act names
    the revision before the current one.
    """

    kind: str
    thread: int
    number: int
    org: str
    user: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    pick: int = 0
    among: Among = "any"
    stale: bool = False


@dataclass(frozen=True)
class Everybody:
    """All that are asked in any case acknowledge or reply, but for the `silent`-th of them."""

    step: str
    number: int
    silent: int = -1


@dataclass(frozen=True)
class Spoken:
    """A record that is about `known`; it lacks the ids or names of finding and case."""

    org: str
    user: str
    known: Known
    record: dict[str, Any]


@dataclass
class Speaker:
    """Says a history's acts in their order."""

    about: dict[int, Name] = field(default_factory=dict)

    def spoken(self, act: Act | Everybody, known: Sequence[Known]) -> list[Spoken]:
        """The records of an act, given what is known now."""
        known = sorted(known, key=_in_order)
        if isinstance(act, Everybody):
            return _of_everybody(act, known)
        one = self._picked(act, known)
        if one is None:
            return []
        org = sides_of(one.name)[SIDES.index(act.org)] if act.org in SIDES else act.org
        record = _record(act.kind, f"{act.number}") | dict(act.fields)
        if act.kind != "case-step":
            record["revision"] = max(1, one.revision - act.stale)
        return [Spoken(org, act.user, one, record)]

    def _picked(self, act: Act, known: Sequence[Known]) -> Known | None:
        if act.among == "none":
            return NOTHING
        said = [one for one in known if one.name == self.about.get(act.thread)]
        near = said or [one for one in known if _is(one, act.among)] or known
        if not near:
            return None
        one = near[act.pick % len(near)]
        self.about[act.thread] = one.name
        return one


def _of_everybody(act: Everybody, known: Sequence[Known]) -> list[Spoken]:
    asked = {
        (one.case, org): one for one in known if one.asked for org in sorted(sides_of(one.name))
    }
    found = []
    for place, ((_, org), one) in enumerate(asked.items()):
        if place != act.silent:
            record = _record("case-step", f"{act.number}|{place}") | {"step": act.step}
            said = {"fact": "paid-as-recorded"} if act.step == "replied" else {}
            found.append(Spoken(org, "", one, record | said))
    return found


def _record(kind: str, number: str) -> dict[str, Any]:
    digest = hashlib.sha256(f"{kind}|{number}".encode()).digest()[:16]
    thing = {IDS[kind]: str(uuid.UUID(bytes=digest, version=4))}
    return {"kind": kind, "nonce": "0" * 32, "version": 1} | thing


def _is(one: Known, among: Among) -> bool:
    if among == "asked":
        return one.asked
    if among == "open":
        return one.status == "open"
    return among == "any" or one.status in ("confirmed", "dismissed")


def _in_order(one: Known) -> tuple[Any, ...]:
    kind, a, b, month, records = one.name
    return kind, a, b or ("", ""), month, sorted(records)
