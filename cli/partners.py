"""The commands about organisations: who may publish, with which key, and who runs a key server."""

from typing import Annotated

import typer

from cli.common import AsJson, guarded, print_control, settings
from infra import terminal
from office import control, embedded

partner_app = typer.Typer(no_args_is_help=True, help="Organisations: register, revoke a key.")


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.add_typer(partner_app, name="partner")


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
    s = settings()
    rows = control.add_partner(s, org, mailbox, name, key_server=key_server)
    if said := embedded.enrolment(s, org):
        terminal.say(said)
    print_control(rows, as_json)


@partner_app.command()
@guarded
def revoke(
    org: str,
    public_key: Annotated[str, typer.Argument(help="The key to end: 64 hex digits.")],
    yes: Annotated[bool, typer.Option("--yes", help="Another machine registered it.")] = False,
    as_json: AsJson = False,
) -> None:
    """End a signing key, stolen or replaced: for records, and at key servers of this machine."""
    s = settings()
    rows = control.revoke_key(s, org, public_key, is_known=not yes)
    if not any(row.reason for row in rows) and (said := embedded.withdraw(s, org, public_key)):
        terminal.say(said)
    print_control(rows, as_json)
