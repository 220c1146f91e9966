"""A list of assistance as questions: is the family covered? Nothing is planned or held (a shell).

Each check asks anew, under new ids: what was answered last week is no answer today.
"""

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events import codec
from events.model import InquiryReason
from events.rejection import Refusal
from infra.errors import UsageProblem
from infra.settings import Settings
from producers import answers, keys, records
from producers.answers import AnsweredRow
from producers.batching import Line
from producers.listed import Hear, Known, read_list, unheard
from producers.lists.columns import NOTHING_SAID, Said
from producers.lists.files import reader
from producers.lists.grouping import Draft
from producers.planning import Planner
from producers.publishing import (
    CHUNK,
    Connect,
    blank_tokens,
    has_identifiers,
    refused_here,
    tokens_of,
)
from producers.sdk import Progress, Publisher
from producers.tokenising.cache import Notify
from producers.tokenising.opening import silent, tokeniser_for
from producers.tokenising.threshold import Progress as TokensProgress
from producers.tokens import Tokeniser
from producers.wire import KafkaWire

KIND = "assistance"
FIRST_VERSION = 1


@dataclass(frozen=True, slots=True)
class _Question:
    draft: Draft
    inquiry_id: str


def check_list(
    settings: Settings,
    org: str,
    path: Path,
    mapping: Path | None = None,
    progress: Progress | None = None,
    *,
    reason: InquiryReason = InquiryReason.OTHER,
    private_key: Ed25519PrivateKey | None = None,
    tokeniser: Tokeniser | None = None,
    watching: reader.Progress = reader.unheard,
    tokenising: TokensProgress | None = None,
    notify: Notify = silent,
    connect: Connect = KafkaWire,
    said: Said = NOTHING_SAID,
    hear: Hear = unheard,
) -> list[AnsweredRow]:
    """Ask about each record of an assistance list; one answer for each row, in its order.

    `reason` says for all of them why it is asked; analysts see it, other partners do not.
    The `assistance_id` of a row is its inquiry's, as in the receipt. Each question counts
    towards the day's quota. Raises UsageProblem and SystemUnavailable.
    """
    keys.checked_org(org)
    known = Known.of(settings, org)
    found = read_list(org, path, KIND, mapping, said=said, known=known, watching=watching)
    hear(found)
    reference_key = keys.reference_key(settings, org)
    planner = Planner(org, KIND, reference_key, found.drafts)
    rows, drafts = list(refused_here(found.bad)), []
    for draft in found.drafts:
        problems = planner.problems(draft, blank_tokens(draft))
        if problems:
            rows += answers.refused(draft.rows, draft.reference, problems)
        else:
            drafts.append(draft)
    if drafts:
        signing_key = private_key or keys.load_signing_key(settings, org)
        with contextlib.ExitStack() as stack:
            if tokeniser is None and has_identifiers(drafts):
                tokeniser = stack.enter_context(
                    tokeniser_for(settings, org, signing_key, tokenising, notify)
                )
            publisher = Publisher(settings, org, signing_key, tokeniser, connect=connect)
            stack.enter_context(publisher)
            try:
                publisher.open()
            except Refusal as refusal:
                raise UsageProblem.of(refusal) from None
            lines = _lines(org, reference_key, drafts, tokeniser, reason)
            for line, answer in publisher.exchange(lines, progress, len(drafts)):
                draft = line.tag.draft
                rows += answers.answered(
                    draft.rows, draft.reference, answer, line.tag.inquiry_id, FIRST_VERSION, True
                )
    return sorted(answers.with_remarks(rows, found.remarks), key=lambda row: row.row)


def _lines(
    org: str,
    reference_key: bytes,
    drafts: list[Draft],
    tokeniser: Tokeniser | None,
    reason: InquiryReason,
) -> Iterator[Line[_Question]]:
    for start in range(0, len(drafts), CHUNK):
        chunk = drafts[start : start + CHUNK]
        tokens = tokens_of(tokeniser, chunk)
        for draft in chunk:
            question = _Question(draft, records.uuid_of(secrets.token_bytes(16)))
            assistance = records.content(KIND, reference_key, org, draft, tokens)
            fields = records.inquiry(assistance, question.inquiry_id, reason)
            fields["nonce"] = secrets.token_hex(16)
            record = records.build("inquiry", draft, fields, FIRST_VERSION)
            yield Line(codec.record_line(record), question)
