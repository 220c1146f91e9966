"""What intake keeps: what it knows of all, the draft of the next block, its store's keys."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from events import codec, sealing
from events.catalog import BY_NAME
from events.journal import Block, Head
from events.trust import Trust
from processors.layout import OtherLayout
from processors.overlay import Overlay
from processors.policies import Policies

FACTS: Final = b"w"
LAYOUT: Final = 2
"""See `processors.layout`. 1: plans until they lapse (0021). 2: keys of stages (0029)."""

Item = dict[str, Any]
Subjects = list[dict[str, Any]]
Opener = Callable[[Block, Item], Subjects | None]
"""Opens the sealed subjects of an item; None if they were erased."""
Versions = dict[str, Any]
"""Accepted versions of one thing → content hash (hex); and what `conduct` keeps of its plan."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of aid-submissions as the broker stored it."""

    offset: int
    append_ms: int
    headers: codec.Headers
    value: bytes | None


@dataclass(slots=True)
class DoorFacts:
    """What intake knows of the system as a whole: small, and saved as one value."""

    day: str = ""
    test_mode: bool = False
    clock_ms: int = 0
    source_next: int = 0
    head_seq: int = 0
    head_digest: str = Head().digest
    journal_offset: int = 0
    head_offset: int = -1
    keys_offset: int = 0
    """Behind the last message of aid-keys that a block names: the topic may not end before it."""
    skipped: int = 0
    partners: dict[str, int] = field(default_factory=dict)
    key_servers: dict[str, int] = field(default_factory=dict)
    """Body → the number of the key server that it runs. Two may have one number: while one
    takes over from another, each runs the server of its own epoch.
    """
    trust: Trust = field(default_factory=Trust)
    programmes: dict[str, int] = field(default_factory=dict)
    """Organisation → how many programmes it owns."""
    policies: Policies = field(default_factory=Policies)
    epochs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Name → {number in the order of opening, version, status, public_key, placeholder_tokens}."""
    layout: int = LAYOUT

    @classmethod
    def decode(cls, value: bytes) -> "DoorFacts":
        """From the store. Raises OtherLayout."""
        known = orjson.loads(value)
        if (layout := known.get("layout", 0)) != LAYOUT:
            raise OtherLayout(layout, LAYOUT)
        made = {"policies": Policies.of(known["policies"]), "trust": Trust(**known["trust"])}
        return cls(**known | made)

    def encode(self) -> bytes:
        """For the store."""
        return codec.dumps({name: getattr(self, name) for name in DoorFacts.__slots__})

    @property
    def head(self) -> Head:
        """Where the journal stands for this state."""
        return Head(self.head_seq, self.head_digest)

    @property
    def rules(self) -> dict[str, Any]:
        """The rules of the policy in force on the journal's day."""
        return self.policies.in_force(self.day).rules

    def copy(self) -> "DoorFacts":
        """A twin whose changes do not reach this one (the values in its tables never change)."""
        found = DoorFacts(**{name: getattr(self, name) for name in DoorFacts.__slots__})
        for name in _TABLES:
            setattr(found, name, dict(getattr(self, name)))
        found.trust = self.trust.copy()
        return found

    def become(self, other: "DoorFacts") -> None:
        """Take over all of another."""
        for name in DoorFacts.__slots__:
            setattr(self, name, getattr(other, name))


_TABLES: Final = ("partners", "key_servers", "programmes", "epochs")


@dataclass(slots=True)
class Draft:
    """The next block before sealing. `to_seal[k]` are the subjects of the record with key k."""

    items: list[Item] = field(default_factory=list)
    to_seal: list[Subjects] = field(default_factory=list)
    source: tuple[int, int] = (0, 0)
    records: int = 0

    def cut(self, items: int, to_seal: int) -> None:
        """Forget all but the first `items` and the first `to_seal`."""
        del self.items[items:], self.to_seal[to_seal:]

    def sealed(self, keys_id: str, keys: bytes) -> list[Item]:
        """The items with their subjects sealed; `keys` is 32 random bytes for each of `to_seal`."""
        items = []
        for item in self.items:
            if "k" in item:
                place = item["k"]
                key = keys[place * sealing.KEY_BYTES : (place + 1) * sealing.KEY_BYTES]
                text = codec.dumps(self.to_seal[place])
                hidden = sealing.seal(key, keys_id, place, text)
                item = {**item, "sealed": base64.b64encode(hidden).decode()}
            items.append(item)
        return items


class IntakeState:
    """The fold's state: `DoorFacts` and, in the store, what was accepted under which id."""

    def __init__(self, overlay: Overlay) -> None:
        self.overlay = overlay
        saved = overlay.get(FACTS)
        self.world = DoorFacts.decode(saved) if saved else DoorFacts()
        self._placeholders: tuple[tuple[int, int], frozenset[tuple[str, str]]] = (0, 0), frozenset()
        """The policy and how many versions of epochs it was made of, and the tokens."""

    @property
    def placeholders(self) -> frozenset[tuple[str, str]]:
        """Tokens of placeholder numbers, by the policy in force and the open epochs."""
        policy = self.world.policies.in_force(self.world.day)
        epochs = self.world.epochs.values()
        made_of = policy.version, sum(epoch["version"] for epoch in epochs)
        if self._placeholders[0] != made_of:
            listed = [policy.rules, *epochs]
            found = frozenset(
                (kind, value) for one in listed for kind, value in one["placeholder_tokens"]
            )
            self._placeholders = made_of, found
        return self._placeholders[1]

    def begin(self) -> DoorFacts:
        """Begin what may have to be forgotten; `forget` takes the facts that are returned."""
        self.overlay.begin()
        return self.world.copy()

    def keep(self) -> None:
        """All that was folded since `begin` stays."""
        self.overlay.keep()

    def forget(self, before: DoorFacts) -> None:
        """Nothing that was folded since `begin` happened."""
        self.overlay.undo()
        self.world.become(before)
        self._placeholders = (0, 0), frozenset()

    def save(self) -> dict[bytes, bytes | None]:
        """All changes, the facts (and so the cursor) among them, for ONE atomic write."""
        self.overlay.put(FACTS, self.world.encode())
        return self.overlay.take()


def programme_key(programme: str) -> bytes:
    """Where the owner of a programme stands."""
    return f"p:{programme}".encode()


def submission_key(org: str, submission_id: str) -> bytes:
    """Where the digest of a submission's manifest stands."""
    return f"s:{org}:{submission_id}".encode()


def release_key(org: str, submission_id: str) -> bytes:
    """Where it stands that a held submission was released."""
    return f"r:{org}:{submission_id}".encode()


def erasure_key(erasure_id: str) -> bytes:
    """Where it stands who has said an erasure."""
    return f"e:{erasure_id}".encode()


def versions_key(org: str, kind: str, record_id: str) -> bytes:
    """Where the accepted versions of a record stand, each with its content's hash."""
    space = "" if BY_NAME[kind].is_shared else org
    return f"v:{space}:{kind}:{record_id}".encode()
