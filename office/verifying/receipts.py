"""What the partners should be told of a block: what the receipts stage makes of its output. Pure.

Who joined before is told at once; the first message of a new partner's topic is an empty one,
which a stage that died between making the topic and welcoming leaves out.
"""

from collections.abc import Iterator, Mapping, Sequence

from events.codec import dumps
from events.ids import receipt_id
from events.journal import Block
from events.model import ADMINISTRATION, SUPERVISOR
from events.outputs import OUTPUT_VERSION, Receipt, RegistryOutput, StageKeyProof
from office.verifying.said import Owed
from processors.receipts import HEARTBEAT_SEQS, joined, receipts_of, senders_of_keys

Sent = Mapping[int, bytes | None]
"""Offset → value, of the messages that a block took."""
_UNKNOWN = StageKeyProof(submission="", sig="")


def receipts_for(
    output: RegistryOutput, joined_before: Mapping[str, int], proofs: Sequence[StageKeyProof] | None
) -> Iterator[tuple[Receipt, Owed]]:
    """The receipts that a block causes. `proofs` is None where nobody can say any more."""
    newcomers = [org for org in dict.fromkeys(joined(output)) if org not in joined_before]
    members = {ADMINISTRATION, SUPERVISOR, *joined_before, *newcomers}
    flags = Owed.WITHOUT_PROOFS if proofs is None else Owed(0)
    shown = [_UNKNOWN] if proofs is None else proofs
    told = set()
    for receipt in receipts_of(output, members, shown):
        org = receipt["org"]
        has_content = bool(receipt["submissions"] or receipt["notices"])
        told.add(org)
        # the bodies' topics were made later in an older system
        is_due = has_content or (proofs is not None and org in joined_before)
        yield receipt, flags if is_due else flags | Owed.MAY_LACK
    for org in newcomers:
        if org not in told:
            yield _empty(org, output["seq"]), flags | Owed.MAY_LACK


def _empty(org: str, seq: int) -> Receipt:
    return Receipt(
        v=OUTPUT_VERSION,
        receipt_id=receipt_id(org, seq),
        org=org,
        seq=seq,
        submissions=[],
        notices=[],
    )


def is_idle(org: str, seq: int, content: bytes) -> bool:
    """True for a heartbeat that says nothing.

    It is also sent to a topic whose stage died before it welcomed the new partner.
    """
    return seq % HEARTBEAT_SEQS == HEARTBEAT_SEQS - 1 and content == dumps(_empty(org, seq))


def proofs_of(block: Block, sent: Sent | None) -> Sequence[StageKeyProof] | None:
    """How the keys of receipts that a block changes are proved; None where that is not known.

    `sent` is None where aid-submissions no longer keeps what the block took.
    """
    subs = senders_of_keys(block)
    if not subs:
        return ()
    if sent is None:
        return None
    return [
        StageKeyProof(
            submission=(sent.get(sub["offset"]) or b"").decode(errors="replace"), sig=sub["sig"]
        )
        for sub in subs
    ]
