"""The commands. Each collects its options, calls one function and chooses the exit code.

Exit codes: 0 every row accepted or duplicate · 1 some row rejected · 2 usage or
unreadable file · 3 system unavailable.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Final, ParamSpec, TypeVar

import typer

from cli import bootstrap, control, demo, health, output, workers
from cli.bench.command import bench
from dashboards import accounts
from infra.clickhouse import ClickHouseUnavailable
from infra.kafka import KafkaUnavailable
from infra.local import supervisor
from infra.local.preflight import NotReady
from infra.settings import Settings
from processors.clock import day_of
from producers import answer_files, keys, publishing
from producers import answers as said
from producers import receipts as partner_receipts
from producers.answers import REJECTED, AnsweredRow
from producers.errors import SystemUnavailable, UsageProblem
from projections import query as analyst
from projections.writer import wait_until_current

EXIT_REJECTED: Final = 1
EXIT_USAGE: Final = 2
EXIT_UNAVAILABLE: Final = 3
SHOWN_ROWS: Final = 20

app = typer.Typer(
    name="tekil",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Finds cash assistance paid twice, and families left out, without a list of names.",
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
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    day = _day(first_day) if first_day else day_of(now_ms)
    if first_day and not test_mode:
        raise UsageProblem("--first-day is for --test-mode: the real clock begins today.")

    def prepare() -> None:
        bootstrap.prepare(s, test_mode=test_mode, first_day=day, progress=output.say)

    started = supervisor.up(s, output.say, prepare)
    stepped = bootstrap.step_clock_if_behind(s, now_ms, output.say) if started else None
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
    """What runs, and how it is. Exit code 3 if something does not run or a count disagrees."""
    s = settings()
    rows = health.processes(s)
    found = health.report(s) if any(row["state"] == "running" for row in rows) else None
    if as_json:
        output.print_json({"processes": rows, "health": found.plain if found else None})
    else:
        output.print_rows(rows, as_json=False)
        for line in found.lines if found else ():
            output.out.print(line, markup=False)
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
    password = accounts.new_password(settings())
    if as_json:
        output.print_json({"user": accounts.FIRST_USER, "password": password})
    else:
        output.out.print(f"user {accounts.FIRST_USER}\npassword {password}", markup=False)


app.command("bench")(guarded(bench))


@app.command(hidden=True)
@guarded
def worker(stage: str) -> None:
    """Run one stage in this process (the supervisor calls this)."""
    known = (*workers.STAGES, workers.PAGE, workers.ALL)
    if stage not in known:
        raise UsageProblem(f"{stage} is no stage: {', '.join(known)}")
    workers.run(settings(), stage)


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
        output.print_json({"org": org, "private_key": str(path), "public_key": public})
    else:
        output.say(f"private key  {path}\npublic key   {public}")


@partner_app.command("add")
@guarded
def partner_add(
    org: str,
    mailbox: Annotated[str, typer.Option(help="Functional mailbox of the focal person.")],
    name: Annotated[str, typer.Option(help="The organisation's name.")] = "",
    as_json: AsJson = False,
) -> None:
    """Register an organisation with its public key (made by `tekil keygen ORG`)."""
    _print_control(control.add_partner(settings(), org, mailbox, name), as_json)


@programme_app.command("add")
@guarded
def programme_add(file: Path, as_json: AsJson = False) -> None:
    """Register the programmes of a list (CSV or XLSX)."""
    rows, refused = control.add_programmes(settings(), file)
    for programme in control.unsigned(rows):
        output.say(
            f"{programme}: signed by the administration, as the owner's key is not here; "
            "a declared complement counts once the owner signs"
        )
    _print_control(rows, as_json, refused)


@policy_app.command("show")
@guarded
def policy_show(as_json: AsJson = False) -> None:
    """Print the newest policy in the form that `policy set` takes."""
    policy = control.show_policy(settings())
    if as_json:
        output.print_json(policy)
    else:
        output.print_pretty_json(policy)


@policy_app.command("set")
@guarded
def policy_set(file: Path, as_json: AsJson = False) -> None:
    """Publish a new version of the policy from a JSON file; rules left out stay as they are."""
    _print_control(control.set_policy(settings(), file), as_json)


@app.command()
@guarded
def tick(
    as_of: Annotated[str, typer.Option(help="The day to step to, YYYY-MM-DD.")],
    as_json: AsJson = False,
) -> None:
    """Step the clock of a system in test mode, day by day, up to a day."""
    s = settings()
    genesis = bootstrap.load_genesis(s)
    if genesis is None or not genesis.test_mode:
        raise UsageProblem("Only a system in test mode has a clock to step: tekil up --test-mode")
    _print_control(control.step_clock(s, _day(as_of)), as_json)


def _print_control(
    rows: list[control.Row], as_json: bool, refused: Sequence[dict[str, Any]] = ()
) -> None:
    plain = [row.plain() for row in rows]
    if as_json:
        output.print_json([*plain, *({"disposition": "rejected", **row} for row in refused)])
    else:
        output.print_rows(plain, as_json=False)
        output.print_rows(refused, as_json=False, title="refused, not sent") if refused else None
        for line in control.explained(rows, settings().lang):
            output.say(line)
    if refused or any(row.disposition == "rejected" for row in rows):
        raise typer.Exit(EXIT_REJECTED)


# -- lists ---------------------------------------------------------------------------------------

Kind = Annotated[str, typer.Option(help="assistance or programme")]
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
    with output.progress() as report:
        rows = publishing.publish_list(s, org, file, kind, mapping, report)
    _write_answers(answers or file.with_name(f"{file.stem}.answers.csv"), rows, s)
    _print_answers(rows, as_json)


def _write_answers(target: Path, rows: list[AnsweredRow], s: Settings) -> None:
    """The records are in: an answer file that cannot be written must not look like a failure."""
    try:
        answer_files.write_answers(target, rows, s.lang)
    except UsageProblem as problem:
        target = s.folder("answers") / f"{target.stem}.csv"
        output.say(f"{problem}")
        answer_files.write_answers(target, rows, s.lang)
    output.say(f"answers by row: {target}")


def _print_answers(rows: list[AnsweredRow], as_json: bool) -> None:
    lang = settings().lang
    if as_json:
        output.print_json([said.as_json(row) for row in rows])
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
            output.print_rows(shown, as_json=False, title="rejected rows")
        if len(rejected) > SHOWN_ROWS:
            output.say(f"… and {len(rejected) - SHOWN_ROWS} more rejected rows in the answer file")
        output.print_rows(_summary(rows), as_json=False)
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
        output.print_json(found)
        return
    output.print_rows([partner_receipts.summary(s) for s in found], as_json=False)


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
    if answer.truncated:
        output.say(
            f"Only the first {len(answer.rows)} rows: use ClickHouse's HTTP interface for more."
        )
    if as_json:
        output.print_json(answer.plain())
    else:
        output.print_table(answer.columns, [list(map(analyst.plain, row)) for row in answer.rows])
