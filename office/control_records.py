"""Publishing control records, and what became of each: what all use cases of the office share."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events.catalog import identity
from events.model import Record
from events.rejection import Refusal
from infra.errors import UsageProblem, explained
from infra.settings import Settings
from producers import codes, keys
from producers.control_records import ControlPublisher, Published
from producers.facts import Fact
from producers.tokens import Tokeniser
from producers.versions import REJECTED

APPLIED = "applied"
Judge = Callable[[Record], str]
"""A record that is in the journal and folded → its effect."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one control record.

    `disposition` is the door's: accepted, duplicate or rejected, then with `reason` and `field`;
    '' for what was not sent at all. `effect` is the registry's, once it has folded the record:
    `applied`, or why nothing follows (`events.outputs.Effect`, `office.effects`); '' if rejected.
    """

    kind: str
    id: str
    version: int
    disposition: str
    reason: str
    field: str
    signed_by: str
    effect: str

    @property
    def is_applied(self) -> bool:
        """True if it is in the journal and does what it says."""
        return self.effect == APPLIED

    def explained(self, lang: str) -> str:
        """A sentence for a refusal, with the codes that would do; '' without one."""
        if not self.reason:
            return ""
        allowed = codes.of_record(self.kind, self.field)
        return f"{self.kind} {self.id}: {explained(self.reason, self.field, lang, allowed)}"


def publish(
    settings: Settings,
    org: str,
    facts: Sequence[Fact],
    key: Ed25519PrivateKey | None = None,
    *,
    tokeniser: Tokeniser | None = None,
    changed_only: bool = False,
    anew: bool = False,
    judge: Judge = lambda record: APPLIED,
) -> list[Outcome]:
    """Publish facts as `org`, signed with its own key unless an account's is given, and wait until
    the registry has folded them: its receipt comes after what it says of them.

    `judge` looks up the effect of those that have one of their own. With `changed_only` without
    those that are in the journal as they are; with `anew` those are said once more. Raises
    UsageProblem for fields that are no record, and SystemUnavailable.
    """
    key = key or keys.load_signing_key(settings, org)
    publisher = ControlPublisher(settings, org, key, tokeniser=tokeniser)
    try:
        published = publisher.publish(facts, changed_only=changed_only, anew=anew)
    except Refusal as refusal:
        raise problem(refusal, facts) from None
    return [_outcome(one, org, judge) for one in published]


def _outcome(published: Published, signer: str, judge: Judge) -> Outcome:
    record, answer = published.record, published.answer
    return Outcome(
        *identity(record),
        record.version,
        answer.disposition,
        answer.reason,
        answer.field,
        signer,
        effect="" if answer.disposition == REJECTED else judge(record),
    )


def problem(refusal: Refusal, facts: Iterable[Fact]) -> UsageProblem:
    """The refusal of facts that are no records, with the codes that its field may have."""
    field = refusal.field.removesuffix(".?")  # of a union of codes
    allowed = (codes.of_record(fact["kind"], field, fact) for fact in facts)
    found = Refusal(refusal.reason, field)
    return UsageProblem.of(found, codes=next(filter(None, allowed), ()))
