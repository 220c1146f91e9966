"""The fold: one block in, one output message and one set of writes out. Pure.

Same state and same block give the same bytes, so a worker that crashed between
its output and its write says the same thing again under the same seq.
"""

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from events.codec import dumps
from events.journal import Block
from events.model import ADMINISTRATION, FIRST_DAY
from events.outputs import (
    OUTPUT_VERSION,
    Answer,
    RegistryOutput,
    Row,
    SubmissionOutcome,
)
from processors.registry import state as st
from processors.registry.answers import answer, update_outcomes
from processors.registry.findings import meets_of, revise_findings
from processors.registry.index import entry_of, people_of, person_of_tokens, reindex
from processors.registry.memory import Cause, RegistryState
from processors.registry.rules import in_force
from processors.registry.state import Assistance

Item = dict[str, Any]
People = list[tuple[str, list[str]]]
"""(role, strong tokens) of each subject of a record."""
Opener = Callable[[Block, Item], list[dict[str, Any]] | None]
"""Opens the sealed subjects of an item; None if they were erased."""


def fold_block(state: RegistryState, block: Block, opener: Opener) -> RegistryOutput:
    """Fold an accepted block; the caller has checked that it follows the head."""
    opened = _open(block, opener)
    state.overlay.load(_keys_needed(block, opened))
    out = RegistryOutput(
        v=OUTPUT_VERSION,
        seq=block.seq,
        part=0,
        parts=1,
        block=block.digest,
        day="",
        submissions=[],
        findings=[],
        verdicts=[],
    )
    cause = Cause(block.seq, 0, "", "")
    for index, item in enumerate(block.items):
        cause.index = index
        _fold_item(state, out, cause, item, opened.get(index, []))
    out["day"] = state.world.day
    state.world.head_seq, state.world.head_digest = block.head.seq, block.head.digest
    return out


def _open(block: Block, opener: Opener) -> dict[int, People]:
    """The people of each record by the item's index; an erased record has none."""
    return {
        index: people_of(opener(block, item) or [])
        for index, item in enumerate(block.items)
        if "k" in item
    }


def _keys_needed(block: Block, opened: dict[int, People]) -> Iterable[bytes]:
    org = ""
    for index, item in enumerate(block.items):
        if item["t"] == "sub":
            org = orjson.loads(item["manifest"])["org"]
        elif item["t"] == "rec" and item["rec"]["kind"] == "assistance":
            key = st.record_key(org, item["rec"]["assistance_id"])
            yield key
            yield st.links_key(key)
        elif item["t"] == "dup" and item["kind"] == "assistance":
            yield st.record_key(org, item["id"])
        for _, tokens in opened.get(index, ()):
            yield from map(st.token_key, tokens)


def _fold_item(
    state: RegistryState,
    out: RegistryOutput,
    cause: Cause,
    item: Item,
    people: People,
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
            answer = _fold_record(state, out, cause, item["rec"], people)
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


def _first_answer(state: RegistryState, cause: Cause, item: Item) -> Answer | None:
    if item["kind"] != "assistance":
        return None
    known = state.assistance(st.record_key(cause.org, item["id"]))
    row = known.answers.get(item["version"]) if known else None
    return row["answer"] if row else None


# -- records -------------------------------------------------------------------------------------


def _fold_record(
    state: RegistryState,
    out: RegistryOutput,
    cause: Cause,
    rec: dict[str, Any],
    people: People,
) -> Answer | None:
    world, version = state.world, rec["version"]
    match rec["kind"]:
        case "assistance":
            return _fold_assistance(state, out, cause, rec, people)
        case "partner":
            if version >= world.partners.get(rec["org"], {"version": 0})["version"]:
                world.partners[rec["org"]] = {
                    "version": version,
                    "mailbox": rec["mailbox"],
                    "name": rec["name"],
                }
        case "programme":
            known = state.programme(rec["programme"])
            if known is None or version >= known["version"]:
                fresh = {
                    "version": version,
                    "owner": rec["owner"],
                    "complements": rec["complements"],
                    "signer": cause.org,
                }
                state.overlay.put(st.programme_key(rec["programme"]), dumps(fresh))
        case "policy":
            world.policies[str(version)] = {"from": rec["in_force_from"], "rules": rec["rules"]}
            state.rules = world.rules()
    return None


def _fold_assistance(
    state: RegistryState,
    out: RegistryOutput,
    cause: Cause,
    rec: dict[str, Any],
    people: People,
) -> Answer | None:
    key = st.record_key(cause.org, rec["assistance_id"])
    record = state.assistance(key)
    if record is None:
        record = Assistance(cause.org, rec["assistance_id"], (cause.seq, cause.index))
    before = entry_of(record) if record.stages else None
    tokens = set(record.tokens)
    _take_version(state, record, cause, rec, people)
    reindex(state, record, before, tokens)
    outcomes: dict[int, str] = {v: row["outcome"] for v, row in record.answers.items()}
    meets = meets_of(state, record)
    said = answer(state, record, cause, rec, meets)
    update_outcomes(out, record, outcomes)
    revise_findings(state, out, record, cause, meets)
    state.change(record)
    return said


def _take_version(
    state: RegistryState,
    record: Assistance,
    cause: Cause,
    rec: dict[str, Any],
    people: People,
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
    persons = [
        person_of_tokens(state, tokens, (cause.seq, cause.index, number))
        for number, (_, tokens) in enumerate(people)
    ]
    if version > record.top:
        record.top = version
        record.take_content(rec, people, persons)
