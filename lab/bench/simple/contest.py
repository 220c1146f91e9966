"""The three at the same job: their speed, and what a kill -9 does to each."""

import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from kafka import TopicPartition
from kafka.admin import NewTopic

from infra import kafka
from infra.local.children import ROOT
from infra.settings import Settings
from lab.bench import processes
from lab.bench.children import BenchFailed, Child, tell
from lab.bench.figures import Figure
from lab.bench.simple import job
from lab.bench.simple.reading import Messages, Reader

SOURCE: Final = "bench-simple"
PEERS_PYTHON: Final = ROOT / ".venv" / "peers" / "bin" / "python"
PEERS_READY: Final = ROOT / ".venv" / "peers" / "ready"
"""Made when all packages are there."""
MAKE_PEERS: Final = "make peers"
PATIENCE_SECONDS: Final = 180.0
"""Without a new message: starting, waiting for a dead member's session, recovering a table."""
QUIET_SECONDS: Final = 2.0
MAX_MESSAGE_BYTES: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to do the job; `by_seq` if its readers keep one message a seq."""

    name: str
    title: str
    module: str
    guarantee: str
    words: tuple[str, ...] = ()
    python: str = sys.executable
    by_seq: bool = False
    committed: bool = False


OURS: Final = Contender(
    "ours",
    "Tekil's stage",
    "lab.bench.simple.ours",
    "exactly once for a reader that keeps one message a seq: state and cursor in one write,"
    " after the output is acknowledged",
    by_seq=True,
)
FAUST: Final = Contender(
    "faust",
    "Faust agent with a table",
    "lab.bench.simple.faust_table",
    "at least once (its default); table, changelog and offset are written apart",
)
QUIX: Final = Contender(
    "quix",
    "Quix Streams",
    "lab.bench.simple.quix_frame",
    "at least once (its default)",
    words=("at-least-once",),
    python=str(PEERS_PYTHON),
)
QUIX_EXACTLY_ONCE: Final = Contender(
    "quix-exactly-once",
    "Quix Streams, exactly-once",
    "lab.bench.simple.quix_frame",
    "exactly once (Kafka transactions) for readers that read committed messages only",
    words=("exactly-once",),
    python=str(PEERS_PYTHON),
    committed=True,
)


def contenders() -> tuple[list[Contender], str]:
    """Those that can run here, and one line about who cannot ('' if all can)."""
    if PEERS_READY.exists():
        return [OURS, FAUST, QUIX, QUIX_EXACTLY_ONCE], ""
    return [OURS, FAUST], f"Quix Streams is left out: it is not installed. Run: {MAKE_PEERS}"


def measure(
    settings: Settings,
    folder: Path,
    records: int,
    runs: int,
    kills: Sequence[float],
    kills_peers: bool,
) -> dict[str, Any]:
    """Speed of each, whether the findings are equal, what kill -9 did. The broker runs.

    Each (or ours alone) is killed once after each of the shares `kills` of the work, and started
    again.
    """
    takers, left_out = contenders()
    if left_out:
        tell(left_out)
    truth, last = job.truth(records)
    contest = _Contest(settings, folder, truth, last)
    contest.make_topic(SOURCE)
    _publish(settings, records)
    return {
        "records": records,
        "frame_records": job.FRAME_RECORDS,
        "findings": len(truth),
        "left_out": left_out,
        "contenders": contest.all(takers, runs, kills, kills_peers),
    }


def _publish(settings: Settings, records: int) -> None:
    with closing(kafka.producer(settings, linger_ms=5)) as producer:
        sent = [
            producer.send(SOURCE, key=job.KEY, value=frame, partition=0)
            for frame in job.frames(records)
        ]
        for future in sent:
            future.get(timeout=PATIENCE_SECONDS)


@dataclass(slots=True)
class _Tally:
    """One contender's undisturbed runs."""

    safe_rates: list[float] = field(default_factory=list)
    stated_rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peaks: list[int] = field(default_factory=list)
    equal: list[bool] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "rate": Figure.of(self.safe_rates, "records/s").plain(),
            "rate_until_said": Figure.of(self.stated_rates, "records/s").plain(),
            "cpu_seconds_per_1000_records": Figure.of(self.cpu, "s").plain(),
            "peak_mib": max(self.peaks),
            "equal_without_kill": all(self.equal),
        }


class _Contest:
    """What all runs share."""

    def __init__(self, settings: Settings, folder: Path, truth: set[job.Pair], last: int) -> None:
        self._settings, self._folder = settings, folder
        self._truth, self._last = truth, last

    def all(
        self, takers: Sequence[Contender], runs: int, kills: Sequence[float], kills_peers: bool
    ) -> list[dict[str, Any]]:
        """Figures and counts of each. They take turns: what else runs here meets all alike."""
        tallies = {one.name: _Tally() for one in takers}
        for run in range(runs):
            for one in takers:
                tell(f"small job, run {run + 1} of {runs}: {one.title}")
                self._tallied(one, tallies[one.name], f"{one.name}-{run}")
        found = []
        for one in takers:
            about = {"name": one.name, "title": one.title, "guarantee": one.guarantee}
            killed: dict[str, Any] = {"after_kill": None}
            if one is OURS or kills_peers:
                tell(f"small job, with kill -9: {one.title}")
                killed["after_kill"] = self._killed(one, kills)
            found.append(about | tallies[one.name].plain() | killed)
        return found

    def _tallied(self, one: Contender, tally: "_Tally", name: str) -> None:
        records = self._last * job.FRAME_RECORDS
        messages, seconds, used = self._run(one, name)
        compared = self._seen(one, messages).compared(self._truth)
        tally.equal.append(compared.equal and not compared.repeated)
        tally.safe_rates.append(records / seconds)
        tally.stated_rates.append(records / messages.seconds)
        tally.cpu.append(used.cpu_seconds * 1000 / records)
        tally.peaks.append(used.peak_mib)

    def make_topic(self, name: str) -> None:
        """A topic of one partition whose times are the broker's."""
        config = {
            "message.timestamp.type": "LogAppendTime",
            "max.message.bytes": str(MAX_MESSAGE_BYTES),
        }
        with closing(kafka.admin_client(self._settings)) as admin:
            topic = NewTopic(name, 1, 1, topic_configs=config)
            admin.create_topics([topic], wait_for_metadata=True)

    def _run(self, one: Contender, name: str) -> tuple[Messages, float, processes.Usage]:
        """One undisturbed run: what its reader has, seconds of work, what the process used.

        The seconds begin when the first findings were appended: starting up is not in them,
        neither the process's nor joining a group.

        Asked to stop when the last findings stand, a peer writes its state and commits its
        place: until then its work is not done. Ours has written both with each batch.
        """
        self.make_topic(_findings(name))
        with closing(Reader(self._settings.bootstrap, _findings(name))) as watch:
            with self._started(one, name, 0) as child:
                self._wait(watch, child, self._last)
                used, safe = processes.usage(child.pid), time.time()
                if not one.by_seq:
                    child.ask_to_end()
                    while child.is_running and self._committed(name) <= self._last:
                        used = _usage_or(child.pid, used)
                    safe = time.time()
            began = watch.messages.append_ms[0] / 1000
        return self._read(one, name), safe - began, used

    def _committed(self, group: str) -> int:
        """The offset from which the group would go on; 0 if it never committed."""
        with closing(kafka.admin_client(self._settings)) as admin:
            found = admin.list_group_offsets(group)[group].get(TopicPartition(SOURCE, 0))
        return int(found.offset) if found else 0

    def _killed(self, one: Contender, kills: Sequence[float]) -> dict[str, Any]:
        """Killed in its work, started again each time; what its reader has at the end."""
        name = f"{one.name}-killed"
        self.make_topic(_findings(name))
        killed_at = []
        watch = Reader(self._settings.bootstrap, _findings(name))
        with closing(watch):
            for start, share in enumerate(kills):
                with self._started(one, name, start) as child:
                    self._wait(watch, child, int(share * self._last))
                    child.kill()
                killed_at.append(watch.look().highest)
            with self._started(one, name, len(kills)) as child:
                self._wait(watch, child, self._last)
                _quiet(watch)  # the last frame may stand there from before the kill
                messages = self._read(one, name, child)
        seen = self._seen(one, messages)
        compared = seen.compared(self._truth)
        return asdict(compared) | {
            "equal": compared.equal,
            "frames": self._last + 1,
            "killed_at_frame": killed_at,
            "messages": len(messages.seqs),
            "messages_dropped_by_seq": len(messages.seqs) - len(seen.seqs),
        }

    def _read(self, one: Contender, name: str, child: Child | None = None) -> Messages:
        """All that a reader of this contender's findings gets; waits for its last frame."""
        found = Reader(self._settings.bootstrap, _findings(name), committed=one.committed)
        with closing(found):
            self._wait(found, child, self._last)
            return _quiet(found)

    def _seen(self, one: Contender, messages: Messages) -> Messages:
        return messages.once_a_seq() if one.by_seq else messages

    def _started(self, one: Contender, name: str, start: int) -> Child:
        place = self._folder / name
        place.mkdir(exist_ok=True)
        words: Sequence[str] = (name, SOURCE, _findings(name), str(place / "state"))
        if one is not OURS:
            words = (*words, self._settings.bootstrap, *one.words)
        settings = self._settings.model_copy(update={"kafka_bootstrap": self._settings.bootstrap})
        return Child(
            [one.python, "-m", one.module, *words], place / f"{start}.log", settings=settings
        )

    def _wait(self, reader: Reader, child: Child | None, seq: int) -> None:
        """Until the findings of frame `seq` were stated."""
        seen, moved = -1, time.monotonic()
        while (highest := reader.look().highest) < seq:
            if child:
                child.check()
            if len(reader.messages.seqs) != seen:
                seen, moved = len(reader.messages.seqs), time.monotonic()
            if time.monotonic() - moved > PATIENCE_SECONDS:
                where = child.log.parent.name if child else "a topic of findings"
                raise BenchFailed(f"{where} stands still at frame {highest}")


def _quiet(reader: Reader) -> Messages:
    """What else comes until nothing does for a while: repeats of frames."""
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < QUIET_SECONDS:
        if len(reader.look().seqs) != seen:
            seen, since = len(reader.messages.seqs), time.monotonic()
    return reader.messages


def _usage_or(pid: int, before: processes.Usage) -> processes.Usage:
    try:
        return processes.usage(pid)
    except (FileNotFoundError, ProcessLookupError):
        return before


def _findings(name: str) -> str:
    return f"bench-findings-{name}"
