"""The policies that the journal holds, and proposing and signing one.

They are read from the journal itself and not from a view: the supervisor signs a digest of
what was proposed, and must not have to believe somebody else's table.
"""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from events import codec
from events.model import ADMINISTRATION, SUPERVISOR, PolicyRules, Record
from events.rejection import Reason, Refusal
from infra import journal
from infra.errors import UsageProblem
from infra.settings import Settings
from office import clock
from office.control_records import APPLIED, Outcome, publish
from processors.clock import day_of
from processors.policies import Policies, PolicyVersion
from producers import codes, facts, keys

WAITS: Final = "waits-for-second"
_MARKS: Final = (b'"t":"genesis"', b'"kind":"policy')


@dataclass(frozen=True, slots=True)
class Draft:
    """A policy that is to be published: all its rules, and the day from which it counts.

    `is_late`: that day is past in the journal.
    """

    in_force_from: date
    rules: dict[str, Any]
    is_late: bool
    policies: Policies


def read(settings: Settings) -> Policies:
    """The policies of the journal as it stands. Raises UsageProblem before genesis."""
    found = Policies()
    for block in journal.blocks(settings, _MARKS):
        for item in block.items:
            found = found.fold(item)
    if not found.signed:
        raise UsageProblem("No policy is in the journal yet. Run: tekil up")
    return found


def newest_proposed(policies: Policies) -> PolicyVersion:
    """The newest that waits for the supervisor. Raises UsageProblem if none does."""
    if not policies.waiting:
        raise UsageProblem("No policy waits for a signature.")
    return max(policies.waiting.values(), key=lambda policy: policy.version)


def off() -> dict[str, Any]:
    """The rules that an older policy does not name, as they count then (JSON values)."""
    names = {"as_part", "excluding_programmes", "two_people_above"}
    return PolicyRules().model_dump(mode="json", include=names)


def draft(settings: Settings, path: Path) -> Draft:
    """A policy from a file, `{"in_force_from": …, "rules": {…}}`.

    A rule that the file leaves out keeps the value of the newest policy that was signed.
    Raises UsageProblem naming the field that is wrong.
    """
    try:
        given = codec.strict_loads(path.read_bytes())
    except (OSError, Refusal):
        raise UsageProblem(f"{path}: this is no JSON file that can be read.") from None
    if not isinstance(given, dict) or not isinstance(given.get("rules", {}), dict):
        raise UsageProblem(f'{path}: a policy is {{"in_force_from": "…", "rules": {{…}}}}.')
    unknown = sorted(set(given) - {"version", "in_force_from", "rules", "digest"})
    if unknown:
        raise UsageProblem.of(Refusal(Reason.UNKNOWN_FIELD, unknown[0]), path.name)
    policies = read(settings)
    rules = policies.newest.rules | given.get("rules", {})
    try:
        PolicyRules.model_validate_json(codec.dumps(rules))
        day = date.fromisoformat(str(given["in_force_from"]))
    except ValidationError as error:
        refusal = codec.refusal_of(error)
        allowed = codes.of_field(PolicyRules, refusal.field)
        raise UsageProblem.of(refusal, path.name, allowed) from None
    except KeyError:
        raise UsageProblem.of(Refusal(Reason.MISSING_FIELD, "in_force_from"), path.name) from None
    except ValueError:
        raise UsageProblem.of(Refusal(Reason.INVALID_VALUE, "in_force_from"), path.name) from None
    _check_programmes(settings, rules, path.name)
    return Draft(day, rules, day < today(settings), policies)


def _check_programmes(settings: Settings, rules: dict[str, Any], where: str) -> None:
    """Raises UsageProblem for a programme that nobody registered: it would exclude nothing."""
    named = {one for pair in rules.get("excluding_programmes", ()) for one in pair}
    if not named:
        return
    known = {
        item["rec"]["programme"]
        for block in journal.blocks(settings, (b'"kind":"programme"',))
        for item in block.items
        if item["t"] == "rec" and item["rec"]["kind"] == "programme"
    }
    if unknown := sorted(named - known):
        raise UsageProblem(
            f"{where}: excluding_programmes names {', '.join(unknown)}, which nobody registered."
            " See: tekil query 'SELECT programme FROM v1_programmes'"
        )


def today(settings: Settings) -> date:
    """The journal's day."""
    return day_of(clock.last_ms(settings) or 0)


def propose(settings: Settings, wanted: Draft) -> Outcome:
    """Publish a policy, signed by the administration; it may wait for the supervisor then."""

    def effect(record: Record) -> str:
        known = record.version in {one.version for one in wanted.policies.signed}
        return APPLIED if known or not wanted.policies.supervised else WAITS

    fact = facts.policy(wanted.in_force_from, wanted.rules)
    return publish(settings, ADMINISTRATION, [fact], judge=effect)[0]


def sign(settings: Settings, version: int) -> Outcome:
    """Sign a version that was proposed with the supervisor's key, after reading it."""
    policies = read(settings)
    policy = policies.versions.get(version)
    if policy is None:
        raise UsageProblem(
            f"No policy of version {version} was proposed: tekil policy propose FILE"
        )
    if not policy.digest or not policies.supervised:
        raise UsageProblem(f"Version {version} needs no signature: it is in force.")
    return _sign(settings, version, policy.digest)


def _sign(settings: Settings, version: int, digest: str) -> Outcome:
    return publish(settings, SUPERVISOR, [facts.policy_signature(version, digest)])[0]


def propose_and_sign(settings: Settings, wanted: Draft) -> list[Outcome]:
    """Both steps, where both bodies' keys are on this machine (the embedded default)."""
    if not wanted.policies.supervised:
        return [propose(settings, wanted)]
    if not keys.has_signing_key(settings, SUPERVISOR):
        raise UsageProblem(
            "The supervisor's key is not on this machine. Run: tekil policy propose FILE; "
            "then the supervisor runs, where its key is: tekil policy sign VERSION"
        )
    proposed = propose(settings, wanted)
    if not proposed.effect:
        return [proposed]
    signed = sign(settings, proposed.version)
    return [replace(proposed, effect=signed.effect or proposed.effect), signed]
