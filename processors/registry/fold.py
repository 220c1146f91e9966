"""The fold: one block in, one output message and one set of writes out. Pure.

Same state and same block give the same bytes, so a worker that crashed between
its output and its write says the same thing again under the same seq.
"""

from collections.abc import Callable
from typing import Any

import orjson

from events.catalog import BY_NAME, identity_of
from events.journal import Block
from events.outputs import OUTPUT_VERSION, Answer, RegistryOutput, Row, SubmissionOutcome
from processors.registry import aid, cases, keys, participants
from processors.registry.kinds import HANDLERS, IGNORED
from processors.registry.memory import Cause, RegistryState
from processors.registry.records import Listed, listed

Item = dict[str, Any]
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
        cases=[],
        decisions=[],
        excess=[],
        notices=[],
    )
    cause = Cause(block.seq, 0)
    for index, item in enumerate(block.items):
        cause.index = index
        _fold_item(state, out, cause, item, opened.get(index, []))
        if state.revised or state.touched or state.unchanged:
            cases.settle(state, out, cause)
        if state.due_cases:
            cases.begin_day(state, out, cause)
        state.renewed.clear()
    out["day"] = state.common.day
    state.common.head_seq, state.common.head_digest = block.head.seq, block.head.digest
    return out


def _open(block: Block, opener: Opener) -> dict[int, list[Listed]]:
    """The people of each record by the item's index; an erased record has none."""
    return {
        index: listed(opener(block, item) or [])
        for index, item in enumerate(block.items)
        if "k" in item
    }


def _keys_needed(block: Block, opened: dict[int, list[Listed]]) -> list[bytes]:
    org = ""
    found: list[bytes] = []
    for index, item in enumerate(block.items):
        if item["t"] == "sub":
            org = orjson.loads(item["manifest"])["org"]
        elif item["t"] == "rec" and item["rec"]["kind"] == "assistance":
            key = keys.record_key(org, item["rec"]["assistance_id"])
            found += (key, keys.beside(keys.LINKED, key))
        elif item["t"] == "dup" and item["kind"] == "assistance":
            found.append(keys.record_key(org, item["id"]))
        for _, strong, loose in opened.get(index, ()):
            found += map(keys.token_key, strong)
            found += map(keys.loose_key, loose)
    return found


def _fold_item(
    state: RegistryState, out: RegistryOutput, cause: Cause, item: Item, people: list[Listed]
) -> None:
    common = state.common
    match item["t"]:
        case "genesis":
            participants.fold_genesis(state, item["genesis"])
        case "tick":
            common.day = item["day"]
            aid.begin_day(state, out, cause)
        case "sub":
            manifest = orjson.loads(item["manifest"])
            account = common.trust.signers.get(manifest["key_id"], {})
            cause.org, cause.assurance = manifest["org"], manifest["assurance"]
            cause.user = account.get("user", "")
            cause.role = account.get("role") or account.get("root", "")
            out["submissions"].append(_outcome_of(item, manifest))
        case "bad":
            out["submissions"].append(_refused(item))
        case "rec":
            rec, kind = item["rec"], item["rec"]["kind"]
            answer = None
            if kind not in IGNORED:
                answer = HANDLERS[kind](state, out, cause, rec, people)
            out["submissions"][-1]["rows"].append(_row(item, rec, "accepted", answer))
        case "dup":
            is_answered = BY_NAME[item["kind"]].is_answered
            answer = aid.first_answer(state, cause.org, item) if is_answered else None
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
        id=what.get("id") or (identity_of(what["kind"], what) if "kind" in what else ""),
        version=what.get("version", 0),
        reason=item.get("reason", ""),
        field=item.get("field", ""),
        answer=answer,
    )
