"""A partner's own topic of receipts, read again."""

from collections import deque
from collections.abc import Iterable
from typing import Any

from events.catalog import receipts_topic
from events.rejection import Reason, Refusal
from infra.errors import UsageProblem
from infra.scan import NoSuchTopic, scan
from infra.settings import Settings
from producers import keys
from producers.anchor import Anchor
from producers.keys import checked_org
from producers.ledger import Ledger
from producers.references import References


def read_receipts(settings: Settings, org: str, last: int) -> list[dict[str, Any]]:
    """The newest `last` submissions that ORG was answered, oldest first, each with its seq.

    Raises UsageProblem if the organisation has no topic of receipts, SystemUnavailable.
    """
    return _read(settings, org, "submissions", last)


def read_notices(settings: Settings, org: str, last: int) -> list[dict[str, Any]]:
    """The newest `last` notices to ORG, oldest first, each with its seq and the partner's own
    reference ('' where its ledger on this machine does not know it). Raises as the other.
    """
    found = _read(settings, org, "notices", last)
    named = own_references(settings, org, (one["assistance_id"] for one in found))
    return [{**one, "reference": named.get(one["assistance_id"], "")} for one in found]


def own_references(settings: Settings, org: str, ids: Iterable[str]) -> dict[str, str]:
    """The references under which ORG sent the records with these ids from this machine."""
    path = keys.ledger_path(settings, org)
    if not path.exists():
        return {}
    references = References(keys.reference_key(settings, org))
    with Ledger(path) as ledger:
        sealed = ledger.sealed_references(id_ for id_ in ids if id_)
    return {id_: references.open(id_, content) for id_, content in sealed.items()}


def _read(settings: Settings, org: str, what: str, last: int) -> list[dict[str, Any]]:
    found: deque[dict[str, Any]] = deque(maxlen=max(1, last))
    anchor = Anchor(settings, checked_org(org))
    try:
        for message in scan(settings, receipts_topic(checked_org(org))):
            receipt: Any = anchor.receipt(message.value)
            if receipt is not None:
                found.extend({"seq": receipt["seq"], **one} for one in receipt[what])
    except NoSuchTopic:
        raise UsageProblem.of(Refusal(Reason.UNKNOWN_PARTNER, org)) from None
    return list(found)


def summary(submission: dict[str, Any]) -> dict[str, Any]:
    """A submission's receipt in one line."""
    told = [row["disposition"] for row in submission["rows"]]
    whole = submission["records"] if submission["reason"] else 0
    return {
        "submission_id": submission["submission_id"],
        "records": submission["records"],
        "accepted": told.count("accepted"),
        "duplicate": told.count("duplicate"),
        "rejected": told.count("rejected") + whole,
        "reason": submission["reason"],
    }
