"""Submissions of several partners without end, from a seed: what real offices send, and slips."""

import random
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events import codec
from events.model import ADMINISTRATION, Assurance

ORGS = ("KIZ", "BEL", "STK", "UNH")
PROGRAMMES = ("CASH", "RENT")
MOSTLY_THE_FIRST = ("CASH", "CASH", "CASH", "RENT")
DISTRICTS = ("TUR034026", "TUR034030", "TUR027001")
REMEMBERED = 400
"""How many records can still be changed or sent again."""
HOUSEHOLDS_AT_ONCE = 30
RECORDS_PER_HOUSEHOLD = 6


@dataclass(frozen=True)
class Message:
    """One submission as it is put on the wire."""

    org: str
    submission_id: str
    headers: list[tuple[str, bytes]]
    value: bytes


@dataclass
class Load:
    """`next()` gives the next submission; the same seed gives the same records."""

    seed: int
    keys: Mapping[str, Ed25519PrivateKey]
    today: date
    records_at_most: int = 12
    households_at_once: int = HOUSEHOLDS_AT_ONCE
    made: int = 0
    sent: deque[Message] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    recent: dict[str, deque[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def next(self) -> Message:
        """The next submission."""
        roll = self.chance.random()
        if roll < 0.03 and self.sent:
            return self.chance.choice(self.sent)
        if roll < 0.04:
            self.today += timedelta(days=self.chance.randint(1, 6))
            step = {"kind": "clock-step", "version": 1, "day": self.today.isoformat()}
            return self._signed(ADMINISTRATION, [step])
        org = self.chance.choice(ORGS)
        records = [self._record(org) for _ in range(self.chance.randint(1, self.records_at_most))]
        if roll < 0.05:
            stranger = self.chance.choice([other for other in ORGS if other != org])
            return self._signed(org, records, self.keys[stranger])
        message = self._signed(org, records)
        if roll < 0.06:
            headers = [pair for pair in message.headers if pair[0] != "tekil-sig"]
            headers.append(("tekil-sig", b"QUFBQQ=="))
            return Message(org, message.submission_id, headers, message.value)
        if roll < 0.07:
            return Message(org, message.submission_id, message.headers, message.value + b"\nx")
        self.sent.append(message)
        return message

    def _signed(
        self, org: str, records: list[dict[str, Any]], key: Ed25519PrivateKey | None = None
    ) -> Message:
        submission_id = self._uuid()
        lines = [codec.dumps({"nonce": self._hex(16)} | record) for record in records]
        headers, value = codec.encode_submission(
            org=org,
            submission_id=submission_id,
            assurance=Assurance.HMAC,
            tokens_epoch="e1",
            lines=lines,
            private_key=key or self.keys[org],
        )
        return Message(org, submission_id, headers, value)

    # -- records --------------------------------------------------------------------------------

    def _record(self, org: str) -> dict[str, Any]:
        """A new payment, or something about one that this organisation sent lately."""
        known = self.recent.setdefault(org, deque(maxlen=REMEMBERED))
        roll = self.chance.random()
        if roll < 0.55 or not known:
            record = self._new(org)
            known.append(record)
            return record
        before = self.chance.choice(known)
        if roll < 0.93:
            record = self._changed(before, roll)
            known.append(record)
            return record
        return self._slip(org, before, roll)

    def _new(self, org: str) -> dict[str, Any]:
        chance = self.chance
        purpose = chance.choice(
            ["basic-needs"] * 4 + ["rent", "rent", "winterisation", "education", "health"]
        )
        one_off = purpose == "winterisation" or chance.random() < 0.2
        start = date(2026, chance.randint(1, 4), chance.choice([1, 1, 1, 10, 25]))
        length = chance.choice([31, 31, 60, 14, 5, 90])
        planned = chance.random() < 0.5
        return {
            "kind": "assistance",
            "version": 1 if planned else 2,
            "assistance_id": self._uuid(),
            "programme": f"{org}-{chance.choice(MOSTLY_THE_FIRST)}",
            "stage": "planned" if planned else "delivered",
            "purpose": purpose,
            "modality": chance.choice(["cash", "cash", "voucher", "in-kind"]),
            "frequency": "one-off" if one_off else "monthly",
            "covers_from": start.isoformat(),
            "covers_to": (start + timedelta(days=length)).isoformat(),
            "amount": f"{chance.randint(100, 9000)}.{chance.randint(0, 99):02d}",
            "currency": "TRY" if chance.random() < 0.9 else "USD",
            "district": chance.choice(DISTRICTS),
            "subjects": self._people(purpose),
        }

    def _people(self, purpose: str) -> list[dict[str, Any]]:
        """Some household of those that are served now; who collects may change."""
        self.made += 1
        first = self.made // RECORDS_PER_HOUSEHOLD
        number = first + self.chance.randrange(self.households_at_once)
        family = random.Random(self.seed * 1_000_003 + number)
        persons = [
            [["tr.tckimlik", family.randbytes(16).hex()]] for _ in range(family.randint(1, 4))
        ]
        if family.random() < 0.3:
            persons[0].append(["sy.passport", family.randbytes(16).hex()])
        if self.chance.random() < 0.03:
            persons[0] = [["weak.name", family.randbytes(16).hex()]]
        collects = self.chance.choice([0, 0, 0, 1]) % len(persons)
        child = "beneficiary" if purpose == "education" else "member"
        people = [
            {"role": "recipient" if place == collects else child, "tokens": tokens}
            for place, tokens in enumerate(persons)
        ]
        if self.chance.random() < 0.15:
            people = [person for person in people if person["role"] == "recipient"]
        return people

    def _changed(self, before: dict[str, Any], roll: float) -> dict[str, Any]:
        chance = self.chance
        after = before | {"version": before["version"] + chance.choice([1, 1, 1, 2])}
        if before["stage"] == "cancelled":
            return after | {"stage": chance.choice(["planned", "delivered"])}
        paid = before["stage"] in ("delivered", "returned") or "returned_amount" in before
        if roll < 0.66:
            return _plain(after) | {"stage": "delivered"}
        if roll < 0.72:
            return _plain(after) | {"stage": "cancelled"}
        if roll < 0.80 and paid:
            back = chance.choice([before["amount"], "50.00", "99.99"])
            return after | {"stage": "returned", "returned_amount": back}
        if roll < 0.88:
            changes: dict[str, Any] = {"amount": f"{chance.randint(100, 9000)}.50"}
            if chance.random() < 0.4:
                start = date.fromisoformat(before["covers_from"]) + timedelta(days=14)
                changes["covers_from"] = start.isoformat()
                changes["covers_to"] = (start + timedelta(days=30)).isoformat()
            if chance.random() < 0.3:
                changes["subjects"] = self._people(before["purpose"])
            return _plain(after) | {"stage": "amended"} | changes
        return _plain(after) | {"stage": "planned"}

    def _slip(self, org: str, before: dict[str, Any], roll: float) -> dict[str, Any]:
        """The same again, or a mistake."""
        if roll < 0.96:
            return dict(before)
        if roll < 0.97:
            return _plain(before) | {"amount": "1.00"}
        if roll < 0.98:
            other = self.chance.choice([one for one in ORGS if one != org])
            return self._new(org) | {"programme": f"{other}-CASH"}
        if roll < 0.985:
            return self._new(org) | {"programme": f"{org}-NONE"}
        if roll < 0.992:
            return self._new(org) | {"covers_to": "2020-01-01"}
        return self._new(org) | {"colour": "blue"}

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def _hex(self, size: int) -> str:
        return self.chance.randbytes(size).hex()


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """Without what only a return may say."""
    return {key: value for key, value in record.items() if key != "returned_amount"}
