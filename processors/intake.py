"""Intake: which of the waiting messages become facts. Pure.

`decide` turns messages of aid-submissions into the items of the next block;
`evolve` folds a block (an own one or one read from the journal) into the state.
Both go through the same `_apply`, so a state that was rebuilt from the journal
is the state that decided. No clock, no randomness, no I/O but the given store.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import orjson

from events import codec, sealing, signing, upcast
from events.catalog import BY_NAME
from events.identity import is_token_type
from events.journal import Block, Head
from events.model import (
    ADMINISTRATION,
    Assistance,
    ClockStep,
    Genesis,
    Partner,
    PartnerKey,
    Policy,
    Programme,
    Record,
    identity,
)
from events.rejection import Reason, Refusal
from processors import clock, quotas
from processors.overlay import Overlay

MAX_STEP_DAYS: Final = 4_000
WORLD: Final = b"w"
_ORG: Final = re.compile(r"[A-Z][A-Z0-9]{2,11}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

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

    def save(self) -> dict[bytes, bytes | None]:
        """All changes, the world (and so the cursor) among them, for ONE atomic write."""
        w = self.world
        self.overlay.put(WORLD, codec.dumps({name: getattr(w, name) for name in World.__slots__}))
        return self.overlay.take()


# -- folding -------------------------------------------------------------------------------------


def evolve(state: IntakeState, block: Block, opener: Opener) -> None:
    """Fold an accepted block. The caller has checked that it follows the head."""
    org = ""
    for item in block.items:
        subjects = opener(block, item) if "k" in item else []
        org = _apply(state, item, org, subjects)
    _advance(state.world, block.head, block.source[1], block.clock_ms)


def advance(state: IntakeState, head: Head, draft: Draft) -> None:
    """Move past an own block that was acknowledged; its items were applied by `decide`."""
    _advance(state.world, head, draft.source[1], state.world.clock_ms)


def _advance(world: World, head: Head, source_next: int, clock_ms: int) -> None:
    world.head_seq, world.head_digest = head.seq, head.digest
    world.source_next, world.clock_ms = source_next, clock_ms


def _apply(state: IntakeState, item: Item, org: str, subjects: Subjects | None) -> str:
    """Fold one item; returns the organisation whose submission is being read."""
    world = state.world
    match item["t"]:
        case "genesis":
            genesis = item["genesis"]
            world.day, world.test_mode = genesis["first_day"], genesis["test_mode"]
            world.clock_ms = clock.start_of(date.fromisoformat(world.day))
            world.partners[ADMINISTRATION] = 1
            for root in genesis["root_keys"]:
                _add_key(world, ADMINISTRATION, root["public_key"], 1, "active")
            world.policies["1"] = genesis["policy"]
        case "tick":
            world.day = item["day"]
        case "sub":
            manifest = orjson.loads(item["manifest"])
            org = manifest["org"]
            line = item["manifest"].encode()
            state.overlay.put(
                _submission_key(org, manifest["submission_id"]), hashlib.sha256(line).digest()
            )
        case "rec":
            _apply_record(state, org, item["rec"], subjects)
        case "dup" | "rej" | "bad":
            pass
        case unknown:
            raise ValueError(f"item of unknown type {unknown}")
    return org


def _apply_record(
    state: IntakeState, org: str, rec: dict[str, Any], subjects: Subjects | None
) -> None:
    kind, version = rec["kind"], rec["version"]
    key = _versions_key(org, kind, _identity(rec))
    known = orjson.loads(state.overlay.get(key) or b"{}")
    if kind == "assistance":
        quotas.add(state.overlay, quotas.token_counts(org, rec, subjects or []))
    # an erased record has no content to compare with: nothing can equal it any more
    known[str(version)] = "" if subjects is None else codec.content_hash(rec, subjects).hex()
    state.overlay.put(key, codec.dumps(known))
    world = state.world
    match kind:
        case "partner":
            world.partners[rec["org"]] = max(version, world.partners.get(rec["org"], 0))
        case "key":
            _add_key(world, rec["org"], rec["public_key"], version, rec["status"])
        case "programme":
            key = _programme_key(rec["programme"])
            if state.overlay.get(key) is None:
                world.programmes[rec["owner"]] = world.programmes.get(rec["owner"], 0) + 1
                state.overlay.put(key, rec["owner"].encode())
        case "policy":
            world.policies[str(version)] = rec["rules"]


def _add_key(world: World, org: str, public_key: str, version: int, status: str) -> None:
    key_id = signing.key_id(bytes.fromhex(public_key))
    if version >= world.keys.get(key_id, {"version": 0})["version"]:
        world.keys[key_id] = {
            "org": org,
            "public": public_key,
            "version": version,
            "status": status,
        }


def _identity(rec: dict[str, Any]) -> str:
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


def _programme_key(programme: str) -> bytes:
    return f"p:{programme}".encode()


def _submission_key(org: str, submission_id: str) -> bytes:
    return f"s:{org}:{submission_id}".encode()


def _versions_key(org: str, kind: str, record_id: str) -> bytes:
    # control facts are the administration's or the owner's: one name space for both
    return f"v:{org if kind == 'assistance' else ''}:{kind}:{record_id}".encode()


# -- deciding ------------------------------------------------------------------------------------


def genesis_draft(genesis: Genesis) -> Draft:
    """The draft of block 0."""
    item = {"t": "genesis", "genesis": genesis.model_dump(mode="json")} | upcast.stamp("genesis")
    return Draft(items=[item])


def apply_draft(state: IntakeState, draft: Draft) -> None:
    """Fold the items of a draft that `decide` did not make (genesis)."""
    for item in draft.items:
        _apply(state, item, "", [])


def decide(state: IntakeState, messages: Sequence[Message]) -> Draft:
    """The items that the messages become, in order; the state has folded them when this returns.

    `messages` are contiguous. The block's range begins where the last block's ended,
    so it also takes the tick markers in between, which made no block of their own.
    """
    draft = Draft(source=(state.world.source_next, messages[-1].offset + 1))
    for message in messages:
        _follow_append_time(state, draft, message.append_ms)
        if not _is_marker(message):
            _decide_message(state, draft, message)
    return draft


def _is_marker(message: Message) -> bool:
    """A tick marker says nothing; whatever says more is answered like any other message."""
    return (
        message.value == codec.TICK_VALUE
        and codec.header(message.headers, "ce_type") == codec.TICK_TYPE
    )


def _emit(
    state: IntakeState, draft: Draft, item: Item, org: str = "", subjects: Subjects | None = None
) -> None:
    if item["t"] == "rec" and subjects:
        item["k"] = len(draft.to_seal)
        draft.to_seal.append(subjects)
    draft.items.append(item)
    _apply(state, item, org, subjects or [])


def _tick_until(state: IntakeState, draft: Draft, until: date) -> None:
    for day in clock.days_after(date.fromisoformat(state.world.day), until):
        _emit(state, draft, {"t": "tick", "day": day.isoformat()})


def _follow_append_time(state: IntakeState, draft: Draft, append_ms: int) -> None:
    world = state.world
    if world.test_mode or not world.clock_ms < append_ms <= world.clock_ms + clock.MAX_JUMP_MS:
        return
    world.clock_ms = append_ms
    _tick_until(state, draft, clock.day_of(append_ms))


def _decide_message(state: IntakeState, draft: Draft, message: Message) -> None:
    try:
        envelope = codec.open_envelope(message.headers, message.value)
        _authenticate(state, envelope)
    except Refusal as refusal:
        _emit(state, draft, _refused_message(message, refusal))
        return
    manifest = envelope.manifest
    draft.records += len(envelope.lines)
    _emit(
        state,
        draft,
        {
            "t": "sub",
            "offset": message.offset,
            "manifest": envelope.manifest_line.decode(),
            "sig": base64.b64encode(envelope.signature).decode(),
        },
    )
    rows = zip(envelope.lines, manifest.digests, strict=True)
    for row, (line, digest) in enumerate(rows, start=1):
        _decide_record(state, draft, message, manifest.org, row, line, digest)


def _authenticate(state: IntakeState, envelope: codec.Envelope) -> None:
    manifest, world = envelope.manifest, state.world
    if manifest.org not in world.partners:
        raise Refusal(Reason.UNKNOWN_PARTNER)
    key = world.keys.get(manifest.key_id)
    if key is None or key["org"] != manifest.org:
        raise Refusal(Reason.UNKNOWN_KEY)
    if key["status"] != "active":
        raise Refusal(Reason.REVOKED_KEY)
    if not envelope.verified(bytes.fromhex(key["public"])):
        raise Refusal(Reason.BAD_SIGNATURE)
    if manifest.assurance.value in _rules(world)["refused_assurance"]:
        raise Refusal(Reason.ASSURANCE_REFUSED)
    known = state.overlay.get(_submission_key(manifest.org, manifest.submission_id))
    if known not in (None, hashlib.sha256(envelope.manifest_line).digest()):
        raise Refusal(Reason.SUBMISSION_CONFLICT)


def _rules(world: World) -> dict[str, Any]:
    return world.policies[max(world.policies, key=int)]


def _refused_message(message: Message, refusal: Refusal) -> Item:
    """Who it says it is, if that is well formed, so that the sender is answered; never content."""
    org = codec.header(message.headers, "ce_source")
    submission_id = codec.header(message.headers, "ce_id")
    return {
        "t": "bad",
        "offset": message.offset,
        "org": org if _ORG.fullmatch(org) else "",
        "id": submission_id if _UUID.fullmatch(submission_id) else "",
        # what cannot be trusted cannot count for more than a submission may hold
        "records": min(max(1, (message.value or b"").count(b"\n")), codec.MAX_RECORDS),
        "reason": refusal.reason.value,
        "field": refusal.field,
    }


def _decide_record(
    state: IntakeState, draft: Draft, message: Message, org: str, row: int, line: bytes, digest: str
) -> None:
    record: Record | None = None
    try:
        if codec.digest(line) != digest:
            raise Refusal(Reason.DIGEST_MISMATCH)
        record = codec.parse_record(line)
        _authorise(state, org, record)
        public, subjects = codec.public_and_subjects(record)
        # what was accepted once stays a duplicate, whatever day or policy it is by now
        duplicate = _is_duplicate(state, org, public, subjects)
        if not duplicate:
            _check_meaning(state.world, message, record)
            _check_quotas(state, org, public, subjects)
    except Refusal as refusal:
        item = {"t": "rej", "row": row, "reason": refusal.reason.value, "field": refusal.field}
        _emit(state, draft, item | _pointer(record))
        return
    if duplicate:
        _emit(state, draft, {"t": "dup", "row": row} | _pointer(record))
        return
    item = {"t": "rec", "row": row, "rec": public} | upcast.stamp(record.kind)
    _emit(state, draft, item, org, subjects)
    if isinstance(record, ClockStep):
        state.world.clock_ms = max(state.world.clock_ms, clock.start_of(record.day))
        _tick_until(state, draft, record.day)


def _pointer(record: Record | None) -> dict[str, Any]:
    if record is None:
        return {}
    kind, record_id = identity(record)
    return {"kind": kind, "id": record_id, "version": record.version}


def _authorise(state: IntakeState, org: str, record: Record) -> None:
    world = state.world
    signers = BY_NAME[record.kind].signers
    side = "administration" if org == ADMINISTRATION else "partner"
    if side not in signers:
        raise Refusal(Reason.NOT_ALLOWED)
    if isinstance(record, Programme):
        if side == "partner" and record.owner != org:
            raise Refusal(Reason.NOT_YOUR_PROGRAMME, "owner")
        if record.owner not in world.partners:
            raise Refusal(Reason.UNKNOWN_PARTNER, "owner")
    if isinstance(record, Assistance):
        owner = state.overlay.get(_programme_key(record.programme))
        if owner is None:
            raise Refusal(Reason.UNKNOWN_PROGRAMME, "programme")
        if owner.decode() != org:
            raise Refusal(Reason.NOT_YOUR_PROGRAMME, "programme")


def _check_meaning(world: World, message: Message, record: Record) -> None:
    match record:
        case Assistance():
            tokens = [token for subject in record.subjects for token in subject.tokens]
            if not all(is_token_type(kind) for kind, _ in tokens):
                raise Refusal(Reason.INVALID_VALUE, "subjects.tokens")
            refused = {tuple(token) for token in _rules(world)["placeholder_tokens"]}
            if not refused.isdisjoint(tokens):
                raise Refusal(Reason.PLACEHOLDER, "subjects")
        case Partner(org=org):
            if org == ADMINISTRATION:
                raise Refusal(Reason.NOT_ALLOWED, "org")
        case PartnerKey():
            _check_key(world, record)
        case Policy(version=version):
            if str(version) in world.policies:
                raise Refusal(Reason.ID_CONFLICT, "version")  # genesis made version 1
            if version != max(map(int, world.policies)) + 1:
                raise Refusal(Reason.INVALID_VALUE, "version")
        case ClockStep(day=day):
            ahead = (day - date.fromisoformat(world.day)).days
            early = not world.test_mode and day > clock.day_of(message.append_ms)
            if ahead < 0 or ahead > MAX_STEP_DAYS or early:
                raise Refusal(Reason.INVALID_VALUE, "day")


def _check_key(world: World, record: PartnerKey) -> None:
    """A key stays its owner's, and the administration keeps at least one."""
    key_id = signing.key_id(bytes.fromhex(record.public_key))
    known = world.keys.get(key_id)
    if known and known["org"] != record.org:
        raise Refusal(Reason.NOT_ALLOWED, "public_key")
    left = [
        k for k, v in world.keys.items() if v["org"] == ADMINISTRATION and v["status"] == "active"
    ]
    if record.status == "revoked" and left == [key_id]:
        raise Refusal(Reason.NOT_ALLOWED, "status")


def _check_quotas(state: IntakeState, org: str, public: dict[str, Any], subjects: Subjects) -> None:
    """Refuse what would make the folds' work grow without bound."""
    if public["kind"] == "programme":
        new = state.overlay.get(_programme_key(public["programme"])) is None
        if new and state.world.programmes.get(public["owner"], 0) >= quotas.MAX_PROGRAMMES:
            raise Refusal(Reason.QUOTA_EXCEEDED, "programme")
    if public["kind"] != "assistance":
        return
    key = _versions_key(org, "assistance", public["assistance_id"])
    if len(orjson.loads(state.overlay.get(key) or b"{}")) >= quotas.MAX_VERSIONS:
        raise Refusal(Reason.QUOTA_EXCEEDED, "version")
    counts = quotas.token_counts(org, public, subjects)
    state.overlay.load(counts)
    if any(quotas.count(state.overlay, c) >= quotas.MAX_PER_TOKEN_AND_MONTH for c in counts):
        raise Refusal(Reason.QUOTA_EXCEEDED, "id_number")


def _is_duplicate(state: IntakeState, org: str, public: dict[str, Any], subjects: Subjects) -> bool:
    """Same version, same content. Raises Refusal(id-conflict) if only the version is the same."""
    key = _versions_key(org, public["kind"], _identity(public))
    known = orjson.loads(state.overlay.get(key) or b"{}").get(str(public["version"]))
    if known is None:
        return False
    if known != codec.content_hash(public, subjects).hex():
        raise Refusal(Reason.ID_CONFLICT, "version")
    return True
