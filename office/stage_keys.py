"""The stages' keys: introduce a first or a next one, end one, and what a partner has of them."""

from dataclasses import dataclass
from pathlib import Path

from events.model import ADMINISTRATION, SigningStage
from events.trust import NEVER
from infra import journal, stage_keys
from infra.errors import UsageProblem
from infra.settings import Settings
from office.control_records import Outcome, publish
from producers.anchor import organisations_of, write_anchor
from producers.facts import Fact


@dataclass(frozen=True, slots=True)
class StageKeyRow:
    """A key of a stage; `begins` and `ends` are blocks: -1 is genesis, None that it goes on."""

    key_id: str
    stage: str
    public_key: str
    begins: int
    ends: int | None


def listed(settings: Settings) -> list[StageKeyRow]:
    """All keys that stages ever had, in the order of their beginning. SystemUnavailable."""
    rows = [
        StageKeyRow(key_id, key["stage"], key["public"], key["begins"], _end(key["ends"]))
        for key_id, key in journal.standing(settings).trust.stages.items()
    ]
    return sorted(rows, key=lambda row: (row.begins, row.stage))


def _end(seq: int) -> int | None:
    return None if seq == NEVER else seq


def rotate(settings: Settings, stage: SigningStage) -> Outcome:
    """Make a key of a stage on this machine, where the stage runs, and introduce it.

    The stage signs with it from the next block on; the one before it is ended by `end`.
    Raises SystemUnavailable.
    """
    return _say(settings, stage, stage_keys.make(settings, stage))


def begin(settings: Settings) -> list[Outcome]:
    """Introduce a first key of each stage that has none: a journal of before 0029.

    From there on nothing counts that they did not sign. Raises SystemUnavailable.
    """
    trust = journal.standing(settings).trust
    # intake last: what the others say is checked from the block on that introduces their key
    stages = [stage for stage in reversed(SigningStage) if not trust.active(stage)]
    return [rotate(settings, stage) for stage in stages]


def end(settings: Settings, key_id: str) -> Outcome:
    """End a key for ever. A stage's last key cannot be ended.

    Its file stays: what was said with it before is said again with it after a loss.
    Raises UsageProblem for a key that is none, SystemUnavailable.
    """
    key = journal.standing(settings).trust.stages.get(key_id)
    if key is None:
        raise UsageProblem(f"No stage has a key {key_id}. See: tekil stage-key list")
    return _say(settings, SigningStage(key["stage"]), key["public"], "revoked")


def _say(settings: Settings, stage: str, public: str, status: str = "active") -> Outcome:
    fact: Fact = {"kind": "stage-key", "stage": stage, "public_key": public, "status": status}
    return publish(settings, ADMINISTRATION, [fact])[0]


def partner_file(settings: Settings, org: str) -> Path:
    """Write what an organisation needs to know its receipts by, and who is registered.

    SystemUnavailable.
    """
    trust = journal.standing(settings).trust
    return write_anchor(settings, org, trust, organisations_of(trust) | {org})
