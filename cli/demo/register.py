"""Registers the demo's organisations, and holds what they sign and tokenise with."""

import secrets
from contextlib import AbstractContextManager
from typing import Any

from cli import keyserving, output
from cli.demo.focal import DESK
from cli.demo.offers import ORGANISATIONS
from cli.demo.records import Recorder
from events.model import ADMINISTRATION, KeyRole
from infra.settings import Settings
from producers import facts, keys
from producers.batching import Signer
from producers.control import ControlPublisher
from producers.errors import SystemUnavailable
from producers.tokenising.cache import Notify
from producers.tokenising.opening import tokeniser_for
from producers.tokens import Tokeniser


def register(settings: Settings) -> None:
    """Make the organisations' keys and register them, as the administration.

    Raises SystemUnavailable, also if something is refused.
    """
    enrolled = []
    said: list[dict[str, Any]] = []
    for org, name in ORGANISATIONS.items():
        _, public = keys.keygen(settings, org)
        enrolled.append(keyserving.enrol(settings, org, public, keyserving.DEMO_QUOTA))
        mailbox = f"focal@{org.lower()}.example"
        said.append({"kind": "partner", "org": org, "name": name, "mailbox": mailbox})
        said.append({"kind": "key", "org": org, "public_key": public})
    if any(enrolled):
        output.say(
            f"{len(enrolled)} organisations enrolled at the key servers of this machine,"
            f" {keyserving.DEMO_QUOTA:,} evaluations a day each"
        )
    desk = keys.account_key(settings, ADMINISTRATION, DESK)
    said.append(facts.account(ADMINISTRATION, DESK, KeyRole.ADMINISTRATOR, desk))
    admin_key = keys.load_signing_key(settings, ADMINISTRATION)
    for published in ControlPublisher(settings, ADMINISTRATION, admin_key).publish(said):
        row = published.said
        if row.disposition != "accepted":
            raise SystemUnavailable(
                f"A {published.record.kind} record of the demo was {row.disposition} {row.reason}"
            )


def tokeniser(settings: Settings, notify: Notify) -> AbstractContextManager[Tokeniser]:
    """The tokeniser of all organisations: the administration asks for them, as they are invented.

    `notify` is told what people should know of key servers.
    """
    admin_key = keys.load_signing_key(settings, ADMINISTRATION)
    return tokeniser_for(settings, ADMINISTRATION, admin_key, notify=notify)


def signers(settings: Settings, scheme: Tokeniser) -> dict[str, Signer]:
    """Who signs: each organisation, the administration, and its desk."""
    found = {
        org: Signer(org, keys.load_signing_key(settings, org), scheme.assurance, scheme.epoch)
        for org in (*ORGANISATIONS, ADMINISTRATION)
    }
    desk = keys.load_account_key(settings, ADMINISTRATION, DESK)
    return found | {DESK: Signer(ADMINISTRATION, desk, scheme.assurance, scheme.epoch)}


def recorder(settings: Settings, scheme: Tokeniser) -> Recorder:
    """Makes records under the organisations' own reference keys, with the tokeniser's tokens."""
    reference_keys = {org: keys.reference_key(settings, org) for org in ORGANISATIONS}
    return Recorder(scheme, reference_keys, nonce)


def nonce() -> str:
    """32 random hex digits."""
    return secrets.token_hex(16)
