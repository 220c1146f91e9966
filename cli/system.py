"""The commands about a whole system: start, stop, look, ask, step the clock."""

from datetime import UTC, date, datetime
from typing import Annotated

import typer

import programs
from cli import health
from cli.common import AsJson, group, guarded, print_outcomes, settings
from infra import terminal
from infra.errors import ExitCode, UsageProblem
from infra.local import supervisor
from infra.local.condition import GOES, broker_answers
from infra.settings import Settings
from office import bootstrap, clock, page_accounts
from processors.clock import day_of
from projections import query as analyst
from projections.writer import wait_until_current

commands = group()


@commands.command()
@guarded
def up(
    test_mode: Annotated[bool, typer.Option(help="A clock that only `tekil tick` moves.")] = False,
    first_day: Annotated[str, typer.Option(help="First day of the journal, YYYY-MM-DD.")] = "",
    as_json: AsJson = False,
) -> None:
    """Start the broker, ClickHouse and the workers on this machine; stays up until `tekil down`."""
    s = settings()
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    day = _day(first_day) if first_day else day_of(now_ms)
    if first_day and not test_mode:
        raise UsageProblem("--first-day is for --test-mode: the real clock begins today.")

    def prepare() -> None:
        bootstrap.prepare(s, test_mode=test_mode, first_day=day, progress=terminal.say)

    bootstrap.prepare_keyservers(s, terminal.say)
    started = programs.up(s, terminal.say, prepare)
    stepped = clock.step_if_behind(s, now_ms, terminal.say) if started else None
    if as_json:
        terminal.print_json({"started": started, "clock_stepped_to": stepped, **_addresses(s)})
    else:
        for name, address in _addresses(s).items():
            terminal.say(f"{name:<11}{address}")


@commands.command()
@guarded
def down(as_json: AsJson = False) -> None:
    """Stop everything that `tekil up` started."""
    stopped = supervisor.down(settings())
    if as_json:
        terminal.print_json({"stopped": stopped})
    else:
        terminal.say("stopped" if stopped else "nothing was running")


@commands.command()
@guarded
def status(as_json: AsJson = False) -> None:
    """What runs, and how it is. Exit code 3 if something does not run, a count disagrees or the
    disk is full."""
    s = settings()
    rows = health.processes(s)
    is_up = any(row["state"] in GOES for row in rows)
    found = health.report(s, broker_answers(s)) if is_up else None
    room = health.room(s) if rows else None
    if as_json:
        plain = found.plain if found else None
        terminal.print_json({"processes": rows, "health": plain, "disk": room})
    else:
        shown = [{k: v for k, v in row.items() if k != "hearts"} for row in rows]
        terminal.print_rows(shown, as_json=False)
        disk = [f"disk       {room['level']}: {room['text']}"] if room else []
        for line in [*disk, *(found.lines if found else ())]:
            terminal.out.print(line, markup=False)
    is_well = found is not None and found.is_well and room and room["level"] != "full"
    if not is_well or any(row["state"] not in GOES for row in rows):
        raise typer.Exit(ExitCode.UNAVAILABLE)


@commands.command("page-password")
@guarded
def page_password(as_json: AsJson = False) -> None:
    """Make a new password for the page; sessions that were begun with the old one end."""
    s = settings()
    made = {"user": page_accounts.FIRST_USER, "password": page_accounts.new_password(s)}
    # opened there first, nobody's failed attempts keep this browser out
    made["address"] = f"{s.page}/login?device={page_accounts.device(s, made['user'])}"
    if as_json:
        terminal.print_json(made)
    else:
        for name, value in made.items():
            terminal.out.print(f"{name} {value}", markup=False, soft_wrap=True)


@commands.command()
@guarded
def tick(
    as_of: Annotated[str, typer.Option(help="The day to step to, YYYY-MM-DD.")],
    as_json: AsJson = False,
) -> None:
    """Step the clock of a system in test mode, day by day, up to a day."""
    print_outcomes([clock.tick(settings(), _day(as_of))], as_json)


@commands.command()
@guarded
def query(sql: str, as_json: AsJson = False) -> None:
    """Run a read-only query as the analyst, after the views have caught up with the journal."""
    s = settings()
    if not wait_until_current(s):
        terminal.say("The views are still behind the journal: this answer is older than the data.")
    try:
        answer = analyst.query(s, sql)
    except analyst.QueryFailed as failed:
        raise UsageProblem(str(failed)) from None
    if answer.truncated:
        terminal.say(
            f"Only the first {len(answer.rows)} rows: use ClickHouse's HTTP interface for more."
        )
    if as_json:
        terminal.print_json(answer.plain())
    else:
        terminal.print_table(answer.columns, [list(map(analyst.plain, row)) for row in answer.rows])


def _addresses(s: Settings) -> dict[str, str]:
    page = {} if s.namespace else {"page": s.page}
    return {"broker": s.bootstrap, "clickhouse": s.clickhouse, **page}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageProblem(f"{text} is not a day: write YYYY-MM-DD.") from None
