"""The small job in Quix Streams: a StreamingDataFrame whose function keeps state.

State belongs to a message's key; all frames have one key, as there is one partition and one
order, so a token's records are one entry of that state. The other way, `group_by` the token,
sends every record through a second topic: slower, and of another order. Settings are its own
but for the session time-out (ours for all) and, for exactly-once, a transaction's time-out of
10 s instead of 60, so that readers wait less for a killed worker's open transaction.
"""

import sys
from typing import Any, Final

from quixstreams import Application, State

from lab.bench.simple import job

SESSION_MS: Final = 6_000
TRANSACTION_MS: Final = 10_000


def judge(frame: bytes, state: State) -> bytes:
    """One frame's findings."""
    records = job.decode(frame)
    found: list[job.Pair] = []
    for record in records:
        entries = state.get(record["token"], [])
        found += job.meet(entries, record)
        state.set(record["token"], entries)
    return job.output(records, found)


def main() -> None:
    """`python -m lab.bench.simple.quix_frame NAME SOURCE FINDINGS FOLDER BOOTSTRAP GUARANTEE`."""
    name, source, findings, folder, bootstrap, guarantee = sys.argv[1:]
    extra: dict[str, Any] = {}
    if guarantee == "exactly-once":
        extra["transaction.timeout.ms"] = TRANSACTION_MS
    app = Application(
        bootstrap,
        consumer_group=name,
        auto_offset_reset="earliest",
        state_dir=folder,
        processing_guarantee=guarantee,
        consumer_extra_config={"session.timeout.ms": SESSION_MS},
        producer_extra_config=extra,
        loglevel="WARNING",
    )
    frames = app.topic(source, value_deserializer="bytes", key_deserializer="bytes")
    said = app.topic(findings, value_serializer="bytes", key_serializer="bytes")
    app.dataframe(frames).apply(judge, stateful=True).to_topic(said)
    app.run()


if __name__ == "__main__":
    main()
