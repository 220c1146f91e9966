"""Folding of blocks into intake's state: an own block, or one read from the journal. Pure.

Both ways go through `apply`, so a state that was rebuilt from the journal is the state
that decided.
"""

import hashlib
from datetime import date
from typing import Any

import orjson

from events import codec, signing
from events.journal import Block, Head
from events.model import ADMINISTRATION
from processors import clock
from processors.intake import quotas
from processors.intake.state import (
    Draft,
    IntakeState,
    Item,
    Opener,
    Subjects,
    World,
    identity_of,
    programme_key,
    submission_key,
    versions_key,
)


def evolve(state: IntakeState, block: Block, opener: Opener) -> None:
    """Fold an accepted block. The caller has checked that it follows the head."""
    org = ""
    for item in block.items:
        subjects = opener(block, item) if "k" in item else []
        org = apply(state, item, org, subjects)
    _advance(state.world, block.head, block.source[1], block.clock_ms)


def advance(state: IntakeState, head: Head, draft: Draft) -> None:
    """Move past an own block that was acknowledged; its items were applied by `decide`."""
    _advance(state.world, head, draft.source[1], state.world.clock_ms)


def _advance(world: World, head: Head, source_next: int, clock_ms: int) -> None:
    world.head_seq, world.head_digest = head.seq, head.digest
    world.source_next, world.clock_ms = source_next, clock_ms


def apply(
    state: IntakeState,
    item: Item,
    org: str,
    subjects: Subjects | None,
    counted: list[bytes] | None = None,
) -> str:
    """Fold one item; returns the organisation whose submission is being read.

    `counted` are the record's quota keys, if the caller has them already.
    """
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
                submission_key(org, manifest["submission_id"]), hashlib.sha256(line).digest()
            )
        case "rec":
            _apply_record(state, org, item["rec"], subjects, counted)
        case "dup" | "rej" | "bad":
            pass
        case unknown:
            raise ValueError(f"item of unknown type {unknown}")
    return org


def _apply_record(
    state: IntakeState,
    org: str,
    rec: dict[str, Any],
    subjects: Subjects | None,
    counted: list[bytes] | None,
) -> None:
    kind, version = rec["kind"], rec["version"]
    key = versions_key(org, kind, identity_of(rec))
    known = orjson.loads(state.overlay.get(key) or b"{}")
    if kind == "assistance":
        if counted is None:
            counted = quotas.token_counts(org, rec, subjects or [])
        quotas.add(state.overlay, counted)
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
            key = programme_key(rec["programme"])
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
