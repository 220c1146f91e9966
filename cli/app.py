"""The commands. Each collects its options, calls one function and chooses the exit code.

Exit codes: 0 every row accepted or duplicate · 1 some row rejected · 2 usage or
unreadable file · 3 system unavailable.
"""

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

import programs
from cli import bars, epochs, governing, health, keyservers, partners
from cli.common import (
    EXIT_REJECTED,
    EXIT_UNAVAILABLE,
    AsJson,
    guarded,
    print_control,
    settings,
)
from infra import terminal
from infra.errors import UsageProblem
from infra.genesis import load_genesis
from infra.local import supervisor
from infra.settings import Settings
from lab import demo
from lab.bench.command import bench
from office import bootstrap, control, page_accounts
from processors.clock import day_of
from producers import answer_files, checking, keys, publishing
from producers import answers as said
from producers import receipts as partner_receipts
from producers.answers import AnsweredRow
from producers.lists.templates import TEMPLATES
from producers.versions import REJECTED
from projections import query as analyst
from projections.writer import wait_until_current

SHOWN_ROWS: Final = 20

app = typer.Typer(
    name="tekil",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Finds cash assistance paid twice, and families left out, without a list of names.",
)
programme_app = typer.Typer(no_args_is_help=True, help="Programmes of aid.")
app.add_typer(programme_app, name="programme")


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
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    day = _day(first_day) if first_day else day_of(now_ms)
    if first_day and not test_mode:
        raise UsageProblem("--first-day is for --test-mode: the real clock begins today.")

    def prepare() -> None:
        bootstrap.prepare(s, test_mode=test_mode, first_day=day, progress=terminal.say)

    bootstrap.prepare_keyservers(s, terminal.say)
    started = programs.up(s, terminal.say, prepare)
    stepped = bootstrap.step_clock_if_behind(s, now_ms, terminal.say) if started else None
    if as_json:
        terminal.print_json({"started": started, "clock_stepped_to": stepped, **_addresses(s)})
    else:
        for name, address in _addresses(s).items():
            terminal.say(f"{name:<11}{address}")


@app.command()
@guarded
def down(as_json: AsJson = False) -> None:
    """Stop everything that `tekil up` started."""
    stopped = supervisor.down(settings())
    if as_json:
        terminal.print_json({"stopped": stopped})
    else:
        terminal.say("stopped" if stopped else "nothing was running")


@app.command()
@guarded
def status(as_json: AsJson = False) -> None:
    """What runs, and how it is. Exit code 3 if something does not run or a count disagrees."""
    s = settings()
    rows = health.processes(s)
    found = health.report(s) if any(row["state"] == "running" for row in rows) else None
    if as_json:
        terminal.print_json({"processes": rows, "health": found.plain if found else None})
    else:
        terminal.print_rows(rows, as_json=False)
        for line in found.lines if found else ():
            terminal.out.print(line, markup=False)
    if found is None or not found.is_well or any(row["state"] != "running" for row in rows):
        raise typer.Exit(EXIT_UNAVAILABLE)


@app.command("demo")
@guarded
def demo_command(
    households: Annotated[int, typer.Option(help="How many invented households.")] = (
        demo.HOUSEHOLDS
    ),
    seed: Annotated[int, typer.Option(help="Another number gives another population.")] = demo.SEED,
    as_json: AsJson = False,
) -> None:
    """A year of an invented city's aid with planted findings; leaves the system up."""
    raise typer.Exit(demo.run(settings(), households, as_json, seed))


@app.command("page-password")
@guarded
def page_password(as_json: AsJson = False) -> None:
    """Make a new password for the page; sessions that were begun with the old one end."""
    password = page_accounts.new_password(settings())
    if as_json:
        terminal.print_json({"user": page_accounts.FIRST_USER, "password": password})
    else:
        terminal.out.print(f"user {page_accounts.FIRST_USER}\npassword {password}", markup=False)


app.command("bench")(guarded(bench))


def _addresses(s: Settings) -> dict[str, str]:
    page = {} if s.namespace else {"page": s.page}
    return {"broker": s.bootstrap, "clickhouse": s.clickhouse, **page}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageProblem(f"{text} is not a day: write YYYY-MM-DD.") from None


# -- control facts -------------------------------------------------------------------------------


@app.command()
@guarded
def keygen(org: str, as_json: AsJson = False) -> None:
    """Make the signing key of an organisation."""
    path, public = keys.keygen(settings(), org)
    if as_json:
        terminal.print_json({"org": org, "private_key": str(path), "public_key": public})
    else:
        terminal.say(f"private key  {path}\npublic key   {public}")


@programme_app.command("add")
@guarded
def programme_add(file: Path, as_json: AsJson = False) -> None:
    """Register the programmes of a list (CSV or XLSX)."""
    rows, refused = control.add_programmes(settings(), file)
    for programme in control.unsigned(rows):
        terminal.say(
            f"{programme}: signed by the administration, as the owner's key is not here; "
            "a declared complement counts once the owner signs"
        )
    print_control(rows, as_json, refused)


@app.command()
@guarded
def tick(
    as_of: Annotated[str, typer.Option(help="The day to step to, YYYY-MM-DD.")],
    as_json: AsJson = False,
) -> None:
    """Step the clock of a system in test mode, day by day, up to a day."""
    s = settings()
    genesis = load_genesis(s)
    if genesis is None or not genesis.test_mode:
        raise UsageProblem("Only a system in test mode has a clock to step: tekil up --test-mode")
    print_control(control.step_clock(s, _day(as_of)), as_json)


# -- lists ---------------------------------------------------------------------------------------

Kind = Annotated[str, typer.Option(help=f"One of: {', '.join(TEMPLATES)}.")]
Mapping = Annotated[Path | None, typer.Option(help="JSON file: your headers → ours.")]


@app.command()
@guarded
def validate(
    file: Path,
    org: Annotated[str, typer.Option(help="The organisation whose list it is.")] = "",
    kind: Kind = "assistance",
    mapping: Mapping = None,
    as_json: AsJson = False,
) -> None:
    """Check a list without sending anything: every problem with its row and column."""
    _print_answers(publishing.validate_list(org, file, kind, mapping), as_json)


@app.command()
@guarded
def publish(
    file: Path,
    org: Annotated[str, typer.Option(help="The organisation that publishes.")],
    kind: Kind = "assistance",
    mapping: Mapping = None,
    answers: Annotated[Path | None, typer.Option(help="Where to write the answer file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Publish a list and wait for the answer to every row; writes an answer file beside it."""
    s = settings()
    with bars.progress() as report:
        rows = publishing.publish_list(
            s, org, file, kind, mapping, report, tokenising=report.tokens, notify=terminal.say
        )
    _write_answers(answers or file.with_name(f"{file.stem}.answers.csv"), rows, s)
    _print_answers(rows, as_json)


@app.command()
@guarded
def check(
    file: Path,
    org: Annotated[str, typer.Option(help="The organisation that asks.")],
    mapping: Mapping = None,
    answers: Annotated[Path | None, typer.Option(help="Where to write the answer file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask about each row of an assistance list before planning it: nothing is planned or held."""
    s = settings()
    with bars.progress() as report:
        rows = checking.check_list(
            s, org, file, mapping, report, tokenising=report.tokens, notify=terminal.say
        )
    _write_answers(answers or file.with_name(f"{file.stem}.check.csv"), rows, s)
    _print_answers(rows, as_json)


def _write_answers(target: Path, rows: list[AnsweredRow], s: Settings) -> None:
    """The records are in: an answer file that cannot be written must not look like a failure."""
    try:
        answer_files.write_answers(target, rows, s.lang)
    except UsageProblem as problem:
        target = s.folder("answers") / f"{target.stem}.csv"
        terminal.say(f"{problem}")
        answer_files.write_answers(target, rows, s.lang)
    terminal.say(f"answers by row: {target}")


def _print_answers(rows: list[AnsweredRow], as_json: bool) -> None:
    lang = settings().lang
    if as_json:
        terminal.print_json([said.as_json(row) for row in rows])
    else:
        rejected = [row for row in rows if row.disposition == REJECTED]
        shown = [
            {
                "row": r.row,
                "reason": r.reason,
                "column": r.field,
                "what to do": said.explanation(r, lang),
            }
            for r in rejected[:SHOWN_ROWS]
        ]
        if shown:
            terminal.print_rows(shown, as_json=False, title="rejected rows")
        if len(rejected) > SHOWN_ROWS:
            terminal.say(
                f"… and {len(rejected) - SHOWN_ROWS} more rejected rows in the answer file"
            )
        terminal.print_rows(_summary(rows), as_json=False)
    if any(row.disposition == REJECTED for row in rows):
        raise typer.Exit(EXIT_REJECTED)


def _summary(rows: list[AnsweredRow]) -> list[dict[str, Any]]:
    """How many records (not rows) got which disposition and verdict."""
    records = [row for row in rows if row.row == row.first_row]
    counted = Counter(
        (row.disposition, row.answer["verdict"] if row.answer else "") for row in records
    )
    return [
        {"disposition": disposition, "verdict": verdict or "–", "records": count}
        for (disposition, verdict), count in sorted(counted.items())
    ]


@app.command()
@guarded
def receipts(
    org: Annotated[str, typer.Option(help="The organisation whose receipts to read.")],
    last: Annotated[int, typer.Option(help="How many of the newest submissions.")] = 20,
    as_json: AsJson = False,
) -> None:
    """The newest answers in an organisation's own topic of receipts."""
    found = partner_receipts.read_receipts(settings(), org, last)
    if as_json:
        terminal.print_json(found)
        return
    terminal.print_rows([partner_receipts.summary(s) for s in found], as_json=False)


@app.command()
@guarded
def notices(
    org: Annotated[str, typer.Option(help="The organisation whose notices to read.")],
    last: Annotated[int, typer.Option(help="How many of the newest.")] = 20,
    as_json: AsJson = False,
) -> None:
    """What an organisation should know beside its answers: plans set free, cases, decisions."""
    found = partner_receipts.read_notices(settings(), org, last)
    if as_json:
        terminal.print_json(found)
    else:
        names = ("day", "kind", "assistance_id", "case_id", "reason", "by")
        terminal.print_rows([{name: one[name] for name in names} for one in found], as_json=False)


# -- reading -------------------------------------------------------------------------------------


@app.command()
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


governing.register(app)
keyservers.register(app)
partners.register(app)
epochs.register(app)
