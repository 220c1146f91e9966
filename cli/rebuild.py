"""Folds a state anew from the journal, which is the truth: nothing of the journal is touched."""

import shutil
import time
from enum import StrEnum
from typing import Annotated, Final

import typer

import programs
from cli import health
from cli.common import group, guarded, settings
from infra import terminal
from infra.errors import UsageProblem
from infra.genesis import load_genesis
from infra.local import supervisor
from infra.settings import Settings
from infra.stage import StageName
from office import bootstrap
from projections.migrate import drop
from projections.writer import wait_until_current

commands = group()
PAUSE_SECONDS: Final = 1.0
DONE: Final = frozenset({"running"})


class What(StrEnum):
    """What can be made again."""

    REGISTRY = "registry"
    INTAKE = "intake"
    CLICKHOUSE = "clickhouse"
    ALL = "all"


@commands.command()
@guarded
def rebuild(
    what: Annotated[What, typer.Argument(help="The state to make anew.")] = What.ALL,
) -> None:
    """Remove a state and fold it anew from the journal; the system is stopped and started."""
    s = settings()
    genesis = load_genesis(s)
    if genesis is None:
        raise UsageProblem("There is no system here yet. Run: tekil up")
    first_day, test_mode = genesis.first_day, genesis.test_mode

    def prepare() -> None:
        if what in (What.CLICKHOUSE, What.ALL):
            drop(s)
        bootstrap.prepare(s, test_mode=test_mode, first_day=first_day, progress=terminal.say)

    supervisor.down(s)
    for stage in (StageName.REGISTRY, StageName.INTAKE):
        if what in (stage, What.ALL):
            shutil.rmtree(s.stage_folder(stage))
    bootstrap.prepare_keyservers(s, terminal.say)
    programs.up(s, terminal.say, prepare)
    _wait(s)


def _wait(s: Settings) -> None:
    """Say how far each part is until all have caught up."""
    told: dict[str, str] = {}
    while True:
        rows = health.processes(s)
        for row in rows:
            text = f"{row['name']:<11}{row['state']} {row['detail']}".rstrip()
            if told.get(row["name"]) != text:
                told[row["name"]] = text
                terminal.say(text)
        # a projector that has just begun is running, and empty tables agree in everything
        if all(row["state"] in DONE for row in rows) and wait_until_current(s):
            report = health.report(s)
            if report.is_well:
                for line in report.lines:
                    terminal.say(line)
                return
        time.sleep(PAUSE_SECONDS)
