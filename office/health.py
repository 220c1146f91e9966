"""Is the system well: what waits for each stage, what was skipped, which checks hold. Pure.

The same figures stand on the page and in `tekil status`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from processors import clock
from projections.queries import Query, Source, ViewRow

JOURNAL: Final = "journal"
FINDINGS: Final = "findings"
SUBMISSIONS: Final = "submissions"
DAY_SECONDS: Final = 86_400
INTEGRITY: Final = Query(
    "SELECT check_name, left_count, right_count, ok, seq, head FROM v1_integrity", 10.0
)
PROGRESS: Final = Query(
    "SELECT source, next_seq, next_offset, skipped, day, source_to, clock_ms, tick_day, ticks"
    " FROM v1_progress"
)
FOREIGN: Final = Query(
    "SELECT topic, countIf(kind = 'foreign') AS foreign_count, countIf(kind = 'repeat')"
    " AS repeated, maxIf(day, kind = 'foreign') AS last_day FROM v1_foreign_messages"
    " GROUP BY topic",
    2.0,
)
FOREIGN_TOPICS: Final = (SUBMISSIONS, JOURNAL, "keys", FINDINGS, "receipts")
RECENT: Final = timedelta(days=1)
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
class Foreign:
    """Messages of a topic that did not count: `foreign` are not ours, `repeated` were said before.

    `last_day` is the day in force when the last foreign one was counted; None if there is none.
    """

    topic: str
    foreign: int = 0
    repeated: int = 0
    last_day: date | None = None
    is_new: bool = False
    """The last one came on the journal's newest day, or the day before."""


@dataclass(frozen=True, slots=True)
class Health:
    """The system at a glance. `seq` is -1 and `block_ms` 0 before the first block."""

    seq: int
    head: str
    block_ms: int
    last_tick: date | None
    stages: tuple[Stage, ...]
    checks: tuple[ViewRow, ...]
    foreign: tuple[Foreign, ...] = ()
    """One for each of the five topics."""

    @property
    def is_day_clock(self) -> bool:
        """True in test mode: a clock that only signed steps move stands at a midnight."""
        midnight = clock.start_of(clock.day_of(self.block_ms))
        return self.block_ms > 0 and midnight == self.block_ms

    def age_seconds(self, now_ms: int) -> float:
        """Age of the newest block; in whole days where the clock knows no hours."""
        seconds = max(0.0, (now_ms - self.block_ms) / 1000)
        return seconds // DAY_SECONDS * DAY_SECONDS if self.is_day_clock else seconds

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
    known_ends = ends(taken) if ends else None
    return health(progress, source.rows(INTEGRITY), known_ends, source.rows(FOREIGN))


def health(
    progress: Sequence[ViewRow],
    checks: Sequence[ViewRow],
    ends: Mapping[str, int] | None,
    foreign: Sequence[ViewRow] = (),
) -> Health:
    """The same from rows."""
    by_source = {row["source"]: row for row in progress}
    journal, findings = by_source.get(JOURNAL), by_source.get(FINDINGS)
    first = checks[0] if checks else None
    last_tick = journal["tick_day"] if journal and journal["clock_ms"] else None
    by_topic = {row["topic"]: row for row in foreign}
    return Health(
        seq=int(first["seq"]) if first else -1,
        head=str(first["head"] or "") if first else "",
        block_ms=int(journal["clock_ms"] or 0) if journal else 0,
        last_tick=last_tick,
        stages=(
            Stage("intake", _behind(ends, SUBMISSIONS, journal, "source_to")),
            Stage("registry", _blocks_behind(journal, findings)),
            Stage(JOURNAL, _behind(ends, JOURNAL, journal, "next_offset"), _skipped(journal)),
            Stage(FINDINGS, _behind(ends, FINDINGS, findings, "next_offset"), _skipped(findings)),
        ),
        checks=tuple(checks),
        foreign=tuple(_foreign(name, by_topic.get(name), last_tick) for name in FOREIGN_TOPICS),
    )


def _foreign(topic: str, row: ViewRow | None, newest: date | None) -> Foreign:
    if row is None:
        return Foreign(topic)
    last = row["last_day"] if row["foreign_count"] else None
    is_new = last is not None and newest is not None and last >= newest - RECENT
    return Foreign(topic, int(row["foreign_count"]), int(row["repeated"]), last, is_new)


def _behind(
    ends: Mapping[str, int] | None, topic: str, row: ViewRow | None, column: str
) -> int | None:
    """Messages between the end of a topic and what was taken of it."""
    if ends is None:
        return None
    return max(0, ends[topic] - int(row[column] if row else 0))


def _blocks_behind(journal: ViewRow | None, findings: ViewRow | None) -> int:
    ahead = int(journal["next_seq"]) if journal else 0
    return max(0, ahead - (int(findings["next_seq"]) if findings else 0))


def _skipped(row: ViewRow | None) -> int:
    return int(row["skipped"]) if row else 0
