"""Which records may become facts: who may say them, what they mean, how many there may be. Pure."""

from datetime import date
from typing import Any, Final

import orjson

from events import codec, signing
from events.catalog import BY_NAME
from events.identity import is_token_type
from events.model import (
    ADMINISTRATION,
    Assistance,
    ClockStep,
    Partner,
    PartnerKey,
    Policy,
    Programme,
    Record,
)
from events.rejection import Reason, Refusal
from processors import clock
from processors.intake import quotas
from processors.intake.state import (
    IntakeState,
    Message,
    Subjects,
    World,
    identity_of,
    programme_key,
    versions_key,
)

MAX_STEP_DAYS: Final = 4_000


def authorise(state: IntakeState, org: str, record: Record) -> None:
    """Raise Refusal if this organisation may not say this."""
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
        owner = state.overlay.get(programme_key(record.programme))
        if owner is None:
            raise Refusal(Reason.UNKNOWN_PROGRAMME, "programme")
        if owner.decode() != org:
            raise Refusal(Reason.NOT_YOUR_PROGRAMME, "programme")


def check_meaning(state: IntakeState, message: Message, record: Record) -> None:
    """Raise Refusal if the record makes no sense in the world as it stands."""
    world = state.world
    match record:
        case Assistance():
            tokens = [token for subject in record.subjects for token in subject.tokens]
            if not all(map(is_token_type, {kind for kind, _ in tokens})):
                raise Refusal(Reason.INVALID_VALUE, "subjects.tokens")
            if not state.placeholders.isdisjoint(tokens):
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


def check_quotas(
    state: IntakeState, org: str, public: dict[str, Any], counted: list[bytes]
) -> None:
    """Refuse what would make the folds' work grow without bound."""
    if public["kind"] == "programme":
        new = state.overlay.get(programme_key(public["programme"])) is None
        if new and state.world.programmes.get(public["owner"], 0) >= quotas.MAX_PROGRAMMES:
            raise Refusal(Reason.QUOTA_EXCEEDED, "programme")
    if public["kind"] != "assistance":
        return
    key = versions_key(org, "assistance", public["assistance_id"])
    if len(orjson.loads(state.overlay.get(key) or b"{}")) >= quotas.MAX_VERSIONS:
        raise Refusal(Reason.QUOTA_EXCEEDED, "version")
    if any(quotas.count(state.overlay, c) >= quotas.MAX_PER_TOKEN_AND_MONTH for c in counted):
        raise Refusal(Reason.QUOTA_EXCEEDED, "id_number")


def is_duplicate(state: IntakeState, org: str, public: dict[str, Any], subjects: Subjects) -> bool:
    """Same version, same content. Raises Refusal(id-conflict) if only the version is the same."""
    key = versions_key(org, public["kind"], identity_of(public))
    known = orjson.loads(state.overlay.get(key) or b"{}").get(str(public["version"]))
    if known is None:
        return False
    if known != codec.content_hash(public, subjects).hex():
        raise Refusal(Reason.ID_CONFLICT, "version")
    return True
