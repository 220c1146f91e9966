"""Deciding which of the waiting messages become facts. Pure: no clock, no randomness, no I/O."""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from events import codec, upcast
from events.catalog import identity
from events.model import NO_EPOCH, Genesis, Inquiry, Record
from events.rejection import Reason, Refusal
from processors import clock
from processors.intake import checks, epochs, quotas
from processors.intake.accounts import Signer, account_of, check_kind
from processors.intake.fold import apply
from processors.intake.kinds import handler_of
from processors.intake.state import (
    Draft,
    IntakeState,
    Item,
    Message,
    Subjects,
    programme_key,
    release_key,
    submission_key,
    versions_key,
)

_MAX_FIELD_CHARS: Final = 60
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def genesis_draft(genesis: Genesis) -> Draft:
    """The draft of block 0."""
    item = {"t": "genesis", "genesis": genesis.model_dump(mode="json")} | upcast.stamp("genesis")
    return Draft(items=[item])


def apply_draft(state: IntakeState, draft: Draft) -> None:
    """Fold the items of a draft that `decide` did not make (genesis)."""
    for item in draft.items:
        apply(state, item, "", [])


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
    state: IntakeState,
    draft: Draft,
    item: Item,
    org: str = "",
    subjects: Subjects | None = None,
    counted: list[bytes] | None = None,
) -> None:
    if item["t"] == "rec" and subjects:
        item["k"] = len(draft.to_seal)
        draft.to_seal.append(subjects)
    draft.items.append(item)
    apply(state, item, org, subjects or [], counted)


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
    sender = ""  # until a signature says who it was, a message is nobody's
    try:
        envelope = codec.open_envelope(message.headers, message.value)
        key = _key_of(state, envelope)
        sender = key["org"]
        signer = _admit(state, envelope, key)
    except Refusal as refusal:
        _emit(state, draft, _refused_message(message, refusal, sender))
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
    lines = zip(envelope.lines, manifest.digests, strict=True)
    rows = [
        _read(manifest.org, row, line, digest) for row, (line, digest) in enumerate(lines, start=1)
    ]
    # one fetch for a submission costs a fraction of three for each record
    state.overlay.load(key for row in rows for key in row.keys_needed(manifest.org))
    named = manifest.submission_id, manifest.tokens_epoch
    submission = _Submission(message, signer, *named, rows)
    if _may_be_held(state, submission):
        _decide_or_hold(state, draft, submission)
    else:
        _decide_rows(state, draft, submission)


def _may_be_held(state: IntakeState, submission: "_Submission") -> bool:
    if len(submission.rows) < state.world.rules["held_records"]:
        return False
    if all(isinstance(row.record, Inquiry) for row in submission.rows):
        return False  # questions are answered row by row: there is nothing to hold back
    released = release_key(submission.signer.org, submission.submission_id)
    return state.overlay.get(released) is None


def _decide_or_hold(state: IntakeState, draft: Draft, submission: "_Submission") -> None:
    """Decide, and forget it if too many records are refused: then none becomes a fact.

    What was a fact before stays a duplicate. A held row says in its field what its own
    problem is, if it has one.
    """
    items, to_seal = len(draft.items), len(draft.to_seal)
    before = state.begin()
    _decide_rows(state, draft, submission)
    found = [item for item in draft.items[items:] if item["t"] in ("rec", "dup", "rej")]
    refused = sum(item["t"] == "rej" for item in found)
    if refused * 100 <= len(found) * before.rules["held_percent"]:
        state.keep()
        return
    state.forget(before)
    draft.cut(items, to_seal)
    for row, item in zip(submission.rows, found, strict=True):
        _emit(state, draft, item if item["t"] == "dup" else _held(row, item))


def _held(row: "_Row", item: Item) -> Item:
    own = ":".join(filter(None, (item.get("reason"), item.get("field"))))[:_MAX_FIELD_CHARS]
    held = {"t": "rej", "row": row.row, "reason": Reason.SUBMISSION_HELD.value, "field": own}
    return held | _pointer(row.record)


def _decide_rows(state: IntakeState, draft: Draft, submission: "_Submission") -> None:
    for row in submission.rows:
        _decide_record(state, draft, submission, row)


def _key_of(state: IntakeState, envelope: codec.Envelope) -> dict[str, Any]:
    """The key whose signature is under the manifest, in force or not. Raises Refusal."""
    manifest, world = envelope.manifest, state.world
    if manifest.org not in world.partners:
        raise Refusal(Reason.UNKNOWN_PARTNER)
    key = world.trust.signers.get(manifest.key_id)
    if key is None or key["org"] != manifest.org:
        raise Refusal(Reason.UNKNOWN_KEY)
    if not envelope.verified(bytes.fromhex(key["public"])):
        raise Refusal(Reason.BAD_SIGNATURE)
    return key


def _admit(state: IntakeState, envelope: codec.Envelope, key: dict[str, Any]) -> Signer:
    """Who signed, if it may send this now. Raises Refusal."""
    manifest, world = envelope.manifest, state.world
    if key["status"] != "active":
        raise Refusal(Reason.REVOKED_KEY)
    signer = Signer(manifest.org, *account_of(key))
    # of partners only: the two bodies could otherwise not take such a policy back
    if signer.side == "partner":
        has_tokens = manifest.tokens_epoch != NO_EPOCH
        if has_tokens and manifest.assurance.value in world.rules["refused_assurance"]:
            raise Refusal(Reason.ASSURANCE_REFUSED)
        epochs.check_message(world, manifest.tokens_epoch)
    known = state.overlay.get(submission_key(manifest.org, manifest.submission_id))
    if known not in (None, hashlib.sha256(envelope.manifest_line).digest()):
        raise Refusal(Reason.SUBMISSION_CONFLICT)
    return signer


def _refused_message(message: Message, refusal: Refusal, sender: str) -> Item:
    """`sender` is '' unless a signature named it: nobody is answered, or blamed, for what others
    send in its name. The id is what the message claims, if that is well formed; never content.
    """
    submission_id = codec.header(message.headers, "ce_id")
    return {
        "t": "bad",
        "offset": message.offset,
        "org": sender,
        "id": submission_id if _UUID.fullmatch(submission_id) else "",
        # what cannot be trusted cannot count for more than a submission may hold
        "records": min(max(1, (message.value or b"").count(b"\n")), codec.MAX_RECORDS),
        "reason": refusal.reason.value,
        "field": refusal.field,
    }


@dataclass(slots=True)
class _Row:
    """A record line as it reads by itself, before the state was asked about it."""

    row: int
    record: Record | None = None
    public: dict[str, Any] = field(default_factory=dict)
    subjects: Subjects = field(default_factory=list)
    counted: list[bytes] = field(default_factory=list)
    refusal: Refusal | None = None

    def keys_needed(self, org: str) -> list[bytes]:
        """What the state will be asked for."""
        if self.record is None:
            return []
        keys = [versions_key(org, *identity(self.record)), *self.counted]
        if "programme" in self.public:
            keys.append(programme_key(self.public["programme"]))
        return keys


@dataclass(frozen=True, slots=True)
class _Submission:
    """A submission whose signature is good: who signed it, and its records as read."""

    message: Message
    signer: Signer
    submission_id: str
    tokens_epoch: str
    rows: list[_Row]


def _read(org: str, number: int, line: bytes, digest: str) -> _Row:
    row = _Row(number)
    try:
        if codec.digest(line) != digest:
            raise Refusal(Reason.DIGEST_MISMATCH)
        row.record = codec.parse_record(line)
    except Refusal as refusal:
        row.refusal = refusal
        return row
    row.public, row.subjects = codec.public_and_subjects(row.record)
    row.counted = quotas.token_counts(org, row.public, row.subjects)
    return row


def _decide_record(state: IntakeState, draft: Draft, submission: _Submission, row: _Row) -> None:
    try:
        duplicate = _is_known(state, submission, row)
    except Refusal as refusal:
        item = {"t": "rej", "row": row.row, "reason": refusal.reason.value, "field": refusal.field}
        _emit(state, draft, item | _pointer(row.record))
        return
    if duplicate:
        _emit(state, draft, {"t": "dup", "row": row.row} | _pointer(row.record))
        return
    item = {"t": "rec", "row": row.row, "rec": row.public} | upcast.stamp(row.public["kind"])
    before = state.world.clock_ms
    _emit(state, draft, item, submission.signer.org, row.subjects, row.counted)
    if state.world.clock_ms > before:
        _tick_until(state, draft, clock.day_of(state.world.clock_ms))


def _is_known(state: IntakeState, submission: _Submission, row: _Row) -> bool:
    """True for a duplicate, False for a new fact. Raises Refusal if it may not become one."""
    signer = submission.signer
    if row.record is None:
        raise row.refusal or Refusal(Reason.MALFORMED_RECORD)
    handler = handler_of(row.record.kind)
    check_kind(signer, row.record.kind)
    handler.may(state, signer, row.record)
    # what was accepted once stays a duplicate, whatever day or policy it is by now
    versions = checks.versions_of(state, signer.org, row.public)
    if checks.is_duplicate(versions, row.public, row.subjects):
        return True
    if signer.side == "partner":
        epochs.check_record(submission.tokens_epoch, row.subjects)
    checks.check_tokens(state, signer, row.record)
    handler.check(state, signer, submission.message, row.record)
    checks.check_quotas(row.public, versions)
    checks.check_counts(state, row.counted)
    handler.limit(state, signer.org, row.public, versions)
    return False


def _pointer(record: Record | None) -> dict[str, Any]:
    if record is None:
        return {}
    kind, record_id = identity(record)
    return {"kind": kind, "id": record_id, "version": record.version}
