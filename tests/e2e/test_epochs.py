"""The way from one key epoch to the next, on a running system."""

import hashlib
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any

from events import codec
from events.model import ADMINISTRATION
from office import control_records
from producers import facts, keys
from producers.answers import RecordAnswer
from producers.sdk import Publisher
from producers.tokens import HmacTokeniser
from tests.e2e.kit import Tekil
from tests.speech import told

K1 = "KIZ ESSN k1 rent/cash/m 600 2026-05 R=P01"
K2 = "KIZ ESSN k2 rent/cash/m 600 2026-05 R=P02"
S1 = "STK MPCA s1 rent/cash/m 600 2026-05 R=P01"
LAGGARDS = "SELECT org, epoch, status, laggards, live FROM v1_epoch_laggards ORDER BY org, epoch"


def send(tekil: Tekil, epoch: str, line: str, **fields: Any) -> RecordAnswer:
    """Publish one record with the tokens of an epoch, or of two beside each other."""
    org, _, record = told(line)
    record = deepcopy(record) | fields
    for subject in record["subjects"]:
        subject["tokens"] = [
            [kind, hashlib.sha256(f"{name} {value}".encode()).hexdigest()[:32]]
            for kind, value in subject["tokens"]
            for name in epoch.split("-")
        ]
    key = keys.load_signing_key(tekil.settings, org)
    scheme = HmacTokeniser(bytes(32), epoch)  # says what the submission says
    with Publisher(tekil.settings, org, key, scheme) as publisher:
        ((_, said),) = publisher.publish([codec.parse_record(codec.dumps(record))])
    return said


def say(tekil: Tekil, org: str, fact: facts.Fact) -> str:
    """Publish a record without tokens; its disposition."""
    (row,) = control_records.publish(tekil.settings, org, [fact])
    return row.disposition


def laggards(tekil: Tekil) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in tekil.query(LAGGARDS)]


def findings(tekil: Tekil) -> list[tuple[Any, ...]]:
    """(strength, status, revision) of each finding."""
    rows = tekil.query("SELECT strength, status, revision FROM v1_findings ORDER BY finding_id")
    return [tuple(row.values()) for row in rows]


def test_an_epoch_follows_another(systems: Callable[..., Tekil]) -> None:
    tekil = systems(assurance="hmac")
    tekil.join("KIZ", "STK", "KEYA")
    tekil.programmes(("KIZ", "ESSN", ""), ("STK", "MPCA", ""))
    first, second = facts.token_epoch("e1", "ab" * 32), facts.token_epoch("e2", "cd" * 32)
    closing = facts.token_epoch("e1", "ab" * 32, close=True)

    # one epoch
    assert say(tekil, ADMINISTRATION, first) == "accepted"
    assert say(tekil, ADMINISTRATION, first) == "duplicate"
    for line in (K1, K2, S1):
        assert send(tekil, "e1", line).status == "accepted"
    assert findings(tekil) == [("certain", "open", 1)]
    assert send(tekil, "e2", K1, version=3).reason == "unknown-epoch"
    assert laggards(tekil) == []

    # both beside each other: the same record again, with both tokens
    assert say(tekil, ADMINISTRATION, second) == "accepted"
    assert laggards(tekil) == [("KIZ", "e1", "open", 2, 2), ("STK", "e1", "open", 1, 1)]
    assert send(tekil, "e1-e2", K1, version=3).status == "accepted"
    assert send(tekil, "e2-e1", K2, version=3).reason == "unknown-epoch"
    assert findings(tekil) == [("certain", "open", 1)], "nothing new came of it"
    assert laggards(tekil) == [("KIZ", "e1", "open", 1, 2), ("STK", "e1", "open", 1, 1)]
    new = send(tekil, "e2", S1.replace("s1", "s2"))
    assert new.answer is not None
    assert new.answer["verdict"] == "covered"
    assert findings(tekil) == [("certain", "open", 1)] * 2

    # the old one is closed: what stands there stays, and nothing more comes in
    assert say(tekil, ADMINISTRATION, closing) == "accepted"
    assert say(tekil, ADMINISTRATION, first) == "rejected", "an epoch is never opened again"
    for epoch in ("e1", "e1-e2"):
        refused = send(tekil, epoch, K2, version=4)
        assert (refused.status, refused.reason) == ("rejected", "epoch-closed")
    assert send(tekil, "none", K2, version=4).reason == "epoch-missing"
    assert send(tekil, "e2", K2, version=4).status == "accepted"
    assert laggards(tekil) == [("KIZ", "e1", "closed", 0, 2), ("STK", "e1", "closed", 1, 2)]
    shown = tekil.query("SELECT epoch, status, number FROM v1_epochs ORDER BY number")
    assert [tuple(row.values()) for row in shown] == [("e1", "closed", 1), ("e2", "open", 2)]

    # a key server's body says how often it was asked
    day = date(2026, 5, 1)
    asked = [facts.evaluations(1, day, "KIZ", "e2", count) for count in (10, 12)]
    assert say(tekil, "KEYA", asked[0]) == "rejected", "no key server of its"
    mailbox = ("--mailbox", "keys@keya.example")
    tekil.run("partner", "add", "KEYA", *mailbox, "--key-server", "1")
    assert say(tekil, "KEYA", asked[0]) == "accepted"
    tekil.run("partner", "add", "KEYA", "--mailbox", "new@keya.example")
    assert say(tekil, "KEYA", asked[1]) == "accepted", "a new mailbox takes no number away"
    assert say(tekil, "KIZ", facts.evaluations(1, day, "STK", "e2", 9)) == "rejected"
    tekil.run("partner", "add", "KEYA", *mailbox, "--key-server", "0")
    assert say(tekil, "KEYA", facts.evaluations(1, day, "KIZ", "e2", 13)) == "rejected"
    (counted,) = tekil.query("SELECT server_org, org, evaluations FROM v1_evaluations")
    assert tuple(counted.values()) == ("KEYA", "KIZ", 12)
    levels = tekil.query("SELECT tokens_epoch FROM v1_assurance WHERE org = 'KIZ' ORDER BY ALL")
    assert [row["tokens_epoch"] for row in levels] == ["e1", "e1-e2", "e2", "none"]
    tekil.conserved()
