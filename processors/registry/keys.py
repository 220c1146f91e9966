"""How the registry's facts lie in the store. Pure encoding; the keys say what is what."""

import hashlib
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from events.model import Purpose
from events.outputs import KindA
from processors.registry.rules import Window

# -- the first letter of each key ----------------------------------------------------------------

COMMON, ASSISTANCE, NEED, ENROLMENT, INQUIRY, SUCCESSION, QUARANTINE = (
    b"w", b"r", b"n", b"e", b"i", b"u", b"q",
)  # fmt: skip
ERASURE = b"g"
TOKEN, LOOSE, ALIASES, OFF_BY, SUSPECT_CASE = b"t", b"x", b"s", b"y", b"z"
LINKED, BLOCKED, OVER_CAP, FINDING, HISTORY = b"l", b"b", b"o", b"f", b"h"
CASE, CASES_OF, PROGRAMME, DUE = b"c", b"k", b"p", b"d"
LETTERS: Final[Mapping[bytes, str]] = {
    COMMON: "alone: cursor, day, partners, accounts, policies",
    ASSISTANCE: "16 bytes (hash of organisation and id): an assistance",
    NEED: "16 bytes: a need",
    ENROLMENT: "16 bytes: an enrolment",
    INQUIRY: "16 bytes: the answers to an inquiry, by version",
    SUCCESSION: "16 bytes: what one organisation says of two numbers",
    QUARANTINE: "16 bytes: a number switched off, or on again",
    ERASURE: "erasure id: which bodies have said it, and what",
    TOKEN: "16 bytes, type: a strong token: who brought it first, the live facts that list it",
    LOOSE: "16 bytes, type: a case number or weak token: the live facts whose people have it",
    ALIASES: "16 bytes, type: what a strong token was succeeded by, or succeeds, and who says so",
    OFF_BY: "16 bytes, type: the quarantines of a number",
    SUSPECT_CASE: "16 bytes, type: the case about a suspect number",
    LINKED: "16 bytes: the records that this one has findings with",
    BLOCKED: "16 bytes: the plans that this one blocks",
    OVER_CAP: "16 bytes: the sums over the cap that count this record",
    FINDING: "finding id: its last revision",
    HISTORY: "finding id: how it came to its status",
    CASE: "16 bytes: a case",
    CASES_OF: "purpose, 16 bytes, type: the cases of a recipient",
    PROGRAMME: "programme: version, owner, signer, purpose, complements",
    DUE: "day (4 bytes), list (1 byte): what falls due that day",
}
"""First byte → what follows it, and what lies there. No key begins with another letter."""

LETTER_OF: Final[Mapping[KindA, bytes]] = {
    "assistance": ASSISTANCE,
    "need": NEED,
    "enrolment": ENROLMENT,
}
KINDS: Final = tuple(LETTER_OF.values())
"""The facts that the token index holds. Their places are in the store: append, never reorder."""
PURPOSES: Final = tuple(purpose.value for purpose in Purpose)
PURPOSE_CODES: Final = {purpose: number for number, purpose in enumerate(PURPOSES)}
"""Their places are in the store too."""
_KIND_STEP: Final = 256
_ALL: Final = frozenset(PURPOSES)
Codes = Mapping[int, bytes]
"""How an entry is marked → its kind."""
_HEAD: Final = struct.Struct(">QIIB")
_FLAGS_AT: Final = _HEAD.size - 1
_ENTRY: Final = struct.Struct(">16sHII")
_HASH_BYTES: Final = 16
ORDER_BYTES: Final = 4
SUCCEEDED: Final = 1
QUARANTINED: Final = 2
SUSPECT: Final = 4
LISTS_GAPS: Final = 8
TOLD: Final = SUCCEEDED | QUARANTINED | SUSPECT
"""Something is said of the token itself."""
"""A need or an enrolment has listed the token; it stays set when they are gone."""

Person = tuple[int, int, int]
"""(seq, index, subject) of the record that first brought a strong token."""


class Entry(NamedTuple):
    """A live fact in the index of one token. `outer` holds its window under any policy."""

    key: bytes
    purpose: int
    outer: Window


@lru_cache(maxsize=16_384)
def record_key(org: str, record_id: str, kind: bytes = ASSISTANCE) -> bytes:
    """The store's key of an assistance (or need, enrolment); the token index has it too."""
    return kind + hashlib.sha256(f"{org}\n{record_id}".encode()).digest()[:_HASH_BYTES]


def beside(prefix: bytes, record: bytes) -> bytes:
    """The key of what is kept beside a record under another first letter."""
    return prefix + record[1:]


def programme_key(programme: str) -> bytes:
    """The store's key of a programme."""
    return PROGRAMME + programme.encode()


def erasure_key(erasure_id: str) -> bytes:
    """The store's key of an erasure."""
    return ERASURE + erasure_id.encode()


def cases_key(purpose: str, name: bytes) -> bytes:
    """The store's key of the cases of a recipient, by the name that cases know it by."""
    return CASES_OF + PURPOSE_CODES[purpose].to_bytes() + name


def cases_in(value: bytes | None) -> list[tuple[int, str]]:
    """The cases of a recipient: their order and id."""
    found = value or b""
    return [
        (int.from_bytes(found[at : at + ORDER_BYTES]), found[at + ORDER_BYTES :][:16].hex())
        for at in range(0, len(found), ORDER_BYTES + _HASH_BYTES)
    ]


def finding_key(finding_id: str) -> bytes:
    """The store's key of a finding."""
    return FINDING + finding_id.encode()


def due_key(day: int) -> bytes:
    """The store's key of what falls due on a day (an ordinal)."""
    return DUE + day.to_bytes(4)


def _key(prefix: bytes, token: str) -> bytes:
    kind, _, value = token.rpartition(":")
    return prefix + bytes.fromhex(value) + kind.encode()


@lru_cache(maxsize=65_536)
def token_key(token: str) -> bytes:
    """The store's key of a strong token. Kept, as a fold asks for each several times."""
    return _key(TOKEN, token)


@lru_cache(maxsize=65_536)
def loose_key(token: str) -> bytes:
    """The store's key of a case number or weak token."""
    return _key(LOOSE, token)


def alias_key(token: str) -> bytes:
    """The store's key of a strong token's successions."""
    return _key(ALIASES, token)


def suspect_key(token: str) -> bytes:
    """The store's key of the case about a strong token that too many households list."""
    return _key(SUSPECT_CASE, token)


# -- the index of strong tokens ------------------------------------------------------------------


def new_token(person: Person, flags: int = 0) -> bytes:
    """The value of a token that nobody lists yet."""
    return _HEAD.pack(*person, flags)


def with_flag(value: bytes, flag: int, on: bool) -> bytes:
    """A token's value with a flag set or cleared."""
    *person, flags = _HEAD.unpack_from(value)
    return _HEAD.pack(*person, flags | flag if on else flags & ~flag) + value[_HEAD.size :]


def flags_of(value: bytes) -> int:
    """SUCCEEDED, QUARANTINED, SUSPECT and LISTS_GAPS, as far as they are set."""
    return value[_FLAGS_AT]


def count_of(value: bytes) -> int:
    """How many live facts list a token."""
    return (len(value) - _HEAD.size) // _ENTRY.size


def person_of(value: bytes) -> Person:
    """The person that a token stands for."""
    seq, index, subject, _ = _HEAD.unpack_from(value)
    return seq, index, subject


def encode_entry(entry: Entry) -> bytes:
    """One live fact in a token's value."""
    code = code_of(KINDS.index(entry.key[:1]), entry.purpose)
    return _ENTRY.pack(entry.key[1:], code, entry.outer.start, entry.outer.end)


def code_of(kind: int, purpose: int) -> int:
    """How an entry is marked: two bytes, the kind's place in `KINDS` and the purpose's."""
    return kind * _KIND_STEP + purpose


def without_entry(value: bytes, entry: bytes) -> bytes:
    """A token's value without one (encoded) entry."""
    start = _HEAD.size
    kept = (value[at : at + _ENTRY.size] for at in range(start, len(value), _ENTRY.size))
    return value[:start] + b"".join(one for one in kept if one != entry)


def keys_that_may_meet(value: bytes, mine: Window, codes: Codes) -> list[bytes]:
    """The store keys of the facts so marked whose windows some policy could let meet `mine`."""
    first, last = mine.start, mine.end
    return [
        codes[code] + record
        for record, code, start, end in _ENTRY.iter_unpack(value[_HEAD.size :])
        if code in codes and start < last and first < end
    ]


@lru_cache(maxsize=1_024)
def codes_of(kinds: tuple[bytes, ...] = KINDS, purposes: frozenset[str] = _ALL) -> Codes:
    """How the entries of facts of these kinds, for these purposes, are marked in an index."""
    return {
        code_of(KINDS.index(kind), PURPOSE_CODES[purpose]): kind
        for kind in kinds
        for purpose in purposes
        if purpose
    }


def keys_of(value: bytes, codes: Codes) -> list[bytes]:
    """The store keys of all facts so marked that list a token."""
    return [
        codes[code] + record
        for record, code, _, _ in _ENTRY.iter_unpack(value[_HEAD.size :])
        if code in codes
    ]


# -- the index of case numbers and weak tokens ---------------------------------------------------

_LOOSE_HEAD: Final = struct.Struct(">IB")
_LOOSE_ENTRY: Final = struct.Struct(">16sHIIBB")
_LOOSE_FLAGS_AT: Final = _LOOSE_HEAD.size - 1
_NUMBER_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Holder:
    """A live fact in which somebody has a case number or weak token.

    `numbers` are the strong tokens of the fact's recipient, whom two such facts may share.
    """

    entry: Entry
    delivered: bool
    numbers: tuple[str, ...]


def encode_holder(holder: Holder) -> bytes:
    """One live fact in the value of a case number or weak token."""
    entry = holder.entry
    code = code_of(KINDS.index(entry.key[:1]), entry.purpose)
    outer, count = entry.outer, len(holder.numbers)
    head = _LOOSE_ENTRY.pack(entry.key[1:], code, outer.start, outer.end, holder.delivered, count)
    return head + b"".join(token_key(token)[1 : 1 + _NUMBER_BYTES] for token in holder.numbers)


NOBODY_HAS_IT: Final = _LOOSE_HEAD.pack(0, 0)
"""The value of a case number or weak token that no live fact has."""


def moved_holder(value: bytes, old: bytes, new: bytes, *, is_counted: bool) -> bytes:
    """A case number's or weak token's value with one (encoded) holder for another; b"": none.

    How many people share it stands at its beginning, if that `is_counted`.
    """
    if old:
        holders = loose_holders(value)
        holders.remove(old)
        value = value[: _LOOSE_HEAD.size] + b"".join(holders)
    value += new
    if not is_counted:
        return value
    counted = _LOOSE_HEAD.pack(_distinct(loose_holders(value)), loose_flags(value))
    return counted + value[_LOOSE_HEAD.size :]


def with_loose_flag(value: bytes, flag: int, on: bool) -> bytes:
    """A case number's or weak token's value with a flag set or cleared."""
    number, flags = _LOOSE_HEAD.unpack_from(value)
    head = _LOOSE_HEAD.pack(number, flags | flag if on else flags & ~flag)
    return head + value[_LOOSE_HEAD.size :]


def _distinct(holders: list[bytes]) -> int:
    """How many distinct recipients of delivered records there are; who shares a number is one.

    A recipient without a number counts once for each record.
    """
    groups: list[set[bytes]] = []
    for holder in holders:
        if not _LOOSE_ENTRY.unpack_from(holder)[4]:
            continue
        tail = holder[_LOOSE_ENTRY.size :]
        mine = {tail[at : at + _NUMBER_BYTES] for at in range(0, len(tail), _NUMBER_BYTES)}
        apart = [group for group in groups if not group & mine]
        groups = [*apart, mine.union(*(group for group in groups if group & mine))]
    return len(groups)


def loose_holders(value: bytes) -> list[bytes]:
    """The encoded holders of a case number or weak token."""
    found, at = [], _LOOSE_HEAD.size
    while at < len(value):
        count = value[at + _LOOSE_ENTRY.size - 1]
        end = at + _LOOSE_ENTRY.size + count * _NUMBER_BYTES
        found.append(value[at:end])
        at = end
    return found


def sharers(value: bytes) -> int:
    """How many distinct recipients of live delivered records share a weak token."""
    return int(_LOOSE_HEAD.unpack_from(value)[0])


def loose_flags(value: bytes) -> int:
    """QUARANTINED and LISTS_GAPS, as far as they are set."""
    return value[_LOOSE_FLAGS_AT]


def _loose_entries(value: bytes) -> Iterator[tuple[bytes, int, int, int, int, int]]:
    at = _LOOSE_HEAD.size
    while at < len(value):
        entry: tuple[bytes, int, int, int, int, int] = _LOOSE_ENTRY.unpack_from(value, at)
        yield entry
        at += _LOOSE_ENTRY.size + entry[5] * _NUMBER_BYTES


def loose_keys_that_may_meet(value: bytes, mine: Window, codes: Codes) -> list[bytes]:
    """The same of a case number or weak token."""
    first, last = mine.start, mine.end
    return [
        codes[code] + record
        for record, code, start, end, _, _ in _loose_entries(value)
        if code in codes and start < last and first < end
    ]


def loose_keys_of(value: bytes, codes: Codes) -> list[bytes]:
    """The store keys of all facts so marked that have a token."""
    return [codes[code] + record for record, code, *_ in _loose_entries(value) if code in codes]


def decode_keys(value: bytes | None, kind: bytes = ASSISTANCE) -> list[bytes]:
    """The store keys in a list of records, oldest first."""
    found = value or b""
    return [kind + found[at : at + _HASH_BYTES] for at in range(0, len(found), _HASH_BYTES)]
