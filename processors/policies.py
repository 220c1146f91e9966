"""Which policy is in force: the one fold of what two bodies propose and sign. Pure.

The door, the registry and the office all read it here. Source: docs/decisions/0011 (two
signatures), docs/domain.md ("in force": a date of effect and the journal's order).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self, TypeVar

from events import codec
from events.model import FIRST_DAY


class Dated(Protocol):
    """What has a first day on which it may count: an ordinal, or text YYYY-MM-DD."""

    @property
    def in_force_from(self) -> Any:
        """That day."""


D = TypeVar("D", bound=Dated)


def in_force(signed: Sequence[D], day: int | str) -> D:
    """Of versions in the order of their second signatures: the last whose day has come.

    `day` is of the kind that they have. Before the first day of all it is the first.
    Raises IndexError if there is none.
    """
    found = (version for version in reversed(signed) if version.in_force_from <= day)
    return next(found, signed[0])


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A version as the journal holds it.

    `digest` (SHA-256 hex of its content) is what the supervisor signs; '' for genesis' own.
    """

    version: int
    in_force_from: str
    rules: dict[str, Any]
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Policies:
    """All versions so far. `signed` are in the order in which they came into force.

    `supervised`: genesis names a supervisor, without whom no policy comes into force.
    """

    supervised: bool = False
    signed: tuple[PolicyVersion, ...] = ()
    proposed: tuple[PolicyVersion, ...] = ()

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """From the JSON shape of itself."""
        signed = tuple(PolicyVersion(**one) for one in plain["signed"])
        proposed = tuple(PolicyVersion(**one) for one in plain["proposed"])
        return cls(plain["supervised"], signed, proposed)

    def fold(self, item: Mapping[str, Any]) -> "Policies":
        """The policies after an item of the journal; itself, if that is about something else."""
        if item["t"] == "genesis":
            return Policies.begun(item["genesis"])
        return self.take(item["rec"]) if item["t"] == "rec" else self

    @classmethod
    def begun(cls, genesis: Mapping[str, Any]) -> Self:
        """The first policy, which needs no second signature and counts from the first day."""
        supervised = any(root["role"] == "supervisor" for root in genesis["root_keys"])
        return cls(supervised, (PolicyVersion(1, FIRST_DAY.isoformat(), genesis["policy"]),))

    def take(self, rec: Mapping[str, Any]) -> "Policies":
        """The policies after an accepted record; itself, if that is about something else."""
        if rec["kind"] == "policy":
            digest = codec.content_hash(dict(rec), []).hex()
            new = PolicyVersion(rec["version"], rec["in_force_from"], rec["rules"], digest)
            if self.supervised:
                return replace(self, proposed=(*self.proposed, new))
            return replace(self, signed=(*self.signed, new))
        if rec["kind"] == "policy-signature":
            new = self.waiting[rec["policy_version"]]
            rest = tuple(one for one in self.proposed if one is not new)
            return replace(self, signed=(*self.signed, new), proposed=rest)
        return self

    def in_force(self, day: str) -> PolicyVersion:
        """The version in force on a day (YYYY-MM-DD). Raises IndexError before genesis."""
        return in_force(self.signed, day)

    @property
    def versions(self) -> dict[int, PolicyVersion]:
        """All versions by their number, lowest first."""
        found = sorted((*self.signed, *self.proposed), key=lambda one: one.version)
        return {one.version: one for one in found}

    @property
    def newest(self) -> PolicyVersion:
        """The version that was signed last. Raises IndexError before genesis."""
        return self.signed[-1]

    @property
    def waiting(self) -> dict[int, PolicyVersion]:
        """Those that can still be signed, by number: newer than all that are signed."""
        last = max((one.version for one in self.signed), default=0)
        return {one.version: one for one in self.proposed if one.version > last}
