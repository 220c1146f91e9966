"""What intake keeps: the world, the draft of the next block, and the keys of its store."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from events import codec, sealing
from events.journal import Block, Head
from events.upcast import POLICY_RULES_2
from processors.overlay import Overlay

WORLD: Final = b"w"

Item = dict[str, Any]
Subjects = list[dict[str, Any]]
Opener = Callable[[Block, Item], Subjects | None]
"""Opens the sealed subjects of an item; None if they were erased."""
Versions = dict[str, str]
"""Accepted versions of one thing → content hash (hex); and an open plan's day (`conduct`)."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of aid-submissions as the broker stored it."""

    offset: int
    append_ms: int
    headers: codec.Headers
    value: bytes | None


@dataclass(slots=True)
class World:
    """What intake knows of the system as a whole: small, and saved as one value."""

    day: str = ""
    test_mode: bool = False
    clock_ms: int = 0
    source_next: int = 0
    head_seq: int = 0
    head_digest: str = Head().digest
    journal_offset: int = 0
    head_offset: int = -1
    skipped: int = 0
    partners: dict[str, int] = field(default_factory=dict)
    key_servers: dict[str, int] = field(default_factory=dict)
    """Body → the number of the key server that it runs. Two may have one number: while one
    takes over from another, each runs the server of its own epoch.
    """
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    programmes: dict[str, int] = field(default_factory=dict)
    """Organisation → how many programmes it owns."""
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Version → the rules of the policies that are in force."""
    proposed: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Version → {digest, rules} of those that wait for the supervisor's signature."""
    policy_version: int = 0
    """The highest version that was proposed."""
    supervised: bool = False
    """True if genesis names a supervisor, without whom no policy comes into force."""
    epochs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Name → {number in the order of opening, version, status, public_key, placeholder_tokens}."""

    @property
    def head(self) -> Head:
        """Where the journal stands for this state."""
        return Head(self.head_seq, self.head_digest)

    @property
    def rules(self) -> dict[str, Any]:
        """The rules of the newest policy in force."""
        return self.policies[max(self.policies, key=int)]

    def copy(self) -> "World":
        """A world whose changes do not reach this one (the values in its tables never change)."""
        found = World(**{name: getattr(self, name) for name in World.__slots__})
        for name in _TABLES:
            setattr(found, name, dict(getattr(self, name)))
        return found

    def become(self, other: "World") -> None:
        """Take over all of another world."""
        for name in World.__slots__:
            setattr(self, name, getattr(other, name))


_TABLES: Final = ("partners", "key_servers", "keys", "programmes", "policies", "proposed", "epochs")


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
    """The fold's state: a `World` and, in the store, what was accepted under which id."""

    def __init__(self, overlay: Overlay) -> None:
        self.overlay = overlay
        saved = overlay.get(WORLD)
        self.world = _read_world(saved) if saved else World()
        self._placeholders: tuple[int, frozenset[tuple[str, str]]] = (0, frozenset())
        """How many policies and versions of epochs it was made of, and the tokens."""

    @property
    def placeholders(self) -> frozenset[tuple[str, str]]:
        """Tokens of placeholder numbers, by the newest policy and the open epochs."""
        epochs = self.world.epochs.values()
        said = len(self.world.policies) + sum(epoch["version"] for epoch in epochs)
        if self._placeholders[0] != said:
            listed = [self.world.rules, *epochs]
            found = frozenset(
                (kind, value) for one in listed for kind, value in one["placeholder_tokens"]
            )
            self._placeholders = said, found
        return self._placeholders[1]

    def begin(self) -> World:
        """Begin what may have to be forgotten; `forget` takes the world that is returned."""
        self.overlay.begin()
        return self.world.copy()

    def keep(self) -> None:
        """All that was folded since `begin` stays."""
        self.overlay.keep()

    def forget(self, before: World) -> None:
        """Nothing that was folded since `begin` happened."""
        self.overlay.undo()
        self.world.become(before)
        self._placeholders = (0, frozenset())

    def save(self) -> dict[bytes, bytes | None]:
        """All changes, the world (and so the cursor) among them, for ONE atomic write."""
        w = self.world
        self.overlay.put(WORLD, codec.dumps({name: getattr(w, name) for name in World.__slots__}))
        return self.overlay.take()


def _read_world(saved: bytes) -> World:
    """A world as saved, also by a program that knew only version 1 of the policy."""
    world = World(**orjson.loads(saved))
    if world.policies and not world.policy_version:
        world.policies = {v: POLICY_RULES_2 | rules for v, rules in world.policies.items()}
        world.policy_version = max(map(int, world.policies))
    return world


def programme_key(programme: str) -> bytes:
    """Where the owner of a programme stands."""
    return f"p:{programme}".encode()


def submission_key(org: str, submission_id: str) -> bytes:
    """Where the digest of a submission's manifest stands."""
    return f"s:{org}:{submission_id}".encode()


def release_key(org: str, submission_id: str) -> bytes:
    """Where it stands that a held submission was released."""
    return f"r:{org}:{submission_id}".encode()


def versions_key(org: str, kind: str, record_id: str) -> bytes:
    """Where the accepted versions of a record stand, each with its content's hash."""
    # control facts are the administration's or the owner's: one name space for both
    return f"v:{'' if kind in _CONTROL else org}:{kind}:{record_id}".encode()


_CONTROL: Final = frozenset({"partner", "key", "programme", "policy", "clock-step"})
