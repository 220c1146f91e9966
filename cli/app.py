"""The commands. Each collects its options, calls one function and chooses the exit code.

Exit codes: 0 every row accepted or duplicate · 1 some row rejected · 2 usage or
unreadable file · 3 system unavailable.
"""

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Final, ParamSpec, TypeVar

import typer

from cli import bootstrap, output, workers
from infra.clickhouse import ClickHouseUnavailable
from infra.kafka import KafkaUnavailable
from infra.local import supervisor
from infra.local.preflight import NotReady
from infra.settings import Settings
from processors.clock import day_of
from producers.errors import SystemUnavailable, UsageProblem
from projections import query as analyst
from projections.writer import wait_until_current

EXIT_REJECTED: Final = 1
EXIT_USAGE: Final = 2
EXIT_UNAVAILABLE: Final = 3

app = typer.Typer(
    name="tekil",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Finds cash assistance that is paid twice, and families left out, without a list of names.",
)
partner_app = typer.Typer(no_args_is_help=True, help="Organisations that may publish.")
programme_app = typer.Typer(no_args_is_help=True, help="Programmes of aid.")
policy_app = typer.Typer(no_args_is_help=True, help="The numbers of the matching rules.")
app.add_typer(partner_app, name="partner")
app.add_typer(programme_app, name="programme")
app.add_typer(policy_app, name="policy")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
P = ParamSpec("P")
R = TypeVar("R")


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """Expected trouble becomes one clear line and an exit code; a bug stays a traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except UsageProblem as problem:
            output.say(problem.explained(settings().lang))
            raise typer.Exit(EXIT_USAGE) from None
        except (SystemUnavailable, NotReady, KafkaUnavailable, ClickHouseUnavailable) as problem:
            output.say(str(problem))
            raise typer.Exit(EXIT_UNAVAILABLE) from None
        except KeyboardInterrupt:
            output.say("stopped")
            raise typer.Exit(130) from None

    return run


def settings() -> Settings:
    """The settings of this call, from the environment."""
    return Settings()


def main() -> None:
    """The entry of `python -m cli`."""
    app()


# -- the system ----------------------------------------------------------------------------------


@app.command()
@guarded
def up(
    test_mode: Annotated[bool, typer.Option(help="A clock that only `tekil tick` moves.")] = False,
    first_day: Annotated[str, typer.Option(help="First day of the journal, YYYY-MM-DD.")] = "",
    as_json: AsJson = False,
) -> None:
    """Start the broker, ClickHouse and the workers on this machine; stays up until `tekil down`."""
    s = settings()
    today = day_of(int(datetime.now(UTC).timestamp() * 1000))
    day = _day(first_day) if first_day else today
    if first_day and not test_mode:
        raise UsageProblem("--first-day is for --test-mode: the real clock begins today.")

    def prepare() -> None:
        bootstrap.prepare(s, test_mode=test_mode, first_day=day, progress=output.say)

    started = supervisor.up(s, output.say, prepare)
    stepped = bootstrap.step_clock_if_behind(s, today, output.say)
    if as_json:
        output.print_json({"started": started, "clock_stepped_to": stepped, **_addresses(s)})
    else:
        for name, address in _addresses(s).items():
            output.say(f"{name:<11}{address}")


@app.command()
@guarded
def down(as_json: AsJson = False) -> None:
    """Stop everything that `tekil up` started."""
    stopped = supervisor.down(settings())
    if as_json:
        output.print_json({"stopped": stopped})
    else:
        output.say("stopped" if stopped else "nothing was running")


@app.command()
@guarded
def status(as_json: AsJson = False) -> None:
    """What runs, and how it is. Exit code 3 if something should run and does not."""
    children = supervisor.status(settings())
    rows = [
        {
            "name": child.name,
            "state": child.state.value,
            "pid": child.pid,
            "uptime_seconds": round(child.uptime_seconds),
            "restarts": child.restarts,
            "detail": child.detail,
        }
        for child in children
    ]
    output.print_rows(rows, as_json=as_json)
    if not rows or any(row["state"] != "running" for row in rows):
        raise typer.Exit(EXIT_UNAVAILABLE)


@app.command(hidden=True)
@guarded
def worker(stage: str) -> None:
    """Run one stage in this process (the supervisor calls this)."""
    if stage not in (*workers.STAGES, workers.ALL):
        raise UsageProblem(f"{stage} is no stage: {', '.join((*workers.STAGES, workers.ALL))}")
    workers.run(settings(), stage)


def _addresses(s: Settings) -> dict[str, str]:
    return {"broker": s.bootstrap, "clickhouse": s.clickhouse}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageProblem(f"{text} is not a day: write YYYY-MM-DD.") from None


# -- reading -------------------------------------------------------------------------------------


@app.command()
@guarded
def query(sql: str, as_json: AsJson = False) -> None:
    """Run a read-only query as the analyst, after the views have caught up with the journal."""
    s = settings()
    if not wait_until_current(s):
        output.say("The views are still behind the journal: this answer is older than the data.")
    try:
        answer = analyst.query(s, sql)
    except analyst.QueryFailed as failed:
        raise UsageProblem(str(failed)) from None
    rows: list[dict[str, Any]] = [
        dict(zip(answer.columns, map(analyst.plain, row), strict=True)) for row in answer.rows
    ]
    output.print_rows(rows, as_json=as_json)
