"""Folding of blocks into intake's state: an own block, or one read from the journal. Pure.

Both ways go through `apply`, so a state that was rebuilt from the journal is the state
that decided.
"""

import hashlib
from datetime import date
from typing import Any

import orjson

from events import codec
from events.catalog import identity_of
from events.journal import Block, Head
from events.model import ADMINISTRATION, SUPERVISOR
from processors import clock
from processors.intake import epochs, quotas
from processors.intake.kinds import handler_of
from processors.intake.state import (
    DoorFacts,
    Draft,
    IntakeState,
    Item,
    Opener,
    Subjects,
    Versions,
    submission_key,
    versions_key,
)
from processors.policies import Policies


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


def _advance(world: DoorFacts, head: Head, source_next: int, clock_ms: int) -> None:
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
            _apply_genesis(world, item["genesis"])
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


def _apply_genesis(world: DoorFacts, genesis: dict[str, Any]) -> None:
    world.day, world.test_mode = genesis["first_day"], genesis["test_mode"]
    world.clock_ms = clock.start_of(date.fromisoformat(world.day))
    world.partners[ADMINISTRATION] = 1
    for root in genesis["root_keys"]:
        world.partners[SUPERVISOR if root["role"] == "supervisor" else ADMINISTRATION] = 1
    world.trust.begin(genesis)
    world.policies = Policies.begun(genesis)
    for first in genesis.get("epochs", ()):
        epochs.begin(world, first)


def _apply_record(
    state: IntakeState,
    org: str,
    rec: dict[str, Any],
    subjects: Subjects | None,
    counted: list[bytes] | None,
) -> None:
    kind, version = rec["kind"], rec["version"]
    key = versions_key(org, kind, identity_of(kind, rec))
    known: Versions = orjson.loads(state.overlay.get(key) or b"{}")
    if counted is None:
        counted = quotas.token_counts(org, rec, subjects or [])
    quotas.add(state.overlay, counted)
    handler_of(kind).take(state, org, rec, known)
    # an erased record has no content to compare with: nothing can equal it any more
    known[str(version)] = "" if subjects is None else codec.content_hash(rec, subjects).hex()
    state.overlay.put(key, codec.dumps(known))
