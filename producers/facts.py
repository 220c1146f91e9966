"""What the administration, the supervisor and partners say, as the fields of records (pure).

Ids follow from what a fact is about, so that a command run twice says the same thing once,
and a changed mind is a further version of it (`producers.control_records` numbers them).
"""

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from events.model import ADMINISTRATION, SUPERVISOR, KeyRole, Token
from infra.errors import UsageProblem
from producers.records import derived_id, uuid_of
from producers.tokens import Identifier, Tokens

Fact = dict[str, Any]

ORG_OF_ROLE: Final[dict[str, str]] = {
    KeyRole.ADMINISTRATOR: ADMINISTRATION,
    KeyRole.PROTECTION_DESK: ADMINISTRATION,
    KeyRole.SUPERVISOR: SUPERVISOR,
}
"""Role → the body it belongs to; a focal person's is any partner."""


def org_of_account(role: str, org: str) -> str:
    """The organisation of an account; `org` may be '' where the role says it.

    Raises UsageProblem.
    """
    if role not in set(KeyRole):
        raise UsageProblem(f"{role} is no role: {', '.join(KeyRole)}.")
    body = ORG_OF_ROLE.get(role)
    if body is None:
        if not org or org in ORG_OF_ROLE.values():
            raise UsageProblem("A focal person belongs to a partner: name it with --org ORG.")
        return org
    if org not in ("", body):
        raise UsageProblem(f"An account with the role {role} belongs to {body}.")
    return body


def account(org: str, user: str, role: str, public_key: str) -> Fact:
    """The public key of an account."""
    return {"kind": "key", "org": org, "public_key": public_key, "user": user, "role": role}


def policy(in_force_from: date, rules: dict[str, Any]) -> Fact:
    """A version of the policy, for coverage that begins on or after a day."""
    return {"kind": "policy", "in_force_from": in_force_from.isoformat(), "rules": rules}


def policy_signature(version: int, digest: str) -> Fact:
    """The supervisor's signature under a policy's content (SHA-256 hex)."""
    return {"kind": "policy-signature", "policy_version": version, "policy_digest": digest}


def decision(org: str, user: str, finding: str, revision: int, decided: str, reason: str) -> Fact:
    """A person's decision on a revision of a finding; deciding again is its next version."""
    return {
        "kind": "decision",
        "decision_id": _id("decision", org, user, finding, str(revision)),
        "finding_id": finding,
        "revision": revision,
        "decision": decided,
        "reason": reason,
    }


def appeal(org: str, finding: str, revision: int, by: str, ground: str) -> Fact:
    """An appeal to the supervisor."""
    return {
        "kind": "appeal",
        "appeal_id": _id("appeal", org, finding, str(revision), by),
        "finding_id": finding,
        "revision": revision,
        "by": by,
        "ground": ground,
    }


def case_step(org: str, case: str, step: str, fact: str) -> Fact:
    """A step in a case; `fact` is '' unless the step is a reply."""
    said = {"fact": fact} if fact else {}
    step_id = _id("case-step", org, case, step)
    return {"kind": "case-step", "step_id": step_id, "case_id": case, "step": step} | said


def quarantine(reference_key: bytes, identifier: Identifier, tokens: Tokens, *, lift: bool) -> Fact:
    """Switches a number off for matching, or on again: two versions of one thing.

    Its id is derived under the administration's own key, as nobody may see from it which
    number it is.
    """
    kind, number = identifier
    about = f"{kind}:{number}"
    return {
        "kind": "quarantine",
        "quarantine_id": derived_id("quarantine", reference_key, ADMINISTRATION, about),
        "status": "lifted" if lift else "active",
        "subjects": [{"role": "quarantined", "tokens": [[kind, token] for token in tokens]}],
    }


def release(org: str, submission_id: str) -> Fact:
    """Lets a held submission through."""
    return {"kind": "release", "org": org, "submission_id": submission_id}


def token_epoch(
    epoch: str, public_key: str, placeholders: Iterable[Token] = (), *, close: bool = False
) -> Fact:
    """Opens an epoch of tokens, or closes it: versions of one thing, the closing one the last.

    `public_key` is the joint key of its servers (64 hex digits), `placeholders` the tokens of
    placeholder numbers in this epoch; a closing says none.
    """
    return {
        "kind": "token-epoch",
        "epoch": epoch,
        "public_key": public_key,
        "status": "closed" if close else "open",
        "placeholder_tokens": [] if close else [list(token) for token in placeholders],
    }


def evaluations(server: int, day: date, org: str, epoch: str, count: int) -> Fact:
    """How many evaluations a key server made for an organisation on a day, in an epoch.

    Said again with a newer count it is the next version.
    """
    return {
        "kind": "evaluations",
        "evaluations_id": _id("evaluations", str(server), day.isoformat(), org, epoch),
        "server": server,
        "day": day.isoformat(),
        "org": org,
        "epoch": epoch,
        "evaluations": count,
    }


def _id(*parts: str) -> str:
    text = "\n".join(("tekil-fact-id-v1", *parts))
    return uuid_of(hashlib.sha256(text.encode()).digest())
