"""What the fold has in hand while it folds a block: the world, and each record it touched, once."""

from dataclasses import dataclass
from typing import Any

import orjson

from events.codec import dumps
from processors.overlay import Overlay
from processors.registry import state as st
from processors.registry.rules import Rules
from processors.registry.state import Assistance, World


@dataclass(slots=True)
class Cause:
    """The record that is being folded: where it stands and who sent it."""

    seq: int
    index: int
    org: str
    assurance: str


class RegistryState:
    """The fold's state: a `World` and, in the store, assistances, tokens and findings.

    A record is decoded once and encoded once a block, however many others it meets in it.
    """

    def __init__(self, overlay: Overlay) -> None:
        self.overlay = overlay
        saved = overlay.get(st.WORLD)
        self.world = World(**orjson.loads(saved)) if saved else World()
        self.rules: list[Rules] = self.world.rules()
        self._records: dict[bytes, Assistance] = {}
        self._changed: set[bytes] = set()

    def save(self) -> dict[bytes, bytes | None]:
        """All changes, the world (and so the cursor) among them, for ONE atomic write."""
        for key in self._changed:
            self.overlay.put(key, self._records[key].encode())
        self._records.clear()
        self._changed.clear()
        w = self.world
        self.overlay.put(st.WORLD, dumps({name: getattr(w, name) for name in World.__slots__}))
        return self.overlay.take()

    def programme(self, programme: str) -> dict[str, Any] | None:
        """Version, owner, signer and declared complements of a programme, if it is known."""
        value = self.overlay.get(st.programme_key(programme))
        found: dict[str, Any] | None = orjson.loads(value) if value else None
        return found

    def complementary(self, a: str, b: str) -> bool:
        """True if the owners of both programmes have signed that the two complement each other."""
        if a == b:
            return False
        one, two = self.programme(a), self.programme(b)
        if one is None or two is None:
            return False
        signed = set()
        if b in one["complements"]:
            signed.add(one["signer"])
        if a in two["complements"]:
            signed.add(two["signer"])
        return {one["owner"], two["owner"]} <= signed

    def assistance(self, key: bytes) -> Assistance | None:
        """The assistance under a store key, if there is one."""
        found = self._records.get(key)
        if found is None:
            value = self.overlay.get(key)
            if value is None:
                return None
            found = self._records[key] = Assistance.decode(value)
        return found

    def change(self, record: Assistance) -> None:
        """Keep a record that is new or has changed; it is encoded when the block is saved."""
        self._records[record.key] = record
        self._changed.add(record.key)

    def load(self, keys: set[bytes]) -> None:
        """Fetch records from the store in one call."""
        self.overlay.load(keys - self._records.keys())

    def linked(self, record: Assistance) -> set[bytes]:
        """The store keys of all records that this one has, or once had, a finding with."""
        return st.decode_links(self.overlay.get(record.links_key))

    def link(self, a: Assistance, b: Assistance) -> None:
        """Remember that the two have a finding."""
        for one, two in ((a, b), (b, a)):
            before = self.overlay.get(one.links_key) or b""
            self.overlay.put(one.links_key, before + st.encode_link(two))
