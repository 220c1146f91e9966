"""The commands of a partner with a list: check it, publish it, read the answers."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli import bars
from cli.common import AsJson, group, guarded, settings
from events.model import InquiryReason
from infra import terminal
from infra.errors import ExitCode
from office import lists
from office.lists import Answered, ListWanted, Watch
from producers import answers as answering
from producers import receipts as partner_receipts
from producers.answers import AnsweredRow
from producers.lists.templates import TEMPLATES
from producers.versions import REJECTED

SHOWN_ROWS: Final = 20
commands = group()
Kind = Annotated[str, typer.Option(help=f"One of: {', '.join(TEMPLATES)}.")]
Mapping = Annotated[Path | None, typer.Option(help="JSON file: your headers → ours.")]
Why = Annotated[str, typer.Option(help=f"Why it is asked: {', '.join(InquiryReason)}.")]
Answers = Annotated[Path | None, typer.Option(help="Where to write the answer file.")]


@commands.command()
@guarded
def validate(
    file: Path,
    org: Annotated[str, typer.Option(help="The organisation whose list it is.")] = "",
    kind: Kind = "assistance",
    mapping: Mapping = None,
    as_json: AsJson = False,
) -> None:
    """Check a list without sending anything: every problem with its row and column."""
    with bars.progress() as report:
        found = lists.validate(settings(), ListWanted(org, file, kind, mapping), _watch(report))
    _print_answers(found.rows, as_json)


@commands.command()
@guarded
def publish(
    file: Path,
    org: Annotated[str, typer.Option(help="The organisation that publishes.")],
    kind: Kind = "assistance",
    mapping: Mapping = None,
    answers: Answers = None,
    as_json: AsJson = False,
) -> None:
    """Publish a list and wait for the answer to every row; writes an answer file beside it."""
    with bars.progress() as report:
        wanted = ListWanted(org, file, kind, mapping, answers)
        found = lists.publish(settings(), wanted, _watch(report))
    _print_answered(found, as_json)


@commands.command()
@guarded
def check(
    file: Path,
    org: Annotated[str, typer.Option(help="The organisation that asks.")],
    reason: Why = InquiryReason.OTHER.value,
    mapping: Mapping = None,
    answers: Answers = None,
    as_json: AsJson = False,
) -> None:
    """Ask about each row of an assistance list before planning it: nothing is planned or held."""
    with bars.progress() as report:
        wanted = ListWanted(org, file, mapping=mapping, answers=answers, reason=reason)
        found = lists.check(settings(), wanted, _watch(report))
    _print_answered(found, as_json)


def _watch(report: bars.Report) -> Watch:
    return Watch(report.read, report.tokens, report, terminal.say)


def _print_answered(found: Answered, as_json: bool) -> None:
    if found.problem:
        terminal.say(found.problem)
    terminal.say(f"answers by row: {found.file}")
    _print_answers(found.rows, as_json)


def _print_answers(rows: list[AnsweredRow], as_json: bool) -> None:
    lang = settings().lang
    if as_json:
        terminal.print_json([answering.as_json(row) for row in rows])
    else:
        rejected = [row for row in rows if row.disposition == REJECTED]
        shown = [
            {
                "row": r.row,
                "reason": r.reason,
                "column": r.field,
                "what to do": answering.explanation(r, lang),
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
        raise typer.Exit(ExitCode.REJECTED)


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


@commands.command()
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


@commands.command()
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
