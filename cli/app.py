"""The program `tekil`: a table of its commands.

Each command's module is imported when it is called, so that none waits for what it does not use.
"""

from importlib import import_module
from typing import Any, Final, NamedTuple

import typer
from typer.core import TyperGroup


class Place(NamedTuple):
    """Where a command is, below `cli`, and what `tekil --help` says of it."""

    module: str
    help: str


COMMANDS: Final = {
    "up": Place("system", "Start the broker, ClickHouse and the workers on this machine."),
    "down": Place("system", "Stop everything that `tekil up` started."),
    "status": Place("system", "What runs, and how it is."),
    "query": Place("system", "Run a read-only query as the analyst."),
    "tick": Place("system", "Step the clock of a system in test mode, day by day, up to a day."),
    "page-password": Place("system", "Make a new password for the page."),
    "demo": Place("lab", "A year of an invented city's aid with planted findings."),
    "bench": Place("lab", "Measure this machine: the whole chain, its parts, and one small job."),
    "keygen": Place("partners", "Make the signing key of an organisation."),
    "partner": Place("partners", "Organisations: register, revoke a key."),
    "programme": Place("partners", "Programmes of aid."),
    "validate": Place("lists", "Check a list without sending anything."),
    "publish": Place("lists", "Publish a list and wait for the answer to every row."),
    "check": Place("lists", "Ask about each row of an assistance list before planning it."),
    "receipts": Place("lists", "The newest answers in an organisation's own topic of receipts."),
    "notices": Place("lists", "What an organisation should know beside its answers."),
    "policy": Place("governing", "The numbers of the matching rules."),
    "account": Place("governing", "People who decide, each with a key."),
    "decide": Place("governing", "Decide on a finding."),
    "appeal": Place("governing", "Appeal to the supervisor."),
    "case-step": Place(
        "governing", "Say that a case was acknowledged, replied to or told to the household."
    ),
    "quarantine": Place("governing", "Switch a number off for matching."),
    "release": Place("governing", "Let a held submission through."),
    "keyserver": Place("keyservers", "A key server: a share of the joint key."),
    "epoch": Place("epochs", "The keys of the tokens, one epoch after another."),
}


class LazyGroup(TyperGroup):
    """Knows its commands by the table; imports one when it is asked for it."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes | {"commands": dict.fromkeys(COMMANDS)})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, from its module's own group; None if there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"cli.{COMMANDS[cmd_name].module}")
        return typer.main.get_group(module.commands).commands[cmd_name]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The table, without looking into a module."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.help) for name, place in COMMANDS.items()])


app = typer.Typer(
    name="tekil",
    cls=LazyGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def tekil() -> None:
    """Finds cash assistance paid twice, and families left out, without a list of names."""


def main() -> None:
    """The entry of `python -m cli`."""
    app(prog_name="tekil")
