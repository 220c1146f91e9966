"""Switch a number off for matching, or on again."""

from dataclasses import dataclass, field

from events import identity
from events.model import ADMINISTRATION
from events.rejection import Refusal
from infra.errors import UsageProblem
from infra.settings import Settings
from office.control_records import Outcome, publish
from producers import facts, keys
from producers.tokenising.cache import Notify
from producers.tokenising.opening import silent, tokeniser_for


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A number and its scheme; `lift` switches it on again. The number is shown nowhere."""

    scheme: str
    number: str = field(repr=False)
    lift: bool = False


def set_quarantine(settings: Settings, wanted: Quarantine, notify: Notify = silent) -> Outcome:
    """Publish it. The number goes no further than here; `notify` is told what people should know
    of key servers. UsageProblem, SystemUnavailable."""
    try:
        found = identity.identifier(wanted.scheme, wanted.number)
    except Refusal as refusal:
        raise UsageProblem.of(refusal) from None
    signing_key = keys.load_signing_key(settings, ADMINISTRATION)
    reference_key = keys.reference_key(settings, ADMINISTRATION)
    with tokeniser_for(settings, ADMINISTRATION, signing_key, notify=notify) as tokeniser:
        (tokens,) = tokeniser.tokens([found])
        fact = facts.quarantine(reference_key, found, tokens, lift=wanted.lift)
        return publish(settings, ADMINISTRATION, [fact], tokeniser=tokeniser)[0]
