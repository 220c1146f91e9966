"""Erasing records: what both bodies say, and how what they said is carried out.

The journal's word alone changes what is folded from its block on. The keys with which the people
of those records were sealed go when it is carried out: aid-keys is written again without them, and
what stood there before is deleted. Source: docs/decisions/0034.
"""

import secrets
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final

from events.catalog import Topic
from events.erasure import LEDGER, MARK, Ledger, Left, Named, erased_by, place, records_of
from events.journal import Block
from events.model import ADMINISTRATION, SUPERVISOR, Record, SigningStage
from events.trust import Trust
from infra import journal
from infra.errors import UsageProblem
from infra.key_messages import KeysNow
from infra.key_rewriting import deleted_before, written_again
from infra.scan import bounds, scan
from infra.settings import Settings
from infra.stage_keys import StageSigner
from office.control_records import APPLIED, Outcome, publish
from processors.erasing import remains
from producers import keys
from producers.facts import Fact

WAITS: Final = "waits-for-second"
READER: Final = "erasing"
_SEALED: Final = (b'"sealed":',)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """An erasure in the journal. `said_by`: the bodies that said it so; `counts`: both did."""

    erasure_id: str
    reason: str
    records: int
    said_by: str
    counts: bool
    seq: int


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """What became of the keys: how many records are erased for good, and how many blocks' keys
    were written again. 0 blocks: there was nothing to do.
    """

    records: int
    blocks: int


# -- saying it -----------------------------------------------------------------------------------


def listed(settings: Settings) -> list[ErasureRow]:
    """All erasures that somebody said, in the journal's order. SystemUnavailable."""
    said: dict[str, list[tuple[str, int, Fact]]] = {}
    for seq, org, rec in _said(settings):
        said.setdefault(rec["erasure_id"], []).append((org, seq, rec))
    erased = erased_by(journal.blocks(settings, (MARK,)))
    rows = []
    for name, voices in said.items():
        org, seq, rec = voices[-1]
        counts = all(Named(**one) in erased for one in rec["records"])
        orgs = ", ".join(sorted({org for org, _, _ in voices}))
        rows.append(ErasureRow(name, rec["reason"], len(rec["records"]), orgs, counts, seq))
    return rows


def _said(settings: Settings) -> Iterator[tuple[int, str, Fact]]:
    for block in journal.blocks(settings, (MARK,)):
        for org, item in records_of(block):
            if item["rec"]["kind"] == "erasure":
                yield block.seq, org, item["rec"]


def propose(settings: Settings, reason: str, records: Sequence[Named]) -> Outcome:
    """Say it as the administration; it waits for the supervisor then. SystemUnavailable."""
    fact = {
        "kind": "erasure",
        "erasure_id": _uuid(),
        "reason": reason,
        "records": [one._asdict() for one in records],
    }
    return publish(settings, ADMINISTRATION, [fact], judge=_effect(settings))[0]


def sign(settings: Settings, erasure_id: str) -> Outcome:
    """Say the same as the supervisor, after reading it.

    Raises UsageProblem for an unknown one, SystemUnavailable.
    """
    found = [rec for _, org, rec in _said(settings) if org == ADMINISTRATION]
    same = [rec for rec in found if rec["erasure_id"] == erasure_id]
    if not same:
        raise UsageProblem(f"No erasure {erasure_id} was proposed. See: tekil erase list")
    fact = {name: same[-1][name] for name in ("kind", "erasure_id", "reason", "records")}
    return publish(settings, SUPERVISOR, [fact], judge=_effect(settings))[0]


def erase(settings: Settings, reason: str, records: Sequence[Named]) -> list[Outcome]:
    """Both steps, where both bodies' keys are on this machine. UsageProblem, SystemUnavailable."""
    if not keys.has_signing_key(settings, SUPERVISOR):
        raise UsageProblem(
            "The supervisor's key is not on this machine. Run the command with --propose; "
            "then the supervisor runs, where its key is: tekil erase sign ERASURE_ID"
        )
    proposed = propose(settings, reason, records)
    return [proposed, sign(settings, proposed.id)] if proposed.effect else [proposed]


def _effect(settings: Settings) -> Callable[[Record], str]:
    def effect(record: Any) -> str:
        erased = erased_by(journal.blocks(settings, (MARK,)))
        named = (Named(one.org, one.kind, one.id) for one in record.records)
        return APPLIED if all(one in erased for one in named) else WAITS

    return effect


def _uuid() -> str:
    return str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))


# -- carrying it out -----------------------------------------------------------------------------


def carry_out(settings: Settings, progress: Progress) -> CarriedOut:
    """Write aid-keys again without the keys of erased records, and delete what was there.

    It may be broken off and run again: nothing is deleted before all is written. It runs where
    intake's key is. Raises UsageProblem in a journal whose stages do not sign, SystemUnavailable.
    """
    erased = erased_by(journal.blocks(settings, (MARK,)))
    standing = journal.standing(settings, READER)
    # intake goes on: what it writes behind this stays where it is, and belongs to later blocks
    [(_, cut)] = bounds(settings, Topic.KEYS)
    now, trust = KeysNow.of(settings, READER), standing.trust
    as_of = standing.head.seq

    def blocks() -> Iterator[Block]:
        found = journal.blocks(settings, _SEALED, progress)
        return takewhile(lambda block: block.seq < as_of, found)

    left = remains(blocks, now.keys, erased, now.again.remains, lambda: secrets.token_hex(16))
    records = sum(len(one.people) for one in left.left.values())
    if left == now.again.remains:
        # all is written; a run that was broken off may not have deleted what was there
        deleted_before(settings, now.again.first)
        return CarriedOut(records, 0)
    if not trust.able(SigningStage.INTAKE, Topic.KEYS, as_of):
        raise UsageProblem("The stages of this system do not sign yet. Run: tekil stage-key begin")
    signer = _Signer(settings, trust, as_of)
    again = [*_again(settings, blocks(), now, left.left, signer, cut)]
    content = Ledger(left.stand_ins, cut).content(as_of)
    ledger = LEDGER.encode(), signer.sign(LEDGER, content)
    written_again(settings, again, lambda _first: ledger)
    deleted_before(settings, cut)
    return CarriedOut(records, len(again))


class _Signer:
    """Signs messages of an erasure as intake."""

    def __init__(self, settings: Settings, trust: Trust, as_of: int) -> None:
        self._signer, self._trust = StageSigner(settings, SigningStage.INTAKE), trust
        self.as_of = as_of

    def sign(self, name: str, content: bytes) -> bytes:
        return self._signer.sign(
            self._trust, Topic.KEYS, self.as_of, content, place(name, self.as_of)
        )


def _again(
    settings: Settings,
    blocks: Iterator[Block],
    now: KeysNow,
    left: dict[str, Left],
    signer: _Signer,
    cut: int,
) -> Iterator[tuple[bytes, bytes]]:
    """The keys of all blocks in their order, then what may belong to one that is being written."""
    last = -1
    for block in blocks:
        if block.keys_offset < 0:
            continue
        last = max(last, block.keys_offset)
        key = block.keys_id.encode()
        if block.keys_id in left:
            content = left[block.keys_id].content(block.keys_id, signer.as_of)
            yield key, signer.sign(block.keys_id, content)
            continue
        message = now.message(block)
        if message is None or message.value is None:
            raise UsageProblem(
                f"aid-keys lacks the keys of block {block.seq}: nothing was erased."
                " See docs/runbook.md, 'The log was rewritten'."
            )
        yield key, message.value
    for message in scan(settings, Topic.KEYS, last + 1, cut):
        if message.key and message.value and message.key != LEDGER.encode():
            yield message.key, message.value
