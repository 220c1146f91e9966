"""`tekil status` beyond processes: what waits, what was skipped, which counts agree."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from infra import disk
from infra.errors import SystemUnavailable
from infra.local.condition import conditions
from infra.settings import Settings
from office.health import Health, read_health
from office.topic_ends import topic_ends
from projections.reader import Reader


@dataclass(frozen=True, slots=True)
class Report:
    """Health for a person (`lines`) and a program (`plain`). Not `is_well`: look."""

    is_well: bool
    lines: list[str]
    plain: dict[str, Any]


def processes(settings: Settings) -> list[dict[str, Any]]:
    """One row for the supervisor and for each of its children."""
    return [
        {
            "name": one.child.name,
            "state": str(one.word),
            "pid": one.child.pid,
            "uptime_seconds": round(one.child.uptime_seconds),
            "restarts": one.child.restarts,
            "health": one.health,
            "detail": one.reason or one.child.detail,
            "hearts": list(one.hearts),
        }
        for one in conditions(settings)
    ]


def room(settings: Settings) -> dict[str, Any]:
    """The disk in the worst state."""
    found = disk.look(settings)
    return {
        "level": found.level.name.lower(),
        "folder": str(found.folder),
        "free_bytes": found.free_bytes,
        "total_bytes": found.total_bytes,
        "text": str(found),
    }


def report(settings: Settings, has_broker: bool = True) -> Report:
    """Look at the views and the broker; what does not answer is said, never raised.

    Without a broker it is not asked: its client would try for half a minute.
    """
    reader = Reader(settings)
    try:
        return of(read_health(reader, partial(topic_ends, settings) if has_broker else None))
    except SystemUnavailable as error:
        return _unreadable(str(error))
    finally:
        reader.close()


def of(health: Health) -> Report:
    """The same from figures that were read."""
    failing = [str(check["check_name"]) for check in health.checks if not check["ok"]]
    waiting = {stage.name: stage.waiting for stage in health.stages}
    lines = [
        f"journal    block {health.seq}, last tick {health.last_tick or 'none'}",
        "waiting    "
        + ", ".join(
            f"{name} {'not known' if count is None else count}" for name, count in waiting.items()
        ),
        "foreign    "
        + ", ".join(f"{one.topic} {one.foreign}" for one in health.foreign)
        + _new(health),
        "repeated   " + ", ".join(f"{one.topic} {one.repeated}" for one in health.foreign[1:]),
        f"integrity  {health.agreeing} of {len(health.checks)} checks agree"
        + (f"; NOT: {', '.join(failing)}" if failing else ""),
    ]
    plain = {
        "seq": health.seq,
        "newest_block_ms": health.block_ms,
        "last_tick": health.last_tick,
        "waiting": waiting,
        "skipped_blocks": health.skipped,
        "foreign": {
            one.topic: {
                "foreign": one.foreign,
                "repeated": one.repeated,
                "last_day": one.last_day,
                "is_new": one.is_new,
            }
            for one in health.foreign
        },
        "checks": len(health.checks),
        "failing": failing,
    }
    return Report(not failing, lines, plain)


def _new(health: Health) -> str:
    """Who finds messages of strangers, is told where it is written what to do."""
    grew = [one.topic for one in health.foreign if one.is_new]
    return (
        f"; NEW: {', '.join(grew)} (docs/runbook.md, 'Foreign messages in a topic')" if grew else ""
    )


def _unreadable(problem: str) -> Report:
    return Report(False, [f"health     not known: {problem}"], {"problem": problem})
