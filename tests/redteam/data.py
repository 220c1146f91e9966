"""What the attacked system is filled with: untidy submissions, some of records that are protected.

And what must come out of it: the plain loop of `tests/chaos`, which here knows protected records.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events import codec, signing
from events.model import Assurance, PartnerKey, Record
from events.rejection import Reason, Refusal
from tests.chaos.load import Load, Message
from tests.chaos.plain_aid import Aid, Content
from tests.chaos.plain_loop import PlainLoop
from tests.oracle.pairs import Meeting

EPOCH = "e1"
PROTECTED_SHARE = 0.08


@dataclass
class Traffic(Load):
    """As the load of `make chaos`, with tokens of the threshold and some protected records."""

    protected: set[str] = field(default_factory=set)

    def next(self) -> Message:
        """The next submission."""
        if self.chance.random() >= PROTECTED_SHARE:
            return super().next()
        org = self.chance.choice(sorted(self.recent) or ["KIZ"])
        record = self._new(org) | {"protected": True}
        self.protected.add(record["assistance_id"])
        return self._signed(org, [record])

    def _signed(
        self, org: str, records: list[dict[str, Any]], key: Ed25519PrivateKey | None = None
    ) -> Message:
        lines = [codec.dumps({"nonce": self._hex(16)} | record) for record in records]
        return signed(self.keys, org, lines, self._uuid(), key)


def signed(
    keys: Mapping[str, Ed25519PrivateKey],
    org: str,
    lines: Sequence[bytes],
    submission_id: str,
    key: Ed25519PrivateKey | None = None,
) -> Message:
    """A submission as it is put on the wire; `key`: signed with another than its own."""
    headers, value = codec.encode_submission(
        org=org,
        submission_id=submission_id,
        assurance=Assurance.THRESHOLD,
        tokens_epoch=EPOCH,
        lines=lines,
        private_key=key or keys[org],
    )
    return Message(org, submission_id, headers, value)


class Expected(PlainLoop):
    """The plain loop for a system with protected records, keys of stages and ended keys."""

    def _authorise(self, org: str, record: Record) -> None:
        if record.kind == "stage-key":
            return
        super()._authorise(org, record)
        if isinstance(record, PartnerKey) and record.status != "revoked":
            known = self.keys.get(signing.key_id(bytes.fromhex(record.public_key)))
            if known and known[3] == "revoked":
                raise Refusal(Reason.REVOKED_KEY, "public_key")

    def _accept(
        self, org: str, assurance: str, kind: str, content: Content
    ) -> dict[str, Any] | None:
        if kind == "stage-key":  # the administration's alone: nobody else sends one here
            return None
        return super()._accept(org, assurance, kind, content)

    def _others(self, aid: Aid) -> list[tuple[Aid, Meeting | None]]:
        """A protected record meets nobody, and nobody meets it."""
        if is_protected(aid):
            return []
        return [(other, met) for other, met in super()._others(aid) if not is_protected(other)]

    def _answer(self, aid: Aid, assurance: str) -> dict[str, Any]:
        said = super()._answer(aid, assurance)
        return said | {"verdict": "clear"} if is_protected(aid) else said


def is_protected(aid: Aid) -> bool:
    """Whether it may be seen in no view and answers nobody."""
    return aid.payment is not None and aid.payment.protected
