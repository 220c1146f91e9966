"""Which records may become facts: who may say them, what they mean, how many there may be. Pure.

What is a kind's own stands in functions that `processors.intake.kinds` names; each raises
Refusal. What holds for all kinds follows the table of kinds.
"""

from datetime import date
from typing import Any, Final

import orjson

from events import codec
from events.catalog import BY_NAME, identity_of
from events.identity import WELL_KNOWN_ISSUERS, is_strong, is_token_type, issuer_of
from events.model import (
    ADMINISTRATION,
    SUPERVISOR,
    Appeal,
    Assistance,
    CaseStep,
    ClockStep,
    Enrolment,
    Erasure,
    Evaluations,
    Inquiry,
    Partner,
    PartnerKey,
    Policy,
    PolicySignature,
    Programme,
    Record,
    Release,
    StageKey,
    Succession,
    TokenEpoch,
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


# -- all kinds -----------------------------------------------------------------------------------


def check_tokens(state: IntakeState, signer: Signer, record: Record) -> None:
    """Types that all partners write alike; no placeholder, which would make strangers one."""
    tokens = [token for subject in getattr(record, "subjects", ()) for token in subject.tokens]
    kinds = {kind for kind, _ in tokens}
    if not all(map(is_token_type, kinds)) or not all(_is_issued(state, kind) for kind in kinds):
        raise Refusal(Reason.INVALID_VALUE, "subjects.tokens")
    # of partners only: the administration switches numbers off, which does a placeholder no harm
    if signer.side == "partner" and not state.placeholders.isdisjoint(tokens):
        raise Refusal(Reason.PLACEHOLDER, "subjects")


def _is_issued(state: IntakeState, kind: str) -> bool:
    """False for a case number of nobody: `case.dosya` would make strangers of two lists meet."""
    issuer = issuer_of(kind)
    return not issuer or issuer in state.world.partners or issuer in WELL_KNOWN_ISSUERS


def check_quotas(public: dict[str, Any], versions: Versions) -> None:
    """Refuse what would make the folds' work grow without bound."""
    has_limit = BY_NAME[public["kind"]].has_version_limit
    if has_limit and len(versions.keys() - conduct.NO_VERSIONS) >= quotas.MAX_VERSIONS:
        raise Refusal(Reason.QUOTA_EXCEEDED, "version")


def check_counts(state: IntakeState, counted: list[bytes]) -> None:
    """The same for the records that list one number."""
    for place in counted:
        if quotas.count(state.overlay, place) >= quotas.MAX_PER_TOKEN_AND_MONTH:
            raise Refusal(Reason.QUOTA_EXCEEDED, quotas.field_of(place))


def versions_of(state: IntakeState, org: str, public: dict[str, Any]) -> Versions:
    """The accepted versions of the thing that a record is about."""
    key = versions_key(org, public["kind"], identity_of(public["kind"], public))
    found: Versions = orjson.loads(state.overlay.get(key) or b"{}")
    return found


def is_duplicate(versions: Versions, public: dict[str, Any], subjects: Subjects) -> bool:
    """Same version, same content.

    Raises Refusal: id-conflict if only the version is the same, erased if nothing can be compared.
    """
    if conduct.ERASED in versions:
        raise Refusal(Reason.ERASED)
    known = versions.get(str(public["version"]))
    if known is None:
        return False
    if known != codec.content_hash(public, subjects).hex():
        raise Refusal(Reason.ID_CONFLICT, "version")
    return True


# -- who may say it ------------------------------------------------------------------------------


def may_declare_programme(state: IntakeState, signer: Signer, record: Programme) -> None:
    """A partner its own, the administration any that is a registered partner's."""
    if signer.side == "partner" and record.owner != signer.org:
        raise Refusal(Reason.NOT_YOUR_PROGRAMME, "owner")
    if record.owner not in state.world.partners:
        raise Refusal(Reason.UNKNOWN_PARTNER, "owner")


def may_use_programme(
    state: IntakeState, signer: Signer, record: Assistance | Enrolment | Inquiry
) -> None:
    """Only its owner speaks of a programme."""
    known = state.overlay.get(programme_key(record.programme))
    if known is None:
        raise Refusal(Reason.UNKNOWN_PROGRAMME, "programme")
    if known.decode() != signer.org:
        raise Refusal(Reason.NOT_YOUR_PROGRAMME, "programme")


def may_step(state: IntakeState, signer: Signer, record: CaseStep) -> None:
    """A partner acknowledges and replies, the administration gives the household notice."""
    if (record.step == "notified") != (signer.side == "administration"):
        raise Refusal(Reason.NOT_ALLOWED, "step")


def may_count_evaluations(state: IntakeState, signer: Signer, record: Evaluations) -> None:
    """Who runs another server, or none, could make an organisation look like a spy."""
    if state.world.key_servers.get(signer.org) != record.server:
        raise Refusal(Reason.NOT_YOUR_KEY_SERVER, "server")


def may_appeal(state: IntakeState, signer: Signer, record: Appeal) -> None:
    """A partner may bring the household's appeal too, the administration only that."""
    if signer.side == "administration" and record.by != "household":
        raise Refusal(Reason.NOT_ALLOWED, "by")


# -- what it means -------------------------------------------------------------------------------


def check_succession(
    state: IntakeState, signer: Signer, message: Message, record: Succession
) -> None:
    """A telephone succeeds nobody."""
    if not all(is_strong(kind) for side in record.subjects for kind, _ in side.tokens):
        raise Refusal(Reason.INVALID_VALUE, "subjects.tokens")


def check_partner(state: IntakeState, signer: Signer, message: Message, record: Partner) -> None:
    """The two bodies are no partners."""
    if record.org in (ADMINISTRATION, SUPERVISOR):
        raise Refusal(Reason.NOT_ALLOWED, "org")


def check_key(state: IntakeState, signer: Signer, message: Message, record: PartnerKey) -> None:
    """See `accounts.check_key`."""
    accounts.check_key(state.world, signer, record)


def check_stage_key(state: IntakeState, signer: Signer, message: Message, record: StageKey) -> None:
    """See `accounts.check_stage_key`."""
    accounts.check_stage_key(state.world.trust, record)


def check_erasure(state: IntakeState, signer: Signer, message: Message, record: Erasure) -> None:
    """Only where two bodies can say it, and only of what is in the journal."""
    if SUPERVISOR not in state.world.partners:
        raise Refusal(Reason.NOT_ALLOWED)
    for one in record.records:
        if state.overlay.get(versions_key(one.org, one.kind, one.id)) is None:
            raise Refusal(Reason.UNKNOWN_RECORD, "records")


def check_policy(state: IntakeState, signer: Signer, message: Message, record: Policy) -> None:
    """Versions are dense; genesis made version 1."""
    last = state.world.policies.last
    if record.version <= last:
        raise Refusal(Reason.ID_CONFLICT, "version")
    if record.version != last + 1:
        raise Refusal(Reason.INVALID_VALUE, "version")


def check_signature(
    state: IntakeState, signer: Signer, message: Message, record: PolicySignature
) -> None:
    """A proposal that waits, and its very content."""
    waiting = state.world.policies.waiting.get(record.policy_version)
    if waiting is None:
        raise Refusal(Reason.UNKNOWN_POLICY, "policy_version")
    if waiting.digest != record.policy_digest:
        raise Refusal(Reason.UNKNOWN_POLICY, "policy_digest")


def check_epoch(state: IntakeState, signer: Signer, message: Message, record: TokenEpoch) -> None:
    """See `epochs.check_epoch`."""
    epochs.check_epoch(state.world, record)


def check_release(state: IntakeState, signer: Signer, message: Message, record: Release) -> None:
    """Of a submission that was seen."""
    if state.overlay.get(submission_key(record.org, record.submission_id)) is None:
        raise Refusal(Reason.UNKNOWN_SUBMISSION, "submission_id")


def check_clock_step(
    state: IntakeState, signer: Signer, message: Message, record: ClockStep
) -> None:
    """Never back, never far, and never ahead of the broker but in test mode."""
    ahead = (record.day - date.fromisoformat(state.world.day)).days
    early = not state.world.test_mode and record.day > clock.day_of(message.append_ms)
    if ahead < 0 or ahead > MAX_STEP_DAYS or early:
        raise Refusal(Reason.INVALID_VALUE, "day")


# -- how many there may be -----------------------------------------------------------------------


def limit_programmes(state: IntakeState, org: str, rec: dict[str, Any], versions: Versions) -> None:
    """Programmes of one owner."""
    owned = state.world.programmes.get(rec["owner"], 0)
    if (
        state.overlay.get(programme_key(rec["programme"])) is None
        and owned >= quotas.MAX_PROGRAMMES
    ):
        raise Refusal(Reason.QUOTA_EXCEEDED, "programme")
