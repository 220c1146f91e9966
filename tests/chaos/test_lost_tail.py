"""A broker that came back with less than it had: stages stop, say so, and write nothing more."""

import shutil
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from kafka import KafkaProducer, TopicPartition

import programs
from events.catalog import TOPICS, Topic, receipts_topic
from infra import kafka
from infra.local import children, supervisor
from infra.local.children import State
from infra.settings import Settings
from projections.writer import wait_until_current
from tests.chaos.judge import Judgement
from tests.chaos.load import ORGS, Load
from tests.chaos.system import (
    FIRST_DAY,
    STAGES,
    Office,
    child,
    quiet,
    running_system,
    signing_keys,
    start,
    wait_for,
)

WORDS = "the log was rewritten"
LOST = 3
SETTLE_SECONDS = 4.0
"""How long all that still runs has time to write something wrong."""


@dataclass
class Kept:
    """A system that is down, and copies of its home (whole) and of its broker (earlier)."""

    settings: Settings
    home: Path
    early: Path
    load: Load
    ends: dict[str, int]

    @property
    def log(self) -> Path:
        """The broker's log."""
        return self.settings.root / "broker" / "data"

    def restore(self) -> None:
        """As it was when it went down, in every file."""
        supervisor.down(self.settings)
        shutil.rmtree(self.settings.root)
        shutil.copytree(self.home, self.settings.root, symlinks=True)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("kept")
    with running_system() as settings:
        load = Load(5, signing_keys(settings), FIRST_DAY)
        publish(settings, load, 40)
        supervisor.down(settings)
        shutil.copytree(settings.root / "broker" / "data", folder / "early")
        up(settings)
        publish(settings, load, 60)
        held = ends(settings)
        supervisor.down(settings)
        shutil.copytree(settings.root, folder / "home", symlinks=True)
        yield Kept(settings, folder / "home", folder / "early", load, held)


def publish(settings: Settings, load: Load, submissions: int) -> None:
    with Office(settings, load, per_second=40) as office:
        wait_for("it is sent", lambda: len(office.sent) >= submissions)
        office.finish()
    assert wait_until_current(settings, 60)


def up(settings: Settings) -> None:
    programs.up(settings, quiet, lambda: None)


def ends(settings: Settings) -> dict[str, int]:
    """End offset of every topic but the submissions, which belong to the senders."""
    names = [spec.topic for spec in TOPICS if not spec.per_partner]
    names += [receipts_topic(org) for org in ORGS]  # type: ignore[misc]
    client = kafka.consumer(settings)
    try:
        return {
            name: kafka.end_offset(client, settings.topic(name))
            for name in names
            if name != Topic.SUBMISSIONS
        }
    finally:
        client.close()


def cut(log: Path, topic: str, batches: int = LOST) -> None:
    """Take the last batches off a topic's log, as an unclean loss does."""
    folder = log / f"{topic}-0"
    [*_, segment] = sorted(folder.glob("*.log"))
    data = segment.read_bytes()
    starts, at = [], 0
    while at + 12 <= len(data):
        size = struct.unpack(">i", data[at + 8 : at + 12])[0]
        if size <= 0:
            break  # the file is preallocated
        starts.append(at)
        at += 12 + size
    assert len(starts) > batches, f"{segment} holds {len(starts)} batches"
    with segment.open("r+b") as file:
        file.truncate(starts[-batches])
    for pattern in ("*.index", "*.timeindex", "*.snapshot"):
        for path in folder.glob(pattern):
            path.unlink()
    (log / ".kafka_cleanshutdown").unlink(missing_ok=True)


def earlier(kept: Kept) -> None:
    shutil.rmtree(kept.log)
    shutil.copytree(kept.early, kept.log)


def cut_of(*topics: str) -> Callable[[Kept], None]:
    def damage(kept: Kept) -> None:
        for topic in topics:
            cut(kept.log, topic)

    return damage


def stopped(settings: Settings, stages: set[str]) -> None:
    """These stages, and no others, stay stopped with the words; nothing is written."""
    wait_for(
        f"{stages} stop",
        lambda: all(child(settings, stage).state is State.STOPPED for stage in stages),
        seconds=60,
    )
    before = ends(settings)
    time.sleep(SETTLE_SECONDS)
    assert ends(settings) == before
    states = {stage: child(settings, stage) for stage in STAGES}
    assert {s for s, found in states.items() if found.state is State.STOPPED} == stages
    assert all(states[stage].restarts == 0 for stage in stages), "each stops at its first start"
    for stage in stages:
        assert WORDS in states[stage].detail or WORDS in log_since_start(settings, stage)


def log_since_start(settings: Settings, stage: str) -> str:
    return children.log_path(settings, stage).read_text()


@pytest.mark.parametrize(
    ("damage", "stages"),
    [
        pytest.param(earlier, {"intake", "registry", "projector"}, id="an earlier copy"),
        pytest.param(cut_of(Topic.JOURNAL), set(STAGES), id="journal's tail"),
        pytest.param(
            cut_of(Topic.FINDINGS), {"registry", "receipts", "projector"}, id="findings' tail"
        ),
        pytest.param(cut_of(Topic.KEYS), {"intake", "registry"}, id="keys' tail"),
        pytest.param(cut_of(Topic.SUBMISSIONS), {"intake"}, id="submissions' tail"),
    ],
)
def test_a_lost_tail_stops_each_stage_that_had_read_it(
    kept: Kept, damage: Callable[[Kept], None], stages: set[str]
) -> None:
    kept.restore()
    damage(kept)
    up(kept.settings)
    stopped(kept.settings, stages)
    found = ends(kept.settings)
    assert all(found[name] <= end for name, end in kept.ends.items()), (
        "nothing new stands in any topic"
    )


def test_a_log_that_grew_again_beside_the_cursors_is_seen(kept: Kept) -> None:
    """The journal is longer than before, but another one: intake began anew on an earlier copy."""
    kept.restore()
    end_before = kept.ends[Topic.JOURNAL]
    earlier(kept)
    shutil.rmtree(kept.settings.root / "state" / "intake")
    up(kept.settings)
    wait_for("the registry stops", lambda: state_of(kept, "registry") is State.STOPPED, 60)
    send_until(kept, lambda: ends(kept.settings)[Topic.JOURNAL] > end_before + 5)
    supervisor.down(kept.settings)
    for stage in STAGES:
        children.log_path(kept.settings, stage).unlink()
    up(kept.settings)
    stopped(kept.settings, {"registry", "projector"})
    assert "another" in log_since_start(kept.settings, "registry")
    assert "another" in log_since_start(kept.settings, "projector")


def test_the_runbook_says_what_was_lost_again(kept: Kept) -> None:
    """aid-findings lost its tail: an empty registry and an empty database bring it all back."""
    kept.restore()
    cut(kept.log, Topic.FINDINGS)
    shutil.rmtree(kept.settings.root / "state" / "registry")
    shutil.rmtree(kept.settings.root / "clickhouse")
    start(kept.settings)
    last = kept.ends[Topic.FINDINGS]  # each block had one message
    wait_for("all is said again", lambda: ends(kept.settings)[Topic.FINDINGS] >= 2 * last - LOST)
    supervisor.down(kept.settings)
    start(kept.settings)
    publish(kept.settings, kept.load, 10)
    judgement = Judgement(kept.settings)
    assert judgement.differences({}) == []


def state_of(kept: Kept, stage: str) -> State:
    return child(kept.settings, stage).state


def send_until(kept: Kept, done: Callable[[], bool]) -> None:
    """One submission after the other, so that each becomes a block of its own."""
    producer = KafkaProducer(bootstrap_servers=kept.settings.bootstrap, acks="all")
    topic = TopicPartition(kept.settings.topic(Topic.SUBMISSIONS), 0)
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end, "the journal did not grow"
        message = kept.load.next()
        producer.send(topic.topic, value=message.value, headers=message.headers, partition=0).get(
            timeout=30
        )
        time.sleep(0.02)
    producer.close()
