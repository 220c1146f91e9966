"""Accounts, decisions, appeals, steps, quarantines, releases: which facts, and whose key signs."""

from typing import Final

from pydantic import TypeAdapter, ValidationError

from events import identity, signing
from events.model import ADMINISTRATION, SUPERVISOR, FindingId
from events.rejection import Refusal
from infra.errors import UsageProblem
from infra.settings import Settings
from office.control import Row, publish
from producers import facts, keys
from producers.tokenising.cache import Notify
from producers.tokenising.opening import silent, tokeniser_for
from projections import query as analyst
from projections.writer import wait_until_current

_HEX: Final[TypeAdapter[str]] = TypeAdapter(FindingId)


def add_account(settings: Settings, user: str, role: str, org: str) -> list[Row]:
    """Make a key for a person's account, unless it is there, and register it.

    The supervisor registers its own accounts, the administration all others.
    """
    org = facts.org_of_account(role, org)
    public = keys.account_key(settings, org, user)
    signer = SUPERVISOR if org == SUPERVISOR else ADMINISTRATION
    return publish(settings, signer, [facts.account(org, user, role, public)])


def revoke_account(
    settings: Settings, user: str, role: str, org: str, public_key: str
) -> list[Row]:
    """End the key of a person's account for ever; `public_key` where it is not on this machine."""
    org = facts.org_of_account(role, org)
    public = public_key or signing.public_bytes(keys.load_account_key(settings, org, user)).hex()
    signer = SUPERVISOR if org == SUPERVISOR else ADMINISTRATION
    fact = facts.account(org, user, role, public) | {"status": "revoked"}
    return publish(settings, signer, [fact])


def decide(
    settings: Settings, finding: str, decided: str, reason: str, user: str, revision: int
) -> list[Row]:
    """A decision on a finding, signed by the account of `user`; revision 0 is the newest."""
    bodies = [
        org for org in (ADMINISTRATION, SUPERVISOR) if keys.has_account_key(settings, org, user)
    ]
    if len(bodies) != 1:
        what = "Both bodies have" if bodies else "Neither body has"
        raise UsageProblem(
            f"{what} an account {user} on this machine. "
            "Run: tekil account add USER --role administrator|supervisor"
        )
    (org,) = bodies
    seen = revision or newest_revision(settings, finding)
    fact = facts.decision(org, user, _hex(finding, "finding"), seen, decided, reason)
    return publish(settings, org, [fact], keys.load_account_key(settings, org, user))


def appeal(
    settings: Settings, finding: str, ground: str, by: str, org: str, revision: int
) -> list[Row]:
    """An appeal against the decision on a finding; revision 0 is the newest."""
    seen = revision or newest_revision(settings, finding)
    return publish(settings, org, [facts.appeal(org, _hex(finding, "finding"), seen, by, ground)])


def step(settings: Settings, case: str, what: str, fact: str, org: str) -> list[Row]:
    """A step in a case."""
    return publish(settings, org, [facts.case_step(org, _hex(case, "case"), what, fact)])


def quarantine(
    settings: Settings, scheme: str, number: str, *, lift: bool, notify: Notify = silent
) -> list[Row]:
    """Switch a number off for matching, or on again. The number goes no further than here.

    `notify` is told what people should know of key servers.
    """
    try:
        found = identity.identifier(scheme, number)
    except Refusal as refusal:
        raise UsageProblem.of(refusal) from None
    signing_key = keys.load_signing_key(settings, ADMINISTRATION)
    reference_key = keys.reference_key(settings, ADMINISTRATION)
    with tokeniser_for(settings, ADMINISTRATION, signing_key, notify=notify) as tokeniser:
        (tokens,) = tokeniser.tokens([found])
        fact = facts.quarantine(reference_key, found, tokens, lift=lift)
        return publish(settings, ADMINISTRATION, [fact], tokeniser=tokeniser)


def release(settings: Settings, org: str, submission_id: str) -> list[Row]:
    """Let a held submission through when it is sent again."""
    return publish(settings, ADMINISTRATION, [facts.release(org, submission_id)])


def newest_revision(settings: Settings, finding: str) -> int:
    """The revision of a finding that the views show now. Raises UsageProblem if there is none."""
    known = _hex(finding, "finding")
    wait_until_current(settings)
    sql = f"SELECT max(revision) AS newest FROM v1_findings WHERE finding_id = '{known}'"
    (row,) = analyst.query(settings, sql).plain()
    if not row["newest"]:
        raise UsageProblem(f"No finding has the id {known}. See: tekil query 'FROM v1_findings'")
    return int(row["newest"])


def _hex(text: str, what: str) -> str:
    try:
        return _HEX.validate_python(text)
    except ValidationError:
        raise UsageProblem(f"The id of a {what} has 32 hex digits.") from None
