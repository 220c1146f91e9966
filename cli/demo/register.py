"""Registers the demo's organisations, and holds what they sign and tokenise with."""

import secrets
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
from producers.tokens import HmacTokeniser


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


def signers(settings: Settings) -> dict[str, Signer]:
    """Who signs: each organisation, the administration, and its desk."""
    scheme = _tokeniser(settings)
    found = {
        org: Signer(org, keys.load_signing_key(settings, org), scheme.assurance, scheme.epoch)
        for org in (*ORGANISATIONS, ADMINISTRATION)
    }
    desk = keys.load_account_key(settings, ADMINISTRATION, DESK)
    return found | {DESK: Signer(ADMINISTRATION, desk, scheme.assurance, scheme.epoch)}


def recorder(settings: Settings) -> Recorder:
    """Makes records under the organisations' own reference keys and the shared token key."""
    reference_keys = {org: keys.reference_key(settings, org) for org in ORGANISATIONS}
    return Recorder(_tokeniser(settings), reference_keys, nonce)


def nonce() -> str:
    """32 random hex digits."""
    return secrets.token_hex(16)


def _tokeniser(settings: Settings) -> HmacTokeniser:
    return HmacTokeniser(keys.token_key(settings))
