"""Who signed: an organisation, or one account in it; and what each may sign. Pure.

An organisation's own key speaks for it as a whole. The key of an account (a `key` record
with `user` and `role`) speaks for one person, and signs only what `Entry.roles` gives it;
never keys: no account makes another.
"""

from dataclasses import dataclass
from typing import Any, Final

from events import signing
from events.catalog import BY_NAME, side_of
from events.model import ADMINISTRATION, SUPERVISOR, KeyRole, PartnerKey, StageKey
from events.rejection import Reason, Refusal
from events.trust import NEVER, Trust
from processors.intake.state import DoorFacts


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed a submission. `user` and `role` are '' for an organisation's own key."""

    org: str
    user: str = ""
    role: str = ""

    @property
    def side(self) -> str:
        """Which of the three sides this is, as `events.catalog.Entry.signers` names them."""
        return side_of(self.org)


_SIDE_OF_ROLE: Final = {
    KeyRole.ADMINISTRATOR: "administration",
    KeyRole.PROTECTION_DESK: "administration",
    KeyRole.SUPERVISOR: "supervisor",
    KeyRole.FOCAL_PERSON: "partner",
}


def check_kind(signer: Signer, kind: str) -> None:
    """Raise Refusal if this signer may not say a record of this kind at all."""
    entry = BY_NAME[kind]
    if signer.side not in entry.signers:
        raise Refusal(Reason.NOT_ALLOWED)
    if signer.role and signer.role not in entry.roles:
        raise Refusal(Reason.NOT_ALLOWED, "role")
    if entry.needs_account and not signer.role:
        raise Refusal(Reason.ACCOUNT_NEEDED)


def check_key(facts: DoorFacts, signer: Signer, record: PartnerKey) -> None:
    """Raise Refusal for a key that would let one body speak for another, or silence a body.

    The administration registers the keys of all but the supervisor, who registers its own:
    neither can forge the other's signature. Genesis names the first key of each.
    """
    if (signer.org == SUPERVISOR) != (record.org == SUPERVISOR):
        raise Refusal(Reason.NOT_ALLOWED, "org")
    if record.role is not None and side_of(record.org) != _SIDE_OF_ROLE[record.role]:
        raise Refusal(Reason.NOT_ALLOWED, "role")
    key_id = signing.key_id(bytes.fromhex(record.public_key))
    if key_id in facts.trust.stages:
        raise Refusal(Reason.NOT_ALLOWED, "public_key")
    known = facts.trust.signers.get(key_id)
    if known and known["org"] != record.org:
        raise Refusal(Reason.NOT_ALLOWED, "public_key")
    if known and account_of(known) != (record.user or "", record.role or ""):
        raise Refusal(Reason.NOT_ALLOWED, "user")
    was_ended = known and known["status"] == "revoked" and record.version > known["version"]
    if was_ended and record.status == "active":
        raise Refusal(Reason.REVOKED_KEY, "public_key")  # for ever: what ended it may be a theft
    is_last = own_keys(facts, record.org) == [key_id]
    if record.status == "revoked" and is_last and record.org in (ADMINISTRATION, SUPERVISOR):
        raise Refusal(Reason.NOT_ALLOWED, "status")


def check_stage_key(trust: Trust, record: StageKey) -> None:
    """Raise Refusal for a key that has another owner, or that leaves a stage without any."""
    key_id = signing.key_id(bytes.fromhex(record.public_key))
    known = trust.stages.get(key_id)
    if key_id in trust.signers or (known and known["stage"] != record.stage):
        raise Refusal(Reason.NOT_ALLOWED, "public_key")
    if record.status == "active":
        if known and known["ends"] != NEVER:
            raise Refusal(Reason.REVOKED_KEY, "public_key")  # for ever, like a sender's
        return
    active = trust.active(record.stage)
    if not known or active == [key_id]:
        raise Refusal(Reason.NOT_ALLOWED, "status")


def account_of(key: dict[str, Any]) -> tuple[str, str]:
    """(user, role) of a key as `Trust` keeps it; two empty texts for an organisation's own."""
    return key.get("user", ""), key.get("role", "")


def own_keys(facts: DoorFacts, org: str) -> list[str]:
    """The ids of the active keys that speak for an organisation as a whole."""
    return [
        key_id
        for key_id, key in facts.trust.signers.items()
        if key["org"] == org and key["status"] == "active" and not key.get("user")
    ]
