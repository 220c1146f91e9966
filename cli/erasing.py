"""The commands about erasing the people of records."""

from dataclasses import asdict
from typing import Annotated

import typer

from cli import bars
from cli.common import AsJson, group, guarded, print_outcomes, settings
from events.erasure import Named
from infra import terminal
from office import erasing

commands = group()
erase_app = group("Erase the people of records.")
commands.add_typer(erase_app, name="erase")


@erase_app.command("records")
@guarded
def records(
    org: Annotated[str, typer.Argument(help="The organisation whose records they are.")],
    kind: Annotated[str, typer.Argument(help="assistance, need, enrolment or inquiry")],
    ids: Annotated[list[str], typer.Argument(help="Their ids, as the receipts name them.")],
    reason: Annotated[
        str,
        typer.Option(help="retention, consent-withdrawn, request, court-order or data-error"),
    ],
    propose: Annotated[
        bool, typer.Option("--propose", help="Say it as the administration alone.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say that the people of these records are erased; it counts once both bodies have said it."""
    named = [Named(org, kind, one) for one in ids]
    if propose:
        found = [erasing.propose(settings(), reason, named)]
    else:
        found = erasing.erase(settings(), reason, named)
    print_outcomes(found, as_json, waiting_is_fine=True)


@erase_app.command("sign")
@guarded
def sign(erasure_id: str, as_json: AsJson = False) -> None:
    """Say the same as the supervisor: with that it counts."""
    print_outcomes([erasing.sign(settings(), erasure_id)], as_json)


@erase_app.command("list")
@guarded
def listed(as_json: AsJson = False) -> None:
    """All erasures that were said, by whom, and whether they count."""
    rows = [asdict(row) for row in erasing.listed(settings())]
    terminal.print_rows(rows, as_json=as_json)


@erase_app.command("carry-out")
@guarded
def carry_out(as_json: AsJson = False) -> None:
    """Delete the keys of all erased records, where intake runs. It may be run again at any time."""
    with bars.counting("blocks read") as progress:
        found = erasing.carry_out(settings(), progress)
    terminal.print_rows([asdict(found)], as_json=as_json)
