"""Control facts (partners, keys, programmes, policy, clock) with their versions, signed by one key.

The local ledger says which version is next, as for a list. Where it does not know
(another machine published before), the registry's `id-conflict` says so, and the
next higher version is tried.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events import codec
from events.catalog import identity
from events.model import Record
from events.rejection import Reason
from infra.settings import Settings
from producers import keys
from producers.answers import RecordAnswer
from producers.batching import Line
from producers.ledger import Ledger
from producers.sdk import Publisher
from producers.tokens import Tokeniser
from producers.versions import Sent, Wanted, numbered
from producers.wire import KafkaWire, Wire

MAX_TRIES: Final = 100
IN_JOURNAL: Final = ("accepted", "duplicate")


@dataclass(frozen=True, slots=True)
class Published:
    """A control fact as it was sent, and what the registry said."""

    record: Record
    answer: RecordAnswer


class ControlPublisher:
    """Publishes control facts of `org`, signed by `private_key`.

    `tokeniser` made the tokens in them, if there are any (a quarantine's).
    """

    def __init__(
        self,
        settings: Settings,
        org: str,
        private_key: Ed25519PrivateKey,
        *,
        tokeniser: Tokeniser | None = None,
        connect: Callable[[Settings, str], Wire] = KafkaWire,
    ) -> None:
        self._publisher = Publisher(settings, org, private_key, tokeniser, connect=connect)
        self._ledger_path = keys.ledger_path(settings, org)

    def publish(
        self, facts: Sequence[dict[str, Any]], *, changed_only: bool = False, anew: bool = False
    ) -> list[Published]:
        """Publish facts (a record's fields without nonce and version), in one submission.

        Returns one answer for each, in order; with `changed_only` those are left out whose newest
        version is in the journal and says the same; with `anew` those become a further version.
        Raises SystemUnavailable, and Refusal for fields that are no record, or if the signer has
        no topic of receipts.
        """
        with self._publisher, Ledger(self._ledger_path) as ledger:
            found = [self._planned(ledger, fact, 0) for fact in facts]
            if anew:
                found = [
                    self._planned(ledger, fact, sent.version + 1)
                    if sent.status in IN_JOURNAL
                    else sent
                    for fact, sent in zip(facts, found, strict=True)
                ]
            if changed_only:
                is_new = [sent.status not in IN_JOURNAL for sent in found]
                facts, found = list(compress(facts, is_new)), list(compress(found, is_new))
            answers = self._send(ledger, found)
            for place, sent in enumerate(found):
                tries = 0
                while answers[place].answer.reason == Reason.ID_CONFLICT and tries < MAX_TRIES:
                    tries += 1
                    again = self._planned(ledger, facts[place], sent.version + tries)
                    answers[place] = self._send(ledger, [again])[0]
        return answers

    def newest(self, kind: str, id_: str) -> Record | None:
        """The newest version of a thing that this machine brought into the journal, if any."""
        thing = kind, id_
        with Ledger(self._ledger_path) as ledger:
            known = [sent for sent in ledger.versions([thing])[thing] if sent.status in IN_JOURNAL]
        return codec.parse_record(known[-1].line) if known else None

    def _planned(self, ledger: Ledger, fact: dict[str, Any], version: int) -> Sent:
        nonce = secrets.token_hex(16)
        draft = codec.parse_record(codec.dumps({**fact, "version": version or 1, "nonce": nonce}))
        thing = identity(draft)
        public, subjects = codec.public_and_subjects(draft)

        def hash_at(number: int) -> bytes:
            return codec.content_hash({**public, "version": number}, subjects)

        known = ledger.versions([thing])[thing]
        number = version or numbered(known, [Wanted(None, True, hash_at)])[0]
        before = next((sent for sent in known if sent.version == number), None)
        if before and before.hash == hash_at(number):
            return before
        line = codec.record_line(draft.model_copy(update={"version": number}))
        return Sent(*thing, number, hash_at(number), line)

    def _send(self, ledger: Ledger, records: Sequence[Sent]) -> list[Published]:
        ledger.sending(records)
        lines = [Line(sent.line, sent, sent.refusals) for sent in records]
        found = []
        for line, answer in self._publisher.exchange(lines):
            sent = line.tag
            ledger.answered([((sent.kind, sent.id), sent.version, answer.status, answer.answer)])
            found.append(Published(codec.parse_record(sent.line), answer))
        return found
