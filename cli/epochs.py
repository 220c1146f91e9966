"""The commands that lead from one epoch of keys to the next."""

from typing import Annotated, Any

import typer

from cli.common import AsJson, group, guarded, print_outcomes, settings
from infra import terminal
from infra.errors import ExitCode
from office import epochs
from office.epochs import KnownEpoch

commands = group()
epoch_app = group("The keys of the tokens, one epoch after another.")
commands.add_typer(epoch_app, name="epoch")
Name = Annotated[str, typer.Argument(help="The epoch's name: 1 to 7 small letters or digits.")]


@epoch_app.command("open")
@guarded
def epoch_open(
    name: Name,
    public_key: Annotated[
        str, typer.Option(help="The joint public key, where others run the key servers.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Open the next epoch: from now on partners send the tokens of both. Safe to run again."""
    opened = epochs.open_epoch(settings(), name, public_key, terminal.say)
    terminal.say(
        f"public key   {opened.epoch.public_key}\n"
        f"Partners elsewhere pin {name} with this key (keys/epochs.json), compared by another way."
        " Then each publishes its running lists again."
    )
    if opened.quarantines:
        terminal.say(_quarantines(opened.quarantines))
    print_outcomes(opened.outcomes, as_json)


@epoch_app.command("close")
@guarded
def epoch_close(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Also with records left behind.")] = False,
    as_json: AsJson = False,
) -> None:
    """Close an epoch for ever, and delete its shares at the key servers of this machine."""
    s = settings()
    found = epochs.closing(s, name)
    lagging = [terminal.plain(one) for one in found.lagging]
    if found.objection and not yes:
        terminal.print_rows(lagging, as_json=as_json)
        terminal.say(f"{found.objection} Nothing was closed; to close it all the same: --yes")
        raise typer.Exit(ExitCode.REJECTED)
    if not as_json:
        terminal.print_rows(lagging, as_json=False, title="left behind")
    closed = epochs.close_epoch(s, found)
    terminal.say(closed.shares)
    print_outcomes(closed.outcomes, as_json)


@epoch_app.command("status")
@guarded
def epoch_status(as_json: AsJson = False) -> None:
    """Which epochs are pinned here, in the journal and at the key servers, and who lags."""
    found = epochs.status(settings())
    if as_json:
        terminal.print_json(found)
        return
    terminal.print_rows([_shown(one) for one in found.epochs], as_json=False)
    for line in found.silent:
        terminal.say(f"key server {line}")
    laggards = [terminal.plain(one) for one in found.laggards]
    terminal.print_rows(laggards, as_json=False, title="laggards")
    if found.quarantines_to_repeat:
        terminal.say(_quarantines(found.quarantines_to_repeat))


def _shown(one: KnownEpoch) -> dict[str, Any]:
    held = [f"{server.server} (generation {server.generation})" for server in one.held]
    return {
        "epoch": one.epoch,
        "journal": one.journal or None,
        "pinned here": "yes" if one.is_pinned else None,
        "held by": ", ".join(held) or None,
        "public key": one.public_key or None,
    }


def _quarantines(count: int) -> str:
    return (
        f"{count} active quarantines hold the older epoch's tokens alone: run tekil quarantine for"
        " each number again before partners publish. Nobody can do it without the number."
    )
