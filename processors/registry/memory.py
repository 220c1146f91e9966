"""What the fold has in hand while it folds a block: what is common, and each fact once."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson

from events.codec import dumps
from events.outputs import FindingRevision
from processors.overlay import Overlay
from processors.registry import keys
from processors.registry.case import Case, case_key
from processors.registry.common import Common
from processors.registry.links import LinkView
from processors.registry.records import Assistance, Enrolment, Fact, Need
from processors.registry.rules import Rules, in_force

F = TypeVar("F", bound=Fact)


@dataclass(slots=True)
class Cause:
    """The item that is being folded: where it stands, who sent it, and which account signed."""

    seq: int
    index: int
    org: str = ""
    assurance: str = ""
    user: str = ""
    role: str = ""


@dataclass(slots=True)
class FindingAtHand:
    """A finding that the item at hand opened, revised or looked at, with its facts.

    `before` is its status before the item; '' if there was none.
    """

    finding: FindingRevision
    facts: list[Fact]
    before: str


class RegistryState:
    """The fold's state: a `Common` and, in the store, facts, tokens and findings.

    A fact is decoded once and encoded once a block, however many others it meets in it.
    """

    def __init__(self, overlay: Overlay) -> None:
        self.overlay = overlay
        saved = overlay.get(keys.COMMON)
        self.common = Common.decode(saved) if saved else Common()
        self.rules: list[Rules] = self.common.rules()
        self.cases: dict[str, Case] = {}
        self.revised: dict[str, FindingAtHand] = {}
        """Findings of the item at hand that were opened or changed."""
        self.renewed: set[bytes] = set()
        """Store keys of facts that got another content by the item at hand."""
        self.unchanged: dict[str, FindingAtHand] = {}
        """Findings of such facts that stand as they stood: their programmes or people may not."""
        self.due_cases: list[bytes] = []
        """Store keys of the cases that fall due on the day that begins."""
        self.touched: dict[str, Case] = {}
        """Cases of the item at hand in which something else changed than a finding's content."""
        self.views: dict[bytes, LinkView] = {}
        """Facts as links see them; forgotten when what a token stands for changes."""
        self._facts: dict[bytes, Fact] = {}
        self._changed: set[bytes] = set()

    def save(self) -> dict[bytes, bytes | None]:
        """All changes, what is common (so the cursor) among them, for ONE atomic write."""
        for key in self._changed:
            self.overlay.put(key, self._facts[key].encode())
        for case in self.cases.values():
            self.overlay.put(case.key, case.encode())
        self._facts.clear()
        self._changed.clear()
        self.cases.clear()
        self.views.clear()
        w = self.common
        self.overlay.put(keys.COMMON, dumps({name: getattr(w, name) for name in Common.__slots__}))
        return self.overlay.take()

    # -- policy and programmes ------------------------------------------------------------------

    def rules_on(self, day: int) -> Rules:
        """The policy in force on a day; before the first day of all, the first policy."""
        return in_force(self.rules, day) or self.rules[0]

    def rules_of(self, version: int) -> Rules:
        """A signed version of the policy. Raises ValueError if there is none of that number."""
        for rules in self.rules:
            if rules.version == version:
                return rules
        raise ValueError(f"policy {version} is not signed")

    def programme(self, programme: str) -> dict[str, Any] | None:
        """Version, owner, signer, purpose and declared complements of a programme, if known."""
        value = self.overlay.get(keys.programme_key(programme))
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

    # -- facts ----------------------------------------------------------------------------------

    def fact(self, key: bytes, shape: type[F]) -> F | None:
        """The fact under a store key, if there is one. Raises TypeError for another shape."""
        found = self._facts.get(key)
        if found is None:
            value = self.overlay.get(key)
            if value is None:
                return None
            found = self._facts[key] = shape.decode(value)
        if not isinstance(found, shape):
            raise TypeError(f"a {type(found).__name__} lies where a {shape.__name__} should")
        return found

    def assistance(self, key: bytes) -> Assistance | None:
        """The assistance under a store key, if there is one."""
        return self.fact(key, Assistance)

    def any_fact(self, key: bytes) -> Fact | None:
        """The fact under a store key, whatever its first letter says it is."""
        shapes: dict[bytes, type[Fact]] = {
            keys.ASSISTANCE: Assistance,
            keys.NEED: Need,
            keys.ENROLMENT: Enrolment,
        }
        return self.fact(key, shapes[key[:1]])

    def change(self, fact: Fact) -> None:
        """Keep a fact that is new or has changed; it is encoded when the block is saved."""
        self._facts[fact.key] = fact
        self._changed.add(fact.key)
        self.views.pop(fact.key, None)

    def case(self, case_id: str) -> Case | None:
        """The case with that id, if there is one; it is encoded when the block is saved."""
        found = self.cases.get(case_id)
        if found is None:
            value = self.overlay.get(case_key(case_id))
            if value is None:
                return None
            found = self.cases[case_id] = Case.decode(value)
        return found

    def load(self, wanted: Iterable[bytes]) -> None:
        """Fetch facts from the store in one call."""
        missing = [key for key in wanted if key not in self._facts]
        if missing:
            self.overlay.load(missing)

    # -- lists beside a record ------------------------------------------------------------------

    def listed(self, key: bytes, kind: bytes = keys.ASSISTANCE) -> list[bytes]:
        """The store keys in the list under `key`, oldest first."""
        return keys.decode_keys(self.overlay.get(key), kind)

    def enlist(self, key: bytes, record: bytes) -> None:
        """Add a record's store key to the list under `key`, if it is not in it."""
        before = self.overlay.get(key) or b""
        if record[1:] not in {before[at : at + 16] for at in range(0, len(before), 16)}:
            self.overlay.put(key, before + record[1:])
