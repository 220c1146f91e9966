"""What accepted control records change in what intake knows, by kind. Pure.

Each is given the state, the signing organisation, the record, and the accepted versions of
the same thing before it.
"""

from datetime import date
from typing import Any

import orjson

from events import erasure
from events.codec import dumps
from processors import clock
from processors.intake import conduct, epochs
from processors.intake.state import (
    IntakeState,
    Versions,
    erasure_key,
    programme_key,
    release_key,
    versions_key,
)

Fields = dict[str, Any]


def take_partner(state: IntakeState, org: str, rec: Fields, versions: Versions) -> None:
    """The newest version counts, also for the key server that the body runs, or no longer runs."""
    facts, body, version = state.world, rec["org"], rec["version"]
    if version < facts.partners.get(body, 0):
        return
    facts.partners[body] = version
    facts.key_servers.pop(body, None)
    if number := rec.get("key_server"):
        facts.key_servers[body] = number


def take_key(state: IntakeState, org: str, rec: Fields, versions: Versions) -> None:
    """A key of an organisation, or of one account in it."""
    state.world.trust.add_signer(rec)


def take_stage_key(state: IntakeState, org: str, rec: Fields, versions: Versions) -> None:
    """A key of a stage begins or ends with the block that is being made."""
    state.world.trust.add_stage(rec, state.world.head_seq)


def take_programme(state: IntakeState, org: str, rec: Fields, versions: Versions) -> None:
    """The owner of a programme is what its first version says."""
    key, owners = programme_key(rec["programme"]), state.world.programmes
    if state.overlay.get(key) is None:
        owners[rec["owner"]] = owners.get(rec["owner"], 0) + 1
        state.overlay.put(key, rec["owner"].encode())


def take_policy(state: IntakeState, org: str, rec: Fields, versions: Versions) -> None:
    """A proposal, or the signature under one."""
    state.world.policies = state.world.policies.take(rec)


def take_epoch(state: IntakeState, org: str, rec: Fields, versions: Versions) -> None:
    """An epoch of tokens is opened or closed."""
    epochs.fold(state.world, rec)


def take_release(state: IntakeState, org: str, rec: Fields, versions: Versions) -> None:
    """A held submission may come again."""
    state.overlay.put(release_key(rec["org"], rec["submission_id"]), b"1")


def take_clock_step(state: IntakeState, org: str, rec: Fields, versions: Versions) -> None:
    """The clock moves on to the beginning of a day; `decide` then begins the days up to it."""
    start = clock.start_of(date.fromisoformat(rec["day"]))
    state.world.clock_ms = max(state.world.clock_ms, start)


def take_erasure(state: IntakeState, org: str, rec: Fields, versions: Versions) -> None:
    """Once both bodies have said it, its records have no content any more, and no next version."""
    key = erasure_key(rec["erasure_id"])
    known, counts = erasure.count(state.overlay.get(key), org, rec)
    state.overlay.put(key, known)
    for named in erasure.named_in(rec) if counts else ():
        place = versions_key(*named)
        before: Versions = orjson.loads(state.overlay.get(place) or b"{}")
        bare = {version: before[version] if version == conduct.PLAN else "" for version in before}
        state.overlay.put(place, dumps(bare | {conduct.ERASED: True}))
