"""Is what the stages said what follows from the log?"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

import typer

from cli import bars
from cli.common import AsJson, group, guarded, settings
from events.catalog import Topic
from infra import terminal
from infra.errors import ExitCode
from office import verification
from office.verifying.differences import Difference
from office.verifying.run import Verified
from projections.follow import FINDINGS, JOURNAL

commands = group()


class What(StrEnum):
    """What can be left out."""

    TABLES = "tables"


@commands.command()
@guarded
def verify(
    anew: Annotated[
        bool, typer.Option("--anew", help="From the first message, whatever was read before.")
    ] = False,
    skip: Annotated[
        list[What] | None, typer.Option(help="What to leave out: tables (ClickHouse).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read all topics again, and say whether what was said follows from them. Exit code 1 at the
    first difference, which is named down to record and field."""
    wanted = verification.Wanted(anew=anew, tables=What.TABLES not in (skip or ()))
    try:
        with bars.steps() as progress:
            found = verification.verify(settings(), wanted, progress, terminal.say)
    except Difference as difference:
        if as_json:
            terminal.print_json({"is_well": False, "difference": difference.what.plain()})
        else:
            terminal.say(f"DIFFERENCE {difference}")
        raise typer.Exit(ExitCode.REJECTED) from None
    rows = list(_rows(found))
    if as_json:
        terminal.print_json({"is_well": True, "checked": rows})
    else:
        terminal.print_rows(rows, as_json=False)


def _rows(found: Verified) -> Iterator[dict[str, Any]]:
    """What was looked at, how many of it, what does not count, and what was not said yet."""
    counts, foreign = found.counts, found.counts.foreign

    def row(what: str, checked: int, topic: str = "", waits: str = "") -> dict[str, Any]:
        named = foreign.get(topic, 0) if topic else None
        waiting = found.not_yet.get(waits, 0) if waits else None
        return {"what": what, "checked": checked, "foreign": named, "not_yet": waiting}

    yield row("blocks", counts.blocks, Topic.JOURNAL)
    yield row("submissions", counts.submissions)
    yield row("of those by their signature alone", counts.by_signature)
    yield row("records", counts.records)
    yield row("of those sealed and erased", counts.unopened)
    yield row("keys", counts.keys, Topic.KEYS)
    yield row("outputs", counts.outputs, Topic.FINDINGS, Topic.FINDINGS)
    told = {topic for topic in {*foreign, *found.not_yet} if topic.startswith(Topic.RECEIPTS)}
    yield row("receipts", counts.receipts) | {
        "foreign": sum(foreign.get(topic, 0) for topic in told),
        "not_yet": sum(found.not_yet.get(topic, 0) for topic in told),
    }
    if counts.expired:
        yield row("receipts no longer kept", counts.expired)
    for topic in sorted(topic for topic in told if topic in foreign):
        yield row(topic, 0, topic)
    if found.rows is not None:
        waiting = found.not_yet.get(JOURNAL, 0) + found.not_yet.get(FINDINGS, 0)
        yield row("rows of tables", found.rows) | {"not_yet": waiting}
