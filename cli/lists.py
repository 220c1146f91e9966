"""The commands of a partner with a list: check it, publish it, read the answers."""

from typing import Any, Final

import typer

from cli import bars
from cli.common import group, guarded, settings
from cli.saying import (
    Answers,
    AsJson,
    Asker,
    CoversTo,
    Dates,
    Decimals,
    Encoding,
    File,
    Kind,
    Last,
    Mapping,
    Publisher,
    Reader,
    SameAssistance,
    Sheet,
    Strict,
    Whose,
    Why,
)
from cli.words import said
from events.model import InquiryReason
from infra import terminal
from infra.errors import ExitCode
from office import lists
from office.lists import Answered, ListWanted, Watch
from producers import answers as answering
from producers import receipts as partner_receipts
from producers import told
from producers.answering.words import closing
from producers.answers import AnsweredRow
from producers.listed import ReadList
from producers.lists.columns import Said
from producers.versions import REJECTED

SHOWN_ROWS: Final = 20
_TITLES: Final = {"kind": "kind-of-notice", "reason": "code"}
"""Columns whose texts are under another key, as an option has that name."""
commands = group()


@commands.command(help=said("validate"))
@guarded
def validate(
    file: File,
    org: Whose = "",
    kind: Kind = "assistance",
    mapping: Mapping = None,
    answers: Answers = None,
    encoding: Encoding = "",
    sheet: Sheet = "",
    dates: Dates = None,
    decimals: Decimals = None,
    covers_to: CoversTo = None,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Check a list without sending anything: every problem with its row and column."""
    with bars.progress() as report:
        officer = Said(dates, decimals, covers_to, strict, encoding, sheet)
        wanted = ListWanted(org, file, kind, mapping, answers, officer)
        found = lists.validate(settings(), wanted, _watch(report))
    _print_answered(found, as_json)


@commands.command(help=said("publish"))
@guarded
def publish(
    file: File,
    org: Publisher,
    kind: Kind = "assistance",
    mapping: Mapping = None,
    answers: Answers = None,
    encoding: Encoding = "",
    sheet: Sheet = "",
    dates: Dates = None,
    decimals: Decimals = None,
    covers_to: CoversTo = None,
    strict: Strict = False,
    same_assistance: SameAssistance = False,
    as_json: AsJson = False,
) -> None:
    """Publish a list and wait for the answer to every row; writes an answer file beside it."""
    with bars.progress() as report:
        officer = Said(dates, decimals, covers_to, strict, encoding, sheet, same_assistance)
        wanted = ListWanted(org, file, kind, mapping, answers, officer)
        found = lists.publish(settings(), wanted, _watch(report))
    _print_answered(found, as_json)


@commands.command(help=said("check"))
@guarded
def check(
    file: File,
    org: Asker,
    reason: Why = InquiryReason.OTHER.value,
    mapping: Mapping = None,
    answers: Answers = None,
    encoding: Encoding = "",
    sheet: Sheet = "",
    dates: Dates = None,
    decimals: Decimals = None,
    covers_to: CoversTo = None,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Ask about each row of an assistance list before planning it: nothing is planned or held."""
    with bars.progress() as report:
        officer = Said(dates, decimals, covers_to, strict, encoding, sheet)
        wanted = ListWanted(
            org, file, mapping=mapping, answers=answers, said=officer, reason=reason
        )
        found = lists.check(settings(), wanted, _watch(report))
    _print_answered(found, as_json)


def _watch(report: bars.Report) -> Watch:
    return Watch(report.read, report.tokens, report, terminal.say, _say_read)


def _say_read(found: ReadList) -> None:
    """What was read of a list and how, and what was left out of it or looks odd."""
    lang = settings().lang
    for sentence in found.reading.sentences(lang):
        terminal.say(sentence)
    for sentence in told.sentences(found.read_as, found.remarks, lang):
        terminal.say(sentence)


def _print_answered(found: Answered, as_json: bool) -> None:
    if found.problem:
        terminal.say(found.problem)
    if found.file:
        terminal.say(said("answers-at", file=found.file))
    _print_answers(found.rows, as_json)


def _print_answers(rows: list[AnsweredRow], as_json: bool) -> None:
    lang = settings().lang
    rejected = [row for row in rows if row.disposition == REJECTED]
    if as_json:
        terminal.print_json([answering.as_json(row) for row in rows])
    else:
        shown = [
            {
                said("row"): r.row,
                said("code"): r.reason,
                said("column"): r.field,
                said("todo"): answering.explanation(r, lang),
            }
            for r in rejected[:SHOWN_ROWS]
        ]
        if shown:
            terminal.print_rows(shown, as_json=False, title=said("refused-rows"))
        if len(rejected) > SHOWN_ROWS:
            terminal.say(said("more", count=len(rejected) - SHOWN_ROWS))
    for sentence in closing(rows, lang):
        terminal.say(sentence)
    if rejected:
        raise typer.Exit(ExitCode.REJECTED)


@commands.command(help=said("receipts"))
@guarded
def receipts(org: Reader, last: Last = 20, as_json: AsJson = False) -> None:
    """The newest answers in an organisation's own topic of receipts."""
    found = partner_receipts.read_receipts(settings(), org, last)
    if as_json:
        terminal.print_json(found)
        return
    _print_table([partner_receipts.summary(s) for s in found])


@commands.command(help=said("notices"))
@guarded
def notices(org: Reader, last: Last = 20, as_json: AsJson = False) -> None:
    """What an organisation should know beside its answers: plans set free, cases, decisions."""
    found = partner_receipts.read_notices(settings(), org, last)
    if as_json:
        terminal.print_json(found)
    else:
        names = ("day", "kind", "reference", "assistance_id", "case_id", "reason", "by")
        _print_table([{name: one[name] for name in names} for one in found])


def _print_table(rows: list[dict[str, Any]]) -> None:
    """Rows whose columns are named in the officer's language; codes stay codes."""
    if not rows:
        terminal.say(said("none"))
        return
    titled = [{said(_TITLES.get(name, name)): value for name, value in row.items()} for row in rows]
    terminal.print_rows(titled, as_json=False)
