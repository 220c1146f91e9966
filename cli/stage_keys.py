"""The commands about the keys with which the stages sign what they write."""

from dataclasses import asdict
from typing import Annotated

import typer

from cli.common import AsJson, group, guarded, print_outcomes, settings
from events.model import SigningStage
from infra import terminal
from office import stage_keys

commands = group()
stage_key_app = group("The keys with which the stages sign.")
commands.add_typer(stage_key_app, name="stage-key")


@stage_key_app.command("list")
@guarded
def listed(as_json: AsJson = False) -> None:
    """All keys that the journal names, and the blocks that began (-1: genesis) and ended them."""
    rows = [asdict(row) for row in stage_keys.listed(settings())]
    terminal.print_rows(rows, as_json=as_json)


@stage_key_app.command()
@guarded
def begin(as_json: AsJson = False) -> None:
    """Introduce the first keys of a system begun before stages signed."""
    outcomes = stage_keys.begin(settings())
    if not outcomes:
        terminal.say("Every stage has a key.")
    print_outcomes(outcomes, as_json)


@stage_key_app.command()
@guarded
def rotate(
    stage: Annotated[SigningStage, typer.Argument(help="The stage, which runs on this machine.")],
    as_json: AsJson = False,
) -> None:
    """Make the next key of a stage; it signs with it from the next block on."""
    print_outcomes([stage_keys.rotate(settings(), stage)], as_json)


@stage_key_app.command()
@guarded
def end(
    key_id: Annotated[str, typer.Argument(help="The key's id: 16 hex digits, see `list`.")],
    as_json: AsJson = False,
) -> None:
    """End a key for ever, stolen or replaced. Rotate first: a stage's last key stays."""
    print_outcomes([stage_keys.end(settings(), key_id)], as_json)
