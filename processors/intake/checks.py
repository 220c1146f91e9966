"""Which records may become facts: who may say them, what they mean, how many there may be. Pure."""

from datetime import date
from typing import Any, Final

import orjson

from events import codec
from events.identity import is_strong, is_token_type
from events.model import (
    ADMINISTRATION,
    SUPERVISOR,
    Appeal,
    Assistance,
    CaseStep,
    ClockStep,
    Enrolment,
    Evaluations,
    Inquiry,
    Need,
    Partner,
    PartnerKey,
    Policy,
    PolicySignature,
    Programme,
    Quarantine,
    Record,
    Release,
    Succession,
    TokenEpoch,
    identity_of,
)
from events.rejection import Reason, Refusal
from processors import clock
from processors.intake import accounts, conduct, epochs, quotas
from processors.intake.accounts import Signer
from processors.intake.state import (
    IntakeState,
    Message,
    Subjects,
    Versions,
    programme_key,
    submission_key,
    versions_key,
)

MAX_STEP_DAYS: Final = 4_000


def authorise(state: IntakeState, signer: Signer, record: Record) -> None:
    """Raise Refusal if this signer may not say this."""
    accounts.check_kind(signer, record.kind)
    match record:
        case Programme(owner=owner):
            if signer.side == "partner" and owner != signer.org:
                raise Refusal(Reason.NOT_YOUR_PROGRAMME, "owner")
            if owner not in state.world.partners:
                raise Refusal(Reason.UNKNOWN_PARTNER, "owner")
        case Assistance() | Enrolment() | Inquiry():
            known = state.overlay.get(programme_key(record.programme))
            if known is None:
                raise Refusal(Reason.UNKNOWN_PROGRAMME, "programme")
            if known.decode() != signer.org:
                raise Refusal(Reason.NOT_YOUR_PROGRAMME, "programme")
        case CaseStep(step=step):
            # a partner acknowledges and replies, the administration gives the household notice
            if (step == "notified") != (signer.side == "administration"):
                raise Refusal(Reason.NOT_ALLOWED, "step")
        case Evaluations(server=number):
            # who runs another server, or none, could make an organisation look like a spy
            if state.world.key_servers.get(signer.org) != number:
                raise Refusal(Reason.NOT_YOUR_KEY_SERVER, "server")
        case Appeal(by=by):
            # a partner may bring the household's appeal too, the administration only that
            if signer.side == "administration" and by != "household":
                raise Refusal(Reason.NOT_ALLOWED, "by")


def check_meaning(state: IntakeState, signer: Signer, message: Message, record: Record) -> None:
    """Raise Refusal if the record makes no sense in the world as it stands."""
    world = state.world
    match record:
        case Assistance() | Need() | Enrolment() | Inquiry() | Succession() | Quarantine():
            _check_tokens(state, record)
        case Partner(org=org):
            if org in (ADMINISTRATION, SUPERVISOR):
                raise Refusal(Reason.NOT_ALLOWED, "org")
        case PartnerKey():
            accounts.check_key(world, signer, record)
        case Policy(version=version):
            if version <= world.policy_version:
                raise Refusal(Reason.ID_CONFLICT, "version")  # genesis made version 1
            if version != world.policy_version + 1:
                raise Refusal(Reason.INVALID_VALUE, "version")
        case PolicySignature():
            waiting = world.proposed.get(str(record.policy_version))
            if waiting is None:
                raise Refusal(Reason.UNKNOWN_POLICY, "policy_version")
            if waiting["digest"] != record.policy_digest:
                raise Refusal(Reason.UNKNOWN_POLICY, "policy_digest")
        case TokenEpoch():
            epochs.check_epoch(world, record)
        case Release(org=org, submission_id=submission_id):
            if state.overlay.get(submission_key(org, submission_id)) is None:
                raise Refusal(Reason.UNKNOWN_SUBMISSION, "submission_id")
        case ClockStep(day=day):
            ahead = (day - date.fromisoformat(world.day)).days
            early = not world.test_mode and day > clock.day_of(message.append_ms)
            if ahead < 0 or ahead > MAX_STEP_DAYS or early:
                raise Refusal(Reason.INVALID_VALUE, "day")


def _check_tokens(
    state: IntakeState,
    record: Assistance | Need | Enrolment | Inquiry | Succession | Quarantine,
) -> None:
    """Types that all partners write alike; no placeholder, which would make strangers one."""
    tokens = [token for subject in record.subjects for token in subject.tokens]
    types = {kind for kind, _ in tokens}
    if not all(map(is_token_type, types)):
        raise Refusal(Reason.INVALID_VALUE, "subjects.tokens")
    if isinstance(record, Succession) and not all(map(is_strong, types)):
        raise Refusal(Reason.INVALID_VALUE, "subjects.tokens")  # a telephone succeeds nobody
    if isinstance(record, Quarantine):
        return  # switching a placeholder off does no harm
    if not state.placeholders.isdisjoint(tokens):
        raise Refusal(Reason.PLACEHOLDER, "subjects")


def check_quotas(
    state: IntakeState, org: str, public: dict[str, Any], counted: list[bytes]
) -> None:
    """Refuse what would make the folds' work grow without bound."""
    if public["kind"] == "programme":
        new = state.overlay.get(programme_key(public["programme"])) is None
        if new and state.world.programmes.get(public["owner"], 0) >= quotas.MAX_PROGRAMMES:
            raise Refusal(Reason.QUOTA_EXCEEDED, "programme")
    if public["kind"] in quotas.UNVERSIONED:
        return
    key = versions_key(org, public["kind"], identity_of(public["kind"], public))
    versions: Versions = orjson.loads(state.overlay.get(key) or b"{}")
    if len(versions.keys() - {conduct.PLAN_DAY}) >= quotas.MAX_VERSIONS:
        raise Refusal(Reason.QUOTA_EXCEEDED, "version")
    for place in counted:
        if quotas.count(state.overlay, place) >= quotas.MAX_PER_TOKEN_AND_MONTH:
            raise Refusal(Reason.QUOTA_EXCEEDED, quotas.field_of(place))
    conduct.check(state, org, public, versions)


def is_duplicate(state: IntakeState, org: str, public: dict[str, Any], subjects: Subjects) -> bool:
    """Same version, same content. Raises Refusal(id-conflict) if only the version is the same."""
    key = versions_key(org, public["kind"], identity_of(public["kind"], public))
    known = orjson.loads(state.overlay.get(key) or b"{}").get(str(public["version"]))
    if known is None:
        return False
    if known != codec.content_hash(public, subjects).hex():
        raise Refusal(Reason.ID_CONFLICT, "version")
    return True
