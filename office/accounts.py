"""People who decide, each with a key of their own: register one, end its key."""

from dataclasses import dataclass

from events import signing
from events.model import ADMINISTRATION, SUPERVISOR
from infra.settings import Settings
from office.control_records import Outcome, publish
from producers import facts, keys


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account: a name, a role, and a focal person's organisation.

    `public_key` is needed to end a key that is not on this machine.
    """

    user: str
    role: str
    org: str = ""
    public_key: str = ""


def add(settings: Settings, account: Account) -> Outcome:
    """Make a key for a person's account, unless it is there, and register it.

    The supervisor registers its own accounts, the administration all others. UsageProblem.
    """
    org = facts.org_of_account(account.role, account.org)
    public = keys.account_key(settings, org, account.user)
    return _publish(settings, org, facts.account(org, account.user, account.role, public))


def revoke(settings: Settings, account: Account) -> Outcome:
    """End the key of a person's account for ever. What was signed with it stays. UsageProblem."""
    org = facts.org_of_account(account.role, account.org)
    public = account.public_key
    if not public:
        key = keys.load_account_key(settings, org, account.user)
        public = signing.public_bytes(key).hex()
    fact = facts.account(org, account.user, account.role, public)
    return _publish(settings, org, fact | {"status": "revoked"})


def _publish(settings: Settings, org: str, fact: facts.Fact) -> Outcome:
    signer = SUPERVISOR if org == SUPERVISOR else ADMINISTRATION
    return publish(settings, signer, [fact])[0]
