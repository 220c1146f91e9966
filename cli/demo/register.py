"""Registers the demo's organisations and programmes, as the administration and each partner do."""

import secrets
from typing import Any

from cli.demo.offers import OFFERS, ORGANISATIONS
from cli.demo.records import Recorder
from events.model import ADMINISTRATION
from infra.settings import Settings
from producers import keys
from producers.batching import Signer
from producers.control import ControlPublisher
from producers.errors import SystemUnavailable
from producers.tokens import HmacTokeniser


def register(settings: Settings) -> None:
    """Keys, organisations (by the administration) and programmes (by their owners).

    Raises SystemUnavailable, also if something is refused.
    """
    facts: list[dict[str, Any]] = []
    for org, name in ORGANISATIONS.items():
        _, public = keys.keygen(settings, org)
        mailbox = f"focal@{org.lower()}.example"
        facts.append({"kind": "partner", "org": org, "name": name, "mailbox": mailbox})
        facts.append({"kind": "key", "org": org, "public_key": public})
    _publish(settings, ADMINISTRATION, facts)
    for org in ORGANISATIONS:
        _publish(settings, org, [_programme(o.programme) for o in OFFERS if o.org == org])


def _programme(programme: str) -> dict[str, Any]:
    offer = next(offer for offer in OFFERS if offer.programme == programme)
    return {
        "kind": "programme",
        "programme": programme,
        "owner": offer.org,
        "purpose": offer.purpose.value,
        "complements": list(offer.complements),
    }


def _publish(settings: Settings, org: str, facts: list[dict[str, Any]]) -> None:
    publisher = ControlPublisher(settings, org, keys.load_signing_key(settings, org))
    for published in publisher.publish(facts):
        if published.said.disposition != "accepted":
            raise SystemUnavailable(
                f"{org}: a {published.record.kind} record of the demo was"
                f" {published.said.disposition} {published.said.reason}"
            )


def signers(settings: Settings) -> dict[str, Signer]:
    """Who signs for each organisation, and for the administration."""
    scheme = _tokeniser(settings)
    return {
        org: Signer(org, keys.load_signing_key(settings, org), scheme.assurance, scheme.epoch)
        for org in (*ORGANISATIONS, ADMINISTRATION)
    }


def recorder(settings: Settings) -> Recorder:
    """Makes records under the organisations' own reference keys and the shared token key."""
    reference_keys = {org: keys.reference_key(settings, org) for org in ORGANISATIONS}
    return Recorder(_tokeniser(settings), reference_keys, nonce)


def nonce() -> str:
    """32 random hex digits."""
    return secrets.token_hex(16)


def _tokeniser(settings: Settings) -> HmacTokeniser:
    return HmacTokeniser(keys.token_key(settings))
