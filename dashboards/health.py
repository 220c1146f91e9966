"""Is the system well: what waits for each stage, what was skipped, which checks hold. Pure.

The same figures stand on the page and in `tekil status`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from dashboards import formats
from dashboards.queries import INTEGRITY, PROGRESS, Source

JOURNAL: Final = "journal"
FINDINGS: Final = "findings"
SUBMISSIONS: Final = "submissions"
Row = Mapping[str, Any]
Ends = Callable[[int], Mapping[str, int] | None]
"""The first submission that stands in no block → the ends of `submissions`, `journal` and
`findings`; None while the broker is silent."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What waits for a stage (messages, blocks for the registry; None: the broker is silent)."""

    name: str
    waiting: int | None
    skipped: int | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """The system at a glance. `seq` is -1 and `block_ms` 0 before the first block."""

    seq: int
    head: str
    block_ms: int
    last_tick: date | None
    stages: tuple[Stage, ...]
    checks: tuple[Row, ...]

    @property
    def is_day_clock(self) -> bool:
        """True in test mode: a clock that only signed steps move stands at a midnight."""
        return self.block_ms > 0 and formats.is_midnight(self.block_ms)

    def age_seconds(self, now_ms: int) -> float:
        """Age of the newest block; in whole days where the clock knows no hours."""
        seconds = max(0.0, (now_ms - self.block_ms) / 1000)
        return (
            seconds // formats.DAY_SECONDS * formats.DAY_SECONDS if self.is_day_clock else seconds
        )

    @property
    def agreeing(self) -> int:
        """How many checks hold."""
        return sum(bool(check["ok"]) for check in self.checks)

    @property
    def is_sound(self) -> bool:
        """True if there are checks and all hold: a check that saw nothing is no good news."""
        return bool(self.checks) and self.agreeing == len(self.checks)

    @property
    def skipped(self) -> int:
        """Blocks that the projector did not count."""
        return sum(stage.skipped or 0 for stage in self.stages)


def read_health(source: Source, ends: Ends | None) -> Health:
    """From the views, and from where the topics end if somebody says it.

    Raises ClickHouseUnavailable, and what `ends` raises.
    """
    progress = source.rows(PROGRESS)
    taken = next((int(row["source_to"] or 0) for row in progress if row["source"] == JOURNAL), 0)
    return health(progress, source.rows(INTEGRITY), ends(taken) if ends else None)


def health(
    progress: Sequence[Row], checks: Sequence[Row], ends: Mapping[str, int] | None
) -> Health:
    """The same from rows."""
    by_source = {row["source"]: row for row in progress}
    journal, findings = by_source.get(JOURNAL), by_source.get(FINDINGS)
    first = checks[0] if checks else None
    return Health(
        seq=int(first["seq"]) if first else -1,
        head=str(first["head"] or "") if first else "",
        block_ms=int(journal["clock_ms"] or 0) if journal else 0,
        last_tick=journal["tick_day"] if journal and journal["clock_ms"] else None,
        stages=(
            Stage("intake", _behind(ends, SUBMISSIONS, journal, "source_to")),
            Stage("registry", _blocks_behind(journal, findings)),
            Stage(JOURNAL, _behind(ends, JOURNAL, journal, "next_offset"), _skipped(journal)),
            Stage(FINDINGS, _behind(ends, FINDINGS, findings, "next_offset"), _skipped(findings)),
        ),
        checks=tuple(checks),
    )


def _behind(ends: Mapping[str, int] | None, topic: str, row: Row | None, column: str) -> int | None:
    """Messages between the end of a topic and what was taken of it."""
    if ends is None:
        return None
    return max(0, ends[topic] - int(row[column] if row else 0))


def _blocks_behind(journal: Row | None, findings: Row | None) -> int:
    ahead = int(journal["next_seq"]) if journal else 0
    return max(0, ahead - (int(findings["next_seq"]) if findings else 0))


def _skipped(row: Row | None) -> int:
    return int(row["skipped"]) if row else 0
