"""The small job as Faust's documentation has it: an agent, a table in RocksDB, its changelog.

Its settings are Faust's own but for the session time-out, which is ours for all, so that a
killed worker's place is free as soon for each. Faust starts where its consumer group stands.
"""

import sys
from typing import Any, Final

import faust

from lab.bench.simple import job

SESSION_SECONDS: Final = 6.0


def build_app(
    name: str, source: str, findings: str, folder: str, bootstrap: str
) -> tuple[faust.App, Any]:
    """The app and its agent."""
    app = faust.App(
        name,
        broker="kafka://" + bootstrap,
        store="rocksdb://",
        datadir=folder,
        topic_partitions=1,
        web_enabled=False,
        broker_session_timeout=SESSION_SECONDS,
        broker_heartbeat_interval=SESSION_SECONDS / 4,
    )
    frames = app.topic(source, value_serializer="raw", key_serializer="raw", partitions=1)
    said = app.topic(findings, value_serializer="raw", partitions=1)
    live = app.Table("live", default=list, partitions=1)

    async def judge(stream: Any) -> None:
        async for frame in stream:
            records = job.decode(frame)
            found: list[job.Pair] = []
            for record in records:
                entries = live[record["token"]]
                found += job.meet(entries, record)
                live[record["token"]] = entries
            await said.send(value=job.output(records, found))

    return app, app.agent(frames)(judge)


def main() -> None:
    """`python -m lab.bench.simple.faust_table NAME SOURCE FINDINGS FOLDER BOOTSTRAP`."""
    app, _ = build_app(*sys.argv[1:])
    faust.Worker(
        app, loglevel="WARNING", quiet=True, redirect_stdouts=False
    ).execute_from_commandline()


if __name__ == "__main__":
    main()
