"""The whole chain: from the first submission sent to the last row in ClickHouse.

The clock runs from the sender's first send until both tables under v1_assistance and
v1_verdicts hold a row for every record; that the views show them all is checked after it.
"""

import time
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from clickhouse_connect.driver.client import Client
from kafka import TopicPartition

from events.catalog import Topic, receipts_topic
from infra import kafka
from infra.clickhouse import OWNER, connect
from infra.settings import Settings
from lab.bench import load, processes, sender, system
from lab.bench.children import BenchFailed, tell
from lab.bench.figures import Figure

POLL_SECONDS: Final = 0.05
PATIENCE_SECONDS: Final = 120.0
"""Without a new row."""
STAGE_TOPICS: Final = {
    "intake": Topic.JOURNAL,
    "registry": Topic.FINDINGS,
    "receipts": receipts_topic(load.ORG),
}


def measure(settings: Settings, folder: Path, records: int, runs: int) -> dict[str, Any]:
    """Records a second of the whole chain; where the CPU went; memory. The system runs."""
    with closing(connect(settings, OWNER)) as client:
        shown = rows(client)
        found = [_run(settings, client, folder, records // 2, turn, runs) for turn in range(runs)]
        _check_views(client, shown + records // 2 * 2 * runs)
    if system.restarts(settings):
        raise BenchFailed("a process was restarted meanwhile: see the logs")
    stages = [*STAGE_TOPICS, "projector"]
    cpu = {name: [run["cpu"].get(name, 0.0) for run in found] for name in found[0]["cpu"]}
    return {
        "records_per_run": records // 2 * 2,
        "bytes_per_record": round(found[0]["bytes"] / (records // 2 * 2)),
        "rate": Figure.of([run["rate"] for run in found], "records/s").plain(),
        "rate_until": {
            stage: Figure.of([run["until"][stage] for run in found], "records/s").plain()
            for stage in stages
        },
        "cpu_seconds_per_1000_records": {
            name: Figure.of([1000 * s / (records // 2 * 2) for s in seconds], "s").plain()
            for name, seconds in cpu.items()
        },
        "peak_mib": {name: used.peak_mib for name, used in _usage(settings).items()},
    }


def _run(
    settings: Settings, client: Client, folder: Path, households: int, turn: int, runs: int
) -> dict[str, Any]:
    records = households * 2
    place = folder / f"chain-{turn}"
    tell(f"whole chain, run {turn + 1} of {runs}: signing {records:,} records")
    with sender.prepared(settings, place, "two-months", turn * households, households) as sending:
        wanted = rows(client) + records
        before = _usage(settings)
        tell(f"whole chain, run {turn + 1} of {runs}: sending")
        sending.go()
        ended = wait_for_rows(client, wanted)
        after = _usage(settings)
        sent = sending.result()
    cpu = {
        name: used.cpu_seconds - before[name].cpu_seconds
        for name, used in after.items()
        if name in before
    }
    until = {
        stage: records / (_last_append(settings, topic) - sent["began_clock"])
        for stage, topic in STAGE_TOPICS.items()
    }
    rate = records / (ended - sent["began"])
    return {
        "rate": rate,
        "until": until | {"projector": rate},
        "cpu": cpu | {"signing and sending": sent["cpu_seconds"]},
        "bytes": sent["bytes"],
    }


def _usage(settings: Settings) -> dict[str, processes.Usage]:
    found = processes.of_children(settings)
    found.pop("supervisor", None)
    return found


def rows(client: Client) -> int:
    """Rows that both tables hold: the smaller number."""
    answer = client.query("SELECT (SELECT count() FROM assistance), (SELECT count() FROM verdicts)")
    return int(min(answer.result_rows[0]))


def wait_for_rows(client: Client, wanted: int) -> float:
    """When the last row was seen, on the monotonic clock."""
    seen, moved = -1, time.monotonic()
    while (found := rows(client)) < wanted:
        now = time.monotonic()
        if found != seen:
            seen, moved = found, now
        if now - moved > PATIENCE_SECONDS:
            raise BenchFailed(f"{wanted - found} rows did not arrive")
        time.sleep(POLL_SECONDS)
    return time.monotonic()


def _check_views(client: Client, records: int) -> None:
    """Raise BenchFailed if a view does not show every record."""
    for view in ("v1_assistance", "v1_verdicts"):
        found = client.query(f"SELECT count() FROM {view}").result_rows[0][0]
        if found != records:
            raise BenchFailed(f"{view} shows {found} of {records} records")


def _last_append(settings: Settings, base: str) -> float:
    """When the newest message of a topic was appended (the broker's clock, seconds)."""
    with closing(kafka.consumer(settings)) as client:
        partition = TopicPartition(settings.topic(base), 0)
        client.assign([partition])
        client.seek(partition, kafka.end_offset(client, partition.topic) - 1)
        for records in client.poll(timeout_ms=10_000, max_records=1).values():
            return float(records[0].timestamp) / 1000
    raise BenchFailed(f"the end of {base} could not be read")
