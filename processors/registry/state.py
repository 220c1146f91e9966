"""How the registry's facts lie in the store. Pure encoding; the keys say what is what.

w                      the world: cursor, day, partners, programmes, policies
r <16 bytes>           one assistance (hash of organisation and id)
t <16 bytes> <type>    one strong token: who brought it first, and the live records that list it
f <finding id>         the last revision of one finding
"""

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Final

import orjson

from events import money
from events.identity import is_strong
from events.journal import Head
from events.model import Purpose
from events.outputs import FindingRevision, VerdictRow
from processors.registry.rules import ONE_OFF, Rules, Transfer, Window

WORLD: Final = b"w"
PURPOSE_CODES: Final = {purpose.value: number for number, purpose in enumerate(Purpose)}
_PERSON: Final = struct.Struct(">QII")
_ENTRY: Final = struct.Struct(">16sBII")

Person = tuple[int, int, int]
"""(seq, index, subject) of the record that first brought a strong token."""


@dataclass(slots=True)
class World:
    """What the registry knows of the system as a whole: small, one value with the cursor."""

    head_seq: int = 0
    head_digest: str = Head().digest
    journal_offset: int = 0
    head_offset: int = -1
    skipped: int = 0
    keys_offset: int = 0
    day: str = ""
    partners: dict[str, dict[str, Any]] = field(default_factory=dict)
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def head(self) -> Head:
        """Where the journal stands for this state."""
        return Head(self.head_seq, self.head_digest)

    @property
    def today(self) -> int:
        """The day in force, as an ordinal."""
        return date.fromisoformat(self.day).toordinal()

    def rules(self) -> list[Rules]:
        """All policy versions in the shape in which pairs are judged."""
        return [
            Rules.of(int(version), date.fromisoformat(p["from"]).toordinal(), p["rules"])
            for version, p in self.policies.items()
        ]


@dataclass(slots=True)
class Assistance:
    """One assistance as it stands: its versions' stages and the highest version's content."""

    org: str
    assistance_id: str
    first: tuple[int, int]
    stages: dict[int, str] = field(default_factory=dict)
    top: int = 0
    content: dict[str, Any] = field(default_factory=dict)
    people: list[tuple[str, list[str]]] = field(default_factory=list)
    persons: list[Person] = field(default_factory=list)
    answers: dict[int, VerdictRow] = field(default_factory=dict)
    held_until: int = 0
    renewed: bool = False
    _key: bytes = b""
    _transfer: Transfer | None = None
    _tokens: frozenset[str] | None = None

    @property
    def key(self) -> bytes:
        """The store's key of this assistance."""
        if not self._key:
            self._key = record_key(self.org, self.assistance_id)
        return self._key

    @property
    def links_key(self) -> bytes:
        """The store's key of the records that this one has findings with."""
        return links_key(self.key)

    @property
    def tokens(self) -> frozenset[str]:
        """All strong tokens that the record lists."""
        if self._tokens is None:
            self._tokens = frozenset(token for _, tokens in self.people for token in tokens)
        return self._tokens

    def take_content(
        self,
        content: dict[str, Any],
        people: list[tuple[str, list[str]]],
        persons: list[Person],
    ) -> None:
        """The content of a version that is now the highest."""
        self.content, self.people, self.persons = content, people, persons
        self._transfer = self._tokens = None

    @property
    def protected(self) -> bool:
        """True if no other partner may learn anything from this record."""
        return bool(self.content["protected"])

    @property
    def delivered(self) -> bool:
        """Delivered or returned since the last cancellation, and not all of it came back."""
        return self.paid and not self._returned_in_full

    @property
    def paid(self) -> bool:
        """Delivered or returned since the last cancellation, even if all of it came back."""
        return self._any_since_cancellation("delivered", "returned")

    def _any_since_cancellation(self, *stages: str) -> bool:
        if len(self.stages) == 1:
            return next(iter(self.stages.values())) in stages
        last_cancelled = max((v for v, s in self.stages.items() if s == "cancelled"), default=0)
        return any(v > last_cancelled and s in stages for v, s in self.stages.items())

    @property
    def _returned_in_full(self) -> bool:
        returned = self.content.get("returned_amount")
        return returned is not None and self.net_amount == 0

    @property
    def net_amount(self) -> int:
        """Minor units that stayed with the family."""
        currency = self.content["currency"]
        returned = self.content.get("returned_amount", "0")
        return money.to_minor(self.content["amount"], currency) - money.to_minor(returned, currency)

    @property
    def planned(self) -> bool:
        """Announced, neither delivered nor cancelled; an amendment alone announces nothing."""
        return not self.paid and self._any_since_cancellation("planned")

    def holds(self, today: int) -> bool:
        """True if this plan blocks a later record: last answered clear, and not lapsed."""
        if not self.planned or today >= self.held_until or not self.answers:
            return False
        return self.answers[max(self.answers)]["answer"]["verdict"] == "clear"

    def transfer(self) -> Transfer:
        """What the rules need to know."""
        if self._transfer is None:
            c = self.content
            self._transfer = Transfer(
                org=self.org,
                assistance_id=self.assistance_id,
                programme=c["programme"],
                purpose=c["purpose"],
                modality=c["modality"],
                one_off=c["frequency"] == ONE_OFF,
                declared=Window(ordinal(c["covers_from"]), ordinal(c["covers_to"])),
                amount=self.net_amount,
                currency=c["currency"],
                district=c["district"],
            )
        return self._transfer

    def encode(self) -> bytes:
        """For the store."""
        return orjson.dumps(
            {
                "o": self.org,
                "i": self.assistance_id,
                "q": self.first,
                "s": {str(v): s for v, s in self.stages.items()},
                "top": self.top,
                "c": self.content,
                "p": self.people,
                "w": self.persons,
                "a": {str(v): a for v, a in self.answers.items()},
                "h": self.held_until,
                "n": self.renewed,
            }
        )

    @classmethod
    def decode(cls, value: bytes) -> "Assistance":
        """From the store."""
        d = orjson.loads(value)
        return cls(
            org=d["o"],
            assistance_id=d["i"],
            first=(d["q"][0], d["q"][1]),
            stages={int(v): s for v, s in d["s"].items()},
            top=d["top"],
            content=d["c"],
            people=[(role, tokens) for role, tokens in d["p"]],
            persons=[(p[0], p[1], p[2]) for p in d["w"]],
            answers={int(v): a for v, a in d["a"].items()},
            held_until=d["h"],
            renewed=d["n"],
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """A live record in the index of one token. `outer` holds its window under any policy."""

    record: bytes
    purpose: int
    outer: Window


@lru_cache(maxsize=16_384)
def ordinal(day: str) -> int:
    """An ISO date as a day number."""
    return date.fromisoformat(day).toordinal()


@lru_cache(maxsize=16_384)
def iso(day: int) -> str:
    """A day number as an ISO date."""
    return date.fromordinal(day).isoformat()


@lru_cache(maxsize=16_384)
def record_key(org: str, assistance_id: str) -> bytes:
    """The store's key of an assistance; its 16 bytes also stand in the token index."""
    return b"r" + hashlib.sha256(f"{org}\n{assistance_id}".encode()).digest()[:16]


def links_key(record: bytes) -> bytes:
    """Where the records are listed that the one under this store key has findings with."""
    return b"l" + record[1:]


def programme_key(programme: str) -> bytes:
    """The store's key of a programme."""
    return b"p" + programme.encode()


def finding_key(finding_id: str) -> bytes:
    """The store's key of a finding."""
    return b"f" + finding_id.encode()


def strong_tokens(subject: dict[str, Any]) -> list[str]:
    """The strong tokens of a subject, each as `type:hex`."""
    return [f"{kind}:{value}" for kind, value in subject["tokens"] if is_strong(kind)]


@lru_cache(maxsize=65_536)
def token_key(token: str) -> bytes:
    """The store's key of a strong token. Kept, as a fold asks for each several times."""
    kind, _, value = token.rpartition(":")
    return b"t" + bytes.fromhex(value) + kind.encode()


def encode_token(person: Person, entries: list[Entry]) -> bytes:
    """Who brought the token first, then the live records that list it."""
    return _PERSON.pack(*person) + b"".join(map(encode_entry, entries))


def encode_entry(entry: Entry) -> bytes:
    """One live record in a token's value."""
    return _ENTRY.pack(entry.record, entry.purpose, entry.outer.start, entry.outer.end)


def without_entry(value: bytes, record: bytes) -> bytes:
    """A token's value without the entry of one record."""
    start = _PERSON.size
    kept = (value[at : at + _ENTRY.size] for at in range(start, len(value), _ENTRY.size))
    return value[:start] + b"".join(entry for entry in kept if not entry.startswith(record))


def encode_link(record: Assistance) -> bytes:
    """One record in another's list of those it has findings with."""
    return record.key[1:]


def decode_links(value: bytes | None) -> set[bytes]:
    """The store keys of the records in a list of links."""
    found = value or b""
    return {b"r" + found[at : at + 16] for at in range(0, len(found), 16)}


def token_person(value: bytes) -> Person:
    """The person that a token stands for."""
    seq, index, subject = _PERSON.unpack_from(value)
    return seq, index, subject


def keys_that_may_meet(value: bytes, mine: Entry) -> Iterator[bytes]:
    """The store keys of the records in a token's value that some policy could pair with `mine`."""
    purpose, first, last = mine.purpose, mine.outer.start, mine.outer.end
    for record, other, start, end in _ENTRY.iter_unpack(value[_PERSON.size :]):
        if other == purpose and start < last and first < end:
            yield b"r" + record


def decode_finding(value: bytes) -> FindingRevision:
    """The last revision of a finding, from the store."""
    found: FindingRevision = orjson.loads(value)
    return found
