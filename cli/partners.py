"""The commands about organisations: their keys, who may publish, their programmes."""

from pathlib import Path
from typing import Annotated

import typer

from cli.common import AsJson, group, guarded, print_outcomes, settings
from cli.saying import Dates, Decimals
from infra import terminal
from office import partners, programmes, stage_keys
from office.partners import Changed, Registration, Revocation
from producers import keys
from producers.lists.columns import Said

commands = group()
partner_app = group("Organisations: register, revoke a key.")
programme_app = group("Programmes of aid.")
commands.add_typer(partner_app, name="partner")
commands.add_typer(programme_app, name="programme")


@commands.command()
@guarded
def keygen(org: str, as_json: AsJson = False) -> None:
    """Make the signing key of an organisation."""
    path, public = keys.keygen(settings(), org)
    if as_json:
        terminal.print_json({"org": org, "private_key": str(path), "public_key": public})
    else:
        terminal.say(f"private key  {path}\npublic key   {public}")


@partner_app.command()
@guarded
def add(
    org: str,
    mailbox: Annotated[str, typer.Option(help="Functional mailbox of the focal person.")],
    name: Annotated[str, typer.Option(help="The organisation's name.")] = "",
    key_server: Annotated[
        int | None,
        typer.Option(min=0, max=255, help="Number of the key server it runs, 0: none any more."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Register an organisation with its public key (made by `tekil keygen ORG`)."""
    wanted = Registration(org, mailbox, name, key_server)
    _print(partners.register(settings(), wanted), as_json)


@partner_app.command()
@guarded
def file(org: str, as_json: AsJson = False) -> None:
    """Write what an organisation knows its receipts by; it keeps the file in its own folder."""
    path = stage_keys.partner_file(settings(), org)
    if as_json:
        terminal.print_json({"org": org, "file": str(path)})
    else:
        terminal.say(f"{path}\nGive it to {org}, which puts it there on its own machine.")


@partner_app.command()
@guarded
def revoke(
    org: str,
    public_key: Annotated[str, typer.Argument(help="The key to end: 64 hex digits.")],
    yes: Annotated[bool, typer.Option("--yes", help="Another machine registered it.")] = False,
    as_json: AsJson = False,
) -> None:
    """End a signing key, stolen or replaced: for records, and at key servers of this machine."""
    wanted = Revocation(org, public_key, is_known=not yes)
    _print(partners.revoke_key(settings(), wanted), as_json)


def _print(changed: Changed, as_json: bool) -> None:
    if changed.key_servers:
        terminal.say(changed.key_servers)
    if changed.file is not None:
        terminal.say(f"for the partner: {changed.file}")
    print_outcomes(changed.outcomes, as_json)


@programme_app.command("add")
@guarded
def programme_add(
    file: Path, dates: Dates = None, decimals: Decimals = None, as_json: AsJson = False
) -> None:
    """Register the programmes of a list (CSV or XLSX)."""
    found = programmes.register(settings(), file, Said(dates, decimals))
    for programme in found.unsigned:
        terminal.say(
            f"{programme}: signed by the administration, as the owner's key is not here; "
            "a declared complement counts once the owner signs"
        )
    print_outcomes(found.outcomes, as_json, [terminal.plain(row) for row in found.refused])
