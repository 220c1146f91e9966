"""What intake keeps: the world, the draft of the next block, and the keys of its store."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from events import codec, sealing
from events.journal import Block, Head
from processors.overlay import Overlay

WORLD: Final = b"w"

Item = dict[str, Any]
Subjects = list[dict[str, Any]]
Opener = Callable[[Block, Item], Subjects | None]
"""Opens the sealed subjects of an item; None if they were erased."""


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
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    programmes: dict[str, int] = field(default_factory=dict)
    """Organisation → how many programmes it owns."""
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def head(self) -> Head:
        """Where the journal stands for this state."""
        return Head(self.head_seq, self.head_digest)

    @property
    def rules(self) -> dict[str, Any]:
        """The rules of the newest policy."""
        return self.policies[max(self.policies, key=int)]


@dataclass(slots=True)
class Draft:
    """The next block before sealing. `to_seal[k]` are the subjects of the record with key k."""

    items: list[Item] = field(default_factory=list)
    to_seal: list[Subjects] = field(default_factory=list)
    source: tuple[int, int] = (0, 0)
    records: int = 0

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
        self.world = World(**orjson.loads(saved)) if saved else World()
        self._placeholders: tuple[int, frozenset[tuple[str, str]]] = (0, frozenset())

    @property
    def placeholders(self) -> frozenset[tuple[str, str]]:
        """Tokens of placeholder numbers, by the newest policy."""
        policies = len(self.world.policies)
        if self._placeholders[0] != policies:
            found = frozenset(
                (kind, value) for kind, value in self.world.rules["placeholder_tokens"]
            )
            self._placeholders = policies, found
        return self._placeholders[1]

    def save(self) -> dict[bytes, bytes | None]:
        """All changes, the world (and so the cursor) among them, for ONE atomic write."""
        w = self.world
        self.overlay.put(WORLD, codec.dumps({name: getattr(w, name) for name in World.__slots__}))
        return self.overlay.take()


def programme_key(programme: str) -> bytes:
    """Where the owner of a programme stands."""
    return f"p:{programme}".encode()


def submission_key(org: str, submission_id: str) -> bytes:
    """Where the digest of a submission's manifest stands."""
    return f"s:{org}:{submission_id}".encode()


def versions_key(org: str, kind: str, record_id: str) -> bytes:
    """Where the accepted versions of a record stand, each with its content's hash."""
    # control facts are the administration's or the owner's: one name space for both
    return f"v:{org if kind == 'assistance' else ''}:{kind}:{record_id}".encode()


def identity_of(rec: dict[str, Any]) -> str:
    """The id of the thing that a record (its public part) is a version of."""
    match rec["kind"]:
        case "assistance":
            return str(rec["assistance_id"])
        case "partner":
            return str(rec["org"])
        case "key":
            return str(rec["public_key"])
        case "programme":
            return str(rec["programme"])
        case "policy":
            return "policy"
        case _:
            return str(rec["day"])
