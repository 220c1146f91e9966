"""The policies that the journal holds, and proposing and signing one.

They are read from the journal itself and not from a view: the supervisor signs a digest of
what was proposed, and must not have to believe somebody else's table.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from events import codec
from events.catalog import Topic
from events.journal import Block, Head, block_digest, decode_block, follows
from events.model import ADMINISTRATION, FIRST_DAY, SUPERVISOR, PolicyRules
from events.rejection import Reason, Refusal
from infra.errors import UsageProblem
from infra.settings import Settings
from infra.topic_reader import TopicReader
from office.control import Row, publish
from producers import facts, keys

POLL_MS: Final = 500
_MARKS: Final = (b'"t":"genesis"', b'"kind":"policy')


@dataclass(slots=True)
class Proposed:
    """A version of the policy; `digest` (SHA-256 hex of its content) is what is signed."""

    version: int
    in_force_from: str
    rules: dict[str, Any]
    digest: str
    in_force: bool

    def plain(self) -> dict[str, Any]:
        """In the form that `policy set` takes; the placeholders' tokens stay out of sight."""
        rules = {name: rule for name, rule in self.rules.items() if name != "placeholder_tokens"}
        return {"version": self.version, "in_force_from": self.in_force_from, "rules": rules}


@dataclass(slots=True)
class Policies:
    """All versions so far, and whether a supervisor has to sign."""

    supervised: bool
    versions: dict[int, Proposed]

    @property
    def newest(self) -> Proposed:
        """The newest that is in force. Raises UsageProblem before genesis."""
        found = [policy for policy in self.versions.values() if policy.in_force]
        if not found:
            raise UsageProblem("No policy is in the journal yet. Run: tekil up")
        return max(found, key=lambda policy: policy.version)

    @property
    def waiting(self) -> list[Proposed]:
        """Those that can still be signed, in order."""
        return [p for v, p in sorted(self.versions.items()) if v > self.newest.version]


def read(settings: Settings) -> Policies:
    """The policies of the journal as it stands."""
    return fold(_blocks(settings))


def fold(blocks: Iterator[Block]) -> Policies:
    """The policies of some blocks, in their order."""
    found = Policies(False, {})
    for block in blocks:
        for item in block.items:
            if item["t"] == "genesis":
                genesis = item["genesis"]
                roles = {root["role"] for root in genesis["root_keys"]}
                found.supervised = "supervisor" in roles
                first = Proposed(1, FIRST_DAY.isoformat(), genesis["policy"], "", True)
                found.versions[1] = first
            elif item["t"] == "rec" and item["rec"]["kind"] == "policy":
                _propose(found, item["rec"])
            elif item["t"] == "rec" and item["rec"]["kind"] == "policy-signature":
                found.versions[item["rec"]["policy_version"]].in_force = True
    return found


def _propose(found: Policies, rec: dict[str, Any]) -> None:
    digest = codec.content_hash(rec, []).hex()
    version = rec["version"]
    found.versions[version] = Proposed(
        version, rec["in_force_from"], rec["rules"], digest, not found.supervised
    )


def _blocks(settings: Settings) -> Iterator[Block]:
    """The journal's blocks that may hold a policy; the others are followed, not parsed."""
    with closing(TopicReader(settings, {"journal": Topic.JOURNAL})) as reader:
        start, end = reader.bounds("journal")
        reader.seek("journal", start)
        head, offset = Head(), start
        while offset < end:
            for _, offset_, value in reader.poll(POLL_MS):
                offset = offset_ + 1
                if value is None or not follows(value, head):
                    continue
                head = Head(head.seq + 1, block_digest(value))
                if any(mark in value for mark in _MARKS):
                    yield decode_block(value)


# -- commands ------------------------------------------------------------------------------------


def show(settings: Settings, *, proposed: bool) -> tuple[dict[str, Any], list[str]]:
    """(the newest policy in force, or the newest that waits; what to say beside it)."""
    found = read(settings)
    if proposed:
        if not found.waiting:
            raise UsageProblem("No policy waits for a signature.")
        newest = found.waiting[-1]
        return newest.plain() | {"digest": newest.digest}, []
    hints = [
        f"version {policy.version} waits for the supervisor: tekil policy sign {policy.version}"
        for policy in found.waiting
    ]
    return found.newest.plain(), hints


def propose(settings: Settings, path: Path) -> list[Row]:
    """Publish a policy file, `{"in_force_from": …, "rules": {…}}`, signed by the administration.

    A rule that the file leaves out keeps the value of the newest policy in force.
    Raises UsageProblem naming the field that is wrong.
    """
    return publish(settings, ADMINISTRATION, [_fact(settings, path)])


def sign(settings: Settings, version: int) -> list[Row]:
    """Sign a version that was proposed with the supervisor's key, after reading it."""
    found = read(settings)
    policy = found.versions.get(version)
    if policy is None:
        raise UsageProblem(
            f"No policy of version {version} was proposed: tekil policy propose FILE"
        )
    if not policy.digest or (policy.in_force and not found.supervised):
        raise UsageProblem(f"Version {version} needs no signature: it is in force.")
    return publish(settings, SUPERVISOR, [facts.policy_signature(version, policy.digest)])


def propose_and_sign(settings: Settings, path: Path) -> list[Row]:
    """Both steps, where both bodies' keys are on this machine (the embedded default)."""
    supervised = read(settings).supervised
    if supervised and not keys.has_signing_key(settings, SUPERVISOR):
        raise UsageProblem(
            "The supervisor's key is not on this machine. Run: tekil policy propose FILE; "
            "then the supervisor runs, where its key is: tekil policy sign VERSION"
        )
    rows = propose(settings, path)
    if supervised and all(row.disposition != "rejected" for row in rows):
        rows += sign(settings, rows[0].version)
    return rows


def _fact(settings: Settings, path: Path) -> dict[str, Any]:
    try:
        given = codec.strict_loads(path.read_bytes())
    except (OSError, Refusal):
        raise UsageProblem(f"{path}: this is no JSON file that can be read.") from None
    if not isinstance(given, dict) or not isinstance(given.get("rules", {}), dict):
        raise UsageProblem(f'{path}: a policy is {{"in_force_from": "…", "rules": {{…}}}}.')
    unknown = sorted(set(given) - {"version", "in_force_from", "rules", "digest"})
    if unknown:
        raise UsageProblem.of(Refusal(Reason.UNKNOWN_FIELD, unknown[0]), path.name)
    rules = read(settings).newest.rules | given.get("rules", {})
    try:
        PolicyRules.model_validate_json(codec.dumps(rules))
        day = str(date.fromisoformat(str(given["in_force_from"])))
    except ValidationError as error:
        raise UsageProblem.of(codec.refusal_of(error), path.name) from None
    except KeyError:
        raise UsageProblem.of(Refusal(Reason.MISSING_FIELD, "in_force_from"), path.name) from None
    except ValueError:
        raise UsageProblem.of(Refusal(Reason.INVALID_VALUE, "in_force_from"), path.name) from None
    return {"kind": "policy", "in_force_from": day, "rules": rules}
