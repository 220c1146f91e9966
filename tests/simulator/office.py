"""The submissions of a schedule: a few partners who serve the same few families, from a seed."""

import random
import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from events import codec
from events.model import (
    ADMINISTRATION,
    SUPERVISOR,
    Assurance,
    FirstStageKey,
    Genesis,
    PolicyRules,
    RootKey,
    SigningStage,
)
from tests.chaos.load import ORGS, PROGRAMMES, Load, Message
from tests.kit import FIRST_DAY, ZERO_NONCE, private_key, public_hex
from tests.speech import told

HOUSEHOLDS: Final = 3
RECORDS_AT_MOST: Final = 3
ERASURES: Final = 0.08
"""Share of the submissions before which a record is erased."""


def genesis(test_mode: bool) -> Genesis:
    """That of `tests.kit.System`, which has to come to the same."""
    return Genesis(
        kind="genesis",
        first_day=FIRST_DAY,
        test_mode=test_mode,
        root_keys=(
            RootKey(role="administrator", public_key=public_hex(ADMINISTRATION)),
            RootKey(role="supervisor", public_key=public_hex(SUPERVISOR)),
        ),
        policy=PolicyRules(),
        stage_keys=tuple(FirstStageKey(stage=s, public_key=public_hex(s)) for s in SigningStage),
    )


def submission(chance: random.Random, org: str, *records: dict[str, Any]) -> Message:
    """Records under the signature of an organisation."""
    lines = [codec.dumps({"nonce": ZERO_NONCE, "version": 1} | record) for record in records]
    name = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    headers, value = codec.encode_submission(
        org=org,
        submission_id=name,
        assurance=Assurance.HMAC,
        tokens_epoch="e1",
        lines=lines,
        private_key=private_key(org),
    )
    return Message(org, name, headers, value)


def _registration(chance: random.Random, *orgs: str) -> Message:
    records: list[dict[str, Any]] = []
    for org in orgs:
        mailbox = f"focal@{org.lower()}.example"
        records.append({"kind": "partner", "org": org, "name": org, "mailbox": mailbox})
        records.append({"kind": "key", "org": org, "public_key": public_hex(org)})
        records += [
            {"kind": "programme", "programme": f"{org}-{code}", "owner": org} for code in PROGRAMMES
        ]
    return submission(chance, ADMINISTRATION, *records)


def submissions(chance: random.Random, number: int, day: date = FIRST_DAY) -> Iterator[Message]:
    """So many, after those that register the partners, of whom one may come later."""
    late = chance.randrange(2)
    yield _registration(chance, *ORGS[late:])
    keys = {org: private_key(org) for org in (*ORGS, ADMINISTRATION)}
    load = Load(chance.getrandbits(32), keys, day, RECORDS_AT_MOST, households_at_once=HOUSEHOLDS)
    at = chance.randrange(number)
    for place in range(number):
        if late and place == at:
            yield _registration(chance, *ORGS[:late])
        if chance.random() < ERASURES:
            yield from _erasure(chance, load)
        if chance.random() < 0.1:
            yield _other(chance, load)
        else:
            yield load.next()


def _erasure(chance: random.Random, load: Load) -> Iterator[Message]:
    """Both bodies say that a record is erased; now and then the second one does not."""
    known = [(org, one["assistance_id"]) for org, sent in load.recent.items() for one in sent]
    if not known:
        return
    org, name = chance.choice(known)
    said = {
        "kind": "erasure",
        "erasure_id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "reason": "request",
        "records": [{"org": org, "kind": "assistance", "id": name}],
    }
    yield submission(chance, ADMINISTRATION, said)
    if chance.random() < 0.8:
        yield submission(chance, SUPERVISOR, said)


def _other(chance: random.Random, load: Load) -> Message:
    """A question, or a need that a later payment may meet."""
    org, who = chance.choice(ORGS), f"R=P{chance.randrange(HOUSEHOLDS)}"
    name = f"n{chance.getrandbits(32)}"
    ask = f"ASK {org} CASH {name} basic-needs/cash/m 2025-02 {who}"
    need = f"NEED {org} {name} basic-needs {load.today} {who}"
    return submission(chance, org, told(chance.choice([ask, need]))[2])
