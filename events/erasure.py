"""Erasure: when it counts, and what is left in the place of people who were erased. Pure.

Erased people are replaced by stand-ins: random tokens that say only which erased people were one
person, and (while a record of that person still lives) that its token is the same one's. So what
was answered, found and decided folds again to the same bytes, and nobody is found by a number.
Source: docs/decisions/0034.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Self

import orjson

from events.catalog import Topic, identity_of
from events.codec import dumps
from events.journal import Block
from events.model import ADMINISTRATION, SUPERVISOR, SigningStage
from events.stage_signing import content_of
from events.trust import Trust

MARK: Final = b'"kind":"erasure"'
LEDGER: Final = "ledger"
"""The key of the message in aid-keys that ends a carried-out erasure."""
_BODIES: Final = frozenset({ADMINISTRATION, SUPERVISOR})
Subjects = list[dict[str, Any]]


class Named(NamedTuple):
    """A record, whatever its version."""

    org: str
    kind: str
    id: str


# -- when it counts ------------------------------------------------------------------------------


def count(known: bytes | None, org: str, rec: Mapping[str, Any]) -> tuple[bytes, bool]:
    """What is known of an erasure once a body has said it too; True if that makes it count.

    It counts once, when both have named the same records and the same reason.
    """
    said: dict[str, str] = orjson.loads(known or b"{}")
    done = _agreed(said)
    said[org] = hashlib.sha256(dumps([rec["reason"], rec["records"]])).hexdigest()
    return dumps(said if not done else orjson.loads(known or b"{}")), not done and _agreed(said)


def _agreed(said: Mapping[str, str]) -> bool:
    return said.keys() >= _BODIES and len({said[body] for body in _BODIES}) == 1


def named_in(rec: Mapping[str, Any]) -> list[Named]:
    """The records that an erasure names."""
    return [Named(one["org"], one["kind"], one["id"]) for one in rec["records"]]


def erased_by(blocks: Iterable[Block]) -> dict[Named, int]:
    """Record → the block from which on it is erased, by the blocks that hold `MARK`."""
    known: dict[str, bytes] = {}
    found: dict[Named, int] = {}
    for block in blocks:
        for org, item in records_of(block):
            if item["rec"]["kind"] != "erasure":
                continue
            rec = item["rec"]
            name = rec["erasure_id"]
            known[name], counts = count(known.get(name), org, rec)
            if counts:
                found |= {one: block.seq for one in named_in(rec) if one not in found}
    return found


def records_of(block: Block) -> Iterator[tuple[str, dict[str, Any]]]:
    """Organisation and item of each accepted record of a block."""
    org = ""
    for item in block.items:
        if item["t"] == "sub":
            org = orjson.loads(item["manifest"])["org"]
        elif item["t"] == "rec":
            yield org, item


def name_of(org: str, item: dict[str, Any]) -> Named:
    """What names the record of an item."""
    rec = item["rec"]
    return Named(org, rec["kind"], identity_of(rec["kind"], rec))


# -- what is left in aid-keys ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Left:
    """A block's keys, zeros where a record was erased, and by their place what stands for those."""

    keys: bytes
    people: dict[int, Subjects]

    def covered(self, block: Block, erased: Mapping[Named, int]) -> bool:
        """True if a signed erasure names each record of the block whose key is missing."""
        names = {item["k"]: name_of(org, item) for org, item in records_of(block) if "k" in item}
        return all(block.seq < erased.get(names.get(k, _NOBODY), -1) for k in self.people)

    def content(self, keys_id: str, as_of: int) -> bytes:
        """The message's content; it is signed by intake for `place`."""
        keys = base64.b64encode(self.keys).decode()
        people = {str(k): found for k, found in self.people.items()}
        return dumps({"v": 1, "id": keys_id, "as_of": as_of, "keys": keys, "people": people})

    @classmethod
    def read(cls, value: bytes | None, keys_id: str, trust: Trust) -> Self | None:
        """From a message under a block's key; None for one that is not of a carried-out erasure."""
        said = _said(value, keys_id, trust)
        try:
            people = {int(k): found for k, found in said["people"].items()}
            return cls(base64.b64decode(said["keys"]), people)
        except (AttributeError, KeyError, TypeError, ValueError, binascii.Error):
            return None


_NOBODY: Final = Named("", "", "")


@dataclass(frozen=True, slots=True)
class Remains:
    """What the erasures so far left: by the id of a block's keys, and token → its stand-in.

    Tokens (`type:hex`) stand here as long as a record that is not erased has them.
    """

    left: dict[str, Left] = field(default_factory=dict)
    stand_ins: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The message that ends a carried-out erasure: token → stand-in, and where the run began."""

    stand_ins: dict[str, str]
    first: int

    def content(self, as_of: int) -> bytes:
        """The message's content; it is signed by intake for `place`."""
        stand_ins = sorted(self.stand_ins.items())
        told = {"v": 1, "id": LEDGER, "as_of": as_of, "first": self.first, "stand_ins": stand_ins}
        return dumps(told)

    @classmethod
    def read(cls, value: bytes | None, trust: Trust) -> Self | None:
        """From a message under `LEDGER`; None for one that is none."""
        said = _said(value, LEDGER, trust)
        try:
            stand_ins = {str(token): str(stand_in) for token, stand_in in said["stand_ins"]}
            return cls(stand_ins, int(said["first"]))
        except (KeyError, TypeError, ValueError):
            return None


def place(name: str, as_of: int) -> str:
    """What names a message of an erasure in aid-keys: a block's keys or the ledger, and when."""
    return f"{name}.left.{as_of}"


def _said(value: bytes | None, name: str, trust: Trust) -> dict[str, Any]:
    """The content, if intake signed it as what it claims to be; else nothing."""
    if value is None:
        return {}
    try:
        found = orjson.loads(content_of(value))
        as_of = int(found["as_of"]) if found["id"] == name else -1
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return {}
    stage, topic = SigningStage.INTAKE, Topic.KEYS
    # nobody erases in a journal whose stages do not sign
    if as_of < 0 or not trust.must_sign(stage, topic, as_of):
        return {}
    return found if trust.admits(stage, topic, as_of, value, place(name, as_of)) else {}


def renamed(subjects: Subjects, names: Mapping[str, str]) -> Subjects:
    """Subjects with other tokens, where `names` (`type:hex` → hex) has one."""
    if not names:
        return subjects
    return [
        subject
        | {"tokens": [[t, names.get(f"{t}:{value}", value)] for t, value in subject["tokens"]]}
        for subject in subjects
    ]
