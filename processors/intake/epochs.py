"""Which epochs' tokens may come in, and what the records about epochs change. Pure.

Tokens of two epochs never meet, so that a submission of an epoch that does not count would
only look as if it had been checked. Partners alone are looked at: only they list people.
Source: docs/decisions/0017.
"""

from itertools import pairwise
from typing import Any, Final

from events.model import MAX_EPOCHS, NO_EPOCH, TokenEpoch, epochs_of
from events.rejection import Reason, Refusal
from processors.intake.state import DoorFacts, Subjects

FIELD: Final = "tokens_epoch"
_CLOSED: Final = "closed"


def check_message(facts: DoorFacts, tokens_epoch: str) -> None:
    """Raise Refusal for the tokens of an epoch that is closed, or was never opened.

    Until the first epoch is opened nobody is refused for the name of one.
    """
    names = epochs_of(tokens_epoch)
    known = [facts.epochs[name] for name in names if name in facts.epochs]
    if any(epoch["status"] == _CLOSED for epoch in known):
        raise Refusal(Reason.EPOCH_CLOSED, FIELD)
    if not facts.epochs or not names:
        return
    is_in_order = all(a["number"] < b["number"] for a, b in pairwise(known))
    if len(known) != len(names) or len(names) > MAX_EPOCHS or not is_in_order:
        raise Refusal(Reason.UNKNOWN_EPOCH, FIELD)


def check_record(tokens_epoch: str, subjects: Subjects) -> None:
    """Raise Refusal for a record with tokens in a submission that says that it has none."""
    if tokens_epoch == NO_EPOCH and any(subject["tokens"] for subject in subjects):
        raise Refusal(Reason.EPOCH_MISSING, FIELD)


def check_epoch(facts: DoorFacts, record: TokenEpoch) -> None:
    """Raise Refusal for a version that does not open an epoch, keep it open, or close it."""
    known = facts.epochs.get(record.epoch)
    last = known["version"] if known else 0
    if record.version <= last:
        raise Refusal(Reason.ID_CONFLICT, "version")
    if record.version != last + 1:
        raise Refusal(Reason.INVALID_VALUE, "version")
    if record.status == _CLOSED if known is None else known["status"] == _CLOSED:
        raise Refusal(Reason.INVALID_VALUE, "status")
    if known is not None and known["public_key"] != record.public_key:
        raise Refusal(Reason.INVALID_VALUE, "public_key")


def begin(facts: DoorFacts, first: dict[str, Any]) -> None:
    """Take an epoch that genesis opens: version 0, so that a record of it may follow."""
    facts.epochs[first["epoch"]] = {
        "number": len(facts.epochs) + 1,
        "version": 0,
        "status": "open",
        "public_key": first["public_key"],
        "placeholder_tokens": [],  # those of the first policy
    }


def fold(facts: DoorFacts, rec: dict[str, Any]) -> None:
    """Take an accepted version. The placeholders of a closed epoch are forgotten with it."""
    known = facts.epochs.get(rec["epoch"])
    is_closed = rec["status"] == _CLOSED
    facts.epochs[rec["epoch"]] = {
        "number": known["number"] if known else len(facts.epochs) + 1,
        "version": rec["version"],
        "status": rec["status"],
        "public_key": rec["public_key"],
        "placeholder_tokens": [] if is_closed else rec["placeholder_tokens"],
    }
