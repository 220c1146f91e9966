"""Receipts: what each partner is told, a pure function of aid-findings.

A partner's topic gets a message only for the blocks that concern it, and a
heartbeat every `HEARTBEAT_SEQS` blocks so that the cursor (the last seq in the
topic) never lies far behind.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from events.ids import receipt_id
from events.journal import Block
from events.model import SigningStage
from events.outputs import (
    OUTPUT_VERSION,
    Notice,
    Receipt,
    RegistryOutput,
    StageKeyProof,
    SubmissionOutcome,
)

HEARTBEAT_SEQS: Final = 1_000


def receipts_of(
    output: RegistryOutput, partners: Iterable[str], proofs: Sequence[StageKeyProof] = ()
) -> list[Receipt]:
    """The receipts that block `output['seq']` causes, in text order of the partners' codes.

    All are told `proofs`: the keys of receipts that the block changed.
    """
    told: dict[str, list[SubmissionOutcome]] = {}
    for submission in output["submissions"]:
        told.setdefault(submission["org"], []).append(submission)
    notices: dict[str, list[Notice]] = {}
    for notice in output["notices"]:
        notices.setdefault(notice["org"], []).append(notice)
    seq = output["seq"]
    beat = bool(proofs) or seq % HEARTBEAT_SEQS == HEARTBEAT_SEQS - 1
    receipts = []
    for org in sorted(partners):
        if org in told or org in notices or beat:
            receipt = _receipt(org, seq, told.get(org, []), notices.get(org, []))
            if proofs:
                receipt["stage_keys"] = list(proofs)
            receipts.append(receipt)
    return receipts


def welcomes(output: RegistryOutput, newcomers: Iterable[str]) -> list[Receipt]:
    """A first message for those who are told nothing else: their topics say from where on."""
    return [_receipt(org, output["seq"], [], []) for org in sorted(newcomers)]


def _receipt(
    org: str, seq: int, submissions: list[SubmissionOutcome], notices: list[Notice]
) -> Receipt:
    return Receipt(
        v=OUTPUT_VERSION,
        receipt_id=receipt_id(org, seq),
        org=org,
        seq=seq,
        submissions=submissions,
        notices=notices,
    )


def senders_of_keys(block: Block) -> list[dict[str, Any]]:
    """The `sub` items of a block whose records begin or end keys of receipts."""
    found: list[dict[str, Any]] = []
    sub: dict[str, Any] = {}
    for item in block.items:
        rec = item.get("rec", {})
        if item["t"] == "sub":
            sub = item
        elif rec.get("kind") == "stage-key" and rec["stage"] == SigningStage.RECEIPTS:
            found += [sub] if sub not in found else []
    return found


def joined(output: RegistryOutput) -> list[str]:
    """Organisations whose registration this block accepted."""
    return [
        row["id"]
        for submission in output["submissions"]
        for row in submission["rows"]
        if row["kind"] == "partner" and row["disposition"] == "accepted"
    ]
