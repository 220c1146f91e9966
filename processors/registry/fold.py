"""The fold: one block in, one output message and one set of writes out. Pure.

Same state and same block give the same bytes, so a worker that crashed between
its output and its write says the same thing again under the same seq.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import orjson

from events import money
from events.codec import dumps
from events.journal import Block
from events.model import ADMINISTRATION, FIRST_DAY
from events.outputs import (
    OUTPUT_VERSION,
    Answer,
    FindingRevision,
    Outcome,
    RegistryOutput,
    Row,
    SubmissionOutcome,
    VerdictRow,
    finding_id,
)
from processors.overlay import Overlay
from processors.registry import links
from processors.registry import state as st
from processors.registry.rules import (
    CERTAIN,
    Overlap,
    Rules,
    at_beneficiary,
    in_force,
    judge,
    outer_window,
)
from processors.registry.state import Assistance, Entry, World

Item = dict[str, Any]
Opener = Callable[[Block, Item], list[dict[str, Any]] | None]
"""Opens the sealed subjects of an item; None if they were erased."""

Meets = list[tuple[Assistance, Overlap | None]]
"""Other records with what they and this one would be if both were delivered."""

_PAID: Final = ("delivered", "returned")
KINDS: Final = ("double-coverage", "repeated-payment")


class RegistryState:
    """The fold's state: a `World` and, in the store, assistances, tokens and findings."""

    def __init__(self, overlay: Overlay) -> None:
        self.overlay = overlay
        saved = overlay.get(st.WORLD)
        self.world = World(**orjson.loads(saved)) if saved else World()
        self.rules: list[Rules] = self.world.rules()

    def save(self) -> dict[bytes, bytes | None]:
        """All changes, the world (and so the cursor) among them, for ONE atomic write."""
        w = self.world
        self.overlay.put(st.WORLD, dumps({name: getattr(w, name) for name in World.__slots__}))
        return self.overlay.take()

    def assistance(self, key: bytes) -> Assistance | None:
        """The assistance under a store key, if there is one."""
        value = self.overlay.get(key)
        return Assistance.decode(value) if value else None


@dataclass(slots=True)
class _Cause:
    """The record that is being folded: where it stands and who sent it."""

    seq: int
    index: int
    org: str
    assurance: str


def fold_block(state: RegistryState, block: Block, opener: Opener) -> RegistryOutput:
    """Fold an accepted block; the caller has checked that it follows the head."""
    opened = _open(block, opener)
    state.overlay.load(_keys_needed(block, opened))
    out = RegistryOutput(
        v=OUTPUT_VERSION,
        seq=block.seq,
        block=block.digest,
        day="",
        submissions=[],
        findings=[],
        verdicts=[],
    )
    cause = _Cause(block.seq, 0, "", "")
    for index, item in enumerate(block.items):
        cause.index = index
        _fold_item(state, out, cause, item, opened.get(index, []))
    out["day"] = state.world.day
    state.world.head_seq, state.world.head_digest = block.head.seq, block.head.digest
    return out


def _open(block: Block, opener: Opener) -> dict[int, list[dict[str, Any]]]:
    """The subjects of each record by the item's index; an erased record has none."""
    return {
        index: opener(block, item) or [] for index, item in enumerate(block.items) if "k" in item
    }


def _keys_needed(block: Block, opened: dict[int, list[dict[str, Any]]]) -> Iterable[bytes]:
    org = ""
    for index, item in enumerate(block.items):
        if item["t"] == "sub":
            org = orjson.loads(item["manifest"])["org"]
        elif item["t"] == "rec" and item["rec"]["kind"] == "assistance":
            yield st.record_key(org, item["rec"]["assistance_id"])
        elif item["t"] == "dup" and item["kind"] == "assistance":
            yield st.record_key(org, item["id"])
        for subject in opened.get(index, ()):
            yield from map(st.token_key, st.strong_tokens(subject))


def _fold_item(
    state: RegistryState,
    out: RegistryOutput,
    cause: _Cause,
    item: Item,
    subjects: list[dict[str, Any]],
) -> None:
    world = state.world
    match item["t"]:
        case "genesis":
            genesis = item["genesis"]
            world.day = genesis["first_day"]
            world.policies["1"] = {"from": FIRST_DAY.isoformat(), "rules": genesis["policy"]}
            world.partners[ADMINISTRATION] = {"version": 1, "mailbox": "", "name": ADMINISTRATION}
            state.rules = world.rules()
        case "tick":
            world.day = item["day"]
        case "sub":
            manifest = orjson.loads(item["manifest"])
            cause.org, cause.assurance = manifest["org"], manifest["assurance"]
            out["submissions"].append(_outcome_of(item, manifest))
        case "bad":
            out["submissions"].append(_refused(item))
        case "rec":
            answer = _fold_record(state, out, cause, item["rec"], subjects)
            out["submissions"][-1]["rows"].append(_row(item, item["rec"], "accepted", answer))
        case "dup":
            answer = _first_answer(state, cause, item)
            out["submissions"][-1]["rows"].append(_row(item, item, "duplicate", answer))
        case "rej":
            out["submissions"][-1]["rows"].append(_row(item, item, "rejected", None))
        case unknown:
            raise ValueError(f"item of unknown type {unknown}")


# -- dispositions --------------------------------------------------------------------------------


def _outcome_of(item: Item, manifest: dict[str, Any]) -> SubmissionOutcome:
    return SubmissionOutcome(
        org=manifest["org"],
        submission_id=manifest["submission_id"],
        offset=item["offset"],
        assurance=manifest["assurance"],
        records=len(manifest["digests"]),
        reason="",
        field="",
        rows=[],
    )


def _refused(item: Item) -> SubmissionOutcome:
    return SubmissionOutcome(
        org=item["org"],
        submission_id=item["id"],
        offset=item["offset"],
        assurance="",
        records=item["records"],
        reason=item["reason"],
        field=item["field"],
        rows=[],
    )


def _row(item: Item, what: dict[str, Any], disposition: Any, answer: Answer | None) -> Row:
    return Row(
        row=item["row"],
        disposition=disposition,
        kind=what.get("kind", ""),
        id=what.get("id") or _identity(what),
        version=what.get("version", 0),
        reason=item.get("reason", ""),
        field=item.get("field", ""),
        answer=answer,
    )


def _identity(rec: dict[str, Any]) -> str:
    names = {
        "assistance": "assistance_id",
        "partner": "org",
        "key": "public_key",
        "programme": "programme",
        "clock-step": "day",
    }
    if rec.get("kind") == "policy":
        return "policy"
    return str(rec.get(names.get(rec.get("kind", ""), ""), ""))


def _first_answer(state: RegistryState, cause: _Cause, item: Item) -> Answer | None:
    if item["kind"] != "assistance":
        return None
    known = state.assistance(st.record_key(cause.org, item["id"]))
    row = known.answers.get(item["version"]) if known else None
    return row["answer"] if row else None


# -- records -------------------------------------------------------------------------------------


def _fold_record(
    state: RegistryState,
    out: RegistryOutput,
    cause: _Cause,
    rec: dict[str, Any],
    subjects: list[dict[str, Any]],
) -> Answer | None:
    world, version = state.world, rec["version"]
    match rec["kind"]:
        case "assistance":
            return _fold_assistance(state, out, cause, rec, subjects)
        case "partner":
            if version >= world.partners.get(rec["org"], {"version": 0})["version"]:
                world.partners[rec["org"]] = {
                    "version": version,
                    "mailbox": rec["mailbox"],
                    "name": rec["name"],
                }
        case "programme":
            if version >= world.programmes.get(rec["programme"], {"version": 0})["version"]:
                world.programmes[rec["programme"]] = {
                    "version": version,
                    "owner": rec["owner"],
                    "complements": rec["complements"],
                    "signer": cause.org,
                }
        case "policy":
            world.policies[str(version)] = {"from": rec["in_force_from"], "rules": rec["rules"]}
            state.rules = world.rules()
    return None


def _fold_assistance(
    state: RegistryState,
    out: RegistryOutput,
    cause: _Cause,
    rec: dict[str, Any],
    subjects: list[dict[str, Any]],
) -> Answer | None:
    key = st.record_key(cause.org, rec["assistance_id"])
    record = state.assistance(key)
    if record is None:
        record = Assistance(cause.org, rec["assistance_id"], (cause.seq, cause.index))
    before = (_index_tokens(record), _entry(record)) if record.stages else (set(), None)
    _take_version(state, record, cause, rec, subjects)
    _reindex(state, record, before)
    outcomes: dict[int, str] = {v: row["outcome"] for v, row in record.answers.items()}
    meets = [(other, _meet(state, record, other)) for other in _others(state, record)]
    answer = _answer(state, record, cause, rec, meets)
    _update_outcomes(out, record, outcomes)
    _revise_findings(state, out, record, cause, meets)
    state.overlay.put(key, record.encode())
    return answer


def _take_version(
    state: RegistryState,
    record: Assistance,
    cause: _Cause,
    rec: dict[str, Any],
    subjects: list[dict[str, Any]],
) -> None:
    """The highest version's content wins, in whatever order versions arrive."""
    version, today, rules = rec["version"], state.world.today, state.rules
    if rec["stage"] == "planned":
        days = (in_force(rules, st.ordinal(rec["covers_from"])) or rules[0]).reservation_days
        if not record.held_until:
            record.held_until = today + days
        elif not record.renewed and today < record.held_until:
            record.held_until, record.renewed = record.held_until + days, True
    record.stages[version] = rec["stage"]
    people = [(s["role"], st.strong_tokens(s)) for s in subjects]
    persons = [
        _person(state, tokens, (cause.seq, cause.index, number))
        for number, (_, tokens) in enumerate(people)
    ]
    if version > record.top:
        record.top, record.content = version, rec
        record.people, record.persons = people, persons


def _person(state: RegistryState, tokens: list[str], newcomer: st.Person) -> st.Person:
    """Who the tokens stand for; a token seen for the first time stands for this subject."""
    known = [value for token in tokens if (value := state.overlay.get(st.token_key(token)))]
    person = min(map(st.token_person, known), default=newcomer)
    for token in tokens:
        key = st.token_key(token)
        if state.overlay.get(key) is None:
            state.overlay.put(key, st.encode_token(newcomer, []))
    return person


# -- the index of tokens -------------------------------------------------------------------------


def _entry(record: Assistance) -> Entry | None:
    """The record's place in the index: none for a record that can neither match nor block."""
    if record.protected or not (record.delivered or record.planned):
        return None
    transfer = record.transfer()
    return Entry(record.key[1:], st.PURPOSE_CODES[transfer.purpose], outer_window(transfer))


def _index_tokens(record: Assistance) -> set[str]:
    return {token for _, tokens in record.people for token in tokens}


def _reindex(
    state: RegistryState, record: Assistance, before: tuple[set[str], Entry | None]
) -> None:
    old_tokens, old = before
    new_tokens, new = _index_tokens(record), _entry(record)
    if (old_tokens, old) == (new_tokens, new):
        return
    old_tokens, new_tokens = old_tokens if old else set(), new_tokens if new else set()
    for token in sorted(old_tokens | new_tokens):
        key = st.token_key(token)
        value = state.overlay.get(key)
        assert value is not None, "a token of a known record stands in the store"
        entries = [e for e in st.token_entries(value) if e.record != record.key[1:]]
        if new and token in new_tokens:
            entries.append(new)
        state.overlay.put(key, st.encode_token(st.token_person(value), entries))


def _others(state: RegistryState, record: Assistance) -> list[Assistance]:
    """The live records that could meet this one, and all that it has findings with."""
    keys = set(record.findings.values())
    mine = _entry(record)
    if mine:
        for token in _index_tokens(record):
            value = state.overlay.get(st.token_key(token))
            assert value is not None, "a token of this record stands in the store"
            keys.update(b"r" + e.record for e in st.token_entries(value) if e.may_meet(mine))
    keys.discard(record.key)
    state.overlay.load(keys)
    found = [other for key in keys if (other := state.assistance(key))]
    return sorted(found, key=lambda other: (other.org, other.assistance_id))


def _meet(state: RegistryState, a: Assistance, b: Assistance) -> Overlap | None:
    """What the two would be if both were delivered."""
    if a.protected or b.protected:
        return None
    one, two = a.transfer(), b.transfer()
    rules = in_force(state.rules, max(one.declared.start, two.declared.start))
    if rules is None or state.world.complementary(one.programme, two.programme):
        return None
    overlap = judge(one, two, rules)
    if overlap is None or not links.certain(a, b, at_beneficiary(one.purpose, rules)):
        return None
    return overlap


# -- answers -------------------------------------------------------------------------------------


def _answer(
    state: RegistryState,
    record: Assistance,
    cause: _Cause,
    rec: dict[str, Any],
    meets: Meets,
) -> Answer | None:
    """The verdict on a planned or delivered record or an amended plan; None for other stages."""
    stage = rec["stage"]
    if not (stage in ("planned", "delivered") or (stage == "amended" and not record.paid)):
        return None
    rules = in_force(state.rules, st.ordinal(rec["covers_from"]))
    answer = Answer(
        verdict="clear",
        basis="",
        purpose=rec["purpose"],
        window_from="",
        window_to="",
        focal="",
        policy=rules.version if rules else 0,
        assurance=cause.assurance,
        answered_day=state.world.day,
    )
    blocker = _blocker(state, meets)
    if blocker:
        other, overlap = blocker
        answer["verdict"] = "covered"
        answer["basis"] = "delivered" if other.delivered else "reserved"
        answer["window_from"] = st.iso(overlap.window.start)
        answer["window_to"] = st.iso(overlap.window.end)
        answer["focal"] = state.world.partners[other.org]["mailbox"]
    elif not record.protected and not _checkable(record, rules):
        answer["verdict"] = "uncheckable"
    record.answers[rec["version"]] = VerdictRow(
        org=record.org,
        assistance_id=record.assistance_id,
        version=rec["version"],
        outcome="pending",
        amount=rec["amount"],
        currency=rec["currency"],
        answer=answer,
    )
    return answer


def _checkable(record: Assistance, rules: Rules | None) -> bool:
    beneficiary = rules is not None and at_beneficiary(record.content["purpose"], rules)
    return bool(links.served(record, beneficiary))


def _blocker(state: RegistryState, meets: Meets) -> tuple[Assistance, Overlap] | None:
    """The live record that covers most of this one; of equals, the one that came first."""
    found = [
        (-overlap.window.days, other.first, other, overlap)
        for other, overlap in meets
        if overlap and (other.delivered or other.holds(state.world.today))
    ]
    if not found:
        return None
    *_, other, overlap = min(found, key=lambda entry: entry[:2])
    return other, overlap


def _update_outcomes(out: RegistryOutput, record: Assistance, before: dict[int, str]) -> None:
    """What became of each answer: a new answer and a changed outcome are said."""
    for version, row in record.answers.items():
        row["outcome"] = _outcome(record, version)
        if before.get(version) != row["outcome"]:
            out["verdicts"].append(VerdictRow(**row))


def _outcome(record: Assistance, version: int) -> Outcome:
    """Of a plan: what its next delivery or cancellation was. Of a delivery: delivered."""
    if record.stages[version] in _PAID:
        return "delivered"
    later = sorted(v for v in record.stages if v > version)
    for stage in (record.stages[v] for v in later):
        if stage == "cancelled":
            return "cancelled-after-verdict"
        if stage in _PAID:
            warned = record.answers[version]["answer"]["verdict"] in ("covered", "review")
            return "delivered-anyway" if warned else "delivered"
    return "pending"


# -- findings ------------------------------------------------------------------------------------


def _revise_findings(
    state: RegistryState, out: RegistryOutput, record: Assistance, cause: _Cause, meets: Meets
) -> None:
    """Open, revise or withdraw the findings of this record with each other one."""
    for other, overlap in meets:
        a, b = sorted((record, other), key=lambda r: (r.org, r.assistance_id))
        stands = overlap if a.delivered and b.delivered else None
        for kind in KINDS:
            fid = finding_id(kind, a.org, a.assistance_id, b.org, b.assistance_id)
            hit = stands if stands and stands.kind == kind else None
            if hit or fid in record.findings:
                _revise(state, out, cause, _Pair(fid, kind, a, b), hit)
            if hit and fid not in record.findings:
                record.findings[fid], other.findings[fid] = other.key, record.key
                state.overlay.put(other.key, other.encode())


@dataclass(frozen=True, slots=True)
class _Pair:
    finding_id: str
    kind: Any
    a: Assistance
    b: Assistance


def _revise(
    state: RegistryState, out: RegistryOutput, cause: _Cause, pair: _Pair, overlap: Overlap | None
) -> None:
    key = st.finding_key(pair.finding_id)
    value = state.overlay.get(key)
    last = st.decode_finding(value) if value else None
    if overlap is None:
        assert last is not None, "a finding that a record names stands in the store"
        fresh = FindingRevision(**last)
        fresh["status"] = "withdrawn"
    else:
        fresh = _finding(state, pair, overlap, last)
    if last is not None and all(fresh[k] == last[k] for k in _SAID):
        return
    fresh["revision"] = last["revision"] + 1 if last else 1
    fresh["changed_day"] = state.world.day
    fresh["caused_by"] = [cause.seq, cause.index]
    out["findings"].append(fresh)
    state.overlay.put(key, dumps(fresh))


_SAID: Final = (
    "strength",
    "status",
    "purpose",
    "overlap_from",
    "overlap_to",
    "amount_at_risk",
    "currency",
    "district",
)
"""A revision is made if and only if one of these changed."""


def _finding(
    state: RegistryState, pair: _Pair, overlap: Overlap, last: FindingRevision | None
) -> FindingRevision:
    a, b = pair.a, pair.b
    purpose = a.content["purpose"]
    rules = next(rules for rules in state.rules if rules.version == overlap.policy)
    at_risk = overlap.amount_at_risk
    return FindingRevision(
        finding_id=pair.finding_id,
        revision=0,
        kind=pair.kind,
        strength=CERTAIN,
        status="open",
        person=list(links.person_of(a, b, at_beneficiary(purpose, rules))),
        org_a=a.org,
        assistance_a=a.assistance_id,
        org_b=b.org,
        assistance_b=b.assistance_id,
        purpose=purpose,
        overlap_from=st.iso(overlap.window.start),
        overlap_to=st.iso(overlap.window.end),
        amount_at_risk=None if at_risk is None else money.from_minor(at_risk, overlap.currency),
        currency=overlap.currency,
        district=a.content["district"],
        opened_day=last["opened_day"] if last else state.world.day,
        changed_day="",
        caused_by=[],
        policy=overlap.policy,
    )
