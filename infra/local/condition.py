"""What each process really does: what the supervisor knows, and what the process says itself.

All are asked at once; one that does not answer within five seconds is frozen.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final

from infra import heart, web
from infra.heart import Word
from infra.local import kafka, supervisor
from infra.local.children import BROKER, State, read_json
from infra.local.processes import is_paused
from infra.local.supervisor import ChildStatus
from infra.settings import LOOPBACK, Settings
from infra.stage import StageName

ASK_SECONDS: Final = 5.0
RECENT_SECONDS: Final = 60.0
ENDS_OFTEN: Final = 2
"""Ends within the last minute after which it does not run, but restarts."""
GOES: Final = frozenset({Word.RUNNING, Word.LAGGING})
_WORST: Final = (
    Word.FROZEN, Word.BLOCKED, Word.REFOLDING, Word.STARTING, Word.LAGGING, Word.RUNNING
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Condition:
    """One process. `word` is one of `heart.Word`, or the supervisor's own where it does not run.

    `hearts` are as `heart.Beat`; `health` is the address that says it, '' if none is known.
    """

    child: ChildStatus
    word: str
    reason: str
    health: str
    hearts: tuple[dict[str, Any], ...] = ()

    @property
    def is_well(self) -> bool:
        """True if it works, also where messages wait."""
        return self.word in GOES


def conditions(settings: Settings) -> list[Condition]:
    """The supervisor and each of its children; empty if they were never up."""
    children = supervisor.status(settings)
    if not children:
        return []
    with ThreadPoolExecutor(len(children)) as askers:
        found = list(askers.map(lambda child: _condition(settings, child), children))
    broker = next((one for one in found if one.child.name == BROKER), None)
    if broker is None:  # of others, or of the unnamed namespace
        return found if broker_answers(settings) else [_without(one, "silent") for one in found]
    return found if broker.is_well else [_without(one, broker.word) for one in found]


def broker_answers(settings: Settings) -> bool:
    """Whether the broker of this machine answers; that of others is not asked."""
    return not settings.embedded_kafka or kafka.answers(settings)


def _condition(settings: Settings, child: ChildStatus) -> Condition:
    if child.state is not State.RUNNING or child.pid is None:
        return Condition(child, child.state, _ends(child) or child.detail, "")
    port = _port(settings, child)
    health = f"http://{LOOPBACK}:{port}/health" if port else ""
    if is_paused(child.pid):
        return Condition(child, Word.FROZEN, "stopped by a signal (SIGCONT lets it go on)", health)
    if (often := _ends(child)) and child.uptime_seconds < RECENT_SECONDS:
        return Condition(child, State.RESTARTING, often, health)
    hearts = _asked(health)
    if hearts is None:
        is_young = child.uptime_seconds < RECENT_SECONDS
        word = Word.STARTING if is_young or not port else Word.FROZEN
        return Condition(child, word, "" if is_young else "does not say how it is", health)
    worst = min(hearts, key=lambda one: _WORST.index(one["word"]))
    reason = str(worst["reason"])
    if reason and len(hearts) > 1:
        reason = f"{worst['name']}: {reason}"
    return Condition(child, worst["word"], reason, health, tuple(hearts))


def _ends(child: ChildStatus) -> str:
    recent = [end for end in child.ends if time.time() - end < RECENT_SECONDS]
    if len(recent) < ENDS_OFTEN:
        return ""
    return f"ended {len(recent)} times within a minute: {child.detail}"


def _port(settings: Settings, child: ChildStatus) -> int:
    """The port that it took itself, or else its own."""
    told = read_json(heart.port_file(settings, child.name))
    if told is not None and told["pid"] == child.pid:
        return int(told["port"])
    return settings.health_port(child.name)


def _asked(health: str) -> list[dict[str, Any]] | None:
    found = web.ask(health, ASK_SECONDS) if health else None
    if found is None:
        return None
    hearts: list[dict[str, Any]] = json.loads(found[1])["hearts"]
    return hearts


def _without(one: Condition, broker: str) -> Condition:
    """A stage without its broker, which is so, is held up, whatever it thinks."""
    is_stage = any(told["name"] in {*StageName} for told in one.hearts)
    if is_stage and one.is_well:
        return replace(one, word=Word.BLOCKED, reason=f"the broker is {broker}")
    return one
