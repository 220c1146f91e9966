"""How much each organisation had evaluated, and whether it may have more.

Counts are on the disk before an evaluation (SQLite, synchronous): a crash may count what was
not answered, never the other way. Request ids stand beside them, until their time has passed.
"""

import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Final

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from keyserver.oprf.messages import CLOCK_SECONDS
from keyserver.partners import BURST_SECONDS, Partner

DAY_OFFSET: Final = timedelta(hours=3)  # Türkiye has no daylight saving
REQUEST_KEPT_SECONDS: Final = 2 * CLOCK_SECONDS
"""A request that is younger than now + CLOCK_SECONDS is too old after twice that."""
BUSY_SECONDS: Final = 10.0
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS evaluations (
    day TEXT NOT NULL, org TEXT NOT NULL, epoch TEXT NOT NULL, evaluations INTEGER NOT NULL,
    PRIMARY KEY (day, org, epoch)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS requests (
    org TEXT NOT NULL, request TEXT NOT NULL, seen INTEGER NOT NULL,
    PRIMARY KEY (org, request)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS requests_seen ON requests (seen);
"""


class Replayed(Exception):
    """This request id was answered before."""


class QuotaUsed(Exception):
    """The day's quota has not so many left; `remaining` says how many it has."""

    def __init__(self, remaining: int) -> None:
        super().__init__(f"{remaining} evaluations are left today")
        self.remaining = remaining


def day_of(now_seconds: float) -> str:
    """The day in Türkiye (UTC+3), YYYY-MM-DD."""
    return (datetime.fromtimestamp(now_seconds, UTC) + DAY_OFFSET).date().isoformat()


def seconds_to_next_day(now_seconds: float) -> int:
    """How long the day in Türkiye still lasts, rounded up."""
    local = datetime.fromtimestamp(now_seconds, UTC) + DAY_OFFSET
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return max(1, ceil((midnight - local).total_seconds()))


class Quotas:
    """The counts in one file; used by several threads, and readable by other processes."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        path.chmod(0o600)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def was_answered(self, org: str, request: str) -> bool:
        """Whether a request id is used up: a look before the work; `take` has the last word."""
        with self._lock:
            found = self._db.execute(
                "SELECT 1 FROM requests WHERE org = ? AND request = ?", (org, request)
            ).fetchone()
        return found is not None

    def take(
        self,
        day: str,
        org: str,
        epoch: str,
        count: int,
        quota: int,
        request: str = "",
        now_seconds: float = 0,
    ) -> int:
        """Count `count` evaluations and use up the request id; what remains of the day's quota.

        The quota is for all epochs of a day together. Replayed or QuotaUsed, and then nothing is
        counted; sqlite3.Error if the disk does not take it. Without `request` no id is used up.
        """
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                remaining = self._take(day, org, epoch, count, quota)
                if request:
                    self._use_up(org, request, int(now_seconds))
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
        return remaining

    def _take(self, day: str, org: str, epoch: str, count: int, quota: int) -> int:
        used = self._used(day, org)
        if used + count > quota:
            raise QuotaUsed(max(0, quota - used))
        self._db.execute(
            "INSERT INTO evaluations VALUES (?, ?, ?, ?) ON CONFLICT (day, org, epoch)"
            " DO UPDATE SET evaluations = evaluations + excluded.evaluations",
            (day, org, epoch, count),
        )
        return quota - used - count

    def _use_up(self, org: str, request: str, now: int) -> None:
        self._db.execute("DELETE FROM requests WHERE seen < ?", (now - REQUEST_KEPT_SECONDS,))
        try:
            self._db.execute("INSERT INTO requests VALUES (?, ?, ?)", (org, request, now))
        except sqlite3.IntegrityError:
            raise Replayed from None

    def _used(self, day: str, org: str) -> int:
        (used,) = self._db.execute(
            "SELECT coalesce(sum(evaluations), 0) FROM evaluations WHERE day = ? AND org = ?",
            (day, org),
        ).fetchone()
        return int(used)

    def remaining(self, day: str, org: str, quota: int) -> int:
        """What is left of a day's quota."""
        with self._lock:
            return max(0, quota - self._used(day, org))

    def counts(self) -> list[tuple[str, str, str, int]]:
        """All counts: (day, org, epoch, evaluations), oldest day first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT day, org, epoch, evaluations FROM evaluations ORDER BY day, org, epoch"
            ).fetchall()
        return [(str(day), str(org), str(epoch), int(count)) for day, org, epoch, count in rows]


def counts_in(path: Path) -> list[tuple[str, str, str, int]]:
    """The counts in a server's file, whether it runs or not; none before it first ran."""
    if not path.exists():
        return []
    quotas = Quotas(path)
    try:
        return quotas.counts()
    finally:
        quotas.close()


class Rates:
    """How fast: a partner's elements in a sliding window. In memory; a restart begins anew."""

    def __init__(self) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def take(self, partner: Partner, count: int) -> int:
        """0 if so many more elements are within the rate, and then they count; else seconds."""
        window = RateLimitItemPerSecond(partner.burst, BURST_SECONDS)
        if self._limiter.hit(window, partner.org, cost=count):
            return 0
        # by then room for them has come back, if the partner waits
        return max(1, min(BURST_SECONDS, ceil(count / partner.elements_per_second)))
