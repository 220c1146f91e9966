"""Organisations: register one with its key, end a key."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from events import codec
from events.model import ADMINISTRATION, Partner, PartnerKey
from infra.errors import UsageProblem
from infra.settings import Settings
from office import embedded, stage_keys
from office.control_records import Outcome, problem, publish
from producers import keys
from producers.control_records import ControlPublisher
from producers.facts import Fact


@dataclass(frozen=True, slots=True)
class Registration:
    """An organisation and the functional mailbox of its focal person; without a name, its code.

    `key_server` is the number of the key server that it runs, 0 for none any more; None leaves
    what was said on this machine before. It is enrolled at the embedded key servers unless it
    never `asks` them.
    """

    org: str
    mailbox: str
    name: str = ""
    key_server: int | None = None
    asks: bool = True


@dataclass(frozen=True, slots=True)
class Revocation:
    """A signing key of an organisation (64 hex digits) that is to end for ever.

    A key that this machine never registered is taken for a slip of the pen, which would leave
    the stolen one in force, unless not `is_known`.
    """

    org: str
    public_key: str
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of the records, a sentence about the embedded key servers, if any, and the file
    by which a partner that was registered knows its receipts.
    """

    outcomes: list[Outcome]
    key_servers: str
    file: Path | None = None


def register(settings: Settings, wanted: Registration) -> Changed:
    """Register an organisation and its public key (KEYS/ORG.pub). Raises UsageProblem.

    Embedded key servers know the organisation from then on too, unless the journal refused it.
    """
    org, public_key = wanted.org, keys.load_public_key(settings, wanted.org)
    key_server = wanted.key_server
    if key_server is None:
        key_server = _key_server_of(settings, org)
    partner: Fact = {"kind": "partner", "org": org, "name": wanted.name or org}
    partner["mailbox"] = wanted.mailbox
    if key_server:
        partner["key_server"] = key_server
    key: Fact = {"kind": "key", "org": org, "public_key": public_key}
    _check(Partner, partner)
    _check(PartnerKey, key)
    outcomes = publish(settings, ADMINISTRATION, [partner, key])
    is_applied = all(one.is_applied for one in outcomes)
    if wanted.asks and is_applied:
        embedded.enrol(settings, org, public_key)
    file = stage_keys.partner_file(settings, org) if is_applied else None
    return Changed(outcomes, embedded.enrolment(settings, org), file)


def _key_server_of(settings: Settings, org: str) -> int:
    """The number that the administration said last, from this machine; 0 for none."""
    known = _publisher(settings).newest("partner", org)
    return (known.key_server or 0) if isinstance(known, Partner) else 0


def revoke_key(settings: Settings, wanted: Revocation) -> Changed:
    """End one of an organisation's own signing keys for ever. Raises UsageProblem.

    What was signed with it before stays as it is.
    """
    org, public_key = wanted.org, wanted.public_key
    fact: Fact = {"kind": "key", "org": org, "public_key": public_key, "status": "revoked"}
    _check(PartnerKey, fact)
    known = _publisher(settings).newest("key", public_key)
    if wanted.is_known and not (isinstance(known, PartnerKey) and known.org == org):
        raise UsageProblem(
            f"This machine registered no key {public_key} of {org}. Look at it again; if another"
            " machine did, say so: --yes"
        )
    outcomes = publish(settings, ADMINISTRATION, [fact])
    is_applied = all(one.is_applied for one in outcomes)
    return Changed(outcomes, embedded.withdraw(settings, org, public_key) if is_applied else "")


def _publisher(settings: Settings) -> ControlPublisher:
    key = keys.load_signing_key(settings, ADMINISTRATION)
    return ControlPublisher(settings, ADMINISTRATION, key)


def _check(model: type[Partner] | type[PartnerKey], fact: Fact) -> None:
    try:
        model.model_validate_json(codec.dumps({**fact, "version": 1, "nonce": "0" * 32}))
    except ValidationError as error:
        raise problem(codec.refusal_of(error), [fact]) from None
