"""From a partner's file to an answer for every row: what the commands call (a shell)."""

import contextlib
import itertools
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events.rejection import Refusal
from infra import disk
from infra.errors import UsageProblem
from infra.settings import Settings
from producers import answers, keys
from producers.answers import VALID, AnsweredRow, RecordAnswer
from producers.batching import Line
from producers.ledger import Ledger
from producers.listed import NOTHING_KNOWN, Hear, Known, unheard
from producers.listed import read_list as read_list
from producers.lists.columns import NOTHING_SAID, Said
from producers.lists.files import reader
from producers.lists.grouping import BadRecord, Draft
from producers.planning import Planned, Planner, Unsendable
from producers.sdk import Progress, Publisher
from producers.tokenising.cache import Notify
from producers.tokenising.opening import silent, tokeniser_for
from producers.tokenising.threshold import Progress as TokensProgress
from producers.tokens import KEY_BYTES, Identifier, Tokeniser, Tokens, token_map
from producers.wire import KafkaWire, Wire

CHUNK: Final = 500
Connect = Callable[[Settings, str], Wire]


def validate_list(
    org: str,
    path: Path,
    kind: str,
    mapping: Path | None = None,
    *,
    said: Said = NOTHING_SAID,
    known: Known = NOTHING_KNOWN,
    watching: reader.Progress = reader.unheard,
    hear: Hear = unheard,
) -> list[AnsweredRow]:
    """Check a list without keys, broker or ledger: each row is `valid` or `rejected`.

    Raises UsageProblem like `read_list`.
    """
    found = read_list(org, path, kind, mapping, said=said, known=known, watching=watching)
    hear(found)
    planner = Planner(org, kind, bytes(KEY_BYTES), found.drafts)
    rows = list(refused_here(found.bad))
    for draft in found.drafts:
        problems = planner.problems(draft, blank_tokens(draft))
        if problems:
            rows += answers.refused(draft.rows, draft.reference, problems)
        else:
            rows += answers.answered(draft.rows, draft.reference, RecordAnswer(VALID), "", 0, False)
    return sorted(answers.with_remarks(rows, found.remarks), key=lambda row: row.row)


def blank_tokens(draft: Draft) -> dict[Identifier, Tokens]:
    """A made-up token for each identifier of a draft, to see if it is a record."""
    distinct = dict.fromkeys(i for person in draft.persons for i in person.identifiers)
    return {identifier: (f"{number:032x}",) for number, identifier in enumerate(distinct)}


def publish_list(
    settings: Settings,
    org: str,
    path: Path,
    kind: str = "assistance",
    mapping: Path | None = None,
    progress: Progress | None = None,
    *,
    private_key: Ed25519PrivateKey | None = None,
    tokeniser: Tokeniser | None = None,
    watching: reader.Progress = reader.unheard,
    tokenising: TokensProgress | None = None,
    notify: Notify = silent,
    connect: Connect = KafkaWire,
    said: Said = NOTHING_SAID,
    hear: Hear = unheard,
) -> list[AnsweredRow]:
    """Publish a list and wait for its answers: one for each row of the file, in its order.

    Rows that are refused here are answered and not sent. Keys and tokeniser are those under
    TEKIL_HOME unless given. `watching` is told how far the file is read, `tokenising` how far
    the tokens of a part of the list are, `notify` what people should know of key servers, `hear`
    how the list was read.
    Raises UsageProblem (nothing was sent) and SystemUnavailable (nothing is lost; run it again).
    """
    keys.checked_org(org)
    known = Known.of(settings, org)
    found = read_list(org, path, kind, mapping, said=said, known=known, watching=watching)
    hear(found)
    rows = list(refused_here(found.bad))
    if found.drafts:
        disk.check(settings)  # before the ledger, which has no room either
        signing_key = private_key or keys.load_signing_key(settings, org)
        with contextlib.ExitStack() as stack:
            if tokeniser is None and has_identifiers(found.drafts):
                tokeniser = stack.enter_context(
                    tokeniser_for(settings, org, signing_key, tokenising, notify)
                )
            publisher = Publisher(settings, org, signing_key, tokeniser, connect=connect)
            stack.enter_context(publisher)
            ledger = stack.enter_context(Ledger(keys.ledger_path(settings, org)))
            try:
                publisher.open()
            except Refusal as refusal:
                raise UsageProblem.of(refusal) from None
            planner = Planner(
                org,
                kind,
                keys.reference_key(settings, org),
                found.drafts,
                same_assistance=said.same_assistance,
            )
            run = _Run(planner, ledger, tokeniser, found.drafts)
            rows += run.answers(publisher, progress)
    return sorted(answers.with_remarks(rows, found.remarks), key=lambda row: row.row)


def has_identifiers(drafts: Iterable[Draft]) -> bool:
    """Whether tokens are needed: a list of programmes is sent without key or key servers."""
    return any(person.identifiers for draft in drafts for person in draft.persons)


def tokens_of(tokeniser: Tokeniser | None, drafts: Iterable[Draft]) -> dict[Identifier, Tokens]:
    """The tokens of all people of these drafts; without a tokeniser there are no identifiers."""
    people = (person for draft in drafts for person in draft.persons)
    needed = (identifier for person in people for identifier in person.identifiers)
    return token_map(tokeniser, needed) if tokeniser else {}


def refused_here(bad: Sequence[BadRecord]) -> Iterator[AnsweredRow]:
    """The answers to records that are not sent because of their rows."""
    for record in bad:
        yield from answers.refused(record.rows, record.reference, record.problems)


class _Run:
    """One list on its way: planned chunk by chunk while earlier chunks are being answered."""

    def __init__(
        self,
        planner: Planner,
        ledger: Ledger,
        tokeniser: Tokeniser | None,
        drafts: Sequence[Draft],
    ) -> None:
        self._planner, self._ledger, self._tokeniser = planner, ledger, tokeniser
        self._drafts = drafts
        self._refused: list[AnsweredRow] = []

    def answers(self, publisher: Publisher, progress: Progress | None) -> Iterator[AnsweredRow]:
        """The answered rows of all drafts, sent or not."""
        exchanged = publisher.exchange(self._lines(), progress, len(self._drafts))
        while chunk := list(itertools.islice(exchanged, CHUNK)):
            kept = [(line.tag.sent, answer) for line, answer in chunk if line.tag.ledgered]
            self._ledger.answered(
                ((sent.kind, sent.id), sent.version, answer.status, answer.answer)
                for sent, answer in kept
            )
            for line, answer in chunk:
                yield from self._row(line.tag, answer)
        yield from self._refused

    def _lines(self) -> Iterator[Line[Planned]]:
        for start in range(0, len(self._drafts), CHUNK):
            chunk = self._drafts[start : start + CHUNK]
            planned = self._plan(chunk)
            # on disk before the first of them is published
            self._ledger.sending(item.sent for item in planned if item.ledgered)
            for item in planned:
                yield Line(item.sent.line, item, item.sent.refusals)

    def _plan(self, chunk: Sequence[Draft]) -> list[Planned]:
        needed = self._planner.needed(chunk)
        known = self._ledger.versions(self._planner.thing(draft) for draft in needed)
        tokens = tokens_of(self._tokeniser, needed)
        planned: list[Planned] = []
        for item in self._planner.plan(chunk, known, tokens, lambda: secrets.token_hex(16)):
            if isinstance(item, Unsendable):
                draft = item.draft
                self._refused += answers.refused(
                    draft.rows, draft.reference, item.problems, item.thing[1]
                )
            else:
                planned.append(item)
        return planned

    def _row(self, planned: Planned, answer: RecordAnswer) -> Iterator[AnsweredRow]:
        draft, sent = planned.draft, planned.sent
        if answer.disposition == "duplicate" and answer.answer is None and planned.ledgered:
            # a duplicate repeats the first answer, also where the receipt leaves it out
            answer = RecordAnswer(answer.disposition, answer=sent.answer)
        yield from answers.answered(
            draft.rows, draft.reference, answer, sent.id, sent.version, True
        )
