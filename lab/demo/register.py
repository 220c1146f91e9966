"""Registers the demo's organisations, and holds what they sign and tokenise with."""

import secrets
from typing import Any, NamedTuple

from events.model import ADMINISTRATION, SUPERVISOR, Assurance, KeyRole
from infra import terminal
from infra.errors import SystemUnavailable
from infra.settings import Settings
from lab.demo.cases import ACCOUNTS
from lab.demo.offers import ORGANISATIONS
from lab.demo.plan import Plan
from lab.demo.progress import TokenProgress
from lab.demo.records import Recorder
from office import embedded
from producers import facts, keys
from producers.batching import Signer
from producers.control_records import ControlPublisher
from producers.tokenising.opening import tokeniser_for


def register(settings: Settings) -> None:
    """Make the keys of organisations and accounts and register them, each body its own accounts.

    Raises SystemUnavailable, also if something is refused.
    """
    enrolled = []
    records: dict[str, list[dict[str, Any]]] = {ADMINISTRATION: [], SUPERVISOR: []}
    for org, name in ORGANISATIONS.items():
        _, public = keys.keygen(settings, org)
        enrolled.append(embedded.enrol(settings, org, public, embedded.DEMO_QUOTA))
        mailbox = f"focal@{org.lower()}.example"
        records[ADMINISTRATION] += [
            {"kind": "partner", "org": org, "name": name, "mailbox": mailbox},
            {"kind": "key", "org": org, "public_key": public},
        ]
    if any(enrolled):
        terminal.say(
            f"{len(enrolled)} organisations enrolled at the key servers of this machine,"
            f" {embedded.DEMO_QUOTA:,} evaluations a day each"
        )
    for user, body in ACCOUNTS.items():
        role = KeyRole.ADMINISTRATOR if body == ADMINISTRATION else KeyRole.SUPERVISOR
        public = keys.account_key(settings, body, user)
        records[body].append(facts.account(body, user, role, public))
    for body, its_records in records.items():
        _publish(settings, body, its_records)


def _publish(settings: Settings, body: str, records: list[dict[str, Any]]) -> None:
    key = keys.load_signing_key(settings, body)
    for published in ControlPublisher(settings, body, key).publish(records):
        answer = published.answer
        if answer.disposition != "accepted":
            raise SystemUnavailable(
                f"A {published.record.kind} record of the demo was"
                f" {answer.disposition} {answer.reason}"
            )


class Scheme(NamedTuple):
    """What each submission says of its tokens."""

    assurance: Assurance
    epoch: str


def tokenise(settings: Settings, recorder: Recorder, plan: Plan) -> Scheme:
    """The tokens of all people, each organisation for its own list and on its own quota.

    Raises UsageProblem and SystemUnavailable.
    """
    schemes: set[Scheme] = set()
    with TokenProgress(len(ORGANISATIONS)) as progress:
        for org in ORGANISATIONS:
            progress.next(org)
            key = keys.load_signing_key(settings, org)
            with tokeniser_for(settings, org, key, progress.tokens, terminal.say) as tokeniser:
                recorder.prepare((one for one in plan.entries() if one.org == org), tokeniser)
                schemes.add(Scheme(tokeniser.assurance, tokeniser.epoch))
    (scheme,) = schemes
    return scheme


def signers(settings: Settings, scheme: Scheme) -> dict[str, Signer]:
    """Who signs: each organisation, the two bodies, and their accounts."""
    found = {
        org: Signer(org, keys.load_signing_key(settings, org), *scheme)
        for org in (*ORGANISATIONS, ADMINISTRATION, SUPERVISOR)
    }
    return found | {
        user: Signer(body, keys.load_account_key(settings, body, user), *scheme)
        for user, body in ACCOUNTS.items()
    }


def recorder(settings: Settings) -> Recorder:
    """Makes records under the organisations' own reference keys."""
    return Recorder({org: keys.reference_key(settings, org) for org in ORGANISATIONS}, nonce)


def nonce() -> str:
    """32 random hex digits."""
    return secrets.token_hex(16)
