"""Programmes of aid: register those of a list."""

from dataclasses import dataclass
from pathlib import Path

from events import codec
from events.model import ADMINISTRATION
from events.rejection import Refusal
from infra.settings import Settings
from office.control_records import Outcome, publish
from producers import keys
from producers.facts import Fact
from producers.listed import Known, read_list
from producers.lists.columns import NOTHING_SAID, Said
from producers.lists.files.reader import Limits
from producers.lists.grouping import RowProblem


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of a list's programmes, and the rows that were refused here, not sent."""

    outcomes: list[Outcome]
    refused: list[RowProblem]

    @property
    def unsigned(self) -> list[str]:
        """Those whose owner has not signed: what they declare to complement does not count yet."""
        return [one.id for one in self.outcomes if one.signed_by == ADMINISTRATION]


def register(settings: Settings, path: Path, said: Said = NOTHING_SAID) -> Registered:
    """Publish a programme list; `said` is what the officer says of its columns.

    Each programme is signed by its owner where the owner's key is on this machine,
    else by the administration; a declared complement counts only with the owner's signature.
    """
    known = Known(limits=Limits.of(settings))
    found = read_list("", path, "programme", said=said, known=known)
    refused = [problem for record in found.bad for problem in record.problems]
    by_signer: dict[str, list[Fact]] = {}
    for draft in found.drafts:
        fact: Fact = {"kind": "programme", **draft.fields}
        fact.pop("version", None)
        owner = str(fact.setdefault("owner", str(fact["programme"]).partition("-")[0]))
        try:
            codec.parse_record(codec.dumps({**fact, "version": 1, "nonce": "0" * 32}))
        except Refusal as refusal:
            where = draft.first_row, draft.reference
            refused.append(RowProblem(*where, refusal.reason, refusal.field))
            continue
        signer = owner if keys.has_signing_key(settings, owner) else ADMINISTRATION
        by_signer.setdefault(signer, []).append(fact)
    outcomes = [
        outcome
        for signer, facts in by_signer.items()
        for outcome in publish(settings, signer, facts)
    ]
    return Registered(outcomes, refused)
